"""Which attempts are still this process's own: one that was taken for dead has lost what it had in hand to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.models.locking import lock_customers
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

if TYPE_CHECKING:
    from feedbackbot.delivering.receipts import Attempt


def take_in_hand(session: Session, attempts: list[Attempt]) -> list[Attempt]:
    """What another process has meanwhile taken out of our hands is its own; but what we know to have arrived, has."""
    lock_customers(session, [one.claimed.customer_id for one in attempts if _has_effects(one)])
    rows = [one.claimed.message.id for one in attempts if one.claimed.process_id is not None]
    if not rows:
        return attempts
    found = {row.id: row for row in session.connection().execute(_IN_HAND, {"rows": rows})}
    return [one for one in attempts if _is_ours(one, found.get(one.claimed.message.id))]


def _is_ours(attempt: Attempt, row: Any) -> bool:
    if attempt.claimed.process_id is None:
        return True
    if row is None or row.status == OutgoingStatus.UNKNOWN:
        return row is not None and attempt.receipt is not None
    return bool(row.process_id == attempt.claimed.process_id)


def _has_effects(attempt: Attempt) -> bool:
    claimed = attempt.claimed
    is_new_card = claimed.message.kind == "card" and claimed.message.about is None
    return is_new_card or attempt.error is not None or claimed.reply_id is not None


_OUTBOX = TABLES["outbox"]
_IN_HAND = (
    select(_OUTBOX.c.id, _OUTBOX.c.status, _OUTBOX.c.process_id)
    .where(
        _OUTBOX.c.id.in_(bindparam("rows", expanding=True)),
        _OUTBOX.c.status.in_([OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN]),
    )
    .order_by(_OUTBOX.c.id)
    .with_for_update()
)
