"""What texts and conditions of scripts are told of a customer and a purchase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedbackbot.engine import wording
from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.reading.names import KNOWN_NAMES
from feedbackbot.engine.script import Script
from feedbackbot.engine.shop import Shop
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.escalation import Escalation


def customer_facts(session: Session, customer: Customer) -> CustomerFacts:
    return CustomerFacts(
        first_name=customer.first_name,
        last_name=customer.last_name,
        language=customer.language,
        timezone=customer.timezone,
        purchases=count_purchases(session, customer),
        last_cause=find_last_cause(session, customer),
        tags=_parts(customer.tags),
    )


def purchase_facts(purchase: Purchase) -> PurchaseFacts:
    cents = purchase.total_cents
    return PurchaseFacts(
        number=purchase.order_id,
        items=names_of(purchase.items),
        total=None if cents is None else cents / 100,
        currency=purchase.currency,
        placed_at=purchase.purchased_at,
        shipped_at=purchase.shipped_at,
        delivered_at=purchase.delivered_at,
        gift=purchase.gift,
        tags=_parts(purchase.tags),
    )


def names_of(items: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    return tuple(str(item["name"]) for item in items)


def condition_holds(
    session: Session, shop: Shop, script: Script, customer: Customer, purchase: Purchase
) -> bool:
    """Whether the script's `start: if` wants this purchase; what it does not mention is not looked up."""
    condition = script.start.condition
    if condition is None:
        return True
    mentioned = wording.names_in_condition(condition)
    names = {
        "customer": _names("customer", _facts_for(session, customer, mentioned)),
        "purchase": _names("purchase", purchase_facts(purchase)),
        "shop": {**_names("shop", shop), "lead": shop.lead.name if shop.lead else None},
    }
    return wording.holds(condition, names)


def count_purchases(session: Session, customer: Customer) -> int:
    count = select(func.count()).where(Purchase.customer_id == customer.id)
    return session.scalar(count) or 0


def find_last_cause(session: Session, customer: Customer) -> str | None:
    return session.scalar(
        select(Escalation.cause)
        .where(Escalation.customer_id == customer.id, Escalation.cause.is_not(None))
        .order_by(Escalation.id.desc())
        .limit(1)
    )


def _facts_for(session: Session, customer: Customer, mentioned: frozenset[str]) -> CustomerFacts:
    if mentioned & {"customer", "customer.purchases", "customer.last_cause"}:
        return customer_facts(session, customer)
    return CustomerFacts(
        first_name=customer.first_name,
        last_name=customer.last_name,
        language=customer.language,
        timezone=customer.timezone,
        tags=_parts(customer.tags),
    )


def _names(root: str, facts: object) -> Mapping[str, object]:
    return {name: getattr(facts, name) for name in KNOWN_NAMES[root]}


def _parts(joined: str) -> tuple[str, ...]:
    return tuple(part for part in joined.split(",") if part)
