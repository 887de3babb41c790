"""Texts and conditions of scripts: Jinja2, cut down to what a script may say.

Only what `dialect` allows is ever compiled; what customers write arrives as plain data and stays data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import Template, TemplateError, nodes
from jinja2.parser import Parser

from feedbackbot.engine.wording.dialect import (
    Environment,
    WordingError,
    explain,
    mentioned_names,
    refuse_foreign,
    with_safe_comparisons,
)
from feedbackbot.engine.wording.directions import with_commands_kept

#: bytes of a template as it stands in the file
LONGEST_TEMPLATE: Final = 4096
#: characters of one message, Telegram's limit
LONGEST_TEXT: Final = 4096
_COMPILED_AT_ONCE: Final = 8192

_ENVIRONMENT: Final = Environment()


def render(template: str, names: Mapping[str, object], *, language: str = "en") -> str:
    """The finished text; cut at what one message can hold."""
    return with_commands_kept(_run(_text(template), names, language), language=language)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    template: Template
    names: frozenset[str]


@lru_cache(maxsize=_COMPILED_AT_ONCE)
def _text(text: str) -> _Compiled:
    _refuse_long(text)
    try:
        return _compile(_ENVIRONMENT.parse(text))
    except (TemplateError, SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise WordingError(explain(error)) from error


@lru_cache(maxsize=_COMPILED_AT_ONCE)
def _condition(text: str) -> _Compiled:
    _refuse_long(text)
    if "{{" in text or "{%" in text:
        raise WordingError("A condition is written without {{ }}, such as: score <= 2")
    try:
        return _compile(_yes_or_nothing(_expression(text)))
    except (TemplateError, SyntaxError, RecursionError, MemoryError, ValueError) as error:
        raise WordingError(explain(error)) from error


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


def _compile(tree: nodes.Template) -> _Compiled:
    refuse_foreign(tree)
    names = mentioned_names(tree)
    compiled = _ENVIRONMENT.from_string(with_safe_comparisons(tree))
    return _Compiled(template=compiled, names=names)


def _run(compiled: _Compiled, names: Mapping[str, object], language: str) -> str:
    try:
        return _at_most(compiled.template.generate({**names, "_language": language}))
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


def _refuse_long(text: str) -> None:
    if len(text.encode()) > LONGEST_TEMPLATE:
        raise WordingError(f"This text is longer than {LONGEST_TEMPLATE:,} bytes.")
