"""Texts and conditions of scripts: Jinja2, cut down to what a script may say.

Only what `dialect` allows is ever compiled; what customers write arrives as plain data and stays data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from jinja2 import Template, TemplateError, nodes
from jinja2.parser import Parser

from feedbackbot.engine.wording.dialect import (
    Environment,
    WordingError,
    explain,
    mentioned_names,
    refuse_deep,
    refuse_foreign,
    with_safe_comparisons,
)
from feedbackbot.engine.wording.directions import with_commands_kept

#: bytes of a template as it stands in the file
LONGEST_TEMPLATE: Final = 4096
#: characters of one message, Telegram's limit
LONGEST_TEXT: Final = 4096
_COMPILED_AT_ONCE: Final = 8192
_LINE_ENDS: Final = re.compile(r"\r\n?")

_ENVIRONMENT: Final = Environment()


def render(template: str, names: Mapping[str, object], *, language: str = "en") -> str:
    """The finished text; cut at what one message can hold."""
    read = _text(template)
    text = _run(read, names, language) if read.said is None else read.said
    return with_commands_kept(text, language=language)


def holds(condition: str, names: Mapping[str, object]) -> bool:
    return _run(_condition(condition), names, "en") != ""


def names_in(template: str) -> frozenset[str]:
    """Dotted names that a text mentions, such as `customer.first_name`."""
    return _text(template).names


def names_in_condition(condition: str) -> frozenset[str]:
    return _condition(condition).names


def check_template(text: str) -> None:
    """Raises a `WordingError` whose sentence says what is not possible."""
    _text(text)


def check_condition(text: str) -> None:
    _condition(text)


def tree_of(text: str) -> nodes.Template:
    """What a text consists of, for whoever examines it; not to be changed."""
    return _text(text).tree


def tree_of_condition(text: str) -> nodes.Template:
    """The same for a condition: it stands in the only `CondExpr` of the only output."""
    return _condition(text).tree


@dataclass(slots=True, kw_only=True)
class _Read:
    """A text as it was read; compiled when it is first said, which costs ten times as much."""

    tree: nodes.Template
    names: frozenset[str]
    parse: Callable[[], nodes.Template]
    compiled: Template | None = None
    #: where nothing is filled in: what it always says
    said: str | None = None

    @property
    def template(self) -> Template:
        if self.compiled is None:
            self.compiled = _ENVIRONMENT.from_string(with_safe_comparisons(self.parse()))
        return self.compiled


@lru_cache(maxsize=_COMPILED_AT_ONCE)
def _text(text: str) -> _Read:
    _refuse_long(text)
    parse = partial(_ENVIRONMENT.parse, text)
    if "{" not in text:
        plain = nodes.Template([nodes.Output([nodes.TemplateData(text)])])
        return _Read(tree=plain, names=frozenset(), parse=parse, said=_as_it_stands(text))
    return _read(parse)


@lru_cache(maxsize=_COMPILED_AT_ONCE)
def _condition(text: str) -> _Read:
    _refuse_long(text)
    if "{{" in text or "{%" in text:
        raise WordingError("A condition is written without {{ }}, such as: score <= 2")
    return _read(partial(_parse_condition, text))


def _read(parse: Callable[[], nodes.Template]) -> _Read:
    try:
        tree = parse()
        refuse_deep(tree)
        refuse_foreign(tree)
    except (TemplateError, SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise WordingError(explain(error)) from error
    return _Read(tree=tree, names=mentioned_names(tree), parse=parse)


def _parse_condition(text: str) -> nodes.Template:
    return _yes_or_nothing(_expression(text))


def _expression(text: str) -> nodes.Expr:
    parser = Parser(_ENVIRONMENT, text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        rest = parser.stream.current.value
        raise WordingError(f"I can't read this condition from “{rest}” on.")
    return expression


def _yes_or_nothing(expression: nodes.Expr) -> nodes.Template:
    answer = nodes.CondExpr(expression, nodes.Const("yes"), nodes.Const(""))
    tree = nodes.Template([nodes.Output([answer])], lineno=1)
    tree.set_environment(_ENVIRONMENT)
    return tree.set_lineno(1)  # type: ignore[return-value]


def _run(read: _Read, names: Mapping[str, object], language: str) -> str:
    try:
        return _at_most(read.template.generate({**names, "_language": language}))
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise WordingError(explain(error)) from error


def _at_most(pieces: Iterable[str]) -> str:
    """Stops early, so that a text that grows out of hand costs nothing."""
    text = ""
    for piece in pieces:
        text += piece
        if len(text) > LONGEST_TEXT:
            return text[: LONGEST_TEXT - 1] + "…"
    return text


def _as_it_stands(text: str) -> str:
    """As the template engine says a text without anything in braces."""
    return _at_most([_LINE_ENDS.sub("\n", text)])


def _refuse_long(text: str) -> None:
    if len(text.encode()) > LONGEST_TEMPLATE:
        raise WordingError(f"This text is longer than {LONGEST_TEMPLATE:,} bytes.")
