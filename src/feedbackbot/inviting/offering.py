"""Which scripts are to ask about a purchase, each with its secret link; follows every change of the purchase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from feedbackbot.engine.script import Script
from feedbackbot.house import House
from feedbackbot.inviting import eligibility, links, timing
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.timer import clear_timer, set_timer

TIMER: Final = "invitation"
#: not begun, so that it can still be called off
WAITING: Final = frozenset((InvitationStatus.SENT, InvitationStatus.ACCEPTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`invitation` is the one whose link the customer gets; `notes` say why there is none."""

    invitation: Invitation | None = None
    notes: tuple[str, ...] = ()


def offer(
    session: Session,
    house: House,
    purchase: Purchase,
    customer: Customer,
    *,
    known: Sequence[Invitation],
    planned: Mapping[str, datetime | None],
    now: datetime,
) -> Offer:
    """Invite, move or call off, as the purchase now stands."""
    if reason := eligibility.undone(purchase):
        for one in known:
            if one.status in WAITING:
                close(session, one, InvitationStatus.CANCELLED, reason)
        return Offer(invitation=_first(known), notes=_not(reason))
    if not purchase.items:
        return Offer(invitation=_first(known), notes=_not("what was bought is not known yet"))
    _replan(session, house, purchase, customer, known=known, planned=planned)
    taken = [_trigger_of(house, one) for one in known]
    fresh, reasons = _invite(session, house, purchase, customer, taken, now=now)
    _ask_unbidden(session, customer, [*known, *fresh], now=now)
    first = _first([*known, *fresh])
    return Offer(
        invitation=first,
        notes=() if first else tuple(note for reason in reasons for note in _not(reason)),
    )


def new_invitation(
    script: Script, purchase: Purchase, house: House, *, due_at: datetime | None, now: datetime
) -> Invitation:
    token = links.new_token()
    return Invitation(
        purchase_id=purchase.id,
        customer_id=purchase.customer_id,
        script=script.name,
        token=token,
        token_sha256=links.hash_of(token),
        status=InvitationStatus.SENT,
        due_at=due_at,
        expires_at=now + timedelta(days=house.link_days),
        created_at=now,
    )


def close(session: Session, invitation: Invitation, status: InvitationStatus, reason: str) -> None:
    """It will not be asked; `reason` is for `feedbackbot why`."""
    invitation.status, invitation.reason = status, reason
    clear_timer(session, TIMER, invitation.id)


def reasons_against(
    session: Session, house: House, purchase: Purchase, customer: Customer, *, now: datetime
) -> list[str]:
    """Why no script asks about a purchase that has no invitation."""
    if not purchase.items:
        return ["what was bought is not known yet"]
    found = [
        eligibility.of_purchase(session, house, script, purchase, customer, now=now)
        for script in _about_purchases(house)
    ]
    return list(dict.fromkeys(reason for reason in found if reason)) or ["no script waits for it"]


def plan(house: House, purchase: Purchase, customer: Customer) -> dict[str, datetime | None]:
    """Script name -> when it would ask, by what is known at this moment."""
    zone = house.library.shop.timezone
    return {
        script.name: timing.due_at(script, purchase, customer, shop_timezone=zone)
        for script in _about_purchases(house)
    }


def _invite(
    session: Session,
    house: House,
    purchase: Purchase,
    customer: Customer,
    taken: Sequence[str | None],
    *,
    now: datetime,
) -> tuple[list[Invitation], list[str]]:
    """For each trigger the first script by file name that applies, unless the trigger has its invitation."""
    fresh: list[Invitation] = []
    reasons: list[str] = []
    done = set(taken)
    for script in _about_purchases(house):
        trigger = script.start.trigger.on
        if trigger in done:
            continue
        reason = eligibility.of_purchase(session, house, script, purchase, customer, now=now)
        if reason:
            reasons.append(reason)
            continue
        done.add(trigger)
        due_at = timing.due_at(
            script, purchase, customer, shop_timezone=house.library.shop.timezone
        )
        fresh.append(new_invitation(script, purchase, house, due_at=due_at, now=now))
    session.add_all(fresh)
    return fresh, reasons


def _replan(
    session: Session,
    house: House,
    purchase: Purchase,
    customer: Customer,
    *,
    known: Iterable[Invitation],
    planned: Mapping[str, datetime | None],
) -> list[Invitation]:
    """A day that follows from the purchase moves with it; one that the customer chose stays."""
    new = plan(house, purchase, customer)
    moved = [
        one
        for one in known
        if one.status in WAITING
        and one.script in new
        and one.due_at == planned.get(one.script)
        and one.due_at != new[one.script]
    ]
    for one in moved:
        one.due_at = new[one.script]
        if one.status is InvitationStatus.ACCEPTED and one.due_at:
            set_timer(session, TIMER, one.id, one.due_at)
    return moved


def _ask_unbidden(
    session: Session, customer: Customer, invitations: Iterable[Invitation], *, now: datetime
) -> list[Invitation]:
    """With the customer's standing yes nothing has to be opened."""
    opened: list[Invitation] = []
    for one in invitations:
        unopened = one.status is InvitationStatus.SENT
        if unopened and eligibility.may_ask_unbidden(session, customer, now=now):
            session.flush()
            one.status, one.telegram_id = InvitationStatus.ACCEPTED, customer.telegram_id
            opened.append(one)
            if one.due_at:
                set_timer(session, TIMER, one.id, one.due_at)
            session.flush()
    return opened


def _about_purchases(house: House) -> list[Script]:
    scripts = sorted(house.library.scripts.items())
    return [script for _, script in scripts if script.start.trigger.on.startswith("purchase.")]


def _trigger_of(house: House, invitation: Invitation) -> str | None:
    script = house.library.scripts.get(invitation.script)
    return script.start.trigger.on if script else None


def _first(invitations: Iterable[Invitation]) -> Invitation | None:
    """The one that asks first; those called off come last."""

    def order(one: Invitation) -> tuple[bool, bool, float]:
        closed = one.status not in WAITING and one.status is not InvitationStatus.STARTED
        return closed, one.due_at is None, one.due_at.timestamp() if one.due_at else 0.0

    return min(invitations, key=order, default=None)


def _not(reason: str) -> tuple[str, ...]:
    return (f"Nobody is asked about this purchase: {reason}.",)
