"""What became of messages that were sent: receipts, another try, or the truth told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import structlog
from msgspec import Struct
from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from feedbackbot import conversing, escalating
from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.delivering.claiming import MOST_TRIES, Claimed, Dropped
from feedbackbot.delivering.goodbyes import leave_no_address, may_be_goodbye
from feedbackbot.delivering.in_hand import take_in_hand
from feedbackbot.delivering.missing import name_in_thread
from feedbackbot.delivering.rerouting import reroute
from feedbackbot.delivering.retrying import (
    ASK_AGAIN_AFTER,
    back_off,
    is_asked_again,
    is_given_up,
    pause_after,
    pause_in_doubt,
    pause_unseen,
)
from feedbackbot.engine.happenings import Blocked
from feedbackbot.errors import (
    ChannelBusy,
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    NotSent,
    PlaceClosed,
)
from feedbackbot.house import House
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.pool_writing import is_collision
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.works import has_ended

log = structlog.get_logger(__name__)

#: a question whose fate is unknown is sent once more after this, so that an answer can come first
ONCE_MORE_AFTER = timedelta(seconds=30)
#: sent a second time they change nothing
_HARMLESS = {"buttons", "reaction", "typing", "mark"}
#: where these stand in Slack, we can't look for them
_UNSEEN = {"direct", "ephemeral"}
#: nobody reads their content again once they have been shown
_SHORT_LIVED = {"buttons", "reaction", "typing", "mark", "ephemeral"}


class Attempt(Struct, frozen=True, kw_only=True):
    """One message and what the platform said; exactly one of `receipt` and `error` is set."""

    claimed: Claimed
    receipt: Receipt | None = None
    error: DeliveryError | None = None
    #: nobody's message arrives at present: how often it is tried is the breaker's business
    away: bool = False
    #: False where it never came to the platform, which has therefore said nothing
    asked: bool = True


def settle(session: Session, house: House, attempts: Iterable[Attempt], *, now: datetime) -> None:
    """Store what is known of each; effects that fail are logged and spoil nothing else."""
    known = take_in_hand(session, list(attempts))
    _store_receipts(session, known, now=now)
    for attempt in known:
        if attempt.receipt is not None:
            _follow(session, house, attempt.claimed, attempt.receipt, now=now)
        elif attempt.error is not None:
            _not_sent(session, house, attempt, attempt.error, now=now)
    goodbyes = [one.claimed.message.id for one in known if may_be_goodbye(one.claimed)]
    leave_no_address(session, goodbyes)


def tell_dropped(
    session: Session, house: House, dropped: Iterable[Dropped], *, now: datetime
) -> None:
    """Staff learn at once that their words will not be delivered."""
    known = list(dropped)
    leave_no_address(session, [one.id for one in known])
    for one in known:
        if one.reply_id is not None:
            # outside of what may be undone
            lock_owner(session, "staff_replies", one.reply_id)
            _tell_staff(session, house, one.reply_id, f"{_sentence(one.reason)}", now=now)


def leave_unknown(
    session: Session,
    house: House,
    claimed: Claimed,
    error: DeliveryError,
    *,
    once_more_at: datetime | None = None,
    away: bool = False,
    now: datetime,
) -> None:
    """Slack can be asked; a person's words are sent again only by a person; all else once more, be it a code: the same."""
    message = claimed.message
    values: dict[str, Any] = {"status": OutgoingStatus.UNKNOWN, "error": str(error)}
    if message.kind in _HARMLESS and message.attempts < MOST_TRIES:
        values |= {"status": OutgoingStatus.WAITING, "not_before": now + back_off(message.attempts)}
    elif message.channel == "slack" and message.kind not in _UNSEEN:
        values["not_before"] = now + pause_in_doubt(message.attempts, away=away)
    elif message.channel == "slack" and message.attempts < MOST_TRIES:
        values["not_before"] = now + pause_unseen(message.attempts)
    elif claimed.reply_id is None and not claimed.look_first and message.attempts < MOST_TRIES:
        values["not_before"] = once_more_at or now + ONCE_MORE_AFTER
    _change(session, message.id, values)
    if claimed.reply_id is not None:
        _tell_staff(session, house, claimed.reply_id, None, unknown=True, now=now)


def _store_receipts(session: Session, attempts: list[Attempt], *, now: datetime) -> None:
    """One statement for all that stay readable, one for all that were only shown."""
    kept: list[dict[str, Any]] = []
    shown: list[dict[str, Any]] = []
    for attempt in attempts:
        if attempt.receipt is not None:
            message = attempt.claimed.message
            values = {"row": message.id, "moment": now, "name": attempt.receipt.platform_id}
            (shown if message.kind in _SHORT_LIVED else kept).append(values)
    if kept:
        _SENT.run_for_each(session, kept)
    if shown:
        _SHOWN.run_for_each(session, shown)


def _follow(
    session: Session, house: House, claimed: Claimed, receipt: Receipt, *, now: datetime
) -> None:
    """What else becomes true once it has arrived."""
    message = claimed.message
    if message.kind == "card" and message.about is None and receipt.platform_id is not None:
        _name_thread(session, message, receipt.platform_id)
    if claimed.reply_id is not None:
        _tell_staff(session, house, claimed.reply_id, None, now=now)


