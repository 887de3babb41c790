"""A situation in which a conversation can be: where it stands and what later steps still need to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final, TypeAlias

from feedbackbot.engine.examining.meaning import Unknown, Value
from feedbackbot.engine.examining.unfolding import Graph, TooLarge, Way
from feedbackbot.engine.script import Place, TestimonialStep

#: what may stand in a place where nothing has been decided about the purchase or the customer
UNDECIDED: Final = Unknown()
_MOST_AT_ONCE: Final = 500
Values: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class State:
    node: int
    values: tuple[Value, ...]
    #: questions since the beginning or since people settled an escalation
    questions: int
    #: kinds of steps that promises speak of, and have been done
    done: frozenset[str]
    #: promises whose condition has come true
    owed: frozenset[int]
    declined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One way on from a state; `lines` is what the customer or staff do."""

    target: int
    values: Values
    lines: tuple[str, ...] = ()
    settled: bool = False
    asked: bool = False
    declined: bool = False
    done: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is noticed on the way."""

    #: names that are none in a way's condition: node, name as written, way
    missing: Callable[[State, str, Way], None]
    #: called with every new state and its values; gives the state back with `done` and `owed` brought up to date
    entered: Callable[[State, Values], State]


@dataclass(slots=True)
class Steps:
    """Everything that was found; a state's number is its place in `states`."""

    states: list[State] = field(default_factory=list)
    came_from: dict[State, tuple[State | None, tuple[str, ...], Values]] = field(
        default_factory=dict
    )
    #: (from, to, whether people settled an escalation in between)
    edges: list[tuple[State, State, bool]] = field(default_factory=list)
    #: the ways that some conversation goes
    taken: set[Place] = field(default_factory=set)


def together(cases: list[tuple[Value, ...]]) -> Iterator[tuple[Value, ...]]:
    """Every combination of these cases."""
    count = 1
    for values in cases:
        count *= len(values)
    if count > _MOST_AT_ONCE:
        raise TooLarge(f"one decision looks at more than {_MOST_AT_ONCE} combinations of names")
    return product(*cases)


def leads_to_offer(graph: Graph) -> frozenset[int]:
    """The steps from which a testimonial may still be asked for."""
    found = {i for i, node in enumerate(graph.nodes) if isinstance(node.step, TestimonialStep)}
    size = -1
    while size != len(found):
        size = len(found)
        for index, node in enumerate(graph.nodes):
            if index not in found and any(target in found for target in graph.targets(node)):
                found.add(index)
    return frozenset(found)
