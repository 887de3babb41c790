"""Numbers as people type them: figures, words, stars, "4/5", "1.234,50"."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from feedbackbot.engine.answers.scales import (
    BEFORE_STARS,
    COMMA_LANGUAGES,
    NUMBER_WORDS,
    ONLY_IN,
    STAR_WORDS,
)
from feedbackbot.engine.wording.folding import fold

_STARS: Final = re.compile(r"([★⭐🌟]+)[☆\s]*")
_LONGEST: Final = 300
#: the number, what it is out of, and a unit; then the end, or a pause and words without any other number
_COUNTED: Final = re.compile(
    r"(?P<number>\d{1,3}|[^\W\d_]+)"
    r"(?:\s*(?:/|(?P<of>of|out of|von|de|em|sobre|من))\s*(?P<out>\d{1,3}))?"
    r"(?:\s*(?P<unit>[★⭐🌟]|[^\W\d_]+))?"
    r"(?P<rest>\s*(?:$|[^\w\s%€$£/+'°].*))",
    re.DOTALL,
)
_DECIMAL: Final = re.compile(
    r"[^\d\s.,+-]{0,4}\s*(?P<number>[+-]?\d(?:[\d.,']|\s(?=\d{3}(?!\d)))*)(?P<unit>\s*[^\d]{0,20})",
    re.DOTALL,
)


def whole_number(text: str, *, highest: int, language: str, stars: bool = False) -> int | None:
    """Reads "4", "four", "4/5", "5, great!"; None where another reading is possible: "45", "3 weeks", "One, no"."""
    plain = _plain(text)
    if stars and (drawn := _STARS.fullmatch(plain)):
        return len(drawn[1])
    match = _COUNTED.fullmatch(plain)
    if match is None or re.search(r"\d", match["rest"]):
        return None
    if match["out"] is not None and int(match["out"]) != highest:
        return None
    if match["unit"] is not None and not (stars and _is_star(match["unit"])):
        return None
    figure = match["number"]
    return int(figure) if figure.isdecimal() else _worded(match, language)


def decimal_number(text: str, *, language: str) -> float | None:
    """A word only where it stands alone: "null Ahnung" is no 0, and "um pouco" no 1."""
    if (named := _named(text[:_LONGEST], language)) is not None:
        return float(named)
    match = _DECIMAL.fullmatch(_plain(text).strip())
    if match is None:
        return None
    figure = match["number"].strip().rstrip(".,").replace(" ", "").replace("'", "")
    try:
        return float(_with_point(figure, comma=language[:2] in COMMA_LANGUAGES))
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Western digits, no keycaps, no marks that only choose how an emoji looks."""
    short = unicodedata.normalize("NFKC", text.strip()[:_LONGEST])
    kept = "".join(mark for mark in short if mark not in "\ufe0f\u20e3")
    return "".join(str(unicodedata.decimal(mark, mark)) for mark in kept)


def _is_star(unit: str) -> bool:
    return unit in "★⭐🌟" or fold(unit) in STAR_WORDS


def _worded(match: re.Match[str], language: str) -> int | None:
    """A word before its unit, or alone: what begins "Um, no" or "One, no" does not count anything."""
    if match["unit"] is not None and (counted := BEFORE_STARS.get(fold(match["number"]))):
        return counted
    if match["unit"] is None and any(mark.isalpha() for mark in match["rest"]):
        return None
    return _named(match["number"], language)


def _named(word: str, language: str) -> int | None:
    folded = fold(word)
    own = ONLY_IN.get(folded)
    return NUMBER_WORDS.get(folded) if own in (None, language[:2].lower()) else None


def _with_point(figure: str, *, comma: bool) -> str:
    """The last separator is the decimal one, unless it parts thousands the way the language does."""
    dot, last_comma = figure.rfind("."), figure.rfind(",")
    if dot >= 0 and last_comma >= 0:
        decimal = "." if dot > last_comma else ","
    else:
        decimal = _lone_separator(figure, comma=comma)
    thousands = "," if decimal == "." else "."
    return figure.replace(thousands, "").replace(decimal, ".")


def _lone_separator(figure: str, *, comma: bool) -> str:
    groups, own = (".", ",") if comma else (",", ".")
    is_grouped = re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{groups}\d{{3}})+", figure) is not None
    return own if is_grouped or groups not in figure else groups