def _not_sent(
    session: Session, house: House, attempt: Attempt, error: DeliveryError, *, now: datetime
) -> None:
    claimed = attempt.claimed
    match error:
        case ChannelBusy():
            _wait(session, claimed, timedelta(seconds=error.retry_after), error, now=now)
        case PlaceClosed() if reroute(session, house, claimed):
            log.warning("rerouted", row=claimed.message.id, reason=str(error))
        case NotSent() if is_given_up(
            error, claimed.message, created_at=claimed.created_at, now=now
        ):
            _fail(session, house, claimed, error, now=now)
        case NotSent():
            pause = pause_after(error, claimed.message.attempts)
            _wait(session, claimed, pause, error, now=now)
        case MaybeSent():
            leave_unknown(session, house, claimed, error, away=attempt.away, now=now)
        case CustomerUnreachable():
            _fail(session, house, claimed, error, now=now)
            _unreachable(session, house, claimed, now=now)
        case _ if is_asked_again(claimed.message):
            log.warning("not_delivered", row=claimed.message.id, kind="card", reason=str(error))
            _wait(session, claimed, ASK_AGAIN_AFTER, error, now=now)
        case _:
            _fail(session, house, claimed, error, now=now)


def _wait(
    session: Session, claimed: Claimed, pause: timedelta, error: DeliveryError, *, now: datetime
) -> None:
    """A message in doubt stays in doubt: a refusal of this try says nothing about the one before."""
    status = OutgoingStatus.UNKNOWN if claimed.look_first else OutgoingStatus.WAITING
    values = {"status": status, "not_before": now + pause, "error": str(error)}
    _change(session, claimed.message.id, values)


def _fail(
    session: Session, house: House, claimed: Claimed, error: DeliveryError, *, now: datetime
) -> None:
    message = claimed.message
    log.warning("not_delivered", row=message.id, kind=message.kind, reason=str(error))
    values = {"status": OutgoingStatus.FAILED, "not_before": None, "error": str(error)}
    _change(session, message.id, values)
    name_in_thread(session, claimed, now=now)
    if claimed.reply_id is not None:
        _tell_staff(session, house, claimed.reply_id, _reason(error), now=now)


def _unreachable(session: Session, house: House, claimed: Claimed, *, now: datetime) -> None:
    """Everything else for this chat is moot; the chat itself learns it as well."""
    waiting = session.connection().execute(_CANCEL_CHAT, {"chat": claimed.chat_key}).all()
    for row in waiting:
        if row.reply_id is not None:
            _tell_staff(session, house, row.reply_id, _reason(CustomerUnreachable()), now=now)
    customer_id = claimed.customer_id
    if customer_id is not None:
        _guarded(
            session,
            lambda: conversing.happen(session, house, customer_id, Blocked(), now=now),
            what="blocked",
        )


def _name_thread(session: Session, message: Outgoing, ts: str) -> None:
    """The card's post is from now on the thread of what it is about."""
    values = {"row": message.id, "ts": ts, "slack_channel": message.address}
    for statement in _THREADS:
        session.connection().execute(statement, values)


def _tell_staff(
    session: Session,
    house: House,
    reply_id: int,
    failure: str | None,
    *,
    unknown: bool = False,
    now: datetime,
) -> None:
    _guarded(
        session,
        lambda: escalating.delivered(
            session, house, reply_id, failure=failure, unknown=unknown, now=now
        ),
        what="delivered",
    )


def _guarded(session: Session, effect: Callable[[], object], *, what: str) -> None:
    """A receipt must be stored whatever is wrong with what follows from it."""
    driver = session.connection().connection.dbapi_connection
    try:
        with session.begin_nested():
            effect()
    except Exception as error:
        if is_collision(error) or has_ended(driver):
            raise
        log.exception("effect_failed", effect=what)


def _change(session: Session, row_id: int, values: dict[str, Any]) -> None:
    session.connection().execute(update(_OUTBOX).where(_OUTBOX.c.id == row_id).values(values))


def _reason(error: DeliveryError) -> str:
    if isinstance(error, CustomerUnreachable):
        return "They have blocked the bot, or the account is gone."
    return _sentence(str(error))


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}".rstrip(".") + "."


_OUTBOX = TABLES["outbox"]
_ARRIVED = {
    "status": OutgoingStatus.SENT,
    "sent_at": bindparam("moment", type_=_OUTBOX.c.sent_at.type),
    "platform_id": bindparam("name", type_=_OUTBOX.c.platform_id.type),
    "not_before": None,
    "error": None,
}
_SENT = Prepared(update(_OUTBOX).where(_OUTBOX.c.id == bindparam("row")).values(_ARRIVED))
_SHOWN = Prepared(
    update(_OUTBOX).where(_OUTBOX.c.id == bindparam("row")).values({**_ARRIVED, "payload": None})
)
_CANCEL_CHAT = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.chat_key == bindparam("chat"),
        _OUTBOX.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.UNKNOWN]),
    )
    .values(status=OutgoingStatus.CANCELLED, not_before=None)
    .returning(_OUTBOX.c.id, _OUTBOX.c.reply_id)
)
_THREADS = tuple(
    update(table)
    .where(table.c.card_outbox_id == bindparam("row"))
    .values(slack_thread_ts=bindparam("ts"), slack_channel_id=bindparam("slack_channel"))
    for table in (TABLES["escalations"], TABLES["testimonials"])
)
