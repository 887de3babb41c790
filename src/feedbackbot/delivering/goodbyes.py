"""The goodbye to whoever was erased had to go somewhere; once it has, nothing tells where."""

from __future__ import annotations

from sqlalchemy import String, bindparam, cast, exists, literal, or_, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.claiming import Claimed
from feedbackbot.engine.events import Purpose
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES


def may_be_goodbye(claimed: Claimed) -> bool:
    return claimed.purpose == Purpose.ANSWER or claimed.message.kind == "buttons"


def leave_no_address(session: Session, rows: list[int]) -> None:
    """Of those rows that are done with and whose customer is gone."""
    _NO_ADDRESS.run_for_each(session, [{"row": row} for row in rows])


_OUTBOX = TABLES["outbox"]
_CUSTOMERS = TABLES["customers"]
# one row at a time: given many at once, SQLite would rather read all that was ever sent
_NO_ADDRESS = Prepared(
    update(_OUTBOX)
    .where(
        _OUTBOX.c.id == bindparam("row"),
        or_(
            _OUTBOX.c.status == OutgoingStatus.SENT,
            _OUTBOX.c.status == OutgoingStatus.FAILED,
            _OUTBOX.c.status == OutgoingStatus.CANCELLED,
        ),
        # its own customer is looked at: those without a chat are nearly all that an import brings
        exists().where(
            _CUSTOMERS.c.id == _OUTBOX.c.customer_id, _CUSTOMERS.c.telegram_id.is_(None)
        ),
        _OUTBOX.c.channel == "telegram",
    )
    .values(chat_key=literal("erased:") + cast(_OUTBOX.c.customer_id, String))
)
