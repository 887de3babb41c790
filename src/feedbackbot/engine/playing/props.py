"""What a played shop is made of: purchases that may be talked about, escalations, and what is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.events import ComplaintRaised, Event
from feedbackbot.engine.happenings import Neglect
from feedbackbot.engine.script import Library, Reward, Script

#: who is talked to where nobody else is named
ADA: Final = CustomerFacts(first_name="Ada", last_name="Lovelace")
#: who answers where nobody else does
STAFF: Final = "Rita"
_PLACED: Final = timedelta(days=8)
_SHIPPED: Final = timedelta(days=6)
_DELIVERED: Final = timedelta(days=3)


class Beginning(StrEnum):
    #: the customer opens the link of the purchase
    LINK = "link"
    #: the bot asks of its own accord, on the day that has come
    DAY = "day"
    #: the customer sends the command that the script waits for
    COMMAND = "command"


class Given(Struct, frozen=True, kw_only=True):
    """What a played conversation takes for granted."""

    now: datetime
    customer: CustomerFacts
    purchase: PurchaseFacts
    #: pool -> codes to give away
    codes: Mapping[str, tuple[str, ...]] = {}
    begin: Beginning = Beginning.LINK


@dataclass(slots=True, kw_only=True)
class Offer:
    """A purchase that may be talked about."""

    purchase: PurchaseFacts
    script: Script
    due_at: datetime | None


@dataclass(slots=True, kw_only=True)
class PlayedCase:
    """An escalation as staff see it."""

    escalation_id: int
    opened_at: datetime
    complaint: ComplaintRaised
    owner: str | None = None
    answered: bool = False
    resolved: bool = False
    #: what the customer said to "did we put it right?"
    solved: bool | None = None
    told: set[Neglect] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something that came of a move: said to the customer, or recorded; at which time."""

    at: datetime
    event: Event


def day_of_asking(script: Script, purchase: PurchaseFacts) -> datetime | None:
    """When the script would ask about this purchase; None while the day is not known.

    Who opens a link is answered at any hour; what the bot begins by itself waits for the allowed hours besides.
    """
    triggers = [script.start.trigger, *([script.start.otherwise] if script.start.otherwise else [])]
    known = {
        "purchase.placed": purchase.placed_at,
        "purchase.shipped": purchase.shipped_at,
        "purchase.delivered": purchase.delivered_at,
    }
    for trigger in triggers:
        begun = known.get(trigger.on)
        if begun is not None:
            return begun + trigger.after
    return None


def usual(script: Script, now: datetime) -> Given:
    """Ada and her running shoes, and the way in which the script begins most often."""
    return Given(
        now=now,
        customer=ADA,
        purchase=ready_purchase(script, now),
        begin=usual_beginning(script),
    )


def usual_beginning(script: Script) -> Beginning:
    """Nobody gets a link because a complaint was settled."""
    ways = {"command": Beginning.COMMAND, "escalation.resolved": Beginning.DAY}
    return ways.get(script.start.trigger.on, Beginning.LINK)


def some_codes(library: Library) -> dict[str, list[str]]:
    """A few made-up ones for every pool that is given from."""
    steps = (step for script in library.scripts.values() for step in script.steps.values())
    pools = dict.fromkeys(step.pool for step in steps if isinstance(step, Reward))
    return {pool: [f"{pool.upper()}-{number}" for number in range(1, 4)] for pool in pools}


def ready_purchase(script: Script, now: datetime) -> PurchaseFacts:
    """Some running shoes, bought so long ago that the script would ask about them today."""
    after = {script.start.trigger.on: script.start.trigger.after}
    delivered = now - max(_DELIVERED, after.get("purchase.delivered", _DELIVERED))
    shipped = min(delivered, now - max(_SHIPPED, after.get("purchase.shipped", _SHIPPED)))
    placed = min(shipped, now - max(_PLACED, after.get("purchase.placed", _PLACED)))
    return PurchaseFacts(
        number="#1001",
        items=("Trail shoes",),
        total=129.0,
        currency="EUR",
        placed_at=placed,
        shipped_at=shipped,
        delivered_at=delivered,
    )
