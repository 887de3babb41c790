"""Walks every way through a script, state by state: where it stands and what later steps still need to know."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

from feedbackbot.engine import wording
from feedbackbot.engine.examining import replaying
from feedbackbot.engine.examining.domains import Domains
from feedbackbot.engine.examining.lives import Lives, saved_in
from feedbackbot.engine.examining.meaning import UNKNOWN, Meaning, Value
from feedbackbot.engine.examining.situations import (
    UNDECIDED,
    Move,
    State,
    Steps,
    Values,
    Watch,
    leads_to_offer,
    together,
)
from feedbackbot.engine.examining.unfolding import (
    AFTER_ESCALATION,
    Graph,
    Node,
    TooLarge,
    Way,
    names_of_way,
)
from feedbackbot.engine.script import (
    Ask,
    Common,
    Escalate,
    SetNames,
    TestimonialStep,
    Wait,
)

#: a second or two of work; more is refused with a sentence
MOST_STATES: Final = 25_000


class Walk:
    def __init__(
        self,
        graph: Graph,
        lives: Lives,
        domains: Domains,
        common: Common,
        watch: Watch,
        *,
        most_questions: int | None,
    ) -> None:
        self.graph = graph
        self.found = Steps()
        self._domains = domains
        self._common = common
        self._watch = watch
        self._most = most_questions
        self._saved = saved_in(graph)
        self._lives = lives
        self._order = tuple(
            (tuple(sorted(full)), tuple(sorted(some)))
            for full, some in zip(lives.deciding, lives.needed, strict=True)
        )
        self._names = [[names_of_way(way) for way in node.ways] for node in graph.nodes]
        self._may_offer = leads_to_offer(graph)
        self._queue: list[tuple[int, int, State]] = []
        self._costs: dict[State, int] = {}
        self._nonsense: dict[int, tuple[str, ...] | None] = {}
        self._possible_at: dict[int, list[tuple[Value, tuple[str, ...]]]] = {}
        #: the situation whose ways are being looked at
        self._here: State

    def run(self, promised: frozenset[str]) -> Steps:
        """Cheapest first, so that the first sight of anything is by the shortest conversation."""
        for values in self._openings(promised):
            self._reach(None, Move(target=0, values=values), 0)
        done: set[State] = set()
        while self._queue:
            cost, _, state = heapq.heappop(self._queue)
            if state in done:
                continue
            done.add(state)
            self.found.states.append(state)
            if len(done) > MOST_STATES:
                raise TooLarge(f"it can be in more than {MOST_STATES:,} situations")
            self._go_on(state, cost)
        return self.found

    def values_of(self, state: State) -> Values:
        full, some = self._order[state.node]
        return dict(zip((*full, *some), state.values, strict=True))

    def _openings(self, promised: frozenset[str]) -> Iterator[Values]:
        given = sorted(name for name in promised if name not in self._saved)
        for chosen in together([self._domains.of(name) for name in given]):
            yield dict(zip(given, chosen, strict=True))

    def _go_on(self, state: State, cost: int) -> None:
        node = self.graph.nodes[state.node]
        values = self.values_of(state)
        self._here = state
        refined = self._watch.entered(state, values)
        for move in self._moves(refined, node, values):
            self._reach(refined, move, cost + len(move.lines), parent=state)

    def _reach(
        self, state: State | None, move: Move, cost: int, *, parent: State | None = None
    ) -> None:
        after = self._state_after(state, move)
        if parent is not None:
            self.found.edges.append((parent, after, move.settled))
        if cost < self._costs.get(after, 1_000_000_000):
            self._costs[after] = cost
            self.found.came_from[after] = (parent, move.lines, move.values)
            heapq.heappush(self._queue, (cost, len(self.found.edges), after))

    def _state_after(self, state: State | None, move: Move) -> State:
        full, some = self._order[move.target]
        exact = tuple(move.values.get(name, self._blank(name)) for name in full)
        there = (move.values.get(name) for name in some)
        rough = tuple(None if value is None else UNKNOWN for value in there)
        asked = 0 if move.settled or state is None else state.questions + move.asked
        most = self._most
        declined = move.declined or (state is not None and state.declined)
        return State(
            node=move.target,
            values=(*exact, *rough),
            questions=0 if most is None else min(asked, most + 1),
            done=(state.done if state else frozenset()) | move.done,
            owed=state.owed if state else frozenset(),
            declined=declined and move.target in self._may_offer,
        )

    def _blank(self, name: str) -> Value:
        return None if name in self._saved else UNDECIDED

    def _moves(self, state: State, node: Node, values: Values) -> Iterator[Move]:
        step = node.step
        match step:
            case Ask():
                yield from self._answers(state, node, step, values)
            case TestimonialStep():
                yield from self._offers(state, node, step, values)
            case Escalate():
                for facts in self._settled(state.node):
                    yield from self._on(
                        state, values | facts, lines=(replaying.RESOLVE,), settled=True
                    )
            case SetNames():
                yield from self._on(state, self._with_set(node, step, values))
            case Wait():
                yield from self._on(state, values, lines=replaying.pause(step))
            case _:
                yield from self._on(state, values)

    def _answers(self, state: State, node: Node, ask: Ask, values: Values) -> Iterator[Move]:
        if state.node not in self._possible_at:
            self._possible_at[state.node] = list(self._possible(state.node, node, ask))
        for value, lines in self._possible_at[state.node]:
            after = values | {node.saves: value} if node.saves else values
            yield from self._on(state, after, lines=lines, asked=True)
        if ask.optional:
            after = values | {node.saves: None} if node.saves else values
            yield from self._on(state, after, lines=replaying.skip(self._common), asked=True)
        if node.timeout is not None:
            lines = replaying.silence(ask)
            yield Move(target=node.timeout, values=values, lines=lines, asked=True)
        yield from self._give_up(state, node, ask, values)

    def _give_up(self, state: State, node: Node, ask: Ask, values: Values) -> Iterator[Move]:
        """Where no step is named for it, people read it, and the script goes on as after silence."""
        lines = self._nonsense_at(state.node, ask)
        if lines is None or node.timeout is None:
            return
        if node.give_up is not None:
            yield Move(target=node.give_up, values=values, lines=lines, asked=True)
            return
        for facts in self._settled(state.node):
            yield Move(
                target=node.timeout,
                values=values | facts,
                lines=(*lines, replaying.RESOLVE),
                settled=True,
                done=frozenset(("escalate",)),
            )

    def _nonsense_at(self, index: int, ask: Ask) -> tuple[str, ...] | None:
        if index not in self._nonsense:
            self._nonsense[index] = replaying.nonsense_to(ask)
        return self._nonsense[index]

    def _possible(
        self, index: int, node: Node, ask: Ask
    ) -> Iterator[tuple[Value, tuple[str, ...]]]:
        name = node.saves
        if name is None or not self._matters(index, name):
            yield UNKNOWN, replaying.any_answer(ask, self._common)
            return
        for value in self._domains.of(name):
            lines = replaying.answer_to(ask, value, self._common)
            if lines is not None and value is not None:
                yield value, lines

    def _matters(self, index: int, name: str) -> bool:
        node = self.graph.nodes[index]
        asked = any(name in names for names in self._names[index])
        return asked or any(name in self._lives.deciding[way.target] for way in node.ways)

    def _offers(
        self, state: State, node: Node, step: TestimonialStep, values: Values
    ) -> Iterator[Move]:
        if state.declined:
            yield from self._on(state, values)
            return
        no, yes = replaying.decline(self._common), replaying.agree(step, self._common)
        yield from self._on(state, values, lines=no, asked=True, declined=True)
        yield from self._on(state, values, lines=yes, asked=True)
        if node.timeout is not None:
            lines = replaying.silence(step)
            yield Move(target=node.timeout, values=values, lines=lines, asked=True)

    def _settled(self, index: int) -> Iterator[Values]:
        names = sorted(name for name in AFTER_ESCALATION if self._matters(index, name))
        rest: Values = dict.fromkeys(AFTER_ESCALATION, UNKNOWN)
        for chosen in together([self._domains.of(name) for name in names]):
            yield rest | dict(zip(names, chosen, strict=True))

    def _with_set(self, node: Node, step: SetNames, values: Values) -> Values:
        after = dict(values)
        for name, value in step.values.items():
            ready: Value = value
            if isinstance(value, str):
                meaning = Meaning(lambda dotted: after.get(node.scope.full(dotted), UNKNOWN))
                ready = meaning.text(wording.tree_of(value))
            after[node.scope.full(name)] = ready
        return after

    def _on(
        self,
        state: State,
        values: Values,
        *,
        lines: tuple[str, ...] = (),
        settled: bool = False,
        asked: bool = False,
        declined: bool = False,
    ) -> Iterator[Move]:
        """Along the first way whose condition holds; along several where that can't be told."""
        for decided in self._decisions(state.node, values):
            for way in self._ways(state, decided):
                yield Move(
                    target=way.target,
                    values=decided,
                    lines=lines,
                    settled=settled,
                    asked=asked,
                    declined=declined,
                )

    def _decisions(self, index: int, values: Values) -> Iterator[Values]:
        """The facts of the purchase and the customer that the ways ask for, in every combination."""
        asked = frozenset[str]().union(*self._names[index])
        opened = sorted(name for name in asked if values.get(name) is UNDECIDED)
        for chosen in together([self._domains.of(name) for name in opened]):
            yield values | dict(zip(opened, chosen, strict=True))

    def _ways(self, state: State, values: Values) -> Iterator[Way]:
        for way in self.graph.nodes[state.node].ways:
            truth: bool | None = True
            if way.condition is not None:
                full = way.scope.full
                meaning = Meaning(lambda dotted, full=full: values.get(full(dotted), UNKNOWN))  # type: ignore[misc]
                truth = meaning.truth(wording.tree_of_condition(way.condition))
                for name in meaning.unset:
                    if full(name) in self._saved:
                        self._watch.missing(self._here, name, way)
            if truth is not False:
                self.found.taken.add(way.place)
                yield way
            if truth:
                return
