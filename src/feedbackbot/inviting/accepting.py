"""What becomes of an offer in the chat: accepted for its day, put off, declined, begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from feedbackbot.inviting.offering import TIMER, WAITING, close
from feedbackbot.models.customer import Customer
from feedbackbot.models.invitation import Invitation, InvitationStatus
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
    """The customer chose another moment, which no news from the shop moves."""
    invitation = session.get_one(Invitation, invitation_id)
    if invitation.status in {*WAITING, InvitationStatus.STARTED}:
        invitation.status, invitation.due_at = InvitationStatus.ACCEPTED, until
        set_timer(session, TIMER, invitation_id, until)


def decline(session: Session, invitation_id: int) -> None:
    """The customer does not want to talk about this order."""
    invitation = session.get_one(Invitation, invitation_id)
    reason = "the customer does not want to be asked about it"
    close(session, invitation, InvitationStatus.DECLINED, reason)


def start(session: Session, invitation_id: int, *, now: datetime) -> None:
    """Its conversation has begun."""
    invitation = session.get_one(Invitation, invitation_id)
    invitation.status, invitation.reason = InvitationStatus.STARTED, None
    session.get_one(Customer, invitation.customer_id).last_asked_at = now
    clear_timer(session, TIMER, invitation_id)
