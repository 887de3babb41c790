"""The small shapes that script files are made of, as JSON Schema: words, texts, durations, lists, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from feedbackbot.engine.reading.fields import LONGEST_LABEL

Schema: TypeAlias = dict[str, object]

_BARE: Final = ("string", "number", "boolean")
_DURATION: Final = r"^(?:\d{1,6}[wdhms])+$"
_TIME: Final = r"^([01]?\d|2[0-3])(:[0-5]\d)?$"
_SMALL: Final = "Small letters, digits and _, beginning with a letter."
#: the name of a step, an answer, a script
NAME: Final = r"^[a-z][a-z0-9_]{0,39}$"
#: the key of a choice
KEY: Final = r"^-?[A-Za-z0-9_][A-Za-z0-9_-]{0,29}$"


def text(says: str) -> Schema:
    """Words for people; names in {{ }} are filled in."""
    wants = _wants("This text is empty.")
    return {"type": "string", "pattern": r"\S", **wants, "description": says}


def label(says: str) -> Schema:
    return {
        "type": "string",
        "pattern": r"^(?![\s\S]*\{[{%])[\s\S]*\S",
        **_wants("The text on a button can't be empty and can't contain {{ }}."),
        "maxLength": LONGEST_LABEL,
        "description": says,
    }


def word(says: str) -> Schema:
    """Taken as it stands, so that an order number without quotes is fine, too."""
    return {"type": list(_BARE), "description": says}


def name(says: str) -> Schema:
    """`true` is a word like any other where a name is wanted."""
    return {"type": ["string", "boolean"], "pattern": NAME, **_wants(_SMALL), "description": says}


def condition(says: str) -> Schema:
    return {
        "type": list(_BARE),
        "description": f"{says} Such as: score <= 2, or: arrival == 'waiting'. "
        "Put double quotes around it if it begins with a quote or contains [ ].",
    }


def one_of(values: Iterable[str], says: str) -> Schema:
    return {"enum": list(values), "description": says}


def duration(says: str) -> Schema:
    hint = "Write 90s, 15m, 2h, 3d, 1w, or combined 1d12h."
    said = f"{says} {hint}"
    return {"type": "string", "pattern": _DURATION, **_wants(hint), "description": said}


def time_of_day(says: str) -> Schema:
    """`9` without quotes is nine o'clock."""
    return {
        "type": ["string", "integer"],
        "pattern": _TIME,
        **_wants('A time of day, such as "09:00".'),
        "minimum": 0,
        "maximum": 23,
        "description": says,
    }


def whole(says: str, *, lowest: int = 0, highest: int = 1_000_000) -> Schema:
    return {"type": "integer", "minimum": lowest, "maximum": highest, "description": says}


def switch(says: str) -> Schema:
    return {"type": "boolean", "description": says}


def link(says: str) -> Schema:
    wants = _wants("A link that begins with https://.")
    return {"type": "string", "pattern": "^https://[^ ]*$", **wants, "description": says}


def list_of(item: Schema, says: str) -> Schema:
    return {"type": "array", "items": item, "description": says}


def table(
    says: str, fields: Mapping[str, Schema], *, needs: Iterable[str] = (), **more: object
) -> Schema:
    """A table with these keys and no others."""
    return {
        "type": "object",
        "description": says,
        "properties": dict(fields),
        "required": list(needs),
        "additionalProperties": False,
        **more,
    }


def table_of(value: Schema, says: str, *, keys: Schema | None = None) -> Schema:
    """A table whose keys are the writer's own."""
    names: Schema = {"propertyNames": keys} if keys is not None else {}
    return {"type": "object", "description": says, "additionalProperties": value, **names}


def first_that_has(cases: Mapping[str, Schema], otherwise: Schema) -> Schema:
    """The shape of the first key of `cases` that is there; the reader goes by the same order."""
    chain = otherwise
    for key in reversed(tuple(cases)):
        chain = {"if": {"required": [key]}, "then": cases[key], "else": chain}
    return chain


def _wants(sentence: str) -> Schema:
    """What an editor says instead of showing the pattern."""
    return {"patternErrorMessage": sentence}
