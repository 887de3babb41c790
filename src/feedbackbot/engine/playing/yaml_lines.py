"""Writes the lines of a test: texts in quotes, or as a block where they have several lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from feedbackbot.engine.reading.tree import Broken, Listing, Scalar, Table, Tree
from feedbackbot.engine.wording.directions import without_marks

_BARE: Final = re.compile(r"[\w.-]+")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """In double quotes; what can't be seen is written as its number."""
    return f'"{"".join(_escaped(mark) for mark in text)}"'


def text_lines(key: str, text: str, *, indent: int, behind: str = "") -> list[str]:
    """`key: text`, without the indent of the first line; `behind` is a comment with its blanks.

    Marks of writing directions are left out, since a test does not look at them.
    """
    text = without_marks(text)
    if not _suits_a_block(text):
        return [f"{key}: {quoted(text)}{behind}"]
    blanks = " " * (indent + 2)
    lines = [f"{blanks}{line}".rstrip() for line in text.split("\n")]
    return [f"{key}: |-{behind}", *lines]


def flow(values: Mapping[str, str]) -> str:
    """A short table in braces."""
    return f"{{{', '.join(f'{key}: {quoted(value)}' for key, value in values.items())}}}"


def flow_of(tree: Tree) -> str:
    """What was read, in one line; only what no one can misread goes without quotes."""
    match tree:
        case Table():
            inside = (f"{key.value}: {flow_of(value)}" for key, value in tree.entries)
            return f"{{{', '.join(inside)}}}"
        case Listing():
            return f"[{', '.join(map(flow_of, tree.items))}]"
        case Scalar():
            bare = tree.plain and _BARE.fullmatch(tree.value)
            return tree.value if bare else quoted(tree.value)
        case Broken():
            return quoted("")


def _escaped(mark: str) -> str:
    if mark in _ESCAPES:
        return _ESCAPES[mark]
    if mark == " " or mark.isprintable():
        return mark
    number = ord(mark)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _suits_a_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and bool(lines[0])
        and not lines[0].startswith(" ")
        and bool(lines[-1])
    )
