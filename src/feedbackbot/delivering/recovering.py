"""After a crash: messages that were in the middle of being sent, of which nobody can tell whether they arrived."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.delivering.receipts import ONCE_MORE_AFTER, leave_unknown
from feedbackbot.errors import MaybeSent
from feedbackbot.house import House
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: after a start, so that answers which wait at the platform come first
_SETTLE_IN = timedelta(seconds=5)


def recover(session: Session, house: House, *, now: datetime) -> int:
    """After a crash nobody can tell what became of messages in the middle of being sent."""
    rows = session.connection().execute(_INTERRUPTED).all()
    error = MaybeSent("The bot stopped while this was being sent.")
    for row in rows:
        due_at = max((row.sending_at or now) + ONCE_MORE_AFTER, now + _SETTLE_IN)
        leave_unknown(session, house, _as_claimed(row), error, once_more_at=due_at, now=now)
    return len(rows)


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
    .where(_OUTBOX.c.status == OutgoingStatus.SENDING)
    .order_by(_OUTBOX.c.id)
)
