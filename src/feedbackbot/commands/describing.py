"""`feedbackbot schema` and `feedbackbot graph`: scripts as editors and people like to see them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from feedbackbot.engine.describing.drawing import Box, Drawing, drawing_of
from feedbackbot.engine.describing.kinds import SchemaKind
from feedbackbot.engine.describing.mermaid import mermaid_of
from feedbackbot.engine.describing.schemas import schema_files, schema_json
from feedbackbot.engine.reading.one_script import script_at
from feedbackbot.errors import ConfigError

_SHAPES: Final[Mapping[str, tuple[str, str]]] = {
    "start": ("oval", "#ffffff"),
    "ask": ("box", "#fff4d6"),
    "testimonial": ("box", "#e3f3e6"),
    "branch": ("diamond", "#ffffff"),
    "escalate": ("box3d", "#fde2e0"),
    "wait": ("cds", "#eef1f5"),
    "end": ("ellipse", "#e8e8e8"),
}
_OTHER: Final = ("box", "#ffffff")


def print_schema(kind: str) -> int:
    if kind not in tuple(SchemaKind):
        raise ConfigError(f"There is no schema “{kind}”; there are: {', '.join(SchemaKind)}.")
    sys.stdout.write(schema_json(SchemaKind(kind)))
    return 0


def write_schemas(folder: Path) -> int:
    """Beside scripts that are there already; older ones are replaced."""
    if not folder.is_dir():
        raise ConfigError(f"There is no such folder: {folder}")
    for path, text in schema_files(folder).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
    return 0


def draw(script: Path, *, svg: Path | None) -> int:
    """To the terminal as Mermaid, or into a file as a picture."""
    drawing = drawing_of_file(script)
    if svg is None:
        sys.stdout.write(mermaid_of(drawing))
    else:
        svg.write_bytes(svg_of(drawing))
        sys.stdout.write(f"wrote {svg}\n")
    return 0


def drawing_of_file(script: Path) -> Drawing:
    library, name = script_at(script)
    return drawing_of(library.scripts[name])


def svg_of(drawing: Drawing) -> bytes:
    try:
        pygraphviz = import_module("pygraphviz")
    except ImportError as error:
        raise ConfigError(
            "A picture needs one more package: pip install pygraphviz, or the extra [graph]. "
            "Without it, leave out --svg: Mermaid is shown by many wikis and by GitHub."
        ) from error
    picture = pygraphviz.AGraph(strict=False, directed=True, fontname="sans-serif")
    picture.node_attr.update(fontname="sans-serif", fontsize="11", style="filled", margin="0.12")
    picture.edge_attr.update(fontname="sans-serif", fontsize="9", color="#555555")
    for box in drawing.boxes:
        shape, colour = _SHAPES.get(box.kind, _OTHER)
        picture.add_node(box.id, label=_label(box), shape=shape, fillcolor=colour)
    for arrow in drawing.arrows:
        style = "dashed" if arrow.is_silent else "solid"
        picture.add_edge(arrow.source, arrow.target, label=_plain(arrow.label), style=style)
    return bytes(picture.draw(format="svg", prog="dot"))


def _label(box: Box) -> str:
    return "\\n".join(_plain(part) for line in box.lines for part in _folded(line))


def _folded(line: str, width: int = 30) -> list[str]:
    """Boxes as wide as a sentence would make the picture unreadable."""
    parts = [""]
    for word in line.split(" "):
        if parts[-1] and len(parts[-1]) + len(word) >= width:
            parts.append(word)
        else:
            parts[-1] = f"{parts[-1]} {word}".strip()
    return parts


def _plain(text: str) -> str:
    """A backslash, and text between < and >, would mean something to Graphviz."""
    escaped = text.replace("\\", "\\\\")
    return f" {escaped}" if escaped.startswith("<") else escaped
