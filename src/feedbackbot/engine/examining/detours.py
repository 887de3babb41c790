"""Where customers can lead a conversation that no line of the script leads: back to an answer, or back to people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from feedbackbot.engine.examining.unfolding import Graph, Node
from feedbackbot.engine.examining.ways import pauses
from feedbackbot.engine.parts import CHANGEABLE
from feedbackbot.engine.script import Ask, Escalate, TestimonialStep, Wait


class Spot(NamedTuple):
    """A step, and where customers may lead the conversation from there."""

    node: int
    #: the question whose answer "Change" takes back
    change: int | None = None
    #: the escalation to which the conversation returns when it is opened again
    case: int | None = None


@dataclass(slots=True)
class Spots:
    """Every spot with those that follow: as the script has it, and by a detour."""

    graph: Graph
    ahead: dict[Spot, tuple[Spot, ...]] = field(default_factory=dict)
    #: what follows when people have settled the escalation that was opened (again) here
    after_people: dict[Spot, tuple[Spot, ...]] = field(default_factory=dict)

    def before(self) -> dict[Spot, set[Spot]]:
        found: defaultdict[Spot, set[Spot]] = defaultdict(set)
        for spot, following in self.ahead.items():
            back = () if spot.change is None else (Spot(spot.change),)
            for other in (*following, *self.after_people[spot], *back):
                found[other].add(spot)
        return found


def spots_of(graph: Graph) -> Spots:
    spots = Spots(graph)
    waiting = [Spot(0)]
    while waiting:
        spot = waiting.pop()
        if spot in spots.ahead:
            continue
        spots.ahead[spot] = tuple(dict.fromkeys(_ahead(graph, spot)))
        spots.after_people[spot] = tuple(_after_people(graph, spot))
        waiting += (*spots.ahead[spot], *spots.after_people[spot])
        waiting += () if spot.change is None else (Spot(spot.change),)
    return spots


def is_interrupted(node: Node) -> bool:
    """Whether what is not foreseen can happen there: while people have it, or nobody waits, nothing can."""
    return isinstance(node.step, (Ask, TestimonialStep, Wait)) and pauses(node.step)


def after_tap(graph: Graph, index: int, target: int) -> Spot:
    """Within a called script nothing can be taken back, nor whether a wrong was put right."""
    node, step = graph.nodes[index], graph.nodes[index].step
    is_slip = isinstance(step, Ask) and step.type in CHANGEABLE and not step.is_recovery
    is_plain = not node.stack and not graph.nodes[target].stack
    return Spot(target, change=index if is_slip and is_plain else None)


def after_case(graph: Graph, index: int, target: int) -> Spot:
    """People have settled it; where its step is an `escalate`, it can be opened again for a while."""
    node = graph.nodes[index]
    leads_back = isinstance(node.step, Escalate) and node.stack == graph.nodes[target].stack
    return Spot(target, case=index if leads_back else None)


def passed_on(graph: Graph, spot: Spot, target: int) -> Spot:
    """Over a step that asks nothing the ways back stay, but not over the border of a script."""
    node = graph.nodes[spot.node]
    asks = isinstance(node.step, (Ask, TestimonialStep, Escalate))
    if asks or node.stack != graph.nodes[target].stack:
        return Spot(target)
    return spot._replace(node=target)


def _ahead(graph: Graph, spot: Spot) -> Iterator[Spot]:
    node = graph.nodes[spot.node]
    for target in graph.targets(node):
        yield passed_on(graph, spot, target)
        if is_interrupted(node):
            yield Spot(target)
        if isinstance(node.step, Ask):
            yield after_tap(graph, spot.node, target)
        elif isinstance(node.step, Escalate):
            yield after_case(graph, spot.node, target)


def _after_people(graph: Graph, spot: Spot) -> Iterator[Spot]:
    if not is_interrupted(graph.nodes[spot.node]):
        return
    if spot.case is None:
        yield Spot(spot.node)
        return
    for way in graph.nodes[spot.case].ways:
        yield after_case(graph, spot.case, way.target)
