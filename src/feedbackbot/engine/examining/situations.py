"""A situation in which a conversation can be: where it stands and what later steps still need to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Final, NamedTuple, TypeAlias

from feedbackbot.engine.examining.detours import Spot
from feedbackbot.engine.examining.meaning import Unknown, Value
from feedbackbot.engine.examining.unfolding import Graph, TooLarge, Way
from feedbackbot.engine.script import Place, TestimonialStep

#: what may stand in a place where nothing has been decided about the purchase or the customer
UNDECIDED: Final = Unknown()
_MOST_AT_ONCE: Final = 500
Values: TypeAlias = dict[str, Value]


class State(NamedTuple):
    """A named tuple, because tens of thousands of them are made, hashed and compared."""

    spot: Spot
    values: tuple[Value, ...]
    #: questions since the beginning or since people settled an escalation
    questions: int
    #: kinds of steps that promises speak of, and have been done
    done: frozenset[str]
    #: promises whose condition has come true
    owed: frozenset[int]
    declined: bool
    #: the customer has said since people were done that it is not put right
    wronged: bool
    #: `expire` is over: the rest is passed by in silence
    late: bool

    @property
    def node(self) -> int:
        return self.spot.node


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What happens between two situations; `lines` is what is typed into `play` for it."""

    lines: tuple[str, ...] = ()
    #: people have settled something in between
    settled: bool = False
    #: the step whose escalation that was; None: the one where it happens
    case: int | None = None
    asked: bool = False
    declined: bool = False
    #: kinds of steps that count as done without being one
    done: frozenset[str] = frozenset()
    #: what the customer has said about whether it is put right; None: nothing
    wronged: bool | None = None
    #: `expire` is over
    late: bool = False
    #: a tap has answered: it may have been a slip
    is_tap: bool = False
    #: the answer to the question where this leads was taken back
    takes_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One way on from a state."""

    target: int
    values: Values
    act: Act


@dataclass(slots=True, kw_only=True)
class Watch:
    """What is noticed on the way."""

    #: a name, as written, that is none in this way's condition; in the state that was entered last
    missing: Callable[[str, Way], None]
    #: called with every new state and its values; gives the state back with `done` and `owed` brought up to date
    entered: Callable[[State, Values], State]


@dataclass(slots=True)
class Steps:
    """Everything that was found; a state's number is its place in `states`."""

    states: list[State] = field(default_factory=list)
    came_from: dict[State, tuple[State | None, tuple[str, ...], Values]] = field(
        default_factory=dict
    )
    #: (from, to, whether people or a second thought of the customer are in between)
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
