"""Takes from the outbox what may leave now: the oldest message of each chat, checked once more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from msgspec import Struct
from sqlalchemy import Row, and_, bindparam, case, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.announcing import announce
from feedbackbot.delivering.last_checks import DECORATION, people_of, why_not_any_more
from feedbackbot.delivering.retrying import ASK_AGAIN_AFTER, GIVE_UP_AFTER
from feedbackbot.delivering.turns import address_of, candidates
from feedbackbot.house import House
from feedbackbot.models.base import Id, UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

#: a message about another one that has not left yet is looked at again after this
_LOOK_AGAIN = timedelta(milliseconds=300)
#: rows looked at beyond those that may leave, since the pace holds some back
_SPARE = 64
_UNREADABLE = "what the bot remembers of this customer can't be read; please reach them another way"
#: even where each try alone may be followed by another
MOST_TRIES = 5


class Claimed(Struct, frozen=True, kw_only=True):
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


class Dropped(Struct, frozen=True, kw_only=True):
    """A message that is no longer wanted, and why."""

    id: int
    reply_id: int | None
    reason: str
    #: not that nobody wants it any more, but that we can't tell
    status: OutgoingStatus = OutgoingStatus.CANCELLED


class Pace(Protocol):
    def may_leave(self, channel: str, address: str, *, light: bool) -> bool: ...
    def take(self, channel: str, address: str, *, light: bool) -> None: ...


class Claim(Struct, frozen=True, kw_only=True):
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
    rows = candidates(session, channel, limit + _SPARE, now=now)
    if channel == "slack" and announce(session, rows, now=now):
        rows = candidates(session, channel, limit + _SPARE, now=now)
    people = people_of(session, rows)
    for row in rows:
        if len(taken) == limit:
            break
        address = address_of(row.channel, row.chat_key, row.payload)
        light = _is_light(row)
        if not pace.may_leave(channel, address, light=light):
            continue
        if _waits_for_another(session, row, now=now):
            continue
        about, reason = _about(row)
        try:
            reason = reason or why_not_any_more(session, house, row, people, now=now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one row, the others must leave
            dropped.extend(_put_aside(session, row, error, now=now))
            continue
        if reason is not None:
            dropped.append(Dropped(id=row.id, reply_id=row.reply_id, reason=reason))
        else:
            pace.take(channel, address, light=light)
            taken.append(_claimed(row, about, process_id))
    _mark(session, taken, process_id, now=now)
    _drop(session, dropped)
    return Claim(taken=tuple(taken), dropped=tuple(dropped))


def _put_aside(
    session: Session, row: Row[Any], error: Exception, *, now: datetime
) -> list[Dropped]:
    """Looked at again each hour, since a key or a newer version may mend it; but people hear at once that theirs failed."""
    if isinstance(error, DBAPIError):
        raise error
    waits = row.reply_id is None and now - row.created_at <= GIVE_UP_AFTER
    # its words may be the customer's
    event = "not_checked" if waits else "not_delivered"
    log.error(
        event, row=row.id, kind=row.kind, customer=row.customer_id, reason=type(error).__name__
    )
    if waits:
        values = {"rows": [row.id], "later": now + ASK_AGAIN_AFTER}
        session.connection().execute(_POSTPONE, values)
        return []
    status = OutgoingStatus.FAILED
    return [Dropped(id=row.id, reply_id=row.reply_id, reason=_UNREADABLE, status=status)]


def _is_light(row: Row[Any]) -> bool:
    """It adds no message to what stands there, which is what platforms count."""
    is_new_face = row.kind == "card" and row.about_id is not None
    return row.kind in DECORATION or is_new_face or row.kind == "ephemeral"


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
        values = {"row": one.id, "becomes": one.status, "why": one.reason}
        session.connection().execute(_CANCEL, values)


_ON_THEIR_WAY = {OutgoingStatus.WAITING, OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN}
#: these only point to the message that they are about
_CAN_STAND_ALONE = {"direct", "ephemeral"}

_OUTBOX = TABLES["outbox"]
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
        status=bindparam("becomes", type_=_OUTBOX.c.status.type),
        error=bindparam("why", type_=_OUTBOX.c.error.type),
        not_before=None,
    )
)
