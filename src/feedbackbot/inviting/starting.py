"""Scripts that no news of a purchase starts: a complaint was settled, the customer sent a command, the shop begins by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.engine.events import Permission
from feedbackbot.engine.happenings import Command, LinkOpened, LinkState
from feedbackbot.engine.script import Script, Trigger
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.house import House
from feedbackbot.inviting import eligibility, timing
from feedbackbot.inviting.links import link_of
from feedbackbot.inviting.offering import TIMER, WAITING, new_invitation
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.customer import Customer, Purchase, Reach
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.timer import set_timer

ONLY_BY_LINK: Final = "the customer has not said yes to being asked again, so only a link may ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What came of beginning a script by hand: exactly one of the three is set."""

    order_id: str
    #: the customer is asked without doing anything
    asked_at: datetime | None = None
    #: to be handed to the customer, who has not said yes to being asked
    link: str | None = None
    why_not: str | None = None


def invite_to(
    session: Session,
    house: House,
    script_name: str,
    customer_id: int,
    *,
    purchase_id: int | None = None,
    now: datetime,
) -> Invitation | None:
    """A customer who has a chat and has just done something gets this talk, about the newest purchase unless one is named.

    None when there is nothing to talk about, or the script has had its talk about it; one that waits is put off anew.
    """
    customer = session.get_one(Customer, customer_id)
    purchase = _purchase(session, customer, purchase_id)
    if purchase is None:
        return None
    script = house.library.scripts[script_name]
    known = _find(session, purchase, script)
    if known is not None and known.status not in WAITING:
        return None
    at = _day(house, script, customer, now=now)
    invitation = known or new_invitation(script, purchase, house, due_at=at, now=now)
    invitation.due_at = at
    session.add(invitation)
    _accept(session, invitation, customer, now=now)
    return invitation


def settled(
    session: Session,
    house: House,
    customer_id: int,
    *,
    purchase_id: int | None,
    now: datetime,
) -> Invitation | None:
    """A complaint was resolved: the first script by file name that waits for this and applies."""
    customer = session.get_one(Customer, customer_id)
    if customer.permission == Permission.NO or not _may_be_reached(customer):
        return None
    purchase = _purchase(session, customer, purchase_id)
    if purchase is None:
        return None
    for script in _waiting_for(house, lambda trigger: trigger.on == "escalation.resolved"):
        if eligibility.of_purchase(session, house, script, purchase, customer, now=now) is None:
            return invite_to(
                session, house, script.name, customer_id, purchase_id=purchase.id, now=now
            )
    return None


def asked_for(
    session: Session, house: House, customer_id: int, command: Command, *, now: datetime
) -> LinkOpened | None:
    """The customer's own command begins a script as an opened link would; None where no script waits for it."""
    scripts = _waiting_for(house, lambda t: t.on == "command" and t.command == command.name)
    if not scripts:
        return None
    customer = session.get_one(Customer, customer_id)
    purchase = _purchase(session, customer, None)
    if purchase is None:
        return LinkOpened(state=LinkState.NONE, message_key=command.message_key)
    for script in scripts:
        reason = eligibility.of_purchase(session, house, script, purchase, customer, now=now)
        if reason is None:
            return _opened(session, house, script, customer, purchase, command=command, now=now)
        if reason == eligibility.ALREADY_ASKED:
            return LinkOpened(state=LinkState.DONE, message_key=command.message_key)
    return None


def begin_by_hand(
    session: Session,
    house: House,
    script: Script,
    purchase: Purchase,
    *,
    links: bool = True,
    now: datetime,
) -> ByHand:
    """Who has said yes to being asked is asked; for everybody else there is a link, if `links` are wanted."""
    lock_owner(session, "purchases", purchase.id)
    customer = session.get_one(Customer, purchase.customer_id)
    if reason := _why_not(session, house, script, purchase, customer, now=now):
        return ByHand(order_id=purchase.order_id, why_not=reason)
    unbidden = eligibility.may_ask_unbidden(session, customer, now=now)
    if not (links or unbidden):
        return ByHand(order_id=purchase.order_id, why_not=ONLY_BY_LINK)
    at = _day(house, script, customer, now=now)
    invitation = _find(session, purchase, script)
    if invitation is None:
        invitation = new_invitation(script, purchase, house, due_at=at, now=now)
        session.add(invitation)
        session.flush()
    if invitation.status is InvitationStatus.ACCEPTED:
        return ByHand(order_id=purchase.order_id, asked_at=invitation.due_at or at)
    if not unbidden:
        return ByHand(order_id=purchase.order_id, link=link_of(house, invitation.token))
    invitation.status, invitation.telegram_id = InvitationStatus.ACCEPTED, customer.telegram_id
    set_timer(session, TIMER, invitation.id, at)
    session.flush()
    return ByHand(order_id=purchase.order_id, asked_at=at)


