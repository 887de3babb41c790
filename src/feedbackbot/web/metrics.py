"""/metrics: what was counted since the start, and how things stand in the database at this moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.delivering.backlog import Queue, queues
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.conversation import ConversationStatus
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import EscalationStatus
from feedbackbot.models.tables import TABLES

#: a timer is looked at every second; the rest is patience
_OVERDUE = timedelta(seconds=60)
_STATES = ("waiting", "sending", "unknown")
_OPEN = (EscalationStatus.OPEN, EscalationStatus.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand at `now`."""

    now: datetime
    queues: list[Queue]
    conversations: int
    escalations: dict[str, int]
    escalations_late: int
    timers_late: int
    quarantined: int


async def render(
    database: Database,
    *,
    now: Callable[[], datetime],
    troubles: Callable[[], list[str]],
    per_second: float = 0,
) -> bytes:
    """While the database is away, what was counted is told all the same."""
    registry = CollectorRegistry()
    try:
        standing = await database.aread(lambda session: stand(session, now=now()))
    except SQLAlchemyError:
        registry.register(_Told([_readable(0), _troubles(len(troubles()))]))
    else:
        told = [_readable(1), _troubles(len(troubles())), *_families(standing)]
        registry.register(_Told([*told, _remaining(standing, per_second)]))
    return generate_latest() + generate_latest(registry)


def stand(session: Session, *, now: datetime) -> Standing:
    """Each by an index, over what is open alone."""
    run = session.connection().execute
    return Standing(
        now=now,
        queues=queues(session),
        conversations=run(_CONVERSATIONS).scalar_one(),
        escalations={str(row.status): row.length for row in run(_ESCALATIONS)},
        escalations_late=run(_LATE, {"now": now}).scalar_one(),
        timers_late=run(_TIMERS, {"before": now - _OVERDUE}).scalar_one(),
        quarantined=run(_QUARANTINED).scalar_one(),
    )


class _Told(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(standing: Standing) -> Iterator[Metric]:
    yield from _outbox(standing)
    yield _gauge("conversations_open", "Conversations that are running.", standing.conversations)
    escalations = GaugeMetricFamily(
        "feedbackbot_escalations", "Complaints that are not resolved, by state.", labels=["status"]
    )
    for status in _OPEN:
        escalations.add_metric([status], standing.escalations.get(status, 0))
    yield escalations
    yield _gauge(
        "escalations_late",
        "Complaints without a first answer although it was promised by now.",
        standing.escalations_late,
    )
    yield _gauge(
        "timers_overdue",
        "Reminders and clocks that have been due for more than a minute.",
        standing.timers_late,
    )
    yield _gauge("quarantined", "What could not be applied and waits.", standing.quarantined)


def _outbox(standing: Standing) -> Iterator[Metric]:
    labels = ["channel", "status"]
    lengths = GaugeMetricFamily(
        "feedbackbot_outbox_messages", "Messages that have not left, by state.", labels=labels
    )
    ages = GaugeMetricFamily(
        "feedbackbot_outbox_oldest_seconds",
        "Age of the oldest message that has not left.",
        labels=labels,
    )
    found = {(queue.channel, queue.status): queue for queue in standing.queues}
    # zeros are told as well, since a rule can't see what is missing
    for key in dict.fromkeys([(c, s) for c in ("telegram", "slack") for s in _STATES] + [*found]):
        queue = found.get(key)
        age = (standing.now - queue.oldest_at).total_seconds() if queue else 0
        lengths.add_metric(key, queue.length if queue else 0)
        ages.add_metric(key, max(age, 0))
    yield from (lengths, ages)


def _remaining(standing: Standing, per_second: float) -> Metric:
    waiting = sum(
        queue.length
        for queue in standing.queues
        if (queue.channel, queue.status) == ("telegram", "waiting")
    )
    return _gauge(
        "outbox_remaining_seconds",
        "How long what waits for Telegram takes to leave, at TELEGRAM_SENDS_PER_SECOND.",
        waiting / per_second if per_second else 0,
    )


def _readable(value: int) -> Metric:
    return _gauge("database_readable", "1 while the database answers.", value)


def _troubles(count: int) -> Metric:
    return _gauge("troubles", "What keeps the bot from its job, as /readyz says in words.", count)


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"feedbackbot_{name}", what, value=value)


_CONVERSATION = TABLES["conversations"]
_ESCALATION = TABLES["escalations"]
_TIMER = TABLES["timers"]
_QUARANTINE = TABLES["quarantine"]
_CONVERSATIONS = select(func.count()).where(_CONVERSATION.c.status == ConversationStatus.WAITING)
_ESCALATIONS = (
    select(_ESCALATION.c.status, func.count().label("length"))
    .where(_ESCALATION.c.status.in_(_OPEN))
    .group_by(_ESCALATION.c.status)
)
_LATE = select(func.count()).where(
    _ESCALATION.c.status.in_(_OPEN),
    _ESCALATION.c.waiting_since.is_not(None),
    _ESCALATION.c.reply_due_at < bindparam("now", type_=UtcMoment),
)
_TIMERS = select(func.count()).where(_TIMER.c.due_at < bindparam("before", type_=UtcMoment))
_QUARANTINED = select(func.count()).where(_QUARANTINE.c.replayed_at.is_(None))
