"""May this purchase be asked about, and if not, why: the one gate for inviting, asking, reminding and sending."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from feedbackbot.engine.events import Permission
from feedbackbot.engine.script import Script
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.house import House
from feedbackbot.inviting import identifying, timing
from feedbackbot.inviting.facts import condition_holds
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.customer import Customer, Purchase, Reach
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.invitation import Invitation, InvitationStatus

TOO_OLD: Final = "it is too long ago"
ALREADY_ASKED: Final = "already asked"
BUSY: Final = "another conversation was running"
NO_SCRIPT: Final = "its script is no longer there"
#: how often a customer who said "now and then" is asked within a year
SOMETIMES: Final = 2
#: how soon a busy chat is looked at again
_LOOK_AGAIN: Final = timedelta(hours=3)
_CLOSED: Final = {
    InvitationStatus.DECLINED: "the customer does not want to be asked about it",
    InvitationStatus.CANCELLED: "it was cancelled",
    InvitationStatus.EXPIRED: "the link has run out",
}


def why_not(session: Session, house: House, invitation: Invitation, *, now: datetime) -> str | None:
    """The reason in words, or None when the bot may ask (or go on asking) about it now or later."""
    customer = session.get_one(Customer, invitation.customer_id)
    if reason := _of_customer(session, customer, invitation):
        return reason
    if invitation.status in _CLOSED:
        return invitation.reason or _CLOSED[invitation.status]
    if invitation.status is InvitationStatus.STARTED:
        return _of_running(session, invitation)
    return _of_waiting(session, house, invitation, customer, now=now)


def of_purchase(
    session: Session,
    house: House,
    script: Script,
    purchase: Purchase,
    customer: Customer,
    *,
    now: datetime,
) -> str | None:
    """Why this purchase is none to ask about, whoever opened what."""
    if reason := of_moments(script, purchase, now=now):
        return reason
    if not condition_holds(session, house.library.shop, script, customer, purchase):
        return f"the script asks only if {script.start.condition}"
    if script.start.once_per == "customer" and _was_asked(session, script, customer, purchase):
        return ALREADY_ASKED
    return None


def of_moments(script: Script, purchase: Purchase, *, now: datetime) -> str | None:
    """As far as the purchase's own moments tell."""
    if reason := undone(purchase):
        return reason
    return TOO_OLD if timing.is_too_old(script, purchase, now=now) else None


def undone(purchase: Purchase) -> str | None:
    if purchase.cancelled_at is not None:
        return "cancelled"
    if purchase.refunded_at is not None:
        return "refunded"
    return "returned" if purchase.returned_at is not None else None


def may_ask_unbidden(session: Session, customer: Customer, *, now: datetime) -> bool:
    """The customer has a chat, and said that the next purchase may be asked about without a link."""
    if customer.reach is not Reach.REACHABLE or customer.telegram_id is None or customer.stopped_at:
        return False
    if customer.permission == Permission.SOMETIMES:
        waiting = _waiting_unbidden(session, customer)
        return _asked_this_year(session, customer, now=now) + waiting < SOMETIMES
    return customer.permission == Permission.EACH


def wait_until(
    session: Session, house: House, script: Script, customer: Customer, *, now: datetime
) -> datetime | None:
    """When to look again: cooldown, a busy chat and the hours of the day delay, they drop nothing."""
    rested_at = rested(session, script, customer, now=now)
    if rested_at is None and is_busy(session, customer):
        rested_at = now + _LOOK_AGAIN
    zone = zone_of(customer.timezone, house.library.shop.timezone)
    at = timing.next_open(rested_at or now, script.start.between, zone)
    return at if at > now else None


def rested(
    session: Session, script: Script, customer: Customer, *, now: datetime
) -> datetime | None:
    """The end of the customer's cooldown across all scripts, while it lasts."""
    if not script.start.cooldown:
        return None
    started = select(func.max(Conversation.started_at)).where(
        Conversation.customer_id == customer.id
    )
    asked = [at for at in (session.scalar(started), customer.last_asked_at) if at]
    ends_at = max(asked) + script.start.cooldown if asked else now
    return ends_at if ends_at > now else None


