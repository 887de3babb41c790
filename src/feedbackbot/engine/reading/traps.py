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
_MOST_DIGITS: Final = 20
_NOTHING: Final = frozenset(("", "~", "null", "Null", "NULL"))
_SWITCH: Final = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
#: quotes as word processors print them
_PRINTED: Final = "“”„‟«»‹›‘’‚"
_TIMES: Final = re.compile(r"\[\s*\d{1,2}:\d\d\s*[,\]]")
#: a line that is nothing but a key, and so was not meant to go on with the line above
_KEY_FIRST: Final = re.compile(r"[\s-]*[\w.]+:(\s|$)")
_NO_SPACE: Final = re.compile(r"[\s-]*[a-z_]+:[^\s:/]")
_NO_COLON: Final = re.compile(r"[\s-]*[a-z_]+(\s|$)")
PRINTED_QUOTES: Final = (
    "These quotes are printed ones; only straight ones count here.",
    'Write " at both ends, such as: ask: "How was it?"',
)
_FIT: Final = "Everything that belongs to one step begins in the same column as its first word."
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
        _FIT,
    ),
    (
        "unknown escape character",
        "A backslash (\\) between double quotes begins a special character, and this one is not known.",
        "Write two of them: \\\\",
    ),
    (
        "invalid Unicode character",
        "There is no character with this number.",
        "Write the character itself.",
    ),
    (
        "found unexpected ':'",
        "There is a colon here that belongs between quotes.",
        'Such as: ["a: b", "09:00"]',
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


def explain_syntax(error: YAMLError, line: str, column: int, *, above: str = "") -> tuple[str, str]:
    """A sentence and a hint in place of what the parser says; `above` is the line before."""
    said = str(getattr(error, "problem", None) or error)
    return (
        _known_trap(line, column)
        or _broken_line(said, line, column, above)
        or next(((text, hint) for part, text, hint in _BY_WORDING if part in said), None)
        or (
            f"I can't read this: {said.splitlines()[0]}.",
            "Look at quotes, colons and indentation.",
        )
    )


def _known_trap(line: str, column: int) -> tuple[str, str] | None:
    if _IF_LIST.search(line):
        return _quote_condition("A condition with [ ] needs quotes around it.")
    if _IF_QUOTE.search(line):
        return _quote_condition("A condition that begins with a quote needs quotes around it.")
    if _BRACES.search(line) and line.find("{{") < column:
        return "A text that begins with {{ needs quotes.", 'Such as: "{{ … }} …"'
    if any(f": {mark}" in line for mark in _PRINTED):
        return PRINTED_QUOTES
    if _TIMES.search(line):
        return "Times of day need quotes.", 'Such as: ["09:00", "20:00"]'
    return None


def _broken_line(said: str, line: str, column: int, above: str) -> tuple[str, str] | None:
    """What went wrong a line further up, and what begins or ends in the middle of a line."""
    if "could not find expected ':'" in said or "mapping values" in said:
        if _NO_SPACE.match(above):
            return "In the line above, a space is missing behind the colon.", "Such as: ask: …"
        if "could not find" in said and _NO_COLON.match(above):
            return "In the line above, a colon is missing behind the first word.", "Such as: ask: …"
        if _KEY_FIRST.match(line) and column <= line.find(":") + 1:
            return "This line does not fit the lines above it: look at its indentation.", _FIT
    if "did not find expected" in said and re.search(r":\s+\*", line):
        message = "A text can't begin with * unless it stands in quotes."
        return message, "Put quotes around the whole text."
    if "did not find expected" in said and re.search(r":\s+'[^']*'", line):
        message = "The text ends at its second ' and goes on behind it."
        return message, 'Take double quotes: "It\'s fine"'
    return None


def is_in_printed_quotes(value: str) -> bool:
    """Quotes that YAML does not know would be shown to the customer."""
    return len(value) > 1 and value[0] in _PRINTED and value[-1] in _PRINTED


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
    """None also of numbers that nobody writes on purpose."""
    is_number = len(value) <= _MOST_DIGITS and re.fullmatch(r"[-+]?\d+(\.\d+)?", value)
    return float(value) if is_number else None


def as_switch(value: str) -> bool | None:
    return value.lower() == "true" if value in _SWITCH else None


def _quote_condition(message: str) -> tuple[str, str]:
    return message, 'Such as: {if: "score in [1, 2]", goto: x}'
