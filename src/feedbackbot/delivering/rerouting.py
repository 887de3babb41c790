"""A card whose Slack channel takes nothing from us goes to the default channel, and its thread with it."""

from __future__ import annotations

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.claiming import Claimed
from feedbackbot.house import House
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES


def reroute(session: Session, house: House, claimed: Claimed) -> bool:
    """False where there is nowhere else: what stands in a channel already can't move, nor can the default channel."""
    message, default = claimed.message, house.slack_channels.get("support")
    is_new_card = message.kind == "card" and message.about is None
    if not is_new_card or default is None or message.address == default:
        return False
    values = {"chat": claimed.chat_key, "row": message.id}
    for row, payload in session.connection().execute(_TOGETHER, values).all():
        moved = {**(payload or {}), "channel": default}
        session.connection().execute(_MOVE, {"row": row, "moved": moved})
    return True


_OUTBOX = TABLES["outbox"]
_TOGETHER = select(_OUTBOX.c.id, _OUTBOX.c.payload).where(
    or_(
        _OUTBOX.c.id == bindparam("row"),
        (_OUTBOX.c.chat_key == bindparam("chat")) & (_OUTBOX.c.status == OutgoingStatus.WAITING),
    )
)
_MOVE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"))
    .values(
        status=OutgoingStatus.WAITING,
        not_before=None,
        payload=bindparam("moved", type_=_OUTBOX.c.payload.type),
    )
)
