"""What came in, against what came of it: words, answers and replies that stand without their other half.

What Telegram delivers leaves a trace in any case. What Slack tells does not: most talk of colleagues is to have no
effect, and no row says whether a line mentioned the bot. So there the other half alone is looked for: words of staff
that were taken must have been counted as received.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, and_, exists, func, or_, select, type_coerce, union_all
from sqlalchemy.orm import Session

from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.conversation import ConversationStatus
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: two machines' clocks may differ by this
_SAME_TIME = timedelta(minutes=1)
#: one broken delivery breaks nothing else; so many are enough to see what is wrong
_ENOUGH = 200


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    yield from _without_effect(session)
    yield from _without_key(session)
    yield from _without_slacks_key(session)
    yield from _answers(session)
    yield from _ends(session)
    yield from _replies(session)
    yield from _transcripts(session)


def _without_effect(session: Session) -> Iterator[Broken]:
    """All that one update does bears one moment, that of its key."""
    moments = session.connection().execute(_KEYS_ALONE).scalars().all()
    for key in session.connection().execute(_KEYS.where(_RECEIVED.c.received_at.in_(moments))):
        sentence = "This counts as received, and nothing of it was kept."
        yield _half(f"received:{key.key}", sentence)


def _without_key(session: Session) -> Iterator[Broken]:
    moments = session.connection().execute(_WORDS_ALONE).scalars().all()
    for row in session.connection().execute(_WORDS.where(_MESSAGES.c.received_at.in_(moments))):
        sentence = "It was kept without the platform's id; delivered again it would count twice."
        yield _half(f"message:{row.id}", sentence)


def _without_slacks_key(session: Session) -> Iterator[Broken]:
    """Found by channel and ts; the key names the team as well."""
    keys = session.connection().execute(_KEYS_OF_SLACK).scalars()
    received = {key.split(":", 2)[2] for key in keys if key.count(":") > 1}
    for row in session.connection().execute(_FROM_THREADS):
        if f"{row.slack_channel_id}:{row.slack_ts}" not in received:
            sentence = "These words of staff were taken without Slack's id of them."
            yield _half(f"reply:{row.id}", sentence)


def _answers(session: Session) -> Iterator[Broken]:
    for row in session.connection().execute(_UNASKED):
        yield _half(f"answer:{row.id}", f"It answers question {row.visit}, which was never put.")
    for row in session.connection().execute(_TWICE):
        sentence = f"Question {row.visit} has {row.times} answers that count."
        yield _half(f"conversation:{row.conversation_id}", sentence)


def _ends(session: Session) -> Iterator[Broken]:
    for row in session.connection().execute(_HALF_ENDED):
        sentence = f"It is {row.status}, and its end says otherwise."
        yield _half(f"conversation:{row.id}", sentence)


def _replies(session: Session) -> Iterator[Broken]:
    """Words of staff went somewhere, and their author was told."""
    for row in session.connection().execute(_REPLIES):
        if row.status is None:
            sentence = "These words of staff were taken and handed to nobody."
        elif row.status in _SETTLED:
            sentence = f"Their message is {row.status}, and their author was not told."
        else:
            continue
        yield _half(f"reply:{row.id}", sentence)


def _transcripts(session: Session) -> Iterator[Broken]:
    for row in session.connection().execute(_LATER_THAN_THE_NEXT):
        yield Broken(
            rule=Rule.TRANSCRIPT_IN_ORDER,
            subject=f"message:{row.id}",
            sentence=f"It stands behind a later message of customer {row.customer_id}.",
        )


def _half(subject: str, sentence: str) -> Broken:
    return Broken(rule=Rule.NOTHING_HALF_APPLIED, subject=subject, sentence=sentence)


_RECEIVED = TABLES["received"]
_MESSAGES = TABLES["messages"]
_AUDIT = TABLES["audit"]
_ANSWERED = TABLES["answers"]
_CONVERSATIONS = TABLES["conversations"]
_OUTBOX = TABLES["outbox"]
_STAFF = TABLES["staff_replies"]
_SETTLED = {
    OutgoingStatus.SENT,
    OutgoingStatus.FAILED,
    OutgoingStatus.CANCELLED,
    # a person's words are not tried again by themselves
    OutgoingStatus.UNKNOWN,
}

_FROM_TELEGRAM = _RECEIVED.c.key.startswith("telegram:", autoescape=True)
_KEYS = select(_RECEIVED.c.key).where(_FROM_TELEGRAM).order_by(_RECEIVED.c.key)
_TRACES = union_all(select(_MESSAGES.c.received_at), select(_AUDIT.c.at))
_KEYS_ALONE = (
    select(_RECEIVED.c.received_at)
    .where(_FROM_TELEGRAM)
    .except_(select(_TRACES.subquery().c.received_at))
    .limit(_ENOUGH)
)
_WORDS = select(_MESSAGES.c.id).order_by(_MESSAGES.c.id)
#: keys that are older may have been cleared away
_SINCE = select(func.min(_RECEIVED.c.received_at, type_=UtcMoment)).scalar_subquery()
_WORDS_ALONE = (
    select(_MESSAGES.c.received_at)
    .where(_MESSAGES.c.received_at >= _SINCE, _MESSAGES.c.platform_key.is_not(None))
    .except_(select(_RECEIVED.c.received_at))
    .limit(_ENOUGH)
)
_KEYS_OF_SLACK = select(_RECEIVED.c.key).where(
    _RECEIVED.c.key.startswith("slack:", autoescape=True)
)
_FROM_THREADS = (
    select(_STAFF.c.id, _STAFF.c.slack_channel_id, _STAFF.c.slack_ts)
    .where(_STAFF.c.slack_ts.is_not(None), _STAFF.c.created_at >= _SINCE)
    .order_by(_STAFF.c.id)
)
_UNASKED = (
    select(_ANSWERED.c.id, _ANSWERED.c.visit)
    .join(_CONVERSATIONS, _CONVERSATIONS.c.id == _ANSWERED.c.conversation_id)
    .where(
        ~exists().where(
            _OUTBOX.c.customer_id == _CONVERSATIONS.c.customer_id,
            _OUTBOX.c.visit == _ANSWERED.c.visit,
            _OUTBOX.c.kind != "buttons",
        )
    )
    .order_by(_ANSWERED.c.id)
)
_TWICE = (
    select(_ANSWERED.c.conversation_id, _ANSWERED.c.visit, func.count().label("times"))
    .where(_ANSWERED.c.taken_back_at.is_(None))
    .group_by(_ANSWERED.c.conversation_id, _ANSWERED.c.visit)
    .having(func.count() > 1)
)
_IS_WAITING = _CONVERSATIONS.c.status == ConversationStatus.WAITING
_HAS_ENDED = _CONVERSATIONS.c.finished_at.is_not(None)
_HALF_ENDED = (
    select(_CONVERSATIONS.c.id, _CONVERSATIONS.c.status)
    .where(or_(and_(_IS_WAITING, _HAS_ENDED), and_(~_IS_WAITING, ~_HAS_ENDED)))
    .order_by(_CONVERSATIONS.c.id)
)
_REPLIES = (
    select(_STAFF.c.id, _OUTBOX.c.status)
    .select_from(_STAFF.outerjoin(_OUTBOX, _OUTBOX.c.reply_id == _STAFF.c.id))
    .where(_STAFF.c.delivered_at.is_(None), _STAFF.c.failure.is_(None), _STAFF.c.text.is_not(None))
    .order_by(_STAFF.c.id)
)
#: moments are whole microseconds in the database
_CAME_AT = type_coerce(_MESSAGES.c.received_at, BigInteger)
_IN_ORDER = select(
    _MESSAGES.c.id,
    _MESSAGES.c.customer_id,
    _CAME_AT.label("came_at"),
    func.lag(_CAME_AT)
    .over(partition_by=_MESSAGES.c.customer_id, order_by=_MESSAGES.c.id)
    .label("before"),
).subquery()
_LATER_THAN_THE_NEXT = (
    select(_IN_ORDER.c.id, _IN_ORDER.c.customer_id)
    .where(_IN_ORDER.c.before - _IN_ORDER.c.came_at > _SAME_TIME // timedelta(microseconds=1))
    .order_by(_IN_ORDER.c.id)
)
