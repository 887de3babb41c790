"""The ways in which YAML surprises people who write texts, each with its own sentence."""

from __future__ import annotations

import re
from typing import Final

from ruamel.yaml.error import YAMLError

_IF_LIST: Final = re.compile(r"\bif:\s*[^\"'\s{][^\"'{}]*\[")
_IF_QUOTE: Final = re.compile(r"\bif:\s*('[^']*'|\"[^\"]*\")\s*[^\s,}]")
_BRACES: Final = re.compile(r"(:|-|\[|,)\s*\{\{")
#: the core schema of YAML 1.2: what would not be text
_NUMBER: Final = re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?|0x[0-9a-fA-F]+|0o[0-7]+")
_NOTHING: Final = frozenset(("", "~", "null", "Null", "NULL"))
_SWITCH: Final = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
_BY_WORDING: Final = (
    (
        "mapping values are not allowed",
        "There is a second colon here. A text with a colon needs quotes.",
        'Such as: say: "One thing: thank you."',
    ),
    (
        "cannot start any token",
        "A text can't begin with this character unless it stands in quotes.",
        "Put quotes around the whole text.",
    ),
    (
        "unexpected end of stream",
        "A quote or bracket that was opened is never closed.",
        "Look for a missing \" ' ] or } further up.",
    ),
    (
        "expected ',' or '}'",
        "I can't read what stands between { and }: a comma or quotes are missing.",
        "Put quotes around texts and conditions: {if: \"a == 'b'\", goto: x}",
    ),
    (
        "expected ',' or ']'",
        "I can't read what stands between [ and ]: a comma or quotes are missing.",
        "",
    ),
    (
        "did not find expected",
        "This line does not fit the lines above it: look at its indentation and quotes.",
        "",
    ),
    ("control characters", "There is an invisible control character here.", "Delete it."),
    ("too deeply", "This is nested too deeply.", ""),
)


def tab_in_indent(text: str) -> tuple[int, int] | None:
    """Line and column of the first tab that stands where only spaces may."""
    for number, line in enumerate(text.splitlines(), start=1):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if "\t" in indent and line.strip() and not line.lstrip().startswith("#"):
            return number, indent.index("\t") + 1
    return None


def is_braces(line: str, column: int) -> bool:
    return line[column - 1 :].startswith("{{") or line[max(0, column - 2) :].startswith("{{")


def explain_syntax(error: YAMLError, line: str, column: int) -> tuple[str, str]:
    """A sentence and a hint in place of what the parser says."""
    if _IF_LIST.search(line):
        return _quote_condition("A condition with [ ] needs quotes around it.")
    if _IF_QUOTE.search(line):
        return _quote_condition("A condition that begins with a quote needs quotes around it.")
    if _BRACES.search(line) and line.find("{{") < column:
        return "A text that begins with {{ needs quotes.", 'Such as: "{{ … }} …"'
    said = str(getattr(error, "problem", None) or error)
    for part, message, hint in _BY_WORDING:
        if part in said:
            return message, hint
    return f"I can't read this: {said.splitlines()[0]}.", ""


def not_text(value: str) -> str | None:
    """Why a value without quotes is not a text; None where it is one."""
    if value in _NOTHING:
        shown = f"“{value}” means “nothing”" if value else "Nothing stands here"
        return f"{shown}, but a text is needed."
    if _NUMBER.fullmatch(value):
        return f"{value} is a number, but a text is needed."
    if value in _SWITCH:
        return f"{value} is a switch, but a text is needed."
    return None


def is_nothing(value: str) -> bool:
    return value in _NOTHING


def as_number(value: str) -> float | None:
    return float(value.replace("_", "")) if re.fullmatch(r"[-+]?\d+(\.\d+)?", value) else None


def as_switch(value: str) -> bool | None:
    return value.lower() == "true" if value in _SWITCH else None


def _quote_condition(message: str) -> tuple[str, str]:
    return message, 'Such as: {if: "score in [1, 2]", goto: x}'
