"""What a person must hear of although the usual way may be broken: each trouble once, and again where it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.errors import DeliveryError
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import EscalationStatus
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

#: far below the time in which any complaint must be answered
COMPLAINT_WAITS = timedelta(minutes=5)
#: what passes by itself in this time is no alarm
HOLDS = timedelta(minutes=1)
#: that a trouble has grown is told no more often than this
GROWN_AFTER = timedelta(hours=1)
_LOOK_EVERY = 5.0
#: the way that is always open
_LOG = "log"

#: takes a sentence to people; raises a DeliveryError when it could not
Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One trouble: `name` tells it from others, `text` is for people."""

    name: str
    text: str
    #: the bot can't do its job meanwhile
    disables: bool = True
    #: how many there are of it: more than were told of are news
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Of how many one way has told, or how few were left since, and when it told."""

    count: int
    at: datetime

    def at_most(self, count: int) -> Heard:
        return replace(self, count=min(self.count, count))

    def is_outgrown(self, count: int, *, now: datetime) -> bool:
        return count > self.count and now - self.at >= GROWN_AFTER


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
        self._all = {_LOG, *ways}
        #: of several processes only one tells what all of them find in the database
        self._is_eldest = is_eldest
        self._since: dict[str, datetime] = {}
        #: alarm -> way -> what it has told
        self._told: dict[str, dict[str, Heard]] = {}
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
        self._news = [news for news in self._news if {*self._told.get(news.name, ())} != self._all]
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
        """What it has told is told again when it has grown; what has become less may grow anew."""
        now = self._now()
        told = self._told.setdefault(alarm.name, {})
        for way in sorted(self._all):
            heard = told.get(way)
            if heard is not None and not heard.is_outgrown(alarm.count, now=now):
                told[way] = heard.at_most(alarm.count)
            elif await self._takes(way, alarm):
                told[way] = Heard(count=alarm.count, at=now)

    async def _takes(self, way: str, alarm: Alarm) -> bool:
        if way == _LOG:
            log.error("alarm", alarm=alarm.name, text=alarm.text)
            return True
        try:
            await self._ways[way](alarm.text)
        except DeliveryError as error:
            log.info("alarm_not_told", way=way, reason=str(error))
            return False
        return True

    async def _in_database(self) -> tuple[Alarm, ...]:
        try:
            return await self._database.aread(lambda session: find(session, now=self._now()))
        except SQLAlchemyError as error:
            log.warning("alarms_paused", error=type(error).__name__)
            return self.found


def find(session: Session, *, now: datetime) -> tuple[Alarm, ...]:
    """Complaints that have not reached staff, and messages that could not be applied."""
    connection = session.connection()
    unheard, since = connection.execute(_UNHEARD, {"before": now - COMPLAINT_WAITS}).one()
    kept = connection.execute(_QUARANTINED).scalar() or 0
    found = (
        unheard and Alarm(name="complaints_unheard", text=_unheard(unheard, since), count=unheard),
        kept and Alarm(name="quarantine", text=_in_quarantine(kept), disables=False, count=kept),
    )
    return tuple(alarm for alarm in found if alarm)


def _unheard(count: int, since: datetime) -> str:
    complaints = "1 complaint has" if count == 1 else f"{count} complaints have"
    return (
        f"{complaints} not reached Slack, the oldest of {since:%d %b, %H:%M} UTC. Nothing is lost: "
        "they are posted as soon as Slack takes them. `feedbackbot doctor` says what Slack lacks; "
        "the log says what it answered (platform_away, not_delivered)."
    )


def _in_quarantine(count: int) -> str:
    messages, lie = ("1 message", "lies") if count == 1 else (f"{count} messages", "lie")
    return (
        f"{messages} could not be applied and {lie} in quarantine, whole. `feedbackbot quarantine "
        "list` says why; after an update `feedbackbot quarantine replay` applies what can be, and "
        "`feedbackbot quarantine discard` puts away the rest."
    )


_OUTBOX = TABLES["outbox"]
_ESCALATIONS = TABLES["escalations"]
_QUARANTINE = TABLES["quarantine"]
# by way of the complaints that are open, which are few; nobody waits for those that were settled or erased
_UNHEARD = (
    select(func.count(), func.min(_OUTBOX.c.created_at, type_=UtcMoment))
    .select_from(_ESCALATIONS.join(_OUTBOX, _OUTBOX.c.id == _ESCALATIONS.c.card_outbox_id))
    .where(
        _ESCALATIONS.c.status.in_([EscalationStatus.OPEN, EscalationStatus.CLAIMED]),
        _OUTBOX.c.status.not_in([OutgoingStatus.SENT, OutgoingStatus.CANCELLED]),
        _OUTBOX.c.created_at < bindparam("before", type_=UtcMoment),
    )
)
_QUARANTINED = select(func.count(_QUARANTINE.c.id)).where(_QUARANTINE.c.replayed_at.is_(None))
