"""What was sent: nothing to whoever wants no more, and to each chat in the order of its rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Row,
    String,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from feedbackbot.engine import talking
from feedbackbot.engine.events import Purpose
from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.customer import Reach
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

_Row = Row[*tuple[Any, ...]]
#: these change only what the customer sees already
_DECORATION = ("buttons", "reaction", "typing")
#: a message may be on its way in the moment of the stop, or of the block
_MEANWHILE = timedelta(seconds=1)
#: a message that is held back for longer than this holds back nobody else (`delivering.turns`)
_HOLDS_ORDER = timedelta(seconds=10)
#: messages of one chat that can have left within that time
_NEIGHBOURS = 20


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    yield from _after_stop(session)
    yield from _while_blocked(session)
    rows = session.connection().execute(_SENT)
    for _, chat in groupby(rows, key=lambda row: row.chat_key):
        yield from _overtaken(chat)


def _after_stop(session: Session) -> Iterator[Broken]:
    for row in session.connection().execute(_LATE):
        if row.telegram_id is None:
            sentence = f"It was sent to customer {row.customer_id}, who had been erased."
        elif row.purpose == Purpose.CASE and not _refused(row.chat):
            continue
        else:
            sentence = f"It was sent to customer {row.customer_id}, who had said stop."
        yield _broken(Rule.SILENT_AFTER_STOP, row.id, sentence)


def _while_blocked(session: Session) -> Iterator[Broken]:
    """Of those who block the bot at present: whoever has unblocked it may be written to again."""
    for row in session.connection().execute(_TO_BLOCKED):
        sentence = f"It was sent to customer {row.customer_id}, who had blocked the bot."
        yield _broken(Rule.SILENT_AFTER_STOP, row.id, sentence)


def _refused(chat: str | None) -> bool:
    """Whether not even the answer to a complaint was wanted."""
    return chat is not None and talking.chat_from_json(chat).let_answer is False


def _overtaken(chat: Iterator[_Row]) -> Iterator[Broken]:
    """Within the time for which a message holds back those behind it, none of them may leave before it."""
    earlier: deque[_Row] = deque(maxlen=_NEIGHBOURS)
    for row in chat:
        for one in earlier:
            if timedelta(0) < one.sending_at - row.sending_at <= _HOLDS_ORDER:
                sentence = f"It left before {one.id}, which stands before it in the same chat."
                yield _broken(Rule.SENT_IN_ORDER, row.id, sentence)
                break
        if row.attempts == 1:
            # what was tried again may come later than what followed
            earlier.append(row)


def _broken(rule: Rule, row_id: int, sentence: str) -> Broken:
    return Broken(rule=rule, subject=f"outbox:{row_id}", sentence=sentence)


_OUTBOX = TABLES["outbox"]
_CUSTOMERS = TABLES["customers"]
_AUDIT = TABLES["audit"]
_GONE = _CUSTOMERS.c.telegram_id.is_(None)
_UNASKED_FOR = or_(_OUTBOX.c.purpose.is_(None), _OUTBOX.c.purpose != Purpose.ANSWER)
_LATE = (
    select(
        _OUTBOX.c.id,
        _OUTBOX.c.customer_id,
        _OUTBOX.c.purpose,
        _CUSTOMERS.c.telegram_id,
        _CUSTOMERS.c.chat,
    )
    .join(_CUSTOMERS, _CUSTOMERS.c.id == _OUTBOX.c.customer_id)
    .where(
        _OUTBOX.c.channel == "telegram",
        _CUSTOMERS.c.stopped_at.is_not(None),
        type_coerce(_OUTBOX.c.sending_at, BigInteger)
        > type_coerce(_CUSTOMERS.c.stopped_at, BigInteger)
        + _MEANWHILE // timedelta(microseconds=1),
        _UNASKED_FOR,
        or_(
            and_(_GONE, _OUTBOX.c.kind != "buttons"),
            and_(~_GONE, _OUTBOX.c.kind.not_in(_DECORATION)),
        ),
    )
    .order_by(_OUTBOX.c.id)
)
_BLOCKED = (
    select(_AUDIT.c.subject, func.max(type_coerce(_AUDIT.c.at, BigInteger)).label("at"))
    .where(_AUDIT.c.act == "blocked")
    .group_by(_AUDIT.c.subject)
    .subquery()
)
_TO_BLOCKED = (
    select(_OUTBOX.c.id, _OUTBOX.c.customer_id)
    .join(_CUSTOMERS, _CUSTOMERS.c.id == _OUTBOX.c.customer_id)
    .join(_BLOCKED, _BLOCKED.c.subject == literal("customer:") + cast(_CUSTOMERS.c.id, String))
    .where(
        _OUTBOX.c.channel == "telegram",
        _CUSTOMERS.c.reach == Reach.BLOCKED,
        ~_GONE,
        type_coerce(_OUTBOX.c.sending_at, BigInteger)
        > _BLOCKED.c.at + _MEANWHILE // timedelta(microseconds=1),
    )
    .order_by(_OUTBOX.c.id)
)
_SENT = (
    select(_OUTBOX.c.id, _OUTBOX.c.chat_key, _OUTBOX.c.sending_at, _OUTBOX.c.attempts)
    .where(
        _OUTBOX.c.status == OutgoingStatus.SENT,
        _OUTBOX.c.sending_at.is_not(None),
        _OUTBOX.c.kind.not_in(_DECORATION),
    )
    .order_by(_OUTBOX.c.chat_key, _OUTBOX.c.id)
    .execution_options(yield_per=1000)
)
