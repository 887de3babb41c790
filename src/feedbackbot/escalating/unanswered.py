"""What the customer has written since a complaint was opened and a person last answered, for whoever answers now."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedbackbot.models.conversation import Message
from feedbackbot.models.escalation import Escalation, StaffReply

#: characters that a form has room for
LONGEST = 2800
_MESSAGES = 20
_NO_WORDS = ("tap", "command")


def newest_of(session: Session, row: Escalation) -> tuple[str, datetime | None]:
    """The words, the last ones at the end and whole, and when those came; empty where there are no later ones."""
    found = session.scalars(
        select(Message)
        .where(
            Message.customer_id == row.customer_id,
            Message.received_at > _since(session, row),
            Message.kind.not_in(_NO_WORDS),
        )
        .order_by(Message.id.desc())
        .limit(_MESSAGES)
    ).all()
    words = "\n".join(message.text or f"({message.kind})" for message in reversed(found))
    return _end_of(words), found[0].received_at if found else None


def _since(session: Session, row: Escalation) -> datetime:
    answered = session.scalar(
        select(func.max(StaffReply.created_at)).where(
            StaffReply.escalation_id == row.id, StaffReply.delivered_at.is_not(None)
        )
    )
    return max(row.opened_at, answered) if answered else row.opened_at


def _end_of(words: str) -> str:
    return words if len(words) <= LONGEST else f"… {words[-LONGEST:]}"
