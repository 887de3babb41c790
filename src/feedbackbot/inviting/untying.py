"""A purchase leaves the chat of somebody who says that it is not theirs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot.inviting import identifying
from feedbackbot.inviting.offering import TIMER, WAITING
from feedbackbot.models.customer import Customer, CustomerAlias, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.timer import clear_timer


def cut_tie(session: Session, invitation_id: int, *, now: datetime) -> None:
    """The purchase leaves this chat ("Not my order"); what the shop told of its buyer goes with it."""
    invitation = session.get_one(Invitation, invitation_id)
    purchase = session.get_one(Purchase, invitation.purchase_id)
    chat = session.get_one(Customer, purchase.customer_id)
    owner = Customer(created_at=now, source=purchase.source)
    session.add(owner)
    others = select(Purchase.id).where(Purchase.customer_id == chat.id, Purchase.id != purchase.id)
    if session.scalar(others.limit(1)) is None:
        _hand_over_identity(session, chat, owner)
    identifying.give_away(session, purchase, owner)
    for one in session.scalars(select(Invitation).where(Invitation.purchase_id == purchase.id)):
        _unbind(session, one)


def _hand_over_identity(session: Session, chat: Customer, owner: Customer) -> None:
    told = {key: getattr(chat, key) for key in identifying.TOLD}
    name = identifying.name_of(chat)
    chat.source = chat.source_customer_id = None
    for key in ("first_name", "last_name", "email", "email_index"):
        setattr(chat, key, None)
    session.flush()
    for key, value in told.items():
        setattr(owner, key, value)
    if name:
        identifying.add_name(session, owner, name)
    session.execute(
        update(CustomerAlias)
        .where(CustomerAlias.customer_id == chat.id)
        .values(customer_id=owner.id)
    )


def _unbind(session: Session, invitation: Invitation) -> None:
    """Whoever the link was meant for can still open it."""
    invitation.telegram_id = invitation.accepted_at = None
    clear_timer(session, TIMER, invitation.id)
    if invitation.status in {*WAITING, InvitationStatus.STARTED}:
        invitation.status = InvitationStatus.SENT
