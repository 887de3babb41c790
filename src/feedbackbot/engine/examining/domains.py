"""The values of a name that a script tells apart: 1 and 2 stars are one case where only `score <= 2` is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from jinja2 import nodes

from feedbackbot.engine import wording
from feedbackbot.engine.examining.kinds import Facts, Kind, saved_facts
from feedbackbot.engine.examining.meaning import (
    UNKNOWN,
    WORDS,
    Value,
    compare,
    dotted_name,
    every_node,
)
from feedbackbot.engine.examining.unfolding import Graph, Scope, TooLarge, texts_of
from feedbackbot.engine.script import Promise, SetNames

#: more cases of one name than this are more than a proof can look at
_MOST_CASES: Final = 40
#: (operator, what it is compared with, whether the name stands on the left)
_Atom = tuple[str, Value, bool]
#: how `play` describes the purchase and the customer, so that a shown conversation can be played
PLAYED: Final[Mapping[str, Value]] = {
    "customer.first_name": "Ada",
    "customer.last_name": "Lovelace",
    "customer.purchases": 1,
    "customer.tags": (),
    "purchase.item": "Trail shoes",
    "purchase.items": ("Trail shoes",),
    "purchase.title": "Trail shoes",
    "purchase.number": "#1001",
    "purchase.total": 129,
    "purchase.currency": "EUR",
    "purchase.placed_at": WORDS,
    "purchase.shipped_at": WORDS,
    "purchase.delivered_at": WORDS,
    "purchase.gift": False,
    "purchase.tags": (),
    "customer.language": None,
    "customer.timezone": None,
    "customer.last_cause": None,
    "escalation.cause": "quality",
    "escalation.outcome": "replaced",
}
_ALWAYS: Final = frozenset(("purchase.item", "purchase.title", "purchase.number"))


@dataclass(slots=True)
class _Asked:
    """Everything that a script asks of one name."""

    atoms: set[_Atom] = field(default_factory=set)
    #: not only compared with what is written: each value counts for itself
    is_raw: bool = False


class Domains:
    """The cases of each name, first the one that `play` begins with."""

    def __init__(self, graph: Graph, root: Scope, promises: Iterable[Promise]) -> None:
        self._asked: dict[str, _Asked] = {}
        self._facts = _facts_in(graph)
        self._cases: dict[str, tuple[Value, ...]] = {}
        self._listen(graph, root, promises)

    def of(self, name: str) -> tuple[Value, ...]:
        if name not in self._cases:
            self._cases[name] = self._told_apart(name, list(self._values(name)))
        return self._cases[name]

    def _listen(self, graph: Graph, root: Scope, promises: Iterable[Promise]) -> None:
        for node in graph.nodes:
            for way in node.ways:
                self._note_condition(way.condition, way.scope)
            for text, _ in texts_of(node.step):
                if text:
                    is_kept = isinstance(node.step, SetNames)
                    self._note(wording.tree_of(text), node.scope, is_kept=is_kept)
        for promise in promises:
            self._note_condition(promise.condition, root)

    def _note_condition(self, condition: str | None, scope: Scope) -> None:
        if condition:
            self._note(wording.tree_of_condition(condition), scope, is_kept=False)

    def _note(self, tree: nodes.Node, scope: Scope, *, is_kept: bool) -> None:
        for node in every_node(tree):
            if isinstance(node, nodes.Compare):
                self._note_compare(node, scope)
            elif isinstance(node, nodes.Filter) and node.node is not None:
                self._mark_raw(node.node, scope)
            elif is_kept:
                self._mark_raw(node, scope)

    def _note_compare(self, node: nodes.Compare, scope: Scope) -> None:
        left: nodes.Node = node.expr
        for operand in node.ops:
            right: nodes.Node = operand.expr
            self._note_side(left, right, operand.op, scope, on_left=True)
            self._note_side(right, left, operand.op, scope, on_left=False)
            left = right

    def _note_side(
        self, side: nodes.Node, other: nodes.Node, op: str, scope: Scope, *, on_left: bool
    ) -> None:
        constant = _constant(other)
        if constant is UNKNOWN:
            self._mark_raw(side, scope)
        elif (name := dotted_name(side)) is not None:
            asked = self._asked.setdefault(scope.full(name), _Asked())
            asked.atoms.add((op, constant, on_left))

    def _mark_raw(self, node: nodes.Node, scope: Scope) -> None:
        if (name := dotted_name(node)) is not None:
            self._asked.setdefault(scope.full(name), _Asked()).is_raw = True

    def _values(self, name: str) -> Iterator[Value]:
        if name in PLAYED:
            yield PLAYED[name]
        facts = self._facts.get(name) or Facts(kinds=frozenset((_kind_of_name(name),)))
        atoms = self._asked.get(name, _Asked()).atoms
        for kind in sorted(facts.kinds):
            yield from _values_of(kind, facts, tuple(atoms))
        is_given = name not in self._facts and not name.startswith(("escalation.", "staff."))
        if is_given and name not in _ALWAYS and _kind_of_name(name) not in (Kind.LIST, Kind.SWITCH):
            yield None

    def _told_apart(self, name: str, values: list[Value]) -> tuple[Value, ...]:
        asked = self._asked.get(name, _Asked())
        seen: dict[object, Value] = {}
        for value in values:
            signature = _signature(value, asked)
            seen.setdefault(signature, value)
        if len(seen) > _MOST_CASES:
            raise TooLarge(f"“{name}” has more than {_MOST_CASES} cases")
        return tuple(seen.values())


def _signature(value: Value, asked: _Asked) -> object:
    if asked.is_raw:
        return type(value), value
    told = tuple(
        compare(op, value, other) if on_left else compare(op, other, value)
        for op, other, on_left in sorted(asked.atoms, key=repr)
    )
    return value is None, value is UNKNOWN or bool(value), told


def _facts_in(graph: Graph) -> dict[str, Facts]:
    found: dict[str, Facts] = {}
    for scope in {
        (node.scope.script.name, node.scope.is_called): node.scope for node in graph.nodes
    }.values():
        for name, facts in saved_facts(scope.script).items():
            found[scope.full(name)] = facts
    return found


def _kind_of_name(name: str) -> Kind:
    if name.endswith(("_at", "check_on")):
        return Kind.MOMENT
    kinds = {
        "purchase.gift": Kind.SWITCH,
        "purchase.items": Kind.LIST,
        "purchase.tags": Kind.LIST,
        "customer.tags": Kind.LIST,
        "purchase.total": Kind.NUMBER,
        "customer.purchases": Kind.NUMBER,
        "escalation.minutes": Kind.NUMBER,
    }
    return kinds.get(name, Kind.TEXT)


def _values_of(kind: Kind, facts: Facts, atoms: tuple[_Atom, ...]) -> Iterator[Value]:
    written = [
        item for _, other, _ in atoms for item in (other if isinstance(other, tuple) else (other,))
    ]
    texts = [item for item in written if isinstance(item, str)]
    match kind:
        case Kind.NUMBER if facts.numbers is not None:
            yield from sorted(facts.numbers)
        case Kind.NUMBER:
            yield from _around([item for item in written if isinstance(item, (int, float))])
        case Kind.CHOICE:
            yield from sorted(facts.keys or ())
        case Kind.LIST:
            yield from _lists(facts, sorted(set(texts)))
        case Kind.SWITCH:
            yield from (False, True)
        case Kind.NOTHING:
            yield None
        case Kind.MOMENT | Kind.ANY | Kind.DATE:
            yield WORDS
        case Kind.TEXT:
            yield WORDS
            yield from sorted(set(texts))


def _around(numbers: list[int | float]) -> Iterator[Value]:
    """One number in each gap, and each that is written."""
    edges = sorted({0, *numbers})
    yield from (1, edges[0] - 1)
    for low, high in zip(edges, [*edges[1:], edges[-1] + 2], strict=True):
        yield from (low, (low + high) / 2)


def _lists(facts: Facts, asked_for: list[str]) -> Iterator[Value]:
    """Every selection of what is asked for, with and without something else."""
    keys = sorted(facts.keys) if facts.keys is not None else None
    named = [text for text in asked_for if keys is None or text in keys]
    others = [key for key in keys if key not in named][:1] if keys is not None else [WORDS]
    for size in range(min(len(named), 6) + 1):
        for chosen in combinations(named, size):
            if chosen or keys is None:
                yield tuple(chosen)
            for other in others:
                yield (*chosen, other)


def _constant(node: nodes.Node) -> Value:
    if isinstance(node, nodes.Const):
        return node.value if isinstance(node.value, (str, int, float, bool)) else None
    if isinstance(node, (nodes.List, nodes.Tuple)):
        items = [_constant(item) for item in node.items]
        return UNKNOWN if UNKNOWN in items else tuple(items)  # type: ignore[arg-type]
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const):
        return -node.node.value if isinstance(node.node.value, (int, float)) else UNKNOWN
    return UNKNOWN
