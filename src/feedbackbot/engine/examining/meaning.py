"""What a text or condition comes to where only some of its names are known, and which names it needs.

A value that is not known makes what hangs on it unknown: both ways are possible then.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from jinja2 import nodes


class Unknown:
    """Stands for whatever cannot be told beforehand."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"


#: what an answer may be while a script is examined; JSON-clean but for `UNKNOWN`
Value: TypeAlias = str | int | float | bool | tuple[str, ...] | Unknown | None
Look: TypeAlias = Callable[[str], Value]

UNKNOWN: Final = Unknown()
#: the words of a customer: some text that is equal to nothing that stands in a script
WORDS: Final = "\ue000"
_ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


@dataclass(slots=True)
class Meaning:
    """One look at a text or condition with the values that `look` knows."""

    look: Look
    #: names that are none although nothing stands in for them
    unset: set[str] = field(default_factory=set)

    def truth(self, tree: nodes.Template) -> bool | None:
        """Of a condition; None where it may be either."""
        output = tree.body[0]
        assert isinstance(output, nodes.Output)
        answer = output.nodes[0]
        assert isinstance(answer, nodes.CondExpr)
        return truth_of(self.value(answer.test, guarded=True))

    def text(self, tree: nodes.Template) -> Value:
        """What a text reads; `WORDS` where names make it different each time."""
        pieces = list(self._pieces(tree.body))
        if any(isinstance(piece, Unknown) for piece in pieces):
            return UNKNOWN
        text = "".join(_said(piece) for piece in pieces)
        return WORDS if WORDS in text or len(text) > 200 else text

    def value(self, node: nodes.Node, *, guarded: bool = False) -> Value:
        """`guarded`: none is one of the cases that the text reckons with."""
        dotted = dotted_name(node)
        if dotted is not None:
            return self._named(dotted, guarded=guarded)
        if isinstance(node, (nodes.And, nodes.Or)):
            return self._joined(node, guarded=guarded)
        if isinstance(node, nodes.CondExpr):
            return self._chosen(node, guarded=guarded)
        return self._simple(node)

    def _simple(self, node: nodes.Node) -> Value:
        """Where it makes no difference whether none is reckoned with."""
        match node:
            case nodes.Compare():
                return self._compared(node)
            case nodes.Filter():
                return self._filtered(node)
            case nodes.Test():
                return self._tested(node)
            case nodes.List() | nodes.Tuple():
                return self._listed(node)
            case _:
                return self._plain(node)

    def _plain(self, node: nodes.Node) -> Value:
        if isinstance(node, nodes.Const):
            return node.value if isinstance(node.value, (str, int, float, bool)) else None
        if isinstance(node, nodes.Not):
            truth = truth_of(self.value(node.node, guarded=True))
            return UNKNOWN if truth is None else not truth
        inside = [self.value(child) for child in node.iter_child_nodes()]
        if isinstance(node, nodes.Neg) and isinstance(inside[0], (int, float)):
            return -inside[0]
        return UNKNOWN

    def _named(self, dotted: str, *, guarded: bool) -> Value:
        value = self.look(dotted)
        if value is None and not guarded:
            self.unset.add(dotted)
        return value

    def _joined(self, node: nodes.And | nodes.Or, *, guarded: bool) -> Value:
        left = self.value(node.left, guarded=True)
        truth = truth_of(left)
        if truth is isinstance(node, nodes.Or):
            return left
        right = self.value(node.right, guarded=guarded)
        return UNKNOWN if truth is None else right

    def _chosen(self, node: nodes.CondExpr, *, guarded: bool) -> Value:
        truth = truth_of(self.value(node.test, guarded=True))
        if truth is not None:
            return self.value(node.expr1 if truth else node.expr2 or node, guarded=guarded)
        self.value(node.expr1, guarded=guarded)
        if node.expr2 is not None:
            self.value(node.expr2, guarded=guarded)
        return UNKNOWN

    def _compared(self, node: nodes.Compare) -> Value:
        left = self.value(node.expr)
        answer: Value = True
        for operand in node.ops:
            right = self.value(operand.expr)
            truth = compare(operand.op, left, right)
            if truth is False:
                answer = False
            elif truth is None and answer is True:
                answer = UNKNOWN
            left = right
        return answer

    def _filtered(self, node: nodes.Filter) -> Value:
        arguments = [self.value(argument) for argument in node.args]
        inner = node.node
        if inner is None or node.name != "default":
            if inner is not None:
                self.value(inner)
            return UNKNOWN
        value = self.value(inner, guarded=True)
        if isinstance(value, Unknown):
            return UNKNOWN
        return (arguments[0] if arguments else "") if value in (None, "") else value

    def _tested(self, node: nodes.Test) -> Value:
        value = self.value(node.node, guarded=True)
        if isinstance(value, Unknown):
            return UNKNOWN
        return value is None if node.name == "none" else True

    def _listed(self, node: nodes.List | nodes.Tuple) -> Value:
        items = [self.value(item) for item in node.items]
        if any(isinstance(item, Unknown) for item in items):
            return UNKNOWN
        return tuple(items)  # type: ignore[arg-type]

    def _pieces(self, body: Iterable[nodes.Node]) -> Iterator[Value]:
        for node in body:
            if isinstance(node, nodes.TemplateData):
                yield node.data
            elif isinstance(node, nodes.Output):
                yield from self._pieces(node.nodes)
            elif isinstance(node, nodes.If):
                yield from self._branches(node)
            else:
                yield self.value(node)

    def _branches(self, node: nodes.If) -> Iterator[Value]:
        for branch in (node, *node.elif_):
            truth = truth_of(self.value(branch.test, guarded=True))
            if truth is not False:
                yield from self._pieces(branch.body)
            if truth:
                return
            if truth is None:
                yield UNKNOWN
        yield from self._pieces(node.else_)


def truth_of(value: Value) -> bool | None:
    return None if isinstance(value, Unknown) else bool(value)


def compare(op: str, left: Value, right: Value) -> bool | None:
    """As the engine compares; None where it can't be told."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if op in ("in", "notin"):
        return _is_in(left, right, wanted=op == "in")
    if op in ("eq", "ne"):
        same = None if left == right == WORDS else left == right
        return same if op == "eq" or same is None else not same
    if left is None or right is None:
        return False
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _ORDER[op](left, right)
    return None


def _is_in(left: Value, right: Value, *, wanted: bool) -> bool | None:
    if isinstance(right, tuple):
        return (left in right) is wanted
    if isinstance(right, str) and isinstance(left, str) and WORDS not in left + right:
        return (left in right) is wanted
    return None


def _said(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def dotted_name(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        before = dotted_name(node.node)
        return f"{before}.{node.attr}" if before else None
    if isinstance(node, nodes.Getitem):
        before = dotted_name(node.node)
        key = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return f"{before}.{key}" if before and isinstance(key, str) else None
    return None


def every_node(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())
