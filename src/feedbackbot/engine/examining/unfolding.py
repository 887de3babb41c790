"""A script with all that it calls as one graph: every step at every place from which it is reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from feedbackbot.engine import wording
from feedbackbot.engine.parts import Place
from feedbackbot.engine.reading.names import CONSENT_NAMES, REWARD_NAMES
from feedbackbot.engine.script import (
    Ask,
    Call,
    End,
    Escalate,
    ReviewLink,
    Reward,
    Route,
    Say,
    Script,
    SetNames,
    Step,
    Tell,
    TestimonialStep,
    Wait,
)

#: a script that calls scripts that call scripts can unfold without measure
MOST_NODES = 3000
#: what is known once people have settled an escalation
AFTER_ESCALATION = frozenset(
    (
        "escalation.cause",
        "escalation.outcome",
        "escalation.minutes",
        "escalation.check_on",
        "escalation.check_day",
        "staff.first_name",
        "staff.name",
    )
)

_REPLY_BY: Final = frozenset(("escalation.reply_by",))
_STAFF: Final = frozenset(("staff.first_name", "staff.name"))


class TooLarge(Exception):
    """The proof would take too long; the message says of what there is too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """In which script a text stands, and so which name it means."""

    script: Script
    is_called: bool

    def full(self, dotted: str) -> str:
        root = dotted.partition(".")[0]
        inside = self.is_called and root in self.script.saved_names
        return f"{self.script.name}.{root}" if inside else dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    condition: str | None
    scope: Scope
    target: int
    place: Place


@dataclass(slots=True, kw_only=True)
class Node:
    step: Step
    scope: Scope
    #: the nodes of the `call`s that led here
    stack: tuple[int, ...] = ()
    ways: tuple[Way, ...] = ()
    timeout: int | None = None
    give_up: int | None = None

    @property
    def saves(self) -> str | None:
        is_saving = isinstance(self.step, Ask) and self.step.save
        return self.scope.full(str(self.step.save)) if is_saving else None  # type: ignore[union-attr]

    @property
    def is_last(self) -> bool:
        return isinstance(self.step, End) and not self.stack


@dataclass(slots=True)
class Graph:
    """Node 0 is where a conversation begins."""

    nodes: list[Node] = field(default_factory=list)

    def targets(self, node: Node) -> Iterator[int]:
        yield from (way.target for way in node.ways)
        yield from (target for target in (node.timeout, node.give_up) if target is not None)


def unfold(script: Script, scripts: Mapping[str, Script]) -> Graph:
    """Every target must exist; raises `TooLarge`."""
    return _Unfolding(script, scripts).graph


class _Unfolding:
    def __init__(self, script: Script, scripts: Mapping[str, Script]) -> None:
        self.graph = Graph()
        self._scripts = scripts
        self._found: dict[tuple[tuple[int, ...], str], int] = {}
        self._waiting: list[int] = []
        self._node((), script, script.first)
        while self._waiting:
            self._connect(self.graph.nodes[self._waiting.pop()])

    def _node(self, stack: tuple[int, ...], script: Script, step: str) -> int:
        key = (stack, step)
        if key not in self._found:
            if len(self.graph.nodes) >= MOST_NODES:
                raise TooLarge(f"it unfolds into more than {MOST_NODES:,} steps")
            scope = Scope(script=script, is_called=bool(stack))
            node = Node(step=script.steps[step], scope=scope, stack=stack)
            self._found[key] = len(self.graph.nodes)
            self._waiting.append(len(self.graph.nodes))
            self.graph.nodes.append(node)
        return self._found[key]

    def _connect(self, node: Node) -> None:
        step = node.step
        if isinstance(step, End):
            self._return(node)
            return
        if isinstance(step, Call):
            self._enter(node, step)
            return
        node.ways = self._ways(step.next, node.scope, node.stack)
        if isinstance(step, (Ask, TestimonialStep)):
            node.timeout = self._node(node.stack, node.scope.script, step.timeout.goto)
        if isinstance(step, Ask) and step.retry.then:
            node.give_up = self._node(node.stack, node.scope.script, step.retry.then)

    def _return(self, node: Node) -> None:
        if node.stack:
            caller = self.graph.nodes[node.stack[-1]]
            assert isinstance(caller.step, Call)
            node.ways = self._ways(caller.step.next, caller.scope, caller.stack)

    def _enter(self, node: Node, step: Call) -> None:
        called = self._scripts[step.script]
        here = self._found[(node.stack, step.id)]
        first = self._node((*node.stack, here), called, called.first)
        way = Way(condition=None, scope=node.scope, target=first, place=step.place)
        node.ways = (way,)

    def _ways(
        self, routes: tuple[Route, ...], scope: Scope, stack: tuple[int, ...]
    ) -> tuple[Way, ...]:
        return tuple(
            Way(
                condition=route.condition,
                scope=scope,
                target=self._node(stack, scope.script, route.goto),
                place=route.place,
            )
            for route in routes
        )


def texts_of(step: Step) -> tuple[tuple[str, frozenset[str]], ...]:
    """Every text that a step may say, with the names that are known only to it."""
    return tuple((text, own) for text, own in _texts(step) if text)


def _texts(step: Step) -> Iterator[tuple[str | None, frozenset[str]]]:
    none = frozenset[str]()
    if isinstance(step, Ask):
        yield from _asked(step)
    elif isinstance(step, Escalate):
        yield from ((text, _REPLY_BY) for text in (step.summary, step.say))
        clocks = (step.unclaimed, step.nobody)
        yield from ((text, _STAFF) for text in (step.claimed, *(c.say for c in clocks if c)))
    elif isinstance(step, SetNames):
        yield from ((value, none) for value in step.values.values() if isinstance(value, str))
    elif isinstance(step, TestimonialStep):
        yield from ((step.ask, none), (step.consent, CONSENT_NAMES))
    elif isinstance(step, Reward):
        yield step.say, REWARD_NAMES
    elif isinstance(step, Tell):
        yield step.text, none
    elif isinstance(step, (Say, ReviewLink, End)):
        yield step.say, none
    elif isinstance(step, Wait) and step.until_name:
        yield f"{{{{ {step.until_name} }}}}", none


def _asked(ask: Ask) -> Iterator[tuple[str | None, frozenset[str]]]:
    texts = (ask.ask, ask.retry.say)
    others = tuple(part.say for part in (ask.remind, ask.validate) if part)
    yield from ((text, frozenset[str]()) for text in (*texts, *others))


def names_at(node: Node) -> frozenset[str]:
    """The names, as they are kept, that the texts of a step mention."""
    full = node.scope.full
    return frozenset(
        full(name) for text, own in texts_of(node.step) for name in wording.names_in(text) - own
    )


def names_of_way(way: Way) -> frozenset[str]:
    names = wording.names_in_condition(way.condition) if way.condition else frozenset[str]()
    return frozenset(way.scope.full(name) for name in names)
