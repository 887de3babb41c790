"""Slack's marks for bold, italic, struck through and code, which a customer would read as stray signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SIGNS = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}
ALL_SIGNS = frozenset(_SIGNS.values())
#: links and mentions stay as they are; what stands in code is meant literally
_ATOM = re.compile(
    r"<[^<>\n]+>|```\n?(?P<block>.+?)\n?```|(?<![\w`])`(?P<code>[^`\n]+)`(?![\w`])", re.DOTALL
)
_PLACE = "\ue000"
#: only around whole words, never within them: not in snake_case, 5*3*2 or a path
_AROUND = {
    sign: re.compile(
        rf"(?<![\w/{sign}])[{sign}]([^\s{sign}](?:[^{sign}\n]*[^\s{sign}])?)[{sign}](?![\w/{sign}])"
    )
    for sign in "*_~"
}
#: bold within italic within struck through
_DEPTH = 3


def without_marks(text: str, signs: frozenset[str] = ALL_SIGNS) -> str:
    """Still in Slack's own spelling, with links and mentions in <>."""
    text = text.replace(_PLACE, "")
    kept = [_kept(atom, signs) for atom in _ATOM.finditer(text)]
    words = _ATOM.sub(_PLACE, text)
    for sign in (sign for _ in range(_DEPTH) for sign in "*_~" if sign in signs):
        words = _AROUND[sign].sub(r"\1", words)
    first, *rest = words.split(_PLACE)
    return first + "".join(atom + more for atom, more in zip(kept, rest, strict=True))


def signs_in(blocks: object) -> frozenset[str]:
    """The marks that Slack's own editor made; all of them where it does not tell."""
    return frozenset(_signs(blocks)) if blocks else ALL_SIGNS


def _kept(atom: re.Match[str], signs: frozenset[str]) -> str:
    code = atom["block"] or atom["code"]
    return code if code and "`" in signs else atom[0]


def _signs(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _signs(one)
    elif isinstance(part, dict):
        if part.get("type") == "rich_text_preformatted":
            yield "`"
        style = part.get("style")
        if isinstance(style, dict):
            yield from (_SIGNS[name] for name, on in style.items() if on and name in _SIGNS)
        yield from _signs(part.get("elements"))
