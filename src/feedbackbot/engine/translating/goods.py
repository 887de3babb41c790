"""What was bought, and for how long something is kept, in the customer's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import inf
from typing import Final, Literal, TypeAlias

from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.shop import Shop
from feedbackbot.engine.wording.directions import kept_apart
from feedbackbot.engine.wording.locales import locale_of, plural_category

_Unit: TypeAlias = Literal["year", "month", "day"]
_YOUR_ORDER: Final[Mapping[str, str]] = {
    "en": "your order",
    "es": "tu pedido",
    "de": "deine Bestellung",
    "pt": "seu pedido",
    "ar": "طلبكم",
}
#: category of the plural -> the item and how many others
_AND_MORE: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"other": "{item} and {more} more"},
    "es": {"other": "{item} y {more} más"},
    "de": {"one": "{item} und 1 weiterer Artikel", "other": "{item} und {more} weitere Artikel"},
    "pt": {"other": "{item} e mais {more}"},
    "ar": {
        "one": "{item} ومنتج آخر",
        "two": "{item} ومنتجان آخران",
        "few": "{item} و{more} منتجات أخرى",
        "many": "{item} و{more} منتجًا آخر",
        "other": "{item} و{more} منتج آخر",
    },
}


def item_in_words(purchase: PurchaseFacts, language: str) -> str:
    return purchase.items[0] if purchase.items else _YOUR_ORDER.get(_known(language), "")


def title_in_words(purchase: PurchaseFacts, language: str) -> str:
    """Such as "Trail shoes and 2 more"."""
    more = len(purchase.items) - 1
    item = item_in_words(purchase, language)
    if more < 1:
        return item
    forms = _AND_MORE[_known(language)]
    category = plural_category(more, language=language)
    item = kept_apart(item, language=language)
    return forms.get(category, forms["other"]).format(item=item, more=more)


def retention_in_words(shop: Shop, language: str, *, written_in: str) -> str:
    """As `_shop.yaml` words it; in other languages from the days, such as "2 años"."""
    from babel.dates import format_timedelta

    if _primary(language) == _primary(written_in):
        return shop.retention
    days = shop.retention_days
    unit: _Unit = "year" if days % 365 == 0 else "month" if days % 30 == 0 else "day"
    # no larger unit than the one that fits without rounding
    return format_timedelta(
        timedelta(days=days), granularity=unit, threshold=inf, locale=locale_of(language)
    )


def _known(language: str) -> str:
    primary = _primary(language)
    return primary if primary in _YOUR_ORDER else "en"


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
