"""Records what shops tell of purchases: news is merged, nothing known is blanked out, and invitations follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import PurchaseRefused
from feedbackbot.house import House
from feedbackbot.inviting import links, offering
from feedbackbot.inviting.incoming_purchase import MOMENTS, IncomingPurchase
from feedbackbot.inviting.recognising import Known, key_of
from feedbackbot.models.adding import insert_new
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.locking import lock_customers

_ERASED: Final = "This customer asked to be erased, so nothing was kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPurchase:
    """`purchase` is None when nothing may be kept; `invitation` when nobody is to be asked, and `notes` say why."""

    purchase: Purchase | None = None
    customer: Customer | None = None
    invitation: Invitation | None = None
    link: str | None = None
    created: bool = False
    #: something was new, if only a moment
    changed: bool = False
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The answer of `POST /api/purchases`."""
        return {
            "purchase": _purchase_json(self.purchase) if self.purchase else None,
            "invitation": _invitation_json(self.invitation, self.link) if self.invitation else None,
            "notes": list(self.notes),
        }


def record_purchase(
    session: Session, house: House, incoming: IncomingPurchase, *, now: datetime
) -> RecordedPurchase:
    """Record one purchase, or what is new about it; raises PurchaseRefused."""
    (outcome,) = record_all(session, house, [incoming], now=now)
    if isinstance(outcome, PurchaseRefused):
        raise outcome
    return outcome


def record_all(
    session: Session, house: House, batch: Sequence[IncomingPurchase], *, now: datetime
) -> list[RecordedPurchase | PurchaseRefused]:
    """A batch with few queries; a refused one leaves no trace and disturbs no other. Outcomes in order."""
    known = Known(session, batch, now=now)
    if lock_customers(session, known.people):
        known = Known(session, batch, now=now)
    refused = {n: error for n, one in enumerate(batch) if (error := _recognise(known, one))}
    insert_new(session, Customer)
    session.flush()
    drafts = {
        n: _merge(known, house, one, now=now)
        for n, one in enumerate(batch)
        if n not in refused and not known.is_erased(one)
    }
    session.add_all(draft.purchase for draft in drafts.values() if draft.created)
    insert_new(session, Purchase)
    offered = _offer(session, house, drafts, now=now)
    insert_new(session, Invitation)
    session.flush()
    return [
        refused.get(n) or _outcome(house, one, drafts.get(n), offered)
        for n, one in enumerate(batch)
    ]


@dataclass(frozen=True, slots=True)
class _Draft:
    purchase: Purchase
    customer: Customer
    created: bool
    changed: bool
    #: script -> when it would have asked, as far as was known before
    planned: dict[str, datetime | None]


def _recognise(known: Known, incoming: IncomingPurchase) -> PurchaseRefused | None:
    if not known.is_erased(incoming):
        try:
            known.recognise(incoming)
        except PurchaseRefused as refusal:
            return refusal
    return None


def _merge(known: Known, house: House, incoming: IncomingPurchase, *, now: datetime) -> _Draft:
    customer = known.owner_of(incoming)
    purchase = known.purchases.get(key_of(incoming))
    planned = offering.plan(house, purchase, customer) if purchase else {}
    created = purchase is None
    if purchase is None:
        purchase = _new(incoming, customer, now=now)
        known.purchases[key_of(incoming)] = purchase
    changed = _learn(purchase, incoming, house)
    if changed and not created:
        purchase.updated_at = now
    return _Draft(purchase, customer, created, changed or created, planned)


def _new(incoming: IncomingPurchase, customer: Customer, *, now: datetime) -> Purchase:
    return Purchase(
        customer_id=customer.id,
        source=incoming.source,
        order_id=incoming.order_id,
        items=[],
        gift=False,
        tags="",
        created_at=now,
        updated_at=now,
    )


def _learn(purchase: Purchase, incoming: IncomingPurchase, house: House) -> bool:
    """Take over what was told; what was not told stays."""
    news = {
        key: value for key, value in _told(incoming, house).items() if value not in (None, "", [])
    }
    changed = {key: value for key, value in news.items() if getattr(purchase, key) != value}
    for key, value in changed.items():
        setattr(purchase, key, value)
    return bool(changed)


def _told(incoming: IncomingPurchase, house: House) -> Mapping[str, Any]:
    items = [
        {"name": item.name, "sku": item.sku} if item.sku else {"name": item.name}
        for item in incoming.items
    ]
    return {
        "items": items,
        "total_cents": incoming.total_cents,
        "currency": incoming.currency,
        "gift": incoming.gift,
        "tags": ",".join(incoming.tags),
        **incoming.moments(zone_of(house.library.shop.timezone)),
    }


def _offer(
    session: Session, house: House, drafts: Mapping[int, _Draft], *, now: datetime
) -> dict[Purchase, offering.Offer]:
    """Every purchase of the batch once, however often it was told."""
    planned: dict[Purchase, _Draft] = {}
    for draft in drafts.values():
        planned.setdefault(draft.purchase, draft)
    known = _invitations(session, [draft for draft in planned.values() if not draft.created])
    return {
        purchase: offering.offer(
            session,
            house,
            purchase,
            draft.customer,
            known=known.get(purchase.id, []),
            planned=draft.planned,
            now=now,
        )
        for purchase, draft in planned.items()
    }


def _invitations(session: Session, drafts: Sequence[_Draft]) -> dict[int, list[Invitation]]:
    found: dict[int, list[Invitation]] = {}
    if drafts:
        ids = [draft.purchase.id for draft in drafts]
        for one in session.scalars(select(Invitation).where(Invitation.purchase_id.in_(ids))):
            found.setdefault(one.purchase_id, []).append(one)
    return found


def _outcome(
    house: House,
    incoming: IncomingPurchase,
    draft: _Draft | None,
    offered: Mapping[Purchase, offering.Offer],
) -> RecordedPurchase:
    if draft is None:
        return RecordedPurchase(notes=(_ERASED,))
    offer = offered[draft.purchase]
    invitation = offer.invitation
    return RecordedPurchase(
        purchase=draft.purchase,
        customer=draft.customer,
        invitation=invitation,
        link=links.link_of(house, invitation.token) if invitation else None,
        created=draft.created,
        changed=draft.changed,
        notes=(*incoming.notes, *offer.notes),
    )


def _purchase_json(purchase: Purchase) -> dict[str, object]:
    cents = purchase.total_cents
    return {
        "source": purchase.source,
        "order_id": purchase.order_id,
        "items": purchase.items,
        "total": None if cents is None else cents / 100,
        "currency": purchase.currency,
        "gift": purchase.gift,
        "tags": [tag for tag in purchase.tags.split(",") if tag],
        **{name: _iso(getattr(purchase, name)) for name in MOMENTS},
    }


def _invitation_json(invitation: Invitation, link: str | None) -> dict[str, object]:
    return {
        "link": link,
        "status": invitation.status.value,
        "script": invitation.script,
        "due_at": _iso(invitation.due_at),
        "expires_at": _iso(invitation.expires_at),
        "reason": invitation.reason,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
