"""The loop that brings customers' files home, a few side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from feedbackbot import fetching
from feedbackbot.errors import DeliveryError
from feedbackbot.fetching import Wanted
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.rounds import Rounds

log = structlog.get_logger(__name__)


class Collector(Rounds):
    """Woken when a customer may have sent a file."""

    paused = "files_paused"
    longest_rest = 2.0

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        fetch: Callable[[str], Awaitable[bytes]],
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        super().__init__()
        self._database = database
        self._house = house
        self._fetch = fetch
        self._now = now
        self._committed = committed

    async def look(self) -> float:
        return 0.0 if await self.collect() else self.longest_rest

    async def collect(self) -> int:
        """Everything wanted at this moment, once."""
        now = self._now()
        found = await self._database.aread(lambda session: fetching.wanted(session, now=now))
        await asyncio.gather(*(self._bring(one) for one in found))
        if found:
            self._committed()
        return len(found)

    async def _bring(self, one: Wanted) -> None:
        house, now = self._house, self._now()
        try:
            content = await self._fetch(one.file_id)
        except DeliveryError as error:
            log.info("file_not_fetched", media=one.media_id, reason=str(error))
            miss = fetching.lose if error.permanent else fetching.try_later
            await self._database.awrite(lambda session: miss(session, house, one.media_id, now=now))
            return
        await self._database.awrite(
            lambda session: fetching.store(session, house, one.media_id, content, now=now)
        )
