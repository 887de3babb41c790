"""Names from the other writing direction inside a sentence, kept apart so that neither shuffles the other's order."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_RIGHT_TO_LEFT: Final = frozenset(("ar", "he", "fa", "ur", "yi", "ps", "sd", "ckb", "dv", "ug"))
#: first strong isolate, and its end: they can't be seen
_OPEN, _CLOSE = "\u2068", "\u2069"
_UNSEEN: Final = dict.fromkeys((*range(0x2066, 0x206A), 0x200E, 0x200F))
#: a command in running text; its slash would jump behind it
_COMMAND: Final = re.compile(r"(?<![\w/:.<\u200e])/[a-z][a-z0-9_]*")
_STRONG: Final = {"L": False, "R": True, "AL": True}


def is_right_to_left(language: str) -> bool:
    return language.replace("_", "-").partition("-")[0].lower() in _RIGHT_TO_LEFT


def kept_apart(value: str, *, language: str) -> str:
    """A link stays as it is, since a phone would take the mark behind it for a part of it."""
    if not is_right_to_left(language) or "://" in value or _OPEN in value:
        return value
    ways = {_STRONG.get(unicodedata.bidirectional(mark)) for mark in value}
    return f"{_OPEN}{value}{_CLOSE}" if False in ways or _has_digits_apart(value) else value


def with_commands_kept(text: str, *, language: str) -> str:
    return _COMMAND.sub("\u200e\\g<0>", text) if is_right_to_left(language) else text


def without_marks(text: str) -> str:
    """What can be seen of it; nobody can type the marks."""
    return text.translate(_UNSEEN)


def _has_digits_apart(value: str) -> bool:
    """Such as "2/5" or an order number: more than one run of digits, or a sign beside them."""
    has_digit = any(mark.isdigit() for mark in value)
    return has_digit and not value.isdigit() and not _has_letters(value)


def _has_letters(value: str) -> bool:
    return any(mark.isalpha() for mark in value)
