"""Can the bot do its job at this moment? A loop that looks every few seconds, for /readyz and for the doctor."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.delivering.backlog import find_oldest_due
from feedbackbot.models import audit
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database

log = structlog.get_logger(__name__)

#: seconds between two looks
EVERY = 3.0
#: seconds that the database may take to answer before it counts as away
_PATIENCE = 5.0
#: seconds for which one and the same message may be due and not leave
_TOO_LONG = 120.0
#: seconds in which the delivery loop must have come round
_ROUND_WITHIN = 30.0
#: seconds between two looks at the outbox, which cost more the more waits in it
_OUTBOX_EVERY = 15.0
_LEAST_DISK = 20 << 20
_FACT = "troubles"
_STARTING = "The bot is still starting."
#: more than a page of SQLite's, so that a full file shows
_BALLAST = "x" * 8192


@dataclass(slots=True, kw_only=True)
class Readiness:
    """`run` until it is cancelled; `troubles` is what the last look has found, in words, without secrets."""

    database: Database
    now: Callable[[], datetime]
    #: each says what is wrong with its part
    parts: Callable[[], Iterable[str | None]]
    #: asks the platforms again that had refused, since nobody may be writing to them
    look_again: Callable[[], Awaitable[None]]
    #: seconds on the monotonic clock at which the delivery loop last came round
    delivered_at: Callable[[], float]
    data_folder: Path | None = None
    every: float = EVERY
    ticks: Callable[[], float] = time.monotonic
    _found: list[str] = field(default_factory=lambda: [_STARTING])
    _reported: list[str] | None = None
    _probe: asyncio.Task[str | None] | None = None
    #: the message that has been the oldest one due, and since which tick
    _oldest: tuple[int | None, float] = (None, 0.0)
    _looked_at: float = float("-inf")

    def troubles(self) -> list[str]:
        said = [trouble for trouble in self.parts() if trouble]
        return [*said, *(trouble for trouble in self._found if trouble not in said)]

    async def run(self) -> None:
        try:
            while True:
                await self.look()
                await asyncio.sleep(self.every)
        finally:
            if self._probe is not None:
                self._probe.cancel()

    async def look(self) -> None:
        """Once."""
        await self.look_again()
        away = await self._of_database()
        found = [away, self._of_disk(), self._of_delivery()]
        self._found = [trouble for trouble in found if trouble]
        if away is None:
            await self._report()

    async def _of_database(self) -> str | None:
        """A question that has not been answered yet is not asked a second time."""
        if self._probe is None:
            self._probe = asyncio.create_task(self._ask_database())
        done, _ = await asyncio.wait({self._probe}, timeout=_PATIENCE)
        if not done:
            return f"The database has not answered for {_PATIENCE:.0f} s."
        outcome, self._probe = self._probe.result(), None
        return outcome

    async def _ask_database(self) -> str | None:
        try:
            await self.database.awrite(_try_to_write)
            if self.ticks() - self._looked_at > _OUTBOX_EVERY:
                await self._look_at_outbox()
        except SQLAlchemyError as error:
            return _in_words(error)
        return None

    async def _look_at_outbox(self) -> None:
        """By a stopwatch of our own: a clock that was moved makes nothing late."""
        oldest = await self.database.aread(lambda session: find_oldest_due(session, now=self.now()))
        self._looked_at = self.ticks()
        if oldest != self._oldest[0]:
            self._oldest = (oldest, self._looked_at)

    def _of_disk(self) -> str | None:
        if self.data_folder is None or not self.data_folder.exists():
            return None
        free = shutil.disk_usage(self.data_folder).free
        if free >= _LEAST_DISK:
            return None
        return f"The disk of {self.data_folder} is full: {free >> 20} MB are left."

    def _of_delivery(self) -> str | None:
        oldest, since = self._oldest
        if self.ticks() - self.delivered_at() > _ROUND_WITHIN:
            return "Nothing is being delivered: the delivery loop stands still."
        if oldest is not None and self.ticks() - since > _TOO_LONG:
            return f"Message {oldest} of the outbox has been due for minutes and does not leave."
        return None

    async def _report(self) -> None:
        """Kept where the doctor finds it, who runs in another process."""
        troubles = self.troubles()
        if troubles == self._reported:
            return
        if troubles or self._reported:
            log.warning("readiness_changed", troubles=troubles)
        try:
            await self.database.awrite(
                lambda session: audit.set_fact(session, _FACT, json.dumps(troubles))
            )
        except SQLAlchemyError as error:
            log.info("troubles_not_kept", error=type(error).__name__)
            return
        self._reported = troubles


def find_reported(session: Session) -> list[str]:
    """What the running bot last said of itself."""
    return [str(trouble) for trouble in json.loads(audit.fact(session, _FACT) or "[]")]


def _try_to_write(session: Session) -> None:
    """Takes room as a message would, and gives it back."""
    with session.begin_nested() as attempt:
        audit.set_fact(session, "room", _BALLAST)
        attempt.rollback()


def _in_words(error: BaseException) -> str:
    """The driver's own words may hold an address or a value; those that tell are known."""
    return why_away(error) or f"The database does not work ({type(error).__name__})."
