"""What a shop tells of a purchase, read with care: every refusal names the place and what to send instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final

from feedbackbot.engine.zones import find_zone
from feedbackbot.errors import PurchaseRefused

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
#: control characters, and those that turn or hide text
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_EMAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_MOST_ITEMS: Final = 200
_MOST_CENTS: Final = 10**14
_YEARS: Final = range(1990, 2101)


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
        total_cents=_cents(data.get("total")),
        currency=_currency(data.get("currency")),
        gift=_yes_or_no(data.get("gift")),
        tags=_tags(data.get("tags")),
        **{name: _moment(data.get(name), name) for name in MOMENTS},
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


def _unknown(data: Mapping[str, object], known: Iterable[str], place: str) -> list[str]:
    """A slip of the pen is refused, because it would silently change what happens; the rest is only noted."""
    strange = [str(key) for key in data if key not in set(known)]
    for key in strange:
        if close := get_close_matches(key, tuple(known), 1, 0.8):
            raise PurchaseRefused(
                f"There is no {place}{key}.", f"{place}{key}", f"Did you mean {place}{close[0]}?"
            )
    return [f"{place}{_clean(key)[:60]} is not known here and was left out." for key in strange]


def _source(value: object) -> str:
    text = _text(value, "source")
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
    text = _text(value, "order_id")
    if text is None:
        raise PurchaseRefused(
            "order_id is missing.", "order_id", 'Give the shop\'s order number, such as "1042".'
        )
    return _short(text, "order_id")


def _customer(value: object, notes: list[str]) -> IncomingCustomer | None:
    if value is None:
        return None
    data = _object(value, "customer", '{"id": "c-17", "first_name": "Ada"}')
    notes += _unknown(data, _CUSTOMER_KEYS, "customer.")
    identity, email = _text(data.get("id"), "customer.id"), _email(data.get("email"))
    return IncomingCustomer(
        id=_short(identity, "customer.id") if identity else None,
        first_name=_name(data.get("first_name"), "customer.first_name"),
        last_name=_name(data.get("last_name"), "customer.last_name"),
        language=_language(data.get("language"), notes),
        email=email,
        timezone=_timezone(data.get("timezone"), notes),
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
    name = _name(data.get("name"), f"{place}.name")
    if name is None:
        raise PurchaseRefused(f"{place} has no name.", f"{place}.name", "Say what was bought.")
    return Item(name=name, sku=_name(data.get("sku"), f"{place}.sku"))


def _cents(value: object) -> int | None:
    if value is None or value == "":
        return None
    remedy = 'Write a plain number such as 129.00 or "129.00".'
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PurchaseRefused("total is not an amount.", "total", remedy)
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise PurchaseRefused("total is not an amount.", "total", remedy) from error
    if not amount.is_finite() or not 0 <= amount * 100 <= _MOST_CENTS:
        raise PurchaseRefused("total is out of bounds.", "total", remedy)
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def _currency(value: object) -> str | None:
    text = _text(value, "currency")
    if text is not None and not re.fullmatch(r"[A-Za-z]{3}", text):
        raise PurchaseRefused(
            f"currency can't be {text[:20]!r}.", "currency", "Use its three letters, such as GBP."
        )
    return text.upper() if text else None


def _yes_or_no(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise PurchaseRefused("gift must be true or false.", "gift", "Send true without quotes.")
    return value


def _tags(value: object) -> tuple[str, ...]:
    """Commas part them where they are kept, so a comma inside one parts it, too."""
    given = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(given, list | tuple) or not all(isinstance(tag, str) for tag in given):
        raise PurchaseRefused("tags must be a list of texts.", "tags", '["vip", "winter sale"]')
    parts = [_clean(part)[:100] for tag in given for part in str(tag).split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def _moment(value: object, name: str) -> datetime | None:
    if value is None or value == "":
        return None
    remedy = "Write it as 2026-11-20T14:30:00+01:00, or without zone in the shop's time."
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        moment = _iso(value, name, remedy)
    else:
        raise PurchaseRefused(f"{name} is not a date.", name, remedy)
    if moment.year not in _YEARS:
        raise PurchaseRefused(f"{name} can't be in the year {moment.year}.", name, remedy)
    return moment


def _iso(text: str, name: str, remedy: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        shown = _clean(text)[:40]
        raise PurchaseRefused(f"{name} can't be {shown!r}.", name, remedy) from error


def _email(value: object) -> str | None:
    text = _text(value, "customer.email")
    if text is not None and (len(text) > 254 or not _EMAIL.fullmatch(text)):
        raise PurchaseRefused(
            "customer.email is not an address.", "customer.email", "Leave it out if it is unknown."
        )
    return text


def _language(value: object, notes: list[str]) -> str | None:
    text = _text(value, "customer.language")
    if text is None or _LANGUAGE.fullmatch(text):
        return text.replace("_", "-") if text else None
    notes.append("customer.language is not a language code such as en and was left out.")
    return None


def _timezone(value: object, notes: list[str]) -> str | None:
    text = _text(value, "customer.timezone")
    if text is None or find_zone(text) is not None:
        return text
    notes.append("customer.timezone is not a zone such as Europe/London and was left out.")
    return None


def _object(value: object, place: str, example: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise PurchaseRefused(f"{place} must be an object.", place, f"Write it as {example}.")
    return value


def _name(value: object, place: str) -> str | None:
    text = _text(value, place)
    return text[:200].rstrip() if text else None


def _short(text: str, place: str) -> str:
    if len(text) > 100:
        raise PurchaseRefused(f"{place} is too long.", place, "Keep it to 100 characters.")
    return text


def _text(value: object, place: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PurchaseRefused(f"{place} must be a text.", place, "Put it in quotes.")
    return _clean(str(value)) or None


def _clean(text: str) -> str:
    """One line, nothing unseen in it, no half characters."""
    seen = text.encode("utf-8", "replace").decode() if not text.isascii() else text
    return " ".join(_UNSEEN.sub(" ", seen).split())
