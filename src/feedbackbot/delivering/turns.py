"""Whose turn it is: what waits in the outbox and may leave now, in the order of each chat and of Slack's cards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from feedbackbot.models.base import UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES

#: a pause that is longer than this holds back nothing but its own message
HOLDS_ORDER = timedelta(seconds=10)


def candidates(session: Session, channel: str, limit: int, *, now: datetime) -> list[Row[Any]]:
    """What may leave as far as the rows can tell: what is in doubt before what was never tried."""
    wanted = {"now": now, "most": limit, "of_channel": channel}
    soon = {**wanted, "soon": now + HOLDS_ORDER}
    if channel == "slack":
        return [*_CARDS_AGAIN.all(session, soon), *_CARDS.all(session, soon)]
    return [*_AGAIN.all(session, wanted), *_HEADS.all(session, soon)]


def next_at(session: Session, *, now: datetime) -> datetime | None:
    """The earliest moment to come for which something waits; what is due already waits for something else."""
    found: datetime | None = _NEXT.find(session, {"now": now}).at
    return found


def address_of(channel: str, chat_key: str, payload: dict[str, Any] | None) -> str:
    """The Telegram chat, or the Slack channel that the payload names."""
    if channel == "slack":
        return str((payload or {}).get("channel") or "")
    return chat_key.partition(":")[2]


_OUTBOX = TABLES["outbox"]
_EARLIER = _OUTBOX.alias("earlier")
_ABOUT = _OUTBOX.alias("about")
_ASKED = _OUTBOX.alias("asked")
_NOW = bindparam("now", type_=UtcMoment)
_SOON = bindparam("soon", type_=UtcMoment)


def _rows() -> Select[Any]:
    # a question that was asked again stands on the phone more than once
    asked = select(func.aggregate_strings(_ASKED.c.platform_id, ",")).where(
        _OUTBOX.c.kind == "buttons",
        _ASKED.c.customer_id == _OUTBOX.c.customer_id,
        _ASKED.c.visit == _OUTBOX.c.visit,
        _ASKED.c.kind != "buttons",
        _ASKED.c.platform_id.is_not(None),
    )
    columns = [c for c in _OUTBOX.c if c.name not in {"error", "platform_id"}]
    return (
        select(
            *columns,
            _ABOUT.c.platform_id.label("about_platform_id"),
            _ABOUT.c.status.label("about_status"),
            asked.scalar_subquery().label("asked_platform_id"),
        )
        .select_from(_OUTBOX.outerjoin(_ABOUT, _ABOUT.c.id == _OUTBOX.c.about_id))
        .where(_OUTBOX.c.channel == bindparam("of_channel"))
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=_OUTBOX)
    )


def _is_aside(outbox: FromClause) -> ColumnElement[bool]:
    """Changes what stands there already, so that nothing which comes later need wait for it."""
    return or_(outbox.c.kind == "buttons", outbox.c.kind == "reaction")


def _is_new_card(outbox: FromClause) -> ColumnElement[bool]:
    return and_(outbox.c.kind == "card", outbox.c.about_id.is_(None))


_IS_SOON = or_(_EARLIER.c.not_before.is_(None), _EARLIER.c.not_before <= _SOON)
_BLOCKS = and_(
    _EARLIER.c.chat_key == _OUTBOX.c.chat_key,
    _EARLIER.c.id < _OUTBOX.c.id,
    or_(~_is_aside(_EARLIER), _is_aside(_OUTBOX)),
    or_(
        _EARLIER.c.status == OutgoingStatus.SENDING,
        and_(
            _EARLIER.c.status == OutgoingStatus.WAITING,
            or_(_IS_SOON, _EARLIER.c.attempts > 0),
        ),
    ),
)
# Each card has a thread, and so a chat, of its own; but people read a channel from above. So new cards stand in one
# queue, in which the first keeps its place while it is tried again.
_CARD_BLOCKS = and_(
    _is_new_card(_OUTBOX),
    _is_new_card(_EARLIER),
    # a range, so that the index on status and chat is used; ";" follows ":"
    _EARLIER.c.chat_key >= "slack:",
    _EARLIER.c.chat_key < "slack;",
    or_(
        _EARLIER.c.priority < _OUTBOX.c.priority,
        and_(_EARLIER.c.priority == _OUTBOX.c.priority, _EARLIER.c.id < _OUTBOX.c.id),
    ),
    or_(
        _EARLIER.c.status == OutgoingStatus.SENDING,
        and_(_EARLIER.c.status == OutgoingStatus.WAITING, _IS_SOON),
        and_(_EARLIER.c.status == OutgoingStatus.UNKNOWN, _EARLIER.c.not_before <= _SOON),
    ),
)
_IS_DUE = or_(_OUTBOX.c.not_before.is_(None), _OUTBOX.c.not_before <= _NOW)
_FIRST_OF_CHATS = (
    _rows()
    .where(_OUTBOX.c.status == OutgoingStatus.WAITING, _IS_DUE, ~exists().where(_BLOCKS))
    .order_by(_OUTBOX.c.priority, _OUTBOX.c.id)
)
_IN_DOUBT = (
    _rows()
    .where(_OUTBOX.c.status == OutgoingStatus.UNKNOWN, _OUTBOX.c.not_before <= _NOW)
    .order_by(_OUTBOX.c.id)
)
_HEADS = Prepared(_FIRST_OF_CHATS)
_AGAIN = Prepared(_IN_DOUBT)
_CARDS = Prepared(_FIRST_OF_CHATS.where(~exists().where(_CARD_BLOCKS)))
_CARDS_AGAIN = Prepared(_IN_DOUBT.where(~exists().where(_CARD_BLOCKS)))
_NEXT = Prepared(
    select(func.min(_OUTBOX.c.not_before, type_=UtcMoment).label("at")).where(
        or_(_OUTBOX.c.status == OutgoingStatus.WAITING, _OUTBOX.c.status == OutgoingStatus.UNKNOWN),
        _OUTBOX.c.not_before > _NOW,
    )
)
