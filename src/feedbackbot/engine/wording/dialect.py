"""Which part of Jinja2 a script may use: an allow-list over the parsed tree, and names that are plain data only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from inspect import signature
from typing import Final

from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from feedbackbot.engine.wording.filters import FILTERS, TESTS, WITH_CONTEXT, finish
from feedbackbot.errors import ScriptError

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Filter,
    nodes.Test,
    nodes.List,
    nodes.Tuple,
    nodes.Keyword,
)
#: brackets in brackets, or what one `or` after the other joins
_DEEPEST: Final = 40
_ORDERING: Final = {"lt": "below", "lteq": "at_most", "gt": "above", "gteq": "at_least"}
_WHAT: Final[Mapping[type[nodes.Node], str]] = {
    nodes.For: "A loop",
    nodes.Call: "A call with ( )",
    nodes.Macro: "A macro",
    nodes.Import: "An import",
    nodes.FromImport: "An import",
    nodes.Include: "An include",
    nodes.Assign: "{% set %}",
    nodes.Mul: "Multiplication",
    nodes.Pow: "**",
    nodes.Add: "Adding with +",
    nodes.Concat: "Joining with ~",
    nodes.Slice: "A slice",
    nodes.Dict: "A { }",
    nodes.Mod: "%",
}
#: shown to writers; the tests behind <, <= … are ours and not theirs to name
WRITABLE_TESTS: Final = ("none", "defined")


class WordingError(ScriptError):
    """A text or condition of a script can't be used; the message is for the person who wrote it."""


class Environment(ImmutableSandboxedEnvironment):
    """Names are plain data: a dotted name looks into a mapping and nowhere else."""

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            finalize=finish,
            keep_trailing_newline=True,
            optimized=False,
            cache_size=0,
        )
        self.globals.clear()
        self.filters = dict(FILTERS)
        self.tests = dict(TESTS)

    def getattr(self, obj: object, attribute: str) -> object:
        return self._look_up(obj, attribute)

    def getitem(self, obj: object, argument: object) -> object:
        if isinstance(argument, int) and isinstance(obj, (list, tuple)):
            return obj[argument] if -len(obj) <= argument < len(obj) else self._missing(argument)
        return self._look_up(obj, argument)

    def _look_up(self, obj: object, key: object) -> object:
        if isinstance(obj, Undefined):
            return getattr(obj, str(key))
        if isinstance(obj, Mapping) and key in obj:
            value: object = obj[key]
            return value
        return self._missing(key)

    def _missing(self, key: object) -> Undefined:
        return self.undefined(f"“{key}” is not known")


_LARGEST: Final = 10**15


def refuse_deep(tree: nodes.Template) -> None:
    """What nests deeper than anybody writes could break whoever walks it."""
    level: list[nodes.Node] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise WordingError("This is nested too deeply.")


def refuse_foreign(tree: nodes.Template) -> None:
    """Raises for the first thing that scripts may not use."""
    for node in _everything(tree):
        _refuse_kind(node)
        if isinstance(node, nodes.Name):
            _refuse_private(node.name)
        elif isinstance(node, nodes.Getattr):
            _refuse_private(node.attr)
        elif isinstance(node, nodes.Getitem):
            _refuse_computed_key(node)
        elif isinstance(node, nodes.Filter):
            _refuse_unknown(node.name, tuple(FILTERS), "filter")
            _refuse_arguments(node)
        elif isinstance(node, nodes.Test):
            _refuse_unknown(node.name, WRITABLE_TESTS, "test")
        elif isinstance(node, nodes.Compare):
            _refuse_text_order(node)
        elif isinstance(node, nodes.CondExpr) and node.expr2 is None:
            raise WordingError("An “if” inside {{ }} needs an “else”, such as: 'a' if x else 'b'")


def mentioned_names(tree: nodes.Template) -> frozenset[str]:
    lookups = (nodes.Getattr, nodes.Getitem)
    inner = {id(node.node) for node in _everything(tree) if isinstance(node, lookups)}
    chains = (node for node in _everything(tree) if id(node) not in inner)
    return frozenset(name for node in chains if (name := _dotted(node)))


def with_safe_comparisons(tree: nodes.Template) -> nodes.Template:
    """`score <= 2` becomes a test that is false where either side is none."""
    _replace_in(tree)
    return tree


