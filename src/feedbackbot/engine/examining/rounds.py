"""Where a conversation comes back to where it was, and from where it can't come to an end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from feedbackbot.engine.examining.situations import State, Steps
from feedbackbot.engine.examining.unfolding import Graph


def find_circle(found: Steps) -> list[State]:
    """The nearest situations through which a conversation comes back without people in between."""
    ahead: defaultdict[State, set[State]] = defaultdict(set)
    behind: defaultdict[State, set[State]] = defaultdict(set)
    for one, other, settled in found.edges:
        if not settled:
            ahead[one].add(other)
            behind[other].add(one)
    left = set(found.states)
    for onward, back in ((ahead, behind), (behind, ahead)):
        _trim(left, onward, back)
    state = next((state for state in found.states if state in left), None)
    way: list[State] = []
    while state is not None and state not in way:
        way.append(state)
        state = min(ahead[state] & left, key=lambda other: other.node, default=None)
    circle = way[way.index(state) :] if state is not None else []
    begin = min(range(len(circle)), key=lambda index: circle[index].node, default=0)
    return circle[begin:] + circle[:begin]


def find_endless(found: Steps, graph: Graph) -> State | None:
    behind: defaultdict[State, list[State]] = defaultdict(list)
    for one, other, _ in found.edges:
        behind[other].append(one)
    ending = {state for state in found.states if graph.nodes[state.node].is_last}
    waiting = list(ending)
    while waiting:
        for state in behind[waiting.pop()]:
            if state not in ending:
                ending.add(state)
                waiting.append(state)
    return next((state for state in found.states if state not in ending), None)


def _trim(
    left: set[State],
    onward: Mapping[State, set[State]],
    back: Mapping[State, set[State]],
) -> None:
    """Takes away what nothing leads to, again and again: circles stay."""
    degrees = {state: len(back.get(state, set()) & left) for state in left}
    waiting = [state for state, degree in degrees.items() if not degree]
    while waiting:
        state = waiting.pop()
        left.discard(state)
        for other in onward.get(state, ()):
            if other in left:
                degrees[other] -= 1
                if not degrees[other]:
                    waiting.append(other)
