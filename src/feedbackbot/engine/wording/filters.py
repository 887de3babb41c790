"""The filters and tests that a script's texts may use, each bounded in what it can cost."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Final

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context

from feedbackbot.engine.times.zones import zone_of
from feedbackbot.engine.wording import locales
from feedbackbot.engine.wording.directions import kept_apart

_MOST_DIGITS: Final = 6


@pass_context
def finish(context: Context, value: object) -> object:
    """How a name's value stands in a text when no filter says otherwise."""
    match value:
        case None:
            return ""
        case bool():
            return locales.yes_or_no(value, language=_language(context))
        case float() if value.is_integer():
            return int(value)
        case list() | tuple() | str():
            return kept_apart(_joined(value), language=_language(context))
        case date():
            return _date(context, value)
        case _:
            return value


def shorten(value: object, length: int = 200) -> str:
    """At most `length` characters, cut at a word."""
    text = _words(value)
    if len(text) <= length:
        return text
    return text[: max(1, length - 1)].rsplit(" ", 1)[0].rstrip() + "…"


def _default(value: object, fallback: object = "") -> object:
    """Stands in for what was never answered as well as for what is not known."""
    return fallback if isinstance(value, Undefined) or value is None or value == "" else value


def _joined(value: object, separator: str = ", ") -> str:
    if isinstance(value, (list, tuple)):
        return str(separator).join(str(item) for item in value)
    return _words(value)


def _lower(value: object) -> str:
    return _words(value).lower()


def _upper(value: object) -> str:
    return _words(value).upper()


def _title(value: object) -> str:
    return " ".join(word[:1].upper() + word[1:].lower() for word in _words(value).split(" "))


def _capitalize(value: object) -> str:
    return _words(value).capitalize()


def _trim(value: object) -> str:
    return _words(value).strip()


def _round(value: object, digits: int = 0) -> float | str:
    if value is None:
        return ""
    rounded = round(_number(value), max(0, min(_MOST_DIGITS, digits)))
    return rounded if digits > 0 else int(rounded)


def _length(value: object) -> int:
    return len(value) if isinstance(value, (list, tuple, str)) else 0


def _first(value: object) -> object:
    return value[0] if isinstance(value, (list, tuple)) and value else None


@pass_context
def _date(context: Context, value: object) -> str:
    """Such as "27 November 2026"."""
    moment = _moment(value)
    if moment is None:
        return ""
    return locales.date_text(moment, language=_language(context), zone=_zone(context))


@pass_context
def _day(context: Context, value: object) -> str:
    """Such as "Friday, 27 November"."""
    moment = _moment(value)
    if moment is None:
        return ""
    day = moment.astimezone(_zone(context)).date() if isinstance(moment, datetime) else moment
    return locales.day_name(day, language=_language(context))


@pass_context
def _money(context: Context, value: object, currency: object = None) -> str:
    """Such as "£129.00"; the purchase's own currency unless another is named."""
    if value is None:
        return ""
    code = currency or _inside(context, "purchase", "currency") or "EUR"
    return locales.money_text(_number(value), str(code), language=_language(context))


@pass_context
def _plural(context: Context, value: object, one: str, other: str, **forms: str) -> str:
    """`{{ n | plural('order', 'orders') }}`; `few=` and the like where a language has them."""
    number = _number(value if value is not None else 0)
    category = locales.plural_category(number, language=_language(context))
    return {"one": one, "other": other, **forms}.get(category, other)


def _ordered(compare: Callable[..., object]) -> Callable[[object, object], bool]:
    def test(left: object, right: object) -> bool:
        if left is None or right is None:
            return False
        # a name that is not known raises in here, as it does elsewhere
        return bool(compare(left, right))

    return test


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "default": _default,
    "join": _joined,
    "lower": _lower,
    "upper": _upper,
    "title": _title,
    "capitalize": _capitalize,
    "trim": _trim,
    "shorten": shorten,
    "round": _round,
    "length": _length,
    "first": _first,
    "date": _date,
    "day": _day,
    "money": _money,
    "plural": _plural,
}
#: these look at the language or the currency as well
WITH_CONTEXT: Final = frozenset(("date", "day", "money", "plural"))
TESTS: Final[Mapping[str, Callable[..., bool]]] = {
    "none": lambda value: value is None,
    "defined": lambda value: not isinstance(value, Undefined),
    "below": _ordered(operator.lt),
    "at_most": _ordered(operator.le),
    "above": _ordered(operator.gt),
    "at_least": _ordered(operator.ge),
}


def _words(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float:
    if isinstance(value, (int, float)):
        return value
    return float(str(value))


def _moment(value: object) -> date | None:
    if isinstance(value, date) or value is None:
        return value
    return datetime.fromisoformat(str(value))


def _language(context: Context) -> str:
    return str(context.get("_language", "en"))


def _zone(context: Context) -> tzinfo:
    name = _inside(context, "customer", "timezone") or _inside(context, "shop", "timezone")
    return zone_of(name) if isinstance(name, str) else UTC


def _inside(context: Context, name: str, key: str) -> object:
    value = context.get(name)
    return value.get(key) if isinstance(value, Mapping) else None
