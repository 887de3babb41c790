"""Which names still matter at each step: only those are kept while the ways through a script are walked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from jinja2 import nodes

from feedbackbot.engine import wording
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
    """For each node: names whose value decides something later, and those that only must not be missing."""

    deciding: tuple[frozenset[str], ...]
    needed: tuple[frozenset[str], ...]


def lives_of(graph: Graph, promised: frozenset[str]) -> Lives:
    saved = saved_in(graph)
    deciding = _flow(graph, [_decides(node) | promised for node in graph.nodes])
    needed = _flow(graph, [names_at(node) & saved for node in graph.nodes])
    pairs = zip(needed, deciding, strict=True)
    return Lives(
        deciding=tuple(names | promised for names in deciding),
        needed=tuple(names - full - promised for names, full in pairs),
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


def _flow(graph: Graph, read: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Backwards until nothing changes: a name lives from where it is read to where it is filled."""
    live = list(read)
    ways = [
        frozenset(name for way in node.ways for name in names_of_way(way)) for node in graph.nodes
    ]
    before: defaultdict[int, set[int]] = defaultdict(set)
    for index, node in enumerate(graph.nodes):
        for target in graph.targets(node):
            before[target].add(index)
    waiting = list(range(len(graph.nodes)))
    while waiting:
        index = waiting.pop()
        node = graph.nodes[index]
        found = live[index] | _alive_behind(node, ways[index], live)
        if found != live[index]:
            live[index] = found
            waiting.extend(before[index])
    return live


def _alive_behind(node: Node, asked: frozenset[str], live: list[frozenset[str]]) -> frozenset[str]:
    after = asked.union(*(live[way.target] for way in node.ways)) - written_for_sure(node)
    aside = (live[target] for target in (node.timeout, node.give_up) if target is not None)
    return after.union(*aside)


def _names_below(tree: nodes.Node) -> set[str]:
    return {name for node in every_node(tree) if (name := dotted_name(node))}