def explain(error: BaseException) -> str:
    """What a writer can make use of, from whatever the template engine says."""
    if isinstance(error, (RecursionError, MemoryError)):
        return "This is nested too deeply."
    if isinstance(error, TemplateError):
        return f"I can't read this text: {(error.message or '').rstrip('.')}."
    return f"I can't read this text: {error}."


def _everything(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _refuse_kind(node: nodes.Node) -> None:
    if not isinstance(node, _ALLOWED):
        what = _WHAT.get(type(node), type(node).__name__)
        raise WordingError(f"{what} is not possible in a script's text or condition.")
    if isinstance(node, nodes.Const) and isinstance(node.value, (int, float)):
        _refuse_huge(node.value)


def _refuse_huge(number: float) -> None:
    """Larger than what can be counted with exactly, or no number at all."""
    if not abs(number) <= _LARGEST:
        raise WordingError("A number as large as this can't be compared with anything.")


def _refuse_private(name: str) -> None:
    if name.startswith("_"):
        raise WordingError(f"“{name}” is not a name that a script may use.")


def _refuse_computed_key(node: nodes.Getitem) -> None:
    key = node.arg
    if not isinstance(key, nodes.Const) or not isinstance(key.value, (str, int)):
        raise WordingError("Only a written key or number may stand in [ ].")
    _refuse_private(str(key.value))


def _refuse_unknown(name: str, known: Sequence[str], what: str) -> None:
    if name not in known:
        close = get_close_matches(name, known, 1)
        guess = f" Did you mean “{close[0]}”?" if close else f" There are: {', '.join(known)}."
        raise WordingError(f"There is no {what} “{name}”.{guess}")


def _refuse_arguments(node: nodes.Filter) -> None:
    """Too many, too few or unheard-of words behind a filter's name."""
    names = [str(pair.key) for pair in node.kwargs if isinstance(pair, nodes.Keyword)]
    message = f"“{node.name}” can't be given what stands in its ( )."
    if node.dyn_args is not None or node.dyn_kwargs is not None or len(set(names)) < len(names):
        raise WordingError(message)
    before = 2 if node.name in WITH_CONTEXT else 1
    try:
        given: list[object] = [None] * (len(node.args) + before)
        signature(FILTERS[node.name]).bind(*given, **dict.fromkeys(names))
    except TypeError:
        raise WordingError(message) from None


def _refuse_text_order(node: nodes.Compare) -> None:
    for operand in node.ops:
        value = operand.expr
        text = isinstance(value, nodes.Const) and isinstance(value.value, str)
        if operand.op in _ORDERING and text:
            raise WordingError("<, <=, > and >= compare numbers: write the number without quotes.")


def _dotted(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        before = _dotted(node.node)
        return f"{before}.{node.attr}" if before else None
    if isinstance(node, nodes.Getitem):
        return _dotted_item(node)
    return None


def _dotted_item(node: nodes.Getitem) -> str | None:
    before = _dotted(node.node)
    key = node.arg.value if isinstance(node.arg, nodes.Const) else None
    return f"{before}.{key}" if before and isinstance(key, str) else before


def _replace_in(node: nodes.Node) -> None:
    for field, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, field, [_replaced(item) for item in value])
        else:
            setattr(node, field, _replaced(value))


def _replaced(value: object) -> object:
    if not isinstance(value, nodes.Node):
        return value
    _replace_in(value)
    return _as_tests(value) if isinstance(value, nodes.Compare) else value


def _as_tests(compare: nodes.Compare) -> nodes.Expr:
    """`a < b < c` is `a < b and b < c`; a pair that orders becomes a test."""
    pairs: list[nodes.Expr] = []
    left = compare.expr
    for operand in compare.ops:
        pairs.append(_pair(left, operand))
        left = operand.expr
    whole = pairs[0]
    for pair in pairs[1:]:
        whole = nodes.And(whole, pair)
    whole.set_lineno(compare.lineno)
    if compare.environment is not None:
        whole.set_environment(compare.environment)
    return whole


def _pair(left: nodes.Expr, operand: nodes.Operand) -> nodes.Expr:
    name = _ORDERING.get(operand.op)
    if name is None:
        return nodes.Compare(left, [operand])
    return nodes.Test(left, name, [operand.expr], [], None, None)
