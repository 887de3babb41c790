"""The goodbye to whoever was erased had to go somewhere; once it has, nothing tells where."""

from __future__ import annotations

from sqlalchemy import String, bindparam, cast, exists, literal, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.claiming import Claimed
from feedbackbot.engine.events import Purpose
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES


def may_be_goodbye(claimed: Claimed) -> bool:
    return claimed.purpose == Purpose.ANSWER or claimed.message.kind == "buttons"


def leave_no_address(session: Session, rows: list[int]) -> None:
    """Of those rows that are done with and whose customer is gone."""
    if rows:
        session.connection().execute(_NO_ADDRESS, {"rows": rows})


_OUTBOX = TABLES["outbox"]
_CUSTOMERS = TABLES["customers"]
_NO_ADDRESS = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.id.in_(bindparam("rows", expanding=True)),
        _OUTBOX.c.status.in_(
            [OutgoingStatus.SENT, OutgoingStatus.FAILED, OutgoingStatus.CANCELLED]
        ),
        # each row's own customer is looked at: those without a chat are nearly all that an import brings
        exists().where(
            _CUSTOMERS.c.id == _OUTBOX.c.customer_id, _CUSTOMERS.c.telegram_id.is_(None)
        ),
        _OUTBOX.c.channel == "telegram",
    )
    .values(chat_key=literal("erased:") + cast(_OUTBOX.c.customer_id, String))
)
