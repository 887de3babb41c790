"""The steps of a script as a graph: what leads where, and what can never be left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from feedbackbot.engine.script import (
    Ask,
    Call,
    End,
    Escalate,
    Route,
    Script,
    Step,
    TestimonialStep,
    Wait,
)

Edges: TypeAlias = Mapping[str, Sequence[str]]


def leads_to(script: Script) -> dict[str, tuple[str, ...]]:
    """Every way out of every step: next, time-out, and after too many tries."""
    return {name: tuple(dict.fromkeys(_ways_out(step))) for name, step in script.steps.items()}


def reachable(start: str, edges: Edges) -> frozenset[str]:
    return reachable_from_any((start,), edges)


def reachable_from_any(starts: Iterable[str], edges: Edges) -> frozenset[str]:
    found: set[str] = set()
    waiting = [*starts]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(edges.get(current, ()))
    return frozenset(found)


def without_end(script: Script, edges: Edges) -> tuple[Step, ...]:
    behind: defaultdict[str, list[str]] = defaultdict(list)
    for name, targets in edges.items():
        for target in targets:
            behind[target].append(name)
    ends = [name for name, step in script.steps.items() if isinstance(step, End)]
    ending = reachable_from_any(ends, behind)
    return tuple(step for name, step in script.steps.items() if name not in ending)


def circles(script: Script) -> tuple[tuple[Step, ...], ...]:
    """Rounds of steps none of which waits for the customer, for people or for time."""
    edges = {
        name: tuple(dict.fromkeys(route.goto for route in routes_out(step)))
        for name, step in script.steps.items()
        if not pauses(step)
    }
    round_of: dict[frozenset[str], tuple[str, ...]] = {}
    for name, targets in edges.items():
        ahead = reachable_from_any(targets, edges)
        if name in ahead:
            members = tuple(
                other for other in edges if other in ahead and _meets(other, name, edges)
            )
            round_of[frozenset(members)] = members
    return tuple(tuple(script.steps[name] for name in members) for members in round_of.values())


def pauses(step: Step) -> bool:
    if isinstance(step, Wait):
        return step.duration is None or bool(step.duration)
    return isinstance(step, (Ask, Escalate, TestimonialStep, Call))


def routes_out(step: Step) -> tuple[Route, ...]:
    return () if isinstance(step, End) else step.next


def _meets(other: str, name: str, edges: Edges) -> bool:
    return name in reachable_from_any(edges.get(other, ()), edges)


def _ways_out(step: Step) -> Iterable[str]:
    for route in routes_out(step):
        yield route.goto
    if isinstance(step, (Ask, TestimonialStep)):
        yield step.timeout.goto
    if isinstance(step, Ask) and step.retry.then:
        yield step.retry.then