def is_busy(session: Session, customer: Customer) -> bool:
    """A conversation is running, or people owe this customer an answer."""
    return _is_talking(session, customer) or _has_open_case(session, customer)


def _of_customer(session: Session, customer: Customer, invitation: Invitation) -> str | None:
    if identifying.is_erased(session, customer, since=invitation.accepted_at):
        return "the customer asked to be erased"
    if customer.stopped_at is not None:
        return "the customer said stop"
    if customer.reach is Reach.BLOCKED:
        return "the customer blocked the bot"
    return None


def _of_running(session: Session, invitation: Invitation) -> str | None:
    """Once begun, only its end and an open complaint keep the bot from asking on."""
    status = session.scalar(
        select(Conversation.status)
        .where(Conversation.invitation_id == invitation.id)
        .order_by(Conversation.id.desc())
        .limit(1)
    )
    if status is not None and status is not ConversationStatus.WAITING:
        return ALREADY_ASKED
    customer = session.get_one(Customer, invitation.customer_id)
    return "a complaint is open" if _has_open_case(session, customer) else None


def _of_waiting(
    session: Session, house: House, invitation: Invitation, customer: Customer, *, now: datetime
) -> str | None:
    script = house.library.scripts.get(invitation.script)
    if script is None:
        return NO_SCRIPT
    if invitation.status is InvitationStatus.SENT and now >= invitation.expires_at:
        return _CLOSED[InvitationStatus.EXPIRED]
    purchase = session.get_one(Purchase, invitation.purchase_id)
    if reason := of_purchase(session, house, script, purchase, customer, now=now):
        return reason
    if reason := _of_permission(session, invitation, customer, now=now):
        return reason
    return BUSY if script.start.if_busy == "skip" and _is_talking(session, customer) else None


def _of_permission(
    session: Session, invitation: Invitation, customer: Customer, *, now: datetime
) -> str | None:
    """A link that the customer opened is a yes of its own; without one the standing word counts."""
    unbidden = invitation.status is InvitationStatus.ACCEPTED and invitation.accepted_at is None
    if not unbidden:
        return None
    if customer.permission == Permission.SOMETIMES:
        often = _asked_this_year(session, customer, now=now) >= SOMETIMES
        return "asked twice within a year, as agreed" if often else None
    if customer.permission != Permission.EACH:
        return "the customer does not want to be asked without a link"
    return None


def _was_asked(session: Session, script: Script, customer: Customer, purchase: Purchase) -> bool:
    """About another purchase, in this script."""
    return _is_there(
        session,
        Invitation.customer_id == customer.id,
        Invitation.script == script.name,
        Invitation.purchase_id != purchase.id,
        Invitation.status == InvitationStatus.STARTED,
    )


def _asked_this_year(session: Session, customer: Customer, *, now: datetime) -> int:
    begun = select(func.count()).where(
        Conversation.customer_id == customer.id,
        Conversation.started_at > now - timedelta(days=365),
    )
    return session.scalar(begun) or 0


def _waiting_unbidden(session: Session, customer: Customer) -> int:
    waiting = select(func.count()).where(
        Invitation.customer_id == customer.id,
        Invitation.status == InvitationStatus.ACCEPTED,
        Invitation.accepted_at.is_(None),
    )
    return session.scalar(waiting) or 0


def _is_talking(session: Session, customer: Customer) -> bool:
    return _is_there(
        session,
        Conversation.customer_id == customer.id,
        Conversation.status == ConversationStatus.WAITING,
    )


def _has_open_case(session: Session, customer: Customer) -> bool:
    return _is_there(
        session,
        Escalation.customer_id == customer.id,
        Escalation.status.in_([EscalationStatus.OPEN, EscalationStatus.CLAIMED]),
    )


def _is_there(session: Session, *conditions: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(exists().where(*conditions))))
