"""What Slack did not take for a thread is named there, so that nobody takes the rest for all that there is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.models import outbox
from feedbackbot.models.tables import TABLES

_INSTEAD = "instead"


def name_in_thread(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Once: what stands for something else and is refused as well is left out."""
    message = claimed.message
    what = _what(message)
    if message.channel != "slack" or what is None or _INSTEAD in message.payload:
        return
    text = (
        f"{what} is missing here: Slack did not take it. Nothing is lost; the bot's log says why "
        f"(not_delivered, row {message.id})."
    )
    outbox.put(
        session,
        channel="slack",
        chat_key=claimed.chat_key,
        kind="thread",
        payload={"channel": message.address, "text": text, _INSTEAD: message.id},
        customer_id=claimed.customer_id,
        about_id=session.connection().execute(_ABOUT, {"row": message.id}).scalar(),
        now=now,
    )


def _what(message: Outgoing) -> str | None:
    """None for what nobody misses, and for what was erased meanwhile."""
    if message.kind == "file" and message.payload:
        return str(message.payload.get("title") or "A file")
    if message.kind == "thread" and message.payload:
        by = message.payload.get("by")
        return f"A message from {by}" if by else "A line"
    return None


_OUTBOX = TABLES["outbox"]
_ABOUT = select(_OUTBOX.c.about_id).where(_OUTBOX.c.id == bindparam("row"))
