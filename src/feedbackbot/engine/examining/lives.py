"""Which names still matter at each step: only those are kept while the ways through a script are walked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from feedbackbot.engine import wording
from feedbackbot.engine.examining.detours import Spot, Spots
from feedbackbot.engine.examining.meaning import dotted_name, every_node
from feedbackbot.engine.examining.unfolding import (
    AFTER_ESCALATION,
    Graph,
    Node,
    Scope,
    names_at,
    names_of_way,
    texts_of,
)
from feedbackbot.engine.script import Ask, Escalate, Script, SetNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """For each spot: names whose value decides something later, and those that only must not be missing."""

    deciding: Mapping[Spot, frozenset[str]]
    needed: Mapping[Spot, frozenset[str]]
    #: the first of the two by step, however it was reached
    deciding_at: tuple[frozenset[str], ...]

    def needs_case(self, spot: Spot) -> bool:
        """Whether anything later speaks of what people have found."""
        return bool(AFTER_ESCALATION & (self.deciding[spot] | self.needed[spot]))


def lives_of(
    spots: Spots, promised: frozenset[str], promised_at: Callable[[Spot], frozenset[str]]
) -> Lives:
    """`promised_at`: names that promises still read there, of all those that they speak of."""
    graph = spots.graph
    saved = saved_in(graph)
    before = spots.before()
    deciding = _flow(spots, before, [_decides(node) for node in graph.nodes])
    needed = _flow(spots, before, [names_at(node) & saved for node in graph.nodes])
    deciding = {spot: names | promised_at(spot) for spot, names in deciding.items()}
    at: list[frozenset[str]] = [promised] * len(graph.nodes)
    for spot, names in deciding.items():
        at[spot.node] |= names
    return Lives(
        deciding=deciding,
        needed={spot: names - deciding[spot] for spot, names in needed.items()},
        deciding_at=tuple(at),
    )


def saved_in(graph: Graph) -> frozenset[str]:
    """The names that are none until something fills them."""
    names: set[str] = set(AFTER_ESCALATION) | {"escalation.reply_by"}
    for node in graph.nodes:
        names |= _written(node)
    return frozenset(names)


def decisive_names(text: str) -> frozenset[str]:
    """Names of a text that decide which part of it is said."""
    found: set[str] = set()
    for node in every_node(wording.tree_of(text)):
        if isinstance(node, (nodes.CondExpr, nodes.If)):
            found |= _names_below(node.test)
        elif isinstance(node, (nodes.Compare, nodes.And, nodes.Not)):
            found |= _names_below(node)
    return frozenset(found)


def written_for_sure(node: Node) -> frozenset[str]:
    """What no longer holds its old value when the next step begins in the ordinary way."""
    return frozenset(_written(node))


def names_of_script(script: Script) -> Scope:
    return Scope(script=script, is_called=False)


def _written(node: Node) -> set[str]:
    step, full = node.step, node.scope.full
    if isinstance(step, Ask) and step.save:
        return {full(step.save)}
    if isinstance(step, SetNames):
        return {full(name) for name in step.values}
    return set(AFTER_ESCALATION) if isinstance(step, Escalate) else set()


def _decides(node: Node) -> frozenset[str]:
    """Names that must be known exactly on entering the step, those of its ways apart."""
    names: set[str] = set()
    for text, own in texts_of(node.step):
        if text:
            is_kept = isinstance(node.step, SetNames)
            read = wording.names_in(text) if is_kept else decisive_names(text)
            names |= read - own
    return frozenset(node.scope.full(name) for name in names)


def _flow(
    spots: Spots, before: Mapping[Spot, set[Spot]], read: Sequence[frozenset[str]]
) -> dict[Spot, frozenset[str]]:
    """Backwards until nothing changes: a name lives from where it is read to where it is filled."""
    nodes_ = spots.graph.nodes
    live = {spot: read[spot.node] for spot in spots.ahead}
    ways = [frozenset(name for way in node.ways for name in names_of_way(way)) for node in nodes_]
    written = [written_for_sure(node) for node in nodes_]
    waiting = dict.fromkeys(live)
    while waiting:
        spot, _ = waiting.popitem()
        behind = (live[other] for other in spots.ahead[spot])
        found = live[spot] | (ways[spot.node].union(*behind) - written[spot.node])
        found |= _alive_by_detour(spots, spot, ways, live)
        if found != live[spot]:
            live[spot] = found
            waiting |= dict.fromkeys(before.get(spot, ()))
    return live


def _alive_by_detour(
    spots: Spots,
    spot: Spot,
    ways: Sequence[frozenset[str]],
    live: Mapping[Spot, frozenset[str]],
) -> frozenset[str]:
    found = frozenset[str]().union(*(live[other] for other in spots.after_people[spot]))
    if spot.case is not None:
        found = (found | ways[spot.case]) - AFTER_ESCALATION
    if spot.change is not None:
        found |= live[Spot(spot.change)] - {spots.graph.nodes[spot.change].saves}
    return found


def _names_below(tree: nodes.Node) -> set[str]:
    return {name for node in every_node(tree) if (name := dotted_name(node))}