def newest_purchases(session: Session) -> list[Purchase]:
    """One a customer, of everybody who has a chat with the bot."""
    rows = (
        select(Purchase)
        .join(Customer, Customer.id == Purchase.customer_id)
        .where(Customer.telegram_id.is_not(None))
        .order_by(Purchase.id)
    )
    return list({purchase.customer_id: purchase for purchase in session.scalars(rows)}.values())


def _why_not(
    session: Session,
    house: House,
    script: Script,
    purchase: Purchase,
    customer: Customer,
    *,
    now: datetime,
) -> str | None:
    if customer.stopped_at is not None:
        return "the customer said stop"
    if customer.reach is Reach.BLOCKED:
        return "the customer blocked the bot"
    known = _find(session, purchase, script)
    if known is not None and known.status is InvitationStatus.STARTED:
        return eligibility.ALREADY_ASKED
    if known is not None and known.status not in WAITING:
        return known.reason or "it was called off"
    return eligibility.of_purchase(session, house, script, purchase, customer, now=now)


def _opened(
    session: Session,
    house: House,
    script: Script,
    customer: Customer,
    purchase: Purchase,
    *,
    command: Command,
    now: datetime,
) -> LinkOpened:
    invitation = _find(session, purchase, script)
    if invitation is not None and invitation.status is InvitationStatus.STARTED:
        running = _is_running(session, invitation)
        state = LinkState.RUNNING if running else LinkState.DONE
        return LinkOpened(state=state, message_key=command.message_key)
    if invitation is not None:
        # declined or called off before; now the customer wants it
        invitation.status, invitation.reason = InvitationStatus.ACCEPTED, None
    invited = invite_to(session, house, script.name, customer.id, now=now)
    assert invited is not None
    return LinkOpened(
        state=LinkState.NEW,
        message_key=command.message_key,
        invitation_id=invited.id,
        script=script,
        # hours of the day and cooldowns bind what the bot begins, not the customer
        due_at=now + script.start.trigger.after,
        by_command=True,
    )


def _accept(session: Session, invitation: Invitation, customer: Customer, *, now: datetime) -> None:
    invitation.status, invitation.telegram_id = InvitationStatus.ACCEPTED, customer.telegram_id
    invitation.accepted_at = invitation.accepted_at or now
    session.flush()
    if invitation.due_at:
        set_timer(session, TIMER, invitation.id, invitation.due_at)


def _day(house: House, script: Script, customer: Customer, *, now: datetime) -> datetime:
    zone = zone_of(customer.timezone, house.library.shop.timezone)
    return timing.next_open(now + script.start.trigger.after, script.start.between, zone)


def _may_be_reached(customer: Customer) -> bool:
    reachable = customer.reach is Reach.REACHABLE and customer.telegram_id is not None
    return reachable and customer.stopped_at is None


def _purchase(session: Session, customer: Customer, purchase_id: int | None) -> Purchase | None:
    if purchase_id is not None:
        return session.get_one(Purchase, purchase_id)
    newest = select(Purchase).where(Purchase.customer_id == customer.id)
    return session.scalar(newest.order_by(Purchase.id.desc()).limit(1))


def _find(session: Session, purchase: Purchase, script: Script) -> Invitation | None:
    return session.scalar(
        select(Invitation).where(
            Invitation.purchase_id == purchase.id, Invitation.script == script.name
        )
    )


def _is_running(session: Session, invitation: Invitation) -> bool:
    running = select(Conversation.id).where(
        Conversation.invitation_id == invitation.id,
        Conversation.status == ConversationStatus.WAITING,
    )
    return session.scalar(running.limit(1)) is not None


def _waiting_for(house: House, is_meant: Callable[[Trigger], bool]) -> list[Script]:
    scripts = sorted(house.library.scripts.items())
    return [script for _, script in scripts if is_meant(script.start.trigger)]
