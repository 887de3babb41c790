"""Single values as shops send them: amounts, dates, addresses, one-line texts. None means "not told"."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from feedbackbot.engine.times.zones import find_zone
from feedbackbot.errors import PurchaseRefused

#: control characters, and those that turn or hide text
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+"
)
_EMAIL: Final = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
#: of any currency
_MOST: Final = 10**12
_YEARS: Final = range(1990, 2101)


def read_cents(value: object) -> int | None:
    if value is None or value == "":
        return None
    remedy = 'Write a plain number such as 129.00 or "129.00".'
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise PurchaseRefused("total is not an amount.", "total", remedy)
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation as error:
        raise PurchaseRefused("total is not an amount.", "total", remedy) from error
    if not amount.is_finite() or not 0 <= amount <= _MOST:
        raise PurchaseRefused("total is out of bounds.", "total", remedy)
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


def read_currency(value: object) -> str | None:
    text = read_text(value, "currency")
    if text is not None and not re.fullmatch(r"[A-Za-z]{3}", text):
        raise PurchaseRefused(
            f"currency can't be {text[:20]!r}.", "currency", "Use its three letters, such as GBP."
        )
    return text.upper() if text else None


def read_flag(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise PurchaseRefused("gift must be true or false.", "gift", "Send true without quotes.")
    return value


def read_tags(value: object) -> tuple[str, ...]:
    """Commas part them where they are kept, so a comma inside one parts it, too."""
    given = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(given, list | tuple) or not all(isinstance(tag, str) for tag in given):
        raise PurchaseRefused("tags must be a list of texts.", "tags", '["vip", "winter sale"]')
    parts = [cleaned(part)[:100] for tag in given for part in str(tag).split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def read_moment(value: object, name: str) -> datetime | None:
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
        shown = cleaned(text)[:40]
        raise PurchaseRefused(f"{name} can't be {shown!r}.", name, remedy) from error


def read_email(value: object) -> str | None:
    text = read_text(value, "customer.email")
    if text is not None and (len(text) > 254 or not _EMAIL.fullmatch(text)):
        raise PurchaseRefused(
            "customer.email is not an address.", "customer.email", "Leave it out if it is unknown."
        )
    return text


def read_language(value: object, notes: list[str]) -> str | None:
    text = read_text(value, "customer.language")
    if text is None or _LANGUAGE.fullmatch(text):
        return text.replace("_", "-") if text else None
    notes.append("customer.language is not a language code such as en and was left out.")
    return None


def read_timezone(value: object, notes: list[str]) -> str | None:
    text = read_text(value, "customer.timezone")
    if text is None or find_zone(text) is not None:
        return text
    notes.append("customer.timezone is not a zone such as Europe/London and was left out.")
    return None


def read_name(value: object, place: str) -> str | None:
    text = read_text(value, place)
    return text[:200].rstrip() if text else None


def limited(text: str, place: str) -> str:
    if len(text) > 100:
        raise PurchaseRefused(f"{place} is too long.", place, "Keep it to 100 characters.")
    return text


def read_text(value: object, place: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PurchaseRefused(f"{place} must be a text.", place, "Put it in quotes.")
    return cleaned(str(value)) or None


def cleaned(text: str) -> str:
    """One line, nothing unseen in it, no half characters."""
    seen = text.encode("utf-8", "replace").decode() if not text.isascii() else text
    return " ".join(_UNSEEN.sub(" ", seen).split())
