"""What becomes of an offer in the chat: accepted for its day, put off, declined, begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from feedbackbot.inviting.offering import TIMER, WAITING, close
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import clear_timer, set_timer


def accept(session: Session, invitation_id: int, *, due_at: datetime | None, now: datetime) -> None:
    """The welcome was shown; the question comes at `due_at`, or when the day becomes known."""
    invitation = session.get_one(Invitation, invitation_id)
    if invitation.status in WAITING:
        invitation.status = InvitationStatus.ACCEPTED
        invitation.accepted_at = invitation.accepted_at or now
        if day := due_at or invitation.due_at:
            set_timer(session, TIMER, invitation_id, day)


def defer(session: Session, invitation_id: int, *, until: datetime) -> None:
    """The talk has begun and comes back by a timer of its chat; here only the day changes that people see."""
    session.get_one(Invitation, invitation_id).due_at = until


def decline(session: Session, invitation_id: int) -> None:
    """The customer does not want to talk about this order."""
    invitation = session.get_one(Invitation, invitation_id)
    reason = "the customer does not want to be asked about it"
    close(session, invitation, InvitationStatus.DECLINED, reason)


def start(session: Session, invitation_id: int, *, now: datetime) -> int:
    """Its conversation has begun; returns the id of the purchase."""
    session.flush()
    (begun,) = _START.all(session, {"row": invitation_id})
    _ASKED.run(session, {"row": begun.customer_id, "moment": now})
    clear_timer(session, TIMER, invitation_id)
    # whoever looked at these rows before looks again
    session.expire_all()
    return int(begun.purchase_id)


_INVITATIONS = TABLES["invitations"]
_CUSTOMERS = TABLES["customers"]
_START = Prepared(
    update(_INVITATIONS)
    .where(_INVITATIONS.c.id == bindparam("row"))
    .values(status=InvitationStatus.STARTED, reason=None)
    .returning(_INVITATIONS.c.customer_id, _INVITATIONS.c.purchase_id)
)
_ASKED = Prepared(
    update(_CUSTOMERS)
    .where(_CUSTOMERS.c.id == bindparam("row"))
    .values(last_asked_at=bindparam("moment", type_=UtcMoment))
)
