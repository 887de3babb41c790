"""A purchase leaves the chat of somebody who says that it is not theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from feedbackbot.inviting import bringing, identifying
from feedbackbot.inviting.offering import TIMER, WAITING
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.timer import clear_timer


def cut_tie(session: Session, invitation_id: int, *, now: datetime) -> None:
    """The purchase leaves this chat ("Not my order"); what the shop told of its buyer goes with it."""
    invitation = session.get_one(Invitation, invitation_id)
    purchase = session.get_one(Purchase, invitation.purchase_id)
    chat = session.get_one(Customer, purchase.customer_id)
    owner = Customer(created_at=now, source=purchase.source)
    session.add(owner)
    session.flush()
    for one in _leaving(session, purchase, chat, owner):
        identifying.give_away(session, one, owner)
        for offer in session.scalars(select(Invitation).where(Invitation.purchase_id == one.id)):
            _unbind(session, offer)


def _leaving(
    session: Session, purchase: Purchase, chat: Customer, owner: Customer
) -> list[Purchase]:
    """This purchase, and those that came into the chat for its sake alone."""
    mine = Purchase.customer_id == chat.id, Purchase.id != purchase.id
    others = list(session.scalars(select(Purchase).where(*mine).order_by(Purchase.id)))
    unopened = [one for one in others if not _was_opened(session, one)]
    if len(unopened) == len(others):
        bringing.hand_over(session, chat, owner)
        return [purchase, *others]
    brought = _brought(session, purchase)
    if brought is None:
        return [purchase]
    bringing.give_back(session, brought, chat, owner)
    return [purchase, *(one for one in unopened if one.id in brought["purchases"])]


def _was_opened(session: Session, purchase: Purchase) -> bool:
    """By its own link, or talked about: the customer has had the chance to say that it is not theirs."""
    opened = select(
        exists().where(
            Invitation.purchase_id == purchase.id,
            Invitation.telegram_id.is_not(None),
            Invitation.accepted_at.is_not(None) | (Invitation.status == InvitationStatus.STARTED),
        )
    )
    return bool(session.scalar(opened))


def _brought(session: Session, purchase: Purchase) -> dict[str, Any] | None:
    offers: Iterable[Invitation] = session.scalars(
        select(Invitation).where(Invitation.purchase_id == purchase.id)
    )
    return next((one.brought for one in offers if one.brought is not None), None)


def _unbind(session: Session, invitation: Invitation) -> None:
    """Whoever the link was meant for can still open it."""
    invitation.telegram_id = invitation.accepted_at = invitation.brought = None
    clear_timer(session, TIMER, invitation.id)
    if invitation.status in {*WAITING, InvitationStatus.STARTED}:
        invitation.status = InvitationStatus.SENT
