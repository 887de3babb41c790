"""Everything that can happen in a situation: what the customer, people and time can do to a conversation there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from feedbackbot.engine import wording
from feedbackbot.engine.answers import choices_of
from feedbackbot.engine.examining import replaying
from feedbackbot.engine.examining.detours import Spot, is_interrupted
from feedbackbot.engine.examining.domains import Domains
from feedbackbot.engine.examining.lives import Lives, saved_in
from feedbackbot.engine.examining.meaning import UNKNOWN, Meaning, Value
from feedbackbot.engine.examining.situations import (
    UNDECIDED,
    Act,
    Move,
    State,
    Steps,
    Values,
    Watch,
    together,
)
from feedbackbot.engine.examining.unfolding import (
    AFTER_ESCALATION,
    Graph,
    Node,
    Way,
    names_of_way,
)
from feedbackbot.engine.parts import SOLVED
from feedbackbot.engine.script import (
    Ask,
    Common,
    Escalate,
    SetNames,
    TestimonialStep,
    Wait,
)

#: an answer: its value, and what happens with it
_Answer = tuple[Value, Act]


class Moves:
    def __init__(
        self,
        graph: Graph,
        lives: Lives,
        domains: Domains,
        common: Common,
        *,
        watch: Watch,
        found: Steps,
        expire: timedelta | None,
    ) -> None:
        """`expire`: None where its coming breaks nothing that silence does not break."""
        self._graph = graph
        self._lives = lives
        self._domains = domains
        self._common = common
        self._watch = watch
        self._found = found
        self._expire = expire
        self._saved = saved_in(graph)
        self._names = [[names_of_way(way) for way in node.ways] for node in graph.nodes]
        self._possible_at = cache(lambda index: tuple(self._possible(index)))

    def at(self, state: State, values: Values) -> Iterator[Move]:
        """First what the script foresees."""
        node = self._graph.nodes[state.node]
        yield from self._foreseen(state, node, values)
        if is_interrupted(node) and not state.late:
            yield from self._unforeseen(state, node, values)

    def _foreseen(self, state: State, node: Node, values: Values) -> Iterator[Move]:
        step = node.step
        match step:
            case Ask() | TestimonialStep() if state.late:
                yield self._silence(node, values, Act())
            case Ask():
                yield from self._answers(state, node, step, values)
            case TestimonialStep():
                yield from self._offers(state, node, step, values)
            case Escalate():
                act = Act(lines=(replaying.RESOLVE,), settled=True)
                for facts in self._settled(state.node):
                    yield from self._on(state, values | facts, act)
            case SetNames():
                yield from self._on(state, self._with_set(node, step, values), Act())
            case Wait() if not state.late:
                yield from self._on(state, values, Act(lines=replaying.pause(step)))
            case _:
                yield from self._on(state, values, Act())

    def _answers(self, state: State, node: Node, ask: Ask, values: Values) -> Iterator[Move]:
        for value, act in self._possible_at(state.node):
            after = values | {node.saves: value} if node.saves else values
            yield from self._on(state, after, act)
        blank = values | {node.saves: None} if node.saves else values
        if ask.optional:
            yield from self._on(state, blank, Act(lines=replaying.skip(self._common), asked=True))
        yield self._silence(node, values, Act(lines=replaying.silence(ask), asked=True))
        yield from self._give_up(node, ask, blank)

    def _silence(self, node: Node, values: Values, act: Act) -> Move:
        """No answer, and none from an earlier time either."""
        assert node.timeout is not None
        after = values | {node.saves: None} if node.saves else values
        return Move(target=node.timeout, values=after, act=act)

    def _give_up(self, node: Node, ask: Ask, values: Values) -> Iterator[Move]:
        """Where no step is named for it, people read it, and the script goes on as after silence."""
        lines = replaying.nonsense_to(ask)
        if lines is None or node.timeout is None:
            return
        if node.give_up is not None:
            yield Move(target=node.give_up, values=values, act=Act(lines=lines, asked=True))
            return
        act = Act(lines=(*lines, replaying.RESOLVE), settled=True, done=frozenset(("escalate",)))
        for facts in self._facts(self._lives.deciding_at[node.timeout]):
            yield Move(target=node.timeout, values=values | facts, act=act)

    def _possible(self, index: int) -> Iterator[_Answer]:
        node = self._graph.nodes[index]
        ask = node.step
        assert isinstance(ask, Ask)
        if ask.is_recovery:
            yield from self._recoveries(ask)
        elif node.saves is None or not self._matters(index, node.saves):
            yield UNKNOWN, _answered(replaying.any_answer(ask, self._common))
        else:
            for value in self._domains.of(node.saves):
                lines = replaying.answer_to(ask, value, self._common)
                if lines is not None and value is not None:
                    yield value, _answered(lines)

    def _recoveries(self, ask: Ask) -> Iterator[_Answer]:
        """Every answer counts: which of them say that all is well is not up to the script."""
        for key, _ in choices_of(ask):
            value = replaying.value_of(ask, key)
            lines = replaying.answer_to(ask, value, self._common) or (key,)
            yield value, replace(_answered(lines), wronged=key not in SOLVED)
        if not choices_of(ask):
            lines = replaying.any_answer(ask, self._common)
            yield UNKNOWN, replace(_answered(lines), wronged=True)

    def _matters(self, index: int, name: str) -> bool:
        node = self._graph.nodes[index]
        asked = any(name in names for names in self._names[index])
        return asked or any(name in self._lives.deciding_at[way.target] for way in node.ways)

    def _offers(
        self, state: State, node: Node, step: TestimonialStep, values: Values
    ) -> Iterator[Move]:
        if state.declined or state.wronged:
            yield from self._on(state, values, Act())
            return
        no, yes = replaying.decline(self._common), replaying.agree(step, self._common)
        yield from self._on(state, values, Act(lines=no, asked=True, declined=True))
        yield from self._on(state, values, Act(lines=yes, asked=True))
        yield self._silence(node, values, Act(lines=replaying.silence(step), asked=True))

    def _unforeseen(self, state: State, node: Node, values: Values) -> Iterator[Move]:
        """What may happen wherever a conversation waits for its customer or for time."""
        if state.spot.change is not None:
            name = self._graph.nodes[state.spot.change].saves
            after = values | {name: None} if name else values
            act = Act(lines=replaying.change(self._common), takes_back=True)
            yield Move(target=state.spot.change, values=after, act=act)
        yield from self._called_people(state, values)
        if self._expire is not None:
            yield from self._run_out(state, node, values, self._expire)

    def _called_people(self, state: State, values: Values) -> Iterator[Move]:
        """The script stands still meanwhile; what people had settled before is opened again."""
        act = Act(lines=replaying.call_people(), settled=True, case=state.spot.case)
        if state.spot.case is not None:
            there = state._replace(spot=Spot(state.spot.case))
            for facts in self._settled(state.spot.case):
                yield from self._on(there, values | facts, act)
            return
        # otherwise it is as if nothing had happened, but for questions that count no longer
        if state.wronged or self._lives.needs_case(state.spot):
            for facts in self._facts(self._lives.deciding_at[state.node]):
                yield Move(target=state.node, values=values | facts, act=act)

    def _run_out(
        self, state: State, node: Node, values: Values, expire: timedelta
    ) -> Iterator[Move]:
        step = node.step
        assert isinstance(step, (Ask, TestimonialStep, Wait))
        act = Act(lines=replaying.run_out(step, expire), late=True)
        if isinstance(step, Wait):
            yield from self._on(state, values, act)
        else:
            yield self._silence(node, values, act)

    def _settled(self, index: int) -> Iterator[Values]:
        """What people may have found when they are done with the escalation of this step."""
        targets = self._graph.targets(self._graph.nodes[index])
        behind = (self._lives.deciding_at[target] for target in targets)
        return self._facts(frozenset[str]().union(*self._names[index], *behind))

    def _facts(self, deciding: frozenset[str]) -> Iterator[Values]:
        names = sorted(AFTER_ESCALATION & deciding)
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

    def _on(self, state: State, values: Values, act: Act) -> Iterator[Move]:
        """Along the first way whose condition holds; along several where that can't be told."""
        for decided in self._decisions(state.node, values):
            for way in self._ways(state, decided):
                yield Move(target=way.target, values=decided, act=act)

    def _decisions(self, index: int, values: Values) -> Iterator[Values]:
        """The facts of the purchase and the customer that the ways ask for, in every combination."""
        asked = frozenset[str]().union(*self._names[index])
        opened = sorted(name for name in asked if values.get(name) is UNDECIDED)
        for chosen in together([self._domains.of(name) for name in opened]):
            yield values | dict(zip(opened, chosen, strict=True))

    def _ways(self, state: State, values: Values) -> Iterator[Way]:
        for way in self._graph.nodes[state.node].ways:
            truth: bool | None = True
            if way.condition is not None:
                full = way.scope.full
                meaning = Meaning(lambda dotted, full=full: values.get(full(dotted), UNKNOWN))  # type: ignore[misc]
                truth = meaning.truth(wording.tree_of_condition(way.condition))
                for name in meaning.unset:
                    if full(name) in self._saved:
                        self._watch.missing(name, way)
            if truth is not False:
                self._found.taken.add(way.place)
                yield way
            if truth:
                return


def _answered(lines: tuple[str, ...]) -> Act:
    return Act(lines=lines, asked=True, is_tap=True)
