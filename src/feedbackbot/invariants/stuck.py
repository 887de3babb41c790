"""What waits for too long, or for nothing: timers, messages, offers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from feedbackbot.engine import talking
from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: timers are looked at each second; one that fails is tried again after ten minutes
TIMER_PATIENCE = timedelta(minutes=15)
#: the platforms answer, or the request is given up, long before this
SENDING_PATIENCE = timedelta(minutes=5)
#: a great many invitations at once take their time
WAITING_PATIENCE = timedelta(hours=1)


def look(session: Session, now: datetime) -> Iterator[Broken]:
    yield from _timers(session, now)
    yield from _messages(session, now)
    yield from _offers(session)


def _timers(session: Session, now: datetime) -> Iterator[Broken]:
    for row in session.connection().execute(_OVERDUE, {"late": now - TIMER_PATIENCE}):
        late = _minutes(now - row.due_at)
        yield _stuck(f"{row.kind}:{row.subject_id}", f"Its timer is {late} overdue.")


def _messages(session: Session, now: datetime) -> Iterator[Broken]:
    connection = session.connection()
    for sending in connection.execute(_SENDING, {"late": now - SENDING_PATIENCE}):
        late = _minutes(now - sending.sending_at)
        sentence = f"It has been on its way for {late}, and nobody knows what became of it."
        yield _stuck(f"outbox:{sending.id}", sentence)
    for row in connection.execute(_WAITING, {"late": now - WAITING_PATIENCE}):
        late = _minutes(now - (row.not_before or row.created_at))
        sentence = f"This message to {row.channel} could have left {late} ago, and has not."
        yield _stuck(f"outbox:{row.id}", sentence)


def _offers(session: Session) -> Iterator[Broken]:
    """Its day is known, and nothing will look at it on that day."""
    for row in session.connection().execute(_FORGOTTEN):
        if row.chat is None or row.id not in talking.chat_from_json(row.chat).queued:
            yield _stuck(f"invitation:{row.id}", "Its day is known, and no timer waits for it.")


def _stuck(subject: str, sentence: str) -> Broken:
    return Broken(rule=Rule.NOTHING_STUCK, subject=subject, sentence=sentence)


def _minutes(amount: timedelta) -> str:
    return f"{amount // timedelta(minutes=1)} minutes"


_TIMERS = TABLES["timers"]
_OUTBOX = TABLES["outbox"]
_EARLIER = _OUTBOX.alias("earlier")
_INVITATIONS = TABLES["invitations"]
_CUSTOMERS = TABLES["customers"]
_LATE = bindparam("late", type_=UtcMoment)

_OVERDUE = (
    select(_TIMERS.c.kind, _TIMERS.c.subject_id, _TIMERS.c.due_at)
    .where(_TIMERS.c.due_at < _LATE)
    .order_by(_TIMERS.c.due_at)
)
_SENDING = (
    select(_OUTBOX.c.id, _OUTBOX.c.sending_at)
    .where(
        _OUTBOX.c.status == OutgoingStatus.SENDING,
        or_(_OUTBOX.c.sending_at.is_(None), _OUTBOX.c.sending_at < _LATE),
    )
    .order_by(_OUTBOX.c.id)
)
#: one before it that is tried again and again is a reason to wait
_BEHIND_ANOTHER = exists().where(
    _EARLIER.c.chat_key == _OUTBOX.c.chat_key,
    _EARLIER.c.id < _OUTBOX.c.id,
    _EARLIER.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.SENDING]),
)
_WAITING = (
    select(_OUTBOX.c.id, _OUTBOX.c.channel, _OUTBOX.c.not_before, _OUTBOX.c.created_at)
    .where(
        func.coalesce(_OUTBOX.c.not_before, _OUTBOX.c.created_at) < _LATE,
        or_(
            and_(_OUTBOX.c.status == OutgoingStatus.WAITING, ~_BEHIND_ANOTHER),
            and_(
                _OUTBOX.c.status == OutgoingStatus.UNKNOWN,
                or_(_OUTBOX.c.not_before.is_not(None), _OUTBOX.c.channel == "slack"),
            ),
        ),
    )
    .order_by(_OUTBOX.c.id)
)
_HAS_TIMER = exists().where(
    _TIMERS.c.kind == "invitation", _TIMERS.c.subject_id == _INVITATIONS.c.id
)
_FORGOTTEN = (
    select(_INVITATIONS.c.id, _CUSTOMERS.c.chat)
    .join(_CUSTOMERS, _CUSTOMERS.c.id == _INVITATIONS.c.customer_id)
    .where(
        _INVITATIONS.c.status == InvitationStatus.ACCEPTED,
        _INVITATIONS.c.due_at.is_not(None),
        ~_HAS_TIMER,
    )
    .order_by(_INVITATIONS.c.id)
)
