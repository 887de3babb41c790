"""The loop that brings customers' files home, a few side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

import structlog

from feedbackbot import fetching
from feedbackbot.errors import DeliveryError
from feedbackbot.fetching import Wanted
from feedbackbot.fetching.cleaning import Cleaned, Refused, clean
from feedbackbot.house import House
from feedbackbot.models.away import why_away
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
        self._drawing = asyncio.Lock()

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
        """A file that we stumble over keeps no other from coming home, and is tried again later."""
        house, now = self._house, self._now()
        record = await self._outcome(one)
        try:
            await self._database.awrite(lambda s: record(s, house, one.media_id, now=now))
        except Exception as error:
            if why_away(error):
                raise
            log.exception("file_not_recorded", media=one.media_id)
            await self._database.awrite(lambda s: fetching.put_off(s, one.media_id, now=now))

    async def _outcome(self, one: Wanted) -> Callable[..., None]:
        """How what became of it is recorded."""
        try:
            return partial(fetching.store, cleaned=await self._cleaned(one))
        except Refused as error:
            log.info("file_refused", media=one.media_id, reason=str(error))
            return fetching.lose
        except DeliveryError as error:
            log.info("file_not_fetched", media=one.media_id, reason=str(error))
            return fetching.lose if error.permanent else fetching.try_later
        except Exception:
            log.exception("file_not_fetched", media=one.media_id)
            return fetching.try_later

    async def _cleaned(self, one: Wanted) -> Cleaned:
        """Before the transaction, which others wait for; one after the other, since a picture takes memory."""
        read = self._database.aread
        file_id = await read(lambda session: fetching.file_id_of(session, one.media_id))
        content = await self._fetch(file_id)
        async with self._drawing:
            return await asyncio.to_thread(clean, content, kind=one.kind)
