"""Which of the languages that there are fits a customer best."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

_CODE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")


def best_language(wanted: str | None, known: Collection[str]) -> str | None:
    """The same language, then the same without its region ("pt-BR" is served by "pt" and the other way round)."""
    return _best(wanted, tuple(known)) if wanted else None


@lru_cache(maxsize=1024)
def _best(wanted: str, known: tuple[str, ...]) -> str | None:
    plain = {_plain(language): language for language in sorted(known, reverse=True)}
    parts = _plain(wanted).split("-")
    for length in range(len(parts), 0, -1):
        found = plain.get("-".join(parts[:length]))
        if found is not None:
            return found
    return next((plain[one] for one in sorted(plain) if one.split("-")[0] == parts[0]), None)


def language_name(language: str) -> str:
    """In English, as `check` speaks: "Spanish"; the code itself where it is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language.replace("-", "_")).get_display_name("en") or language
    except (UnknownLocaleError, ValueError):
        return language


def is_language(code: str) -> bool:
    """By its shape; `check` has no time to look all languages up."""
    return _CODE.fullmatch(code) is not None


def _plain(language: str) -> str:
    return language.replace("_", "-").lower()
