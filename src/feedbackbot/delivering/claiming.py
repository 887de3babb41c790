"""Takes from the outbox what may leave now: the oldest message of each chat, checked once more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.last_checks import DECORATION, people_of, why_not_any_more
from feedbackbot.house import House
from feedbackbot.models.base import Id, UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES

#: a pause that is longer than this holds back nothing but its own message
_HOLDS_ORDER = timedelta(seconds=10)
#: a message about another one that has not left yet is looked at again after this
_LOOK_AGAIN = timedelta(milliseconds=300)
#: even where each try alone may be followed by another
MOST_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message in our hands, marked `sending` in the database."""

    message: Outgoing
    chat_key: str
    purpose: str | None
    customer_id: int | None
    reply_id: int | None
    created_at: datetime
    #: it may have arrived already: look for it before sending it again
    look_first: bool
    #: 0 answers somebody, 1 is what the bot begins by itself
    priority: int = 0
    #: who has it in hand, where there are several processes
    process_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A message that is no longer wanted, and why."""

    id: int
    reply_id: int | None
    reason: str


class Pace(Protocol):
    def may_leave(self, channel: str, address: str, *, light: bool) -> bool: ...
    def take(self, channel: str, address: str, *, light: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    taken: tuple[Claimed, ...] = ()
    dropped: tuple[Dropped, ...] = ()


def claim(
    session: Session,
    house: House,
    *,
    channel: str,
    limit: int,
    pace: Pace,
    process_id: int | None = None,
    now: datetime,
) -> Claim:
    """Mark up to `limit` messages of one channel as being sent."""
    taken: list[Claimed] = []
    dropped: list[Dropped] = []
    rows = _candidates(session, channel, limit * 4, now=now)
    people = people_of(session, rows)
    for row in rows:
        if len(taken) == limit:
            break
        address = address_of(row.channel, row.chat_key, row.payload)
        light = row.kind in DECORATION
        if not pace.may_leave(channel, address, light=light):
            continue
        if _waits_for_another(session, row, now=now):
            continue
        about, reason = _about(row)
        reason = reason or why_not_any_more(session, house, row, people, now=now)
        if reason is not None:
            dropped.append(Dropped(id=row.id, reply_id=row.reply_id, reason=reason))
        else:
            pace.take(channel, address, light=light)
            taken.append(_claimed(row, about, process_id))
    _mark(session, taken, process_id, now=now)
    _drop(session, dropped)
    return Claim(taken=tuple(taken), dropped=tuple(dropped))


def next_at(session: Session) -> datetime | None:
    """The earliest moment for which something waits."""
    found: datetime | None = _NEXT.find(session, {}).at
    return found


def address_of(channel: str, chat_key: str, payload: dict[str, Any] | None) -> str:
    """The Telegram chat, or the Slack channel that the payload names."""
    if channel == "slack":
        return str((payload or {}).get("channel") or "")
    return chat_key.partition(":")[2]


def _candidates(session: Session, channel: str, limit: int, *, now: datetime) -> list[Row[Any]]:
    wanted = {"now": now, "most": limit, "of_channel": channel}
    values = {**wanted, "soon": now + _HOLDS_ORDER}
    return [*_AGAIN.all(session, wanted), *_HEADS.all(session, values)]


def _waits_for_another(session: Session, row: Row[Any], *, now: datetime) -> bool:
    """An edit waits until the message that it edits has its name."""
    if row.about_id is None or row.about_platform_id is not None or row.about_status is None:
        return False
    if row.about_status not in _ON_THEIR_WAY or row.kind in _CAN_STAND_ALONE:
        return False
    values = {"rows": [row.id], "later": now + _LOOK_AGAIN}
    session.connection().execute(_POSTPONE, values)
    return True


def _about(row: Row[Any]) -> tuple[str | None, str | None]:
    """The platform's name of the message that this one is about, or why that can't be."""
    if row.kind == "buttons":
        missing = None if row.asked_platform_id else "the question was never shown"
        return row.asked_platform_id, missing
    gone = row.about_id is not None and row.about_platform_id is None
    if gone and row.kind not in _CAN_STAND_ALONE:
        return None, "the message that it belongs to was never posted"
    return row.about_platform_id, None


def _claimed(row: Row[Any], about: str | None, process_id: int | None) -> Claimed:
    payload = row.payload or {}
    message = Outgoing(
        id=row.id,
        channel=row.channel,
        address=address_of(row.channel, row.chat_key, payload),
        kind=row.kind,
        payload=payload,
        visit=row.visit,
        about=about,
        attempts=row.attempts + 1,
    )
    return Claimed(
        message=message,
        chat_key=row.chat_key,
        purpose=row.purpose,
        customer_id=row.customer_id,
        reply_id=row.reply_id,
        created_at=row.created_at,
        look_first=row.status == OutgoingStatus.UNKNOWN,
        priority=row.priority,
        process_id=process_id,
    )


def _mark(session: Session, taken: list[Claimed], process_id: int | None, *, now: datetime) -> None:
    if taken:
        each = [{"row": one.message.id, "moment": now, "process": process_id} for one in taken]
        _SENDING.run_for_each(session, each)


def _drop(session: Session, dropped: list[Dropped]) -> None:
    for one in dropped:
        session.connection().execute(_CANCEL, {"row": one.id, "why": one.reason})


_ON_THEIR_WAY = {OutgoingStatus.WAITING, OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN}
#: these only point to the message that they are about
_CAN_STAND_ALONE = {"direct", "ephemeral"}

_OUTBOX = TABLES["outbox"]
_EARLIER = _OUTBOX.alias("earlier")
_ABOUT = _OUTBOX.alias("about")
_ASKED = _OUTBOX.alias("asked")
_NOW = bindparam("now", type_=UtcMoment)


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


_BLOCKS = and_(
    _EARLIER.c.chat_key == _OUTBOX.c.chat_key,
    _EARLIER.c.id < _OUTBOX.c.id,
    or_(~_is_aside(_EARLIER), _is_aside(_OUTBOX)),
    or_(
        _EARLIER.c.status == OutgoingStatus.SENDING,
        and_(
            _EARLIER.c.status == OutgoingStatus.WAITING,
            or_(
                _EARLIER.c.not_before.is_(None),
                _EARLIER.c.not_before <= bindparam("soon", type_=UtcMoment),
                _EARLIER.c.attempts > 0,
            ),
        ),
    ),
)
_HEADS = Prepared(
    _rows()
    .where(
        _OUTBOX.c.status == OutgoingStatus.WAITING,
        or_(_OUTBOX.c.not_before.is_(None), _OUTBOX.c.not_before <= _NOW),
        ~exists().where(_BLOCKS),
    )
    .order_by(_OUTBOX.c.priority, _OUTBOX.c.id)
)
_AGAIN = Prepared(
    _rows()
    .where(_OUTBOX.c.status == OutgoingStatus.UNKNOWN, _OUTBOX.c.not_before <= _NOW)
    .order_by(_OUTBOX.c.id)
)
_NEXT = Prepared(
    select(func.min(_OUTBOX.c.not_before, type_=UtcMoment).label("at")).where(
        or_(_OUTBOX.c.status == OutgoingStatus.WAITING, _OUTBOX.c.status == OutgoingStatus.UNKNOWN)
    )
)
_THESE = _OUTBOX.c.id.in_(bindparam("rows", expanding=True))
#: in doubt, and sent once more: should the bot stop in the middle of it, that was all
_LAST_TRY = and_(
    _OUTBOX.c.status == OutgoingStatus.UNKNOWN,
    _OUTBOX.c.channel == "telegram",
    _OUTBOX.c.attempts < MOST_TRIES,
)
_SENDING = Prepared(
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"))
    .values(
        status=OutgoingStatus.SENDING,
        sending_at=bindparam("moment", type_=UtcMoment),
        process_id=bindparam("process", type_=Id),
        attempts=case((_LAST_TRY, MOST_TRIES), else_=_OUTBOX.c.attempts + 1),
        not_before=None,
    )
)
_POSTPONE = update(_OUTBOX).where(_THESE).values(not_before=bindparam("later", type_=UtcMoment))
_CANCEL = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"))
    .values(
        status=OutgoingStatus.CANCELLED,
        error=bindparam("why", type_=_OUTBOX.c.error.type),
        not_before=None,
    )
)
