"""A drawing as Mermaid text, which many wikis, chats and code hosts show as a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from feedbackbot.engine.describing.drawing import Arrow, Box, Drawing

#: what stands around the label of each kind of box
_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "start": ("((", "))"),
    "ask": ("[/", "/]"),
    "testimonial": ("[/", "/]"),
    "branch": ("{", "}"),
    "escalate": ("[[", "]]"),
    "call": ("[[", "]]"),
    "wait": ("(", ")"),
    "end": ("([", "])"),
}
#: has a meaning of its own inside a label, or begins something else
_SPECIAL: Final = re.compile(r"[^\w\s.,:!?'()/=+*…–—’‹›-]")


def mermaid_of(drawing: Drawing) -> str:
    lines = ["flowchart TD", *map(_box, drawing.boxes), *map(_arrow, drawing.arrows)]
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    opens, closes = _SHAPES.get(box.kind, ("[", "]"))
    label = "<br/>".join(_escaped(line) for line in box.lines)
    return f'    {_name(box.id)}{opens}"{label}"{closes}'


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.is_silent else "-->"
    label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
    return f"    {_name(arrow.source)} {line}{label} {_name(arrow.target)}"


def _name(step: str) -> str:
    """`end` and the like are words of Mermaid's own."""
    return f"step_{step}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)
