"""A broken promise in words: the shortest conversation that comes to it, and where the words stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedbackbot.engine.examining import replaying
from feedbackbot.engine.examining.domains import PLAYED
from feedbackbot.engine.examining.meaning import UNKNOWN, WORDS
from feedbackbot.engine.examining.situations import UNDECIDED, State, Steps, Values
from feedbackbot.engine.examining.unfolding import Graph, Node
from feedbackbot.engine.reading.scripting import Draft
from feedbackbot.engine.script import Place


def conversation_to(last: State, found: Steps, graph: Graph) -> tuple[str, ...]:
    """What the bot says and what is done, up to this situation."""
    way: list[tuple[State, tuple[str, ...], Values]] = []
    state: State | None = last
    while state is not None:
        before, lines, values = found.came_from[state]
        way.append((state, lines, values))
        state = before
    shown = [*_given(values for _, _, values in way)]
    for stop, lines, _ in reversed(way):
        shown += [f"you> {line}" for line in lines]
        said = replaying.said_by(graph.nodes[stop.node].step)
        shown += [f"bot> {_short(said)}"] if said else []
    return tuple(shown)


def place_of(text: str, node: Node, drafts: Mapping[str, Draft]) -> Place:
    """Where a text of this step stands; a step begins before its texts."""
    begins = node.step.place
    places = [
        mention.place
        for mention in drafts[node.scope.script.name].notes.mentions
        if mention.text == text
        and (mention.place.line, mention.place.column) >= (begins.line, begins.column)
    ]
    return min(places, key=lambda place: (place.line, place.column), default=begins)


def _given(stages: Iterable[Values]) -> list[str]:
    """What has to be so of the purchase and the customer, where `play` has it otherwise."""
    found: dict[str, object] = {}
    for values in stages:
        for name, value in values.items():
            is_fact = name.startswith(("customer.", "purchase.", "escalation.", "staff."))
            plain = value is not UNKNOWN and value is not UNDECIDED
            if is_fact and plain and PLAYED.get(name, UNKNOWN) != value:
                found[name] = value
    none_yet = ("escalation.", "staff.")
    return [
        f"given: {name} is {_shown(value)}"
        for name, value in sorted(found.items())
        if not (value is None and name.startswith(none_yet))
    ]


def _shown(value: object) -> str:
    return "some text" if value == WORDS else "nothing" if value is None else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:99]}…"


def missing(name: str) -> str:
    return f"“{name}” can be none here: on some way it was not answered, or is not known yet."


def guard(name: str) -> str:
    return f"Say what stands in for it: {{{{ {name} or '…' }}}}"
