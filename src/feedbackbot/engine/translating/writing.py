"""Writes a side file so that a person can go on in it: each text below the one that it translates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from feedbackbot.engine.translating.choosing import language_name

_HEAD: Final = """\
# {base} in {language}. Change what stands behind `text`; the words in {{{{ }}}} stay as they are, and
# \\n is a new line. The grey line above each text is the original, and `of` is the mark of that original: when the
# original changes, `feedbackbot check` shows what has to be looked at here, and the mark to write once it fits again.
# A text that is left out or empty is said in the language of {base}. `feedbackbot i18n update {code}` adds what is new.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A text and its translation; empty where there is none yet."""

    key: str
    original: str
    text: str = ""
    of: str = ""


def side_file(base: str, language: str, lines: Mapping[str, Line], *, head: str = "") -> str:
    """`head` are the comments of a file that is there already."""
    name = language_name(language)
    head = head or _HEAD.format(base=f"{base}.yaml", language=name, code=language)
    parts = [head, f"translation: {base}\nlanguage: {language}\n\ntexts:\n"]
    parts += [_line(line) for line in lines.values()]
    return "".join(parts)


def head_of(text: str) -> str:
    """The comments that a file begins with."""
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


def _line(line: Line) -> str:
    shown = " ".join(line.original.split())
    return f"  {line.key}:\n    # {shown}\n    text: {quoted(line.text)}\n    of: {quoted(line.of)}\n\n"


def quoted(text: str) -> str:
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    )
    return f'"{escaped}"'
