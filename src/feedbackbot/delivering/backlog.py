"""What waits in the outbox, looked at from outside the delivery loop: for readiness and for metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from feedbackbot.models.base import UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The messages of one channel in one state, and when the oldest of them was queued."""

    channel: str
    status: str
    length: int
    oldest_at: datetime


def find_oldest_due(session: Session, *, now: datetime) -> int | None:
    """The reply that could leave now and was queued first; what stands behind another of its chat is not due."""
    return session.connection().execute(_OLDEST_DUE, {"now": now}).scalar()


def queues(session: Session) -> list[Queue]:
    """One look along the index; what was sent or dropped is not counted."""
    run = session.connection().execute
    rows = run(_QUEUES).all()
    oldest = run(_QUEUED_AT, {"these": [row.oldest for row in rows]})
    moments = {row.id: row.created_at for row in oldest}
    return [
        Queue(
            channel=row.channel,
            status=str(row.status),
            length=row.length,
            oldest_at=moments[row.oldest],
        )
        for row in rows
    ]


_OUTBOX = TABLES["outbox"]
_EARLIER = _OUTBOX.alias("earlier")
_BEFORE_IT = exists().where(
    _EARLIER.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.SENDING]),
    _EARLIER.c.chat_key == _OUTBOX.c.chat_key,
    _EARLIER.c.id < _OUTBOX.c.id,
)
_OLDEST_DUE = select(func.min(_OUTBOX.c.id)).where(
    _OUTBOX.c.status == OutgoingStatus.WAITING,
    _OUTBOX.c.priority == 0,
    or_(
        _OUTBOX.c.not_before.is_(None),
        _OUTBOX.c.not_before <= bindparam("now", type_=UtcMoment),
    ),
    ~_BEFORE_IT,
)
# the key of a chat begins with its channel, so that the index alone can tell
_CHANNEL = case(
    *((_OUTBOX.c.chat_key.startswith(f"{name}:"), name) for name in ("telegram", "slack")),
    else_="other",
).label("channel")
_QUEUES = (
    select(
        _CHANNEL,
        _OUTBOX.c.status,
        func.count().label("length"),
        func.min(_OUTBOX.c.id).label("oldest"),
    )
    .where(
        _OUTBOX.c.status.in_(
            [OutgoingStatus.WAITING, OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN]
        )
    )
    .group_by(_CHANNEL, _OUTBOX.c.status)
)
_QUEUED_AT = select(_OUTBOX.c.id, _OUTBOX.c.created_at).where(
    _OUTBOX.c.id.in_(bindparam("these", expanding=True))
)
