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
from feedbackbot.models.locking import lock_customers
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: after a start, so that answers which wait at the platform come first
_SETTLE_IN = timedelta(seconds=5)
#: what waits for longer waits for a moment that was chosen, such as the morning
_A_PAUSE = timedelta(minutes=15)


def recover(session: Session, house: House, *, now: datetime) -> int:
    """After a crash nobody can tell what became of messages in the middle of being sent; what a living process sends
    is not touched.
    """
    rows = session.connection().execute(_INTERRUPTED).all()
    lock_customers(session, [row.customer_id for row in rows if row.reply_id is not None])
    error = MaybeSent("The bot stopped while this was being sent.")
    for row in rows:
        due_at = max((row.sending_at or now) + ONCE_MORE_AFTER, now + _SETTLE_IN)
        claimed = _as_claimed(row)
        # that the bot stopped is no fault of the message
        leave_unknown(session, house, claimed, error, once_more_at=due_at, away=True, now=now)
    return len(rows)


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
