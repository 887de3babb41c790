"""How much of a script the tests have gone through: its steps, and every way out of those that have several."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from feedbackbot.engine.chat import Passed
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, Tree, read_tree
from feedbackbot.engine.script import Ask, End, Library, Place, Script, Step, TestimonialStep

_TIMEOUT: Final = "timeout"
_RETRY: Final = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out of a step; `words` say when it is taken."""

    step: str
    key: str
    goto: str
    words: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    script: str
    steps: tuple[str, ...]
    ways: tuple[Way, ...]
    missed_steps: tuple[Step, ...]
    #: only those of steps that were reached
    missed_ways: tuple[Way, ...]
    #: all of them
    ways_taken: int

    @property
    def steps_reached(self) -> int:
        return len(self.steps) - len(self.missed_steps)

    @property
    def percent(self) -> float:
        """Of steps and branches together; the whole is reached only where nothing is missing."""
        whole = len(self.steps) + len(self.ways)
        return 100.0 * (self.steps_reached + self.ways_taken) / whole if whole else 100.0


def measure(script: Script, library: Library, passed: Collection[Passed]) -> Coverage:
    here = {(one.step, one.way) for one in passed if one.script == script.name}
    ways = ways_of(script, library)
    reached = {step for step, way in here if way is None}
    taken = [way for way in ways if (way.step, way.key) in here]
    return Coverage(
        script=script.name,
        steps=tuple(script.steps),
        ways=ways,
        missed_steps=tuple(step for step in script.steps.values() if step.id not in reached),
        missed_ways=tuple(way for way in ways if way not in taken and way.step in reached),
        ways_taken=len(taken),
    )


def ways_of(script: Script, library: Library) -> tuple[Way, ...]:
    """A step with one way out is no branch."""
    places = _Places(script, library)
    ways: list[Way] = []
    for step in script.steps.values():
        own = tuple(_ways(step, places))
        ways += own if len(own) > 1 else ()
    return tuple(ways)


def _ways(step: Step, places: _Places) -> Iterator[Way]:
    if isinstance(step, End):
        return
    for number, route in enumerate(step.next):
        when = f"if {route.condition}" if route.condition is not None else "else"
        words = when if len(step.next) > 1 else "next"
        yield Way(step=step.id, key=str(number), goto=route.goto, words=words, place=route.place)
    if isinstance(step, Ask) and step.retry.then:
        yield Way(
            step=step.id,
            key=_RETRY,
            goto=step.retry.then,
            words="when it is never understood",
            place=places.find(step, _RETRY),
        )
    if isinstance(step, (Ask, TestimonialStep)):
        yield Way(
            step=step.id,
            key=_TIMEOUT,
            goto=step.timeout.goto,
            words="when no answer comes",
            place=places.find(step, _TIMEOUT),
        )


class _Places:
    """Where a modifier stands in the script's file; the step's own place where it stands further up."""

    def __init__(self, script: Script, library: Library) -> None:
        self._steps: dict[str, Table] = {}
        first = next(iter(script.steps.values()), None)
        text = library.sources.get(first.place.file, "") if first else ""
        tree = read_tree(first.place.file, text)[0] if first and text else None
        steps = _value(tree, "steps") if tree else None
        for item in steps.items if isinstance(steps, Listing) else ():
            name = _value(item, "id")
            if isinstance(item, Table) and isinstance(name, Scalar):
                self._steps[name.value] = item

    def find(self, step: Step, key: str) -> Place:
        entries = self._steps[step.id].entries if step.id in self._steps else ()
        return next((name.place for name, _ in entries if name.value == key), step.place)


def _value(tree: Tree, key: str) -> Tree | None:
    entries = tree.entries if isinstance(tree, Table) else ()
    return next((value for name, value in entries if name.value == key), None)
