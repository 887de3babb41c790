"""What a shop tells of a purchase, read with care: every refusal names the place and what to send instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Final

from feedbackbot.errors import PurchaseRefused
from feedbackbot.inviting.told import (
    cleaned,
    limited,
    read_cents,
    read_currency,
    read_email,
    read_flag,
    read_language,
    read_moment,
    read_name,
    read_tags,
    read_text,
    read_timezone,
)

#: what can happen to a purchase, and when it did
MOMENTS: Final = (
    "purchased_at",
    "shipped_at",
    "delivered_at",
    "cancelled_at",
    "refunded_at",
    "returned_at",
)
_PURCHASE_KEYS: Final = (
    *("source", "order_id", "customer", "items", "total", "currency", "gift", "tags"),
    *MOMENTS,
)
_CUSTOMER_KEYS: Final = ("id", "first_name", "last_name", "language", "email", "timezone")
_ITEM_KEYS: Final = ("name", "sku")
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_MOST_ITEMS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    name: str
    sku: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingCustomer:
    """`id` is the shop's own; with neither id nor e-mail it is a guest of this one purchase."""

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language: str | None = None
    email: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingPurchase:
    """None and empty mean "not told this time". A moment without a zone is the shop's time."""

    source: str
    order_id: str
    customer: IncomingCustomer | None = None
    items: tuple[Item, ...] = ()
    total_cents: int | None = None
    currency: str | None = None
    gift: bool | None = None
    tags: tuple[str, ...] = ()
    purchased_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    cancelled_at: datetime | None = None
    refunded_at: datetime | None = None
    returned_at: datetime | None = None
    #: what was left out while reading, in words
    notes: tuple[str, ...] = field(default=(), compare=False)

    def moments(self, zone: tzinfo) -> dict[str, datetime]:
        """The moments that were told, all aware."""
        told = {name: getattr(self, name) for name in MOMENTS}
        return {
            name: moment if moment.tzinfo else moment.replace(tzinfo=zone)
            for name, moment in told.items()
            if moment is not None
        }


def parse_purchase(data: Mapping[str, object]) -> IncomingPurchase:
    """Read the JSON of `POST /api/purchases`; raises PurchaseRefused."""
    notes = _unknown(data, _PURCHASE_KEYS, "")
    incoming = IncomingPurchase(
        source=_source(data.get("source")),
        order_id=_order_id(data.get("order_id")),
        customer=_customer(data.get("customer"), notes),
        items=_items(data.get("items"), notes),
        total_cents=read_cents(data.get("total")),
        currency=read_currency(data.get("currency")),
        gift=read_flag(data.get("gift")),
        tags=read_tags(data.get("tags")),
        **{name: read_moment(data.get(name), name) for name in MOMENTS},
        notes=tuple(notes),
    )
    _refuse_empty(incoming)
    return incoming


def _refuse_empty(incoming: IncomingPurchase) -> None:
    """News about a known purchase needs no items; the purchase itself needs them, and a customer."""
    happened = any(getattr(incoming, name) for name in MOMENTS[1:])
    if not incoming.items and not happened:
        raise PurchaseRefused(
            "items is missing.", "items", 'Name what was bought: [{"name": "Trail shoes"}].'
        )
    if incoming.items and incoming.customer is None:
        raise PurchaseRefused(
            "customer is missing.", "customer", 'Say who bought it: {"id": "c-17", …}.'
        )


def _unknown(data: Mapping[str, object], known: Collection[str], place: str) -> list[str]:
    """A slip of the pen is refused, because it would silently change what happens; the rest is only noted."""
    strange = [str(key) for key in data if key not in known]
    for key in strange:
        if close := get_close_matches(key, known, 1, 0.8):
            raise PurchaseRefused(
                f"There is no {place}{key}.", f"{place}{key}", f"Did you mean {place}{close[0]}?"
            )
    return [f"{place}{cleaned(key)[:60]} is not known here and was left out." for key in strange]


def _source(value: object) -> str:
    text = read_text(value, "source")
    if text is None:
        raise PurchaseRefused("source is missing.", "source", 'Name the shop, such as "webshop".')
    if not _SOURCE.fullmatch(text.lower()):
        raise PurchaseRefused(
            f"source can't be {text[:60]!r}.",
            "source",
            "Use up to 40 of a-z, 0-9, dash, dot and underscore.",
        )
    return text.lower()


def _order_id(value: object) -> str:
    text = read_text(value, "order_id")
    if text is None:
        raise PurchaseRefused(
            "order_id is missing.", "order_id", 'Give the shop\'s order number, such as "1042".'
        )
    return limited(text, "order_id")


def _customer(value: object, notes: list[str]) -> IncomingCustomer | None:
    if value is None:
        return None
    data = _object(value, "customer", '{"id": "c-17", "first_name": "Ada"}')
    notes += _unknown(data, _CUSTOMER_KEYS, "customer.")
    identity, email = read_text(data.get("id"), "customer.id"), read_email(data.get("email"))
    return IncomingCustomer(
        id=limited(identity, "customer.id") if identity else None,
        first_name=read_name(data.get("first_name"), "customer.first_name"),
        last_name=read_name(data.get("last_name"), "customer.last_name"),
        language=read_language(data.get("language"), notes),
        email=email,
        timezone=read_timezone(data.get("timezone"), notes),
    )


def _items(value: object, notes: list[str]) -> tuple[Item, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise PurchaseRefused("items must be a list.", "items", '[{"name": "Trail shoes"}]')
    if len(value) > _MOST_ITEMS:
        notes.append(f"Only the first {_MOST_ITEMS} items were kept.")
    return tuple(_item(one, f"items[{n}]", notes) for n, one in enumerate(value[:_MOST_ITEMS]))


def _item(value: object, place: str, notes: list[str]) -> Item:
    data = _object({"name": value} if isinstance(value, str) else value, place, '{"name": "…"}')
    notes += _unknown(data, _ITEM_KEYS, f"{place}.")
    name = read_name(data.get("name"), f"{place}.name")
    if name is None:
        raise PurchaseRefused(f"{place} has no name.", f"{place}.name", "Say what was bought.")
    return Item(name=name, sku=read_name(data.get("sku"), f"{place}.sku"))


def _object(value: object, place: str, example: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PurchaseRefused(f"{place} must be an object.", place, f"Write it as {example}.")
    return value
