"""What a person must hear of although the usual way may be broken: each trouble told once, until it has passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.errors import DeliveryError
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

#: far below the time in which any complaint must be answered
COMPLAINT_WAITS = timedelta(minutes=5)
#: what passes by itself in this time is no alarm
HOLDS = timedelta(minutes=1)
_LOOK_EVERY = 5.0

#: takes a sentence to people; raises a DeliveryError when it could not
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One trouble: `name` tells it from others, `text` is for people."""

    name: str
    text: str
    #: the bot can't do its job meanwhile
    disables: bool = True


class Alarms:
    """`run` until cancelled. `ways` are tried all; what one of them did not take is offered to it again."""

    def __init__(
        self,
        *,
        database: Database,
        now: Callable[[], datetime],
        troubles: Callable[[], Iterable[Alarm]],
        ways: Mapping[str, Tell],
        is_eldest: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._now = now
        self._troubles = troubles
        self._ways = ways
        #: of several processes only one tells what all of them find in the database
        self._is_eldest = is_eldest
        self._since: dict[str, datetime] = {}
        self._told: dict[str, set[str]] = {}
        self._news: list[Alarm] = []
        #: what is wrong with what the database holds
        self.found: tuple[Alarm, ...] = ()

    def announce(self, alarm: Alarm) -> None:
        """Something that has happened, and is no state that can pass."""
        self._news.append(alarm)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_EVERY)

    async def look(self) -> None:
        """Find out what holds now, and tell what has not been told."""
        self.found = await self._in_database()
        self._news = [news for news in self._news if self._told.get(news.name) != {*self._ways}]
        found = self.found if self._is_eldest() else ()
        for alarm in (*self._lasting(), *found, *self._news):
            await self._tell(alarm)

    def _lasting(self) -> list[Alarm]:
        """The troubles that have not passed by themselves."""
        now = self._now()
        troubles = {alarm.name: alarm for alarm in self._troubles()}
        self._since = {name: self._since.get(name, now) for name in troubles}
        names = {*troubles, *(alarm.name for alarm in (*self.found, *self._news))}
        for name in [name for name in self._told if name not in names]:
            log.warning("alarm_over", alarm=name)
            del self._told[name]
        return [troubles[name] for name, since in self._since.items() if now - since >= HOLDS]

    async def _tell(self, alarm: Alarm) -> None:
        if alarm.name not in self._told:
            log.error("alarm", alarm=alarm.name, text=alarm.text)
        told = self._told.setdefault(alarm.name, set())
        for way in self._ways.keys() - told:
            try:
                await self._ways[way](alarm.text)
            except DeliveryError as error:
                log.info("alarm_not_told", way=way, reason=str(error))
            else:
                told.add(way)

    async def _in_database(self) -> tuple[Alarm, ...]:
        try:
            return await self._database.aread(lambda session: find(session, now=self._now()))
        except SQLAlchemyError as error:
            log.warning("alarms_paused", error=type(error).__name__)
            return self.found


def find(session: Session, *, now: datetime) -> tuple[Alarm, ...]:
    """Complaints that have not reached staff, and messages that could not be applied."""
    found: list[Alarm] = []
    connection = session.connection()
    count, since, refused = connection.execute(_UNHEARD, {"before": now - COMPLAINT_WAITS}).one()
    if count:
        text = _unheard(count, since=since, refused=refused)
        found.append(Alarm(name="complaints_unheard", text=text))
    kept = connection.execute(_QUARANTINED).scalar()
    if kept:
        text = (
            f"{kept} messages could not be applied and lie in quarantine; "
            "`feedbackbot quarantine list` shows them."
        )
        found.append(Alarm(name="quarantine", text=text, disables=False))
    return tuple(found)


def _unheard(count: int, *, since: datetime, refused: int) -> str:
    complaints = "1 complaint has" if count == 1 else f"{count} complaints have"
    text = f"{complaints} not reached Slack, the oldest of {since:%d %b, %H:%M} UTC. "
    if refused == 0:
        return text + "Nothing is lost: they are posted as soon as Slack takes them."
    return text + (
        f"Slack has refused {refused} for good, and nothing posts them again: the log says why "
        "(not_delivered), and `feedbackbot doctor --invariants` names each of them. What else waits "
        "is posted as soon as Slack takes it."
    )


_OUTBOX = TABLES["outbox"]
_QUARANTINE = TABLES["quarantine"]
_UNHEARD = select(
    func.count(),
    func.min(_OUTBOX.c.created_at, type_=UtcMoment),
    func.count().filter(_OUTBOX.c.status == OutgoingStatus.FAILED),
).where(
    _OUTBOX.c.status.in_(
        [
            OutgoingStatus.WAITING,
            OutgoingStatus.SENDING,
            OutgoingStatus.UNKNOWN,
            OutgoingStatus.FAILED,
        ]
    ),
    # a range, so that the index on status and chat is used; ";" follows ":"
    _OUTBOX.c.chat_key >= "slack:escalation:",
    _OUTBOX.c.chat_key < "slack:escalation;",
    _OUTBOX.c.kind == "card",
    _OUTBOX.c.about_id.is_(None),
    _OUTBOX.c.created_at < bindparam("before", type_=UtcMoment),
)
_QUARANTINED = select(func.count(_QUARANTINE.c.id)).where(_QUARANTINE.c.replayed_at.is_(None))
