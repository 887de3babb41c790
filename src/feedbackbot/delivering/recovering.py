"""After a crash: messages that were in the middle of being sent, of which nobody can tell whether they arrived."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.delivering.receipts import ONCE_MORE_AFTER, leave_unknown
from feedbackbot.errors import MaybeSent
from feedbackbot.house import House
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.locking import try_lock_owner
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: after a start, so that answers which wait at the platform come first
_SETTLE_IN = timedelta(seconds=5)
#: what waits for longer waits for a moment that was chosen, such as the morning
_A_PAUSE = timedelta(minutes=15)


def recover(session: Session, house: House, *, now: datetime) -> int:
    """After a crash nobody can tell what became of messages in the middle of being sent; what a living process sends
    is not touched. What belongs to customers at whom somebody is at work just now is left for the next look.
    """
    found = session.connection().execute(_INTERRUPTED).all()
    rows = [row for row in found if row.reply_id is None or _try_lock(session, row)]
    error = MaybeSent("The bot stopped while this was being sent.")
    for row in rows:
        due_at = max((row.sending_at or now) + ONCE_MORE_AFTER, now + _SETTLE_IN)
        claimed = _as_claimed(row)
        # that the bot stopped is no fault of the message
        leave_unknown(session, house, claimed, error, once_more_at=due_at, away=True, now=now)
    return len(rows)


def _try_lock(session: Session, row: Any) -> bool:
    """Never waiting: who has frozen holds locks as well, and whoever looks has others that wait for it."""
    return try_lock_owner(session, "staff_replies", row.reply_id)


def catch_up(session: Session, jump: timedelta, *, now: datetime) -> None:
    """The clock was put back: a pause of seconds that was set before must not last until the old time comes again."""
    if jump > timedelta(0):
        return
    for row in session.connection().execute(_PAUSED, {"now": now}).all():
        begun = row.sending_at or row.created_at
        if begun > now and row.not_before - begun <= _A_PAUSE:
            session.connection().execute(_PAUSE, {"row": row.id, "until": row.not_before + jump})


def _as_claimed(row: Any) -> Claimed:
    message = Outgoing(
        id=row.id,
        channel=row.channel,
        address="",
        kind=row.kind,
        payload={},
        visit=row.visit,
        attempts=row.attempts,
    )
    return Claimed(
        message=message,
        chat_key=row.chat_key,
        purpose=row.purpose,
        customer_id=row.customer_id,
        reply_id=row.reply_id,
        created_at=row.created_at,
        look_first=False,
    )


_OUTBOX = TABLES["outbox"]
_PROCESSES = TABLES["processes"]
_INTERRUPTED = (
    select(
        *(
            _OUTBOX.c[name]
            for name in (
                "id",
                "channel",
                "chat_key",
                "kind",
                "purpose",
                "visit",
                "customer_id",
                "reply_id",
                "attempts",
                "sending_at",
                "created_at",
            )
        )
    )
    .where(
        _OUTBOX.c.status == OutgoingStatus.SENDING,
        ~exists().where(_PROCESSES.c.id == _OUTBOX.c.process_id),
    )
    .order_by(_OUTBOX.c.id)
    .with_for_update(skip_locked=True)
)
_PAUSED = select(
    _OUTBOX.c.id, _OUTBOX.c.not_before, _OUTBOX.c.sending_at, _OUTBOX.c.created_at
).where(
    _OUTBOX.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.UNKNOWN]),
    _OUTBOX.c.not_before > bindparam("now", type_=UtcMoment),
)
_PAUSE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"))
    .values(not_before=bindparam("until", type_=UtcMoment))
)
