"""The loop that brings customers' files home, a few side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feedbackbot import fetching
from feedbackbot.errors import DeliveryError
from feedbackbot.fetching import Wanted
from feedbackbot.house import House
from feedbackbot.models.database import Database

log = structlog.get_logger(__name__)

_LONGEST_REST = 2.0
#: seconds within which many commits are followed by one look
_TOGETHER = 0.05


class Collector:
    """`run` until `stop`; `wake` when a customer may have sent a file."""

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        fetch: Callable[[str], Awaitable[bytes]],
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        self._database = database
        self._house = house
        self._fetch = fetch
        self._now = now
        self._committed = committed
        self._changed = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        self._changed.set()

    def stop(self) -> None:
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        while not self._stopping:
            self._changed.clear()
            try:
                fetched = await self.collect()
            except SQLAlchemyError as error:
                log.warning("files_paused", error=type(error).__name__)
                fetched = 0
            if not fetched:
                await self._wait()

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

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), _LONGEST_REST)
            await asyncio.sleep(_TOGETHER)
        except TimeoutError:
            return
