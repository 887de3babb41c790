"""Dates, money and plurals as each language writes them (CLDR)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

#: a day without its year, which CLDR has no whole name for, as it stands in a sentence; English the way most of the world writes it
_DAYS = {
    "ar": "EEEE d MMMM",
    "de": "EEEE, d. MMMM",
    "es": "EEEE d 'de' MMMM",
    "pt": "EEEE, d 'de' MMMM",
    "fr": "EEEE d MMMM",
    "nl": "EEEE d MMMM",
    "it": "EEEE d MMMM",
    "en_US": "EEEE, MMMM d",
}
_DAY = "EEEE, d MMMM"
_ENGLISH_DATE = "d MMMM y"
_YES_NO = {
    "en": ("yes", "no"),
    "es": ("sí", "no"),
    "de": ("ja", "nein"),
    "pt": ("sim", "não"),
    "ar": ("نعم", "لا"),
}


def day_name(day: date, *, language: str) -> str:
    """Such as "Friday, 27 November"."""
    from babel.dates import format_date

    locale = _locale(language)
    pattern = _DAYS.get(str(locale)) or _DAYS.get(locale.language) or _DAY
    return format_date(day, pattern, locale=locale)


def weekday_name(day: date, *, language: str) -> str:
    from babel.dates import format_date

    return format_date(day, "EEEE", locale=_locale(language))


def date_text(moment: date, *, language: str, zone: tzinfo) -> str:
    """Such as "27 November 2026"; a moment is read in `zone`."""
    from babel.dates import format_date

    day = moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
    locale = _locale(language)
    return format_date(day, _ENGLISH_DATE if str(locale) == "en" else "long", locale=locale)


def time_text(moment: datetime, *, language: str) -> str:
    from babel.dates import format_time

    locale = _locale(language)
    return format_time(moment.time(), "HH:mm" if str(locale) == "en" else "short", locale=locale)


def money_text(amount: float, currency: str, *, language: str) -> str:
    from babel.numbers import format_currency

    return format_currency(amount, currency, locale=_locale(language))


def list_text(items: Sequence[str], *, language: str) -> str:
    """Such as "our website and social media"."""
    from babel.lists import format_list

    return format_list(items, locale=_locale(language))


def plural_category(number: float, *, language: str) -> str:
    """zero, one, two, few, many or other."""
    return str(_locale(language).plural_form(number))


def locale_of(language: str) -> Locale:
    """English where a language is not known to CLDR."""
    return _locale(language)


def yes_or_no(value: bool, *, language: str) -> str:
    yes, no = _YES_NO.get(_locale(language).language, _YES_NO["en"])
    return yes if value else no


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language[:2]) if _is_known(language[:2]) else Locale.parse("en")


def _is_known(language: str) -> bool:
    from babel.localedata import exists

    return exists(language)
