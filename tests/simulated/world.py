"""The whole bot between two platforms that fail, on a clock that is turned by hand; it can die at any moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from feedbackbot import conversing, invariants, sweeping
from feedbackbot.conversing import Outcome, absence
from feedbackbot.conversing.incoming import Incoming
from feedbackbot.delivering import Deliverer
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.engine.script import Library
from feedbackbot.errors import DeliveryError, NotSent
from feedbackbot.fetching.collecting import Collector
from feedbackbot.house import House
from feedbackbot.invariants import Broken
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus
from feedbackbot.models.timer import DueTimer, due, find_next_due_at
from simulated.platforms import Platform

T = TypeVar("T")
_STARTED_AT = datetime(2026, 1, 1).astimezone()


class Died(BaseException):
    """The process ended in the middle of its work."""


@dataclass(repr=False)
class World:
    url: str
    keys: KeyRing
    library: Library
    conversations: Path
    now: datetime
    erased_file: Path
    deaths: Counter[str] = field(default_factory=Counter)
    #: transactions that made way for another one
    rolled_back: int = 0
    fetched: int = 0

    def __post_init__(self) -> None:
        self.dying = asyncio.Event()
        self.telegram = Platform("telegram", lambda: self.now, self._is_hit)
        self.slack = Platform("slack", lambda: self.now, self._is_hit)
        self.alive_at = self.now

    async def start(self) -> None:
        """As the program does: all that is known stands in the database."""
        self.dying = asyncio.Event()
        self.database: Database = open_database(self.url, self.keys, now=self.now)
        self.house = _house(self.library, self.conversations, self.erased_file)
        self.deliverer = Deliverer(
            database=self.database,
            house=self.house,
            channels={"telegram": self.telegram, "slack": self.slack},
            pacing=self._pacing(),
            now=lambda: self.now,
            ticks=self._ticks,
        )
        self.collector = Collector(
            database=self.database,
            house=self.house,
            fetch=self._fetch,
            now=lambda: self.now,
            committed=lambda: None,
        )
        away = await self.read(lambda s: absence.look_back(s, now=self.now))
        await self.deliverer.recover()
        await self._make_up_for(away)
        await self.write(lambda s: absence.say_alive(s, now=self.now))

    async def die(self, how: str) -> None:
        """Nothing is finished, nothing is stored; what the bot held in its hands is gone."""
        self.deaths[how] += 1
        under_way = list(self.deliverer._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._note_in_doubt()
        self.database.close()

    async def restart(self, how: str = "killed") -> None:
        await self.die(how)
        await self.start()

    async def receive(self, incoming: Incoming) -> Outcome:
        return await self.write(lambda s: conversing.receive(s, self.house, incoming, now=self.now))

    async def receive_and_die(self, incoming: Incoming, *, committed: bool) -> None:
        """The platform hears no "received" and delivers again."""
        with contextlib.suppress(Died):
            await self.write(lambda s: self._receive_half(s, incoming, committed=committed))
        await self.restart("after commit" if committed else "before commit")

    async def deliver(self) -> None:
        """Until nothing may leave; the bot may die on the way, and goes on when it is back."""
        while True:
            drain = asyncio.create_task(self.deliverer.drain())
            dying = asyncio.create_task(self.dying.wait())
            await asyncio.wait({drain, dying}, return_when=asyncio.FIRST_COMPLETED)
            if not self.dying.is_set():
                dying.cancel()
                drain.result()
                return
            drain.cancel()
            await asyncio.gather(drain, return_exceptions=True)
            await self.restart("while sending")

    async def pass_time(self, amount: timedelta) -> None:
        """Whatever comes due on the way happens at its moment."""
        until = self.now + amount
        while True:
            await self.look_at_timers()
            await self.collector.collect()
            await self.deliver()
            following = await self._next_moment()
            if following is None or following > until:
                break
            self.now = max(following, self.now + timedelta(seconds=1))
        self.now = max(self.now, until)
        await self.look_at_timers()
        await self.deliver()
        await self.write(lambda s: absence.say_alive(s, now=self.now))

    async def look_at_timers(self) -> None:
        for _ in range(50):
            found = await self.read(lambda s: due(s, self.now, 500))
            if not found:
                return
            await asyncio.gather(*(self._look(timer) for timer in found))
        raise AssertionError(f"timers come due in circles: {found[:3]}")

    async def calm_down(self) -> None:
        """Every fault is over, and whatever can be sent has been."""
        for platform in (self.telegram, self.slack):
            platform.faults.clear()
            platform.chance = lambda _kind: None
        for _ in range(200):
            await self.pass_time(timedelta(seconds=20))
            if not await self._is_busy():
                return
        raise AssertionError("the outbox never gets empty")

    async def broken(self) -> list[Broken]:
        return await self.read(lambda s: invariants.find_broken(s, now=self.now))

    async def write(self, work: Callable[[Session], T]) -> T:
        """Whatever was rolled back for another's sake is done once more, as the channels do."""
        for _ in range(3):
            try:
                return await self.database.awrite(work)
            except OperationalError:
                self.rolled_back += 1
        return await self.database.awrite(work)

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self.database.aread(work)

    async def _fetch(self, _file_id: str) -> bytes:
        """Telegram hands a photo out; one in ten only later, one in twenty never."""
        self.fetched += 1
        if self.fetched % 20 == 0:
            raise DeliveryError("file is no longer there")
        if self.fetched % 10 == 0:
            raise NotSent("502 Bad Gateway")
        return _photo()

    def _is_hit(self) -> None:
        """Once for each life of the bot."""
        self.dying.set()

    def _receive_half(self, session: Session, incoming: Incoming, *, committed: bool) -> None:
        conversing.receive(session, self.house, incoming, now=self.now)
        if not committed:
            raise Died

    async def _look(self, timer: DueTimer) -> None:
        await self.write(partial(sweeping.look_at, house=self.house, timer=timer, now=self.now))

    async def _make_up_for(self, away: absence.Absence) -> None:
        if not away.open_questions:
            return
        await self.look_at_timers()
        for customer_id in away.open_questions:
            await self.write(
                partial(
                    absence.ask_again,
                    house=self.house,
                    customer_id=customer_id,
                    away=away,
                    now=self.now,
                )
            )

    async def _note_in_doubt(self) -> None:
        """What was under way when the bot died may have arrived; it can't know."""
        sending = select(OutgoingMessage.id).where(OutgoingMessage.status == OutgoingStatus.SENDING)
        for row in await self.read(lambda s: list(s.scalars(sending))):
            for platform in (self.telegram, self.slack):
                platform.doubtful[row] += 1

    async def _next_moment(self) -> datetime | None:
        """Of a timer, or of a message that is held back; one that only waits for its turn is looked at soon."""
        if await self._is_paced():
            return self.now + timedelta(seconds=5)
        held = select(func.min(OutgoingMessage.not_before)).where(
            OutgoingMessage.status.in_([OutgoingStatus.WAITING, OutgoingStatus.UNKNOWN])
        )
        moments = [await self.read(find_next_due_at), await self.read(lambda s: s.scalar(held))]
        return min((at for at in moments if at is not None), default=None)

    async def _is_paced(self) -> bool:
        left = select(OutgoingMessage.id).where(
            OutgoingMessage.status == OutgoingStatus.WAITING, OutgoingMessage.not_before.is_(None)
        )
        return await self.read(lambda s: s.scalar(left.limit(1))) is not None

    async def _is_busy(self) -> bool:
        soon = self.now + timedelta(minutes=10)
        held = OutgoingMessage.not_before.is_(None) | (OutgoingMessage.not_before <= soon)
        left = select(OutgoingMessage.id).where(
            OutgoingMessage.status.in_([OutgoingStatus.WAITING, OutgoingStatus.SENDING])
            | (
                (OutgoingMessage.status == OutgoingStatus.UNKNOWN)
                & OutgoingMessage.not_before.is_not(None)
            ),
            held,
        )
        return await self.read(lambda s: s.scalar(left.limit(1))) is not None

    def _ticks(self) -> float:
        return (self.now - _STARTED_AT).total_seconds()

    def _pacing(self) -> dict[str, Pacing]:
        return {
            "telegram": Pacing(per_second=25, per_chat=1, ticks=self._ticks),
            "slack": Pacing(per_second=0, per_chat=2, burst=20, ticks=self._ticks),
        }


@cache
def _photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, "JPEG")
    return file.getvalue()


def _house(library: Library, conversations: Path, erased_file: Path) -> House:
    return House(
        library=library,
        conversations=conversations,
        bot_username="SomaFeedbackBot",
        bot_id=1,
        slack_channels={"support": "C0SUPPORT", "marketing": "C0MARKETING", "ideas": "C0IDEAS"},
        public_url="https://feedback.example",
        text_pause=3,
        inbound_per_minute=0,
        erased_file=erased_file,
        sent_file=erased_file.with_name("sent.txt"),
    )
