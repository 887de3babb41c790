"""Proves over every way through a script what it promises, and what every script has to keep to.

Where a promise is broken, the shortest conversation that breaks it is told. Walked are answers and silence, what is
not understood, answers taken back, calls for a person, and the end of a conversation's time. While people have an
escalation the script stands still, so the walk goes on from a situation like that only when they are done.
Customers who end it themselves, with /stop or "never", go the way of those whose time is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from feedbackbot.engine import wording
from feedbackbot.engine.examining.detours import spots_of
from feedbackbot.engine.examining.domains import Domains
from feedbackbot.engine.examining.keeping import Promises
from feedbackbot.engine.examining.lives import lives_of, saved_in
from feedbackbot.engine.examining.meaning import (
    UNKNOWN,
    Look,
    Meaning,
    Value,
)
from feedbackbot.engine.examining.promising import SILENT
from feedbackbot.engine.examining.rounds import find_circle, find_endless
from feedbackbot.engine.examining.situations import State, Values, Watch
from feedbackbot.engine.examining.spoken import sayings
from feedbackbot.engine.examining.telling import conversation_to, guard, missing, place_of
from feedbackbot.engine.examining.unfolding import (
    Graph,
    Node,
    Scope,
    Way,
    texts_of,
)
from feedbackbot.engine.examining.walking import Walk
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.problems import Problem
from feedbackbot.engine.reading.scripting import Draft
from feedbackbot.engine.script import (
    Ask,
    Common,
    Place,
    Promise,
    Script,
    SetNames,
    TestimonialStep,
)
from feedbackbot.engine.step_kinds import KIND_OF


def prove(
    draft: Draft,
    drafts: Mapping[str, Draft],
    graph: Graph,
    common: Common,
    notes: Notes,
    *,
    spoken: Mapping[str, Sequence[Draft]],
) -> None:
    """Needs a script without errors, and the same of all that it calls; raises `TooLarge`."""
    _Proof(draft.script, graph, drafts, common, notes, spoken=spoken).run()


class _Proof:
    def __init__(
        self,
        script: Script,
        graph: Graph,
        drafts: Mapping[str, Draft],
        common: Common,
        notes: Notes,
        *,
        spoken: Mapping[str, Sequence[Draft]],
    ) -> None:
        self._script = script
        self._notes = notes
        self._drafts = drafts
        self._sayings = [
            tuple(sayings(node.step, spoken[node.scope.script.name])) for node in graph.nodes
        ]
        self._graph = graph
        self._saved = saved_in(self._graph)
        spots = spots_of(graph)
        self._promises = Promises(script, spots)
        self._kinds = frozenset(
            kind for promise in script.promises for kind in (promise.must, promise.never) if kind
        )
        self._told: set[object] = set()
        self._looked: set[tuple[object, ...]] = set()
        #: the situation whose ways on are being looked at
        self._here: State
        self._walk = Walk(
            self._graph,
            lives_of(spots, self._promises.names, self._promises.names_at),
            Domains(self._graph, Scope(script=script, is_called=False), script.promises),
            common,
            Watch(missing=self._miss, entered=self._enter),
            script=script,
            promises=self._promises,
            may_be_late=any(promise.must in SILENT for promise in script.promises),
        )

    def run(self) -> None:
        self._walk.run()
        circle = find_circle(self._walk.found)
        if circle:
            names = " → ".join(self._node(state).step.id for state in (*circle, circle[0]))
            message = f"A conversation can go round here without end: {names}."
            hint = "Only a return from an escalation may."
            self._break(circle[0], self._node(circle[0]).step.place, "E433", message, hint=hint)
        elif (lost := find_endless(self._walk.found, self._graph)) is not None:
            message = "From here the conversation never comes to an end."
            self._break(lost, self._node(lost).step.place, "E434", message)
        if not any(not problem.is_warning for problem in self._notes.problems):
            self._tell_untaken()

    def _enter(self, state: State, values: Values) -> State:
        self._here = state
        node = self._node(state)
        self._check_texts(state, node, values)
        if not state.late:
            self._check_count(state, node)
            self._check_offer(state, node)
        kind = KIND_OF[type(node.step)]
        skipped = isinstance(node.step, TestimonialStep) and (state.declined or state.wronged)
        skipped = skipped or (state.late and kind in SILENT)
        done = state.done | ({kind} & self._kinds if not skipped else set())
        return self._check_promises(state, state._replace(done=done), node, values)

    def _check_offer(self, state: State, node: Node) -> None:
        """The engine passes by here without a word; a script that reckons with a quote is wrong all the same."""
        if not isinstance(node.step, TestimonialStep):
            return
        if state.declined:
            message = "Who has declined to be quoted comes here: nobody is asked for a quote twice."
            hint = (
                "A conversation asks for one quote: lead past this step, or take one of them out."
            )
            self._break(state, node.step.place, "E513", message, hint=hint)
        elif state.wronged:
            message = "Who has just said that it is not put right would be asked for a quote here."
            hint = "Lead from “not yet” back to people (`escalate`), or to an end."
            self._break(state, node.step.place, "E514", message, hint=hint)

    def _check_texts(self, state: State, node: Node, values: Values) -> None:
        key = (state.node, state.values)
        if key in self._looked:
            return
        self._looked.add(key)
        known = dict(values)
        for text, own in texts_of(node.step):
            if not text or not wording.names_in(text):
                continue
            for name in self._unset(text, own, node, known):
                place = place_of(text, node, self._drafts)
                self._break(state, place, "E312", missing(name), hint=guard(name))
            if isinstance(node.step, SetNames):
                known |= _set_by(node, node.step, text)
        for text, own, place in self._sayings[state.node]:
            for name in self._unset(text, own, node, known):
                self._break(state, place, "E312", missing(name), hint=guard(name))

    def _unset(self, text: str, own: frozenset[str], node: Node, known: Values) -> list[str]:
        """Names that may be none here, although nothing stands in for them."""
        meaning = Meaning(_look(node, known, own))
        meaning.text(wording.tree_of(text))
        return sorted(name for name in meaning.unset if node.scope.full(name) in self._saved)

    def _miss(self, name: str, way: Way) -> None:
        hint = f"Such as: {name} and …, or: {name} is none"
        self._break(self._here, way.place, "E312", missing(name), hint=hint)

    def _check_count(self, state: State, node: Node) -> None:
        most = self._script.max_questions
        asks = isinstance(node.step, Ask) or (
            isinstance(node.step, TestimonialStep) and not (state.declined or state.wronged)
        )
        if most is not None and asks and state.questions >= most:
            message = f"This can be question {most + 1}, but `max_questions` is {most}."
            self._break(state, node.step.place, "E512", message, once="E512")

    def _check_promises(self, state: State, refined: State, node: Node, values: Values) -> State:
        owed = set(refined.owed)
        for number, promise in enumerate(self._script.promises):
            counts = number in owed or self._promises.counts(number, promise, state.spot, values)
            if promise.never in refined.done and counts:
                self._tell_broken(state, promise)
            if promise.must:
                owed |= {number} if counts else set()
                if promise.must in refined.done:
                    owed.discard(number)
                if node.is_last and number in owed:
                    self._tell_broken(state, promise)
        return refined._replace(owed=frozenset(owed))

    def _tell_broken(self, state: State, promise: Promise) -> None:
        said = f"“{promise.condition}” and" if promise.condition else "a conversation"
        what = f"no {promise.must}" if promise.must else f"a {promise.never} all the same"
        message = f"This promise is broken: {said} {what}."
        self._break(state, promise.place, "E510", message)

    def _tell_untaken(self) -> None:
        reached = {state.node for state in self._walk.found.states}
        for index in sorted(reached):
            for way in self._graph.nodes[index].ways:
                is_own = way.scope.script is self._script
                if is_own and way.condition and way.place not in self._walk.found.taken:
                    message = "No conversation ever goes this way."
                    self._notes.complain(way.place, "W603", message)

    def _break(
        self,
        state: State,
        place: Place,
        code: str,
        message: str,
        *,
        hint: str = "",
        once: object = None,
    ) -> None:
        key = once or (place, code, message)
        if key in self._told:
            return
        self._told.add(key)
        self._notes.problems.append(
            Problem(
                place=place,
                code=code,
                message=message,
                hint=hint,
                conversation=conversation_to(state, self._walk.found, self._graph),
            )
        )

    def _node(self, state: State) -> Node:
        return self._graph.nodes[state.node]


def _look(node: Node, known: Values, own: frozenset[str]) -> Look:
    def look(name: str) -> Value:
        return UNKNOWN if name in own else known.get(node.scope.full(name), UNKNOWN)

    return look


def _set_by(node: Node, step: SetNames, text: str) -> Values:
    full = node.scope.full
    return {full(name): UNKNOWN for name, value in step.values.items() if value == text}
