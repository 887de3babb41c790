"""Walks every way through a script, state by state: where it stands and what later steps still need to know."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from itertools import count
from typing import Final

from feedbackbot.engine.examining.detours import Spot, after_case, after_tap, passed_on
from feedbackbot.engine.examining.domains import Domains
from feedbackbot.engine.examining.keeping import Promises
from feedbackbot.engine.examining.lives import Lives, saved_in
from feedbackbot.engine.examining.meaning import UNKNOWN, Value
from feedbackbot.engine.examining.moves import Moves
from feedbackbot.engine.examining.situations import (
    UNDECIDED,
    Act,
    Move,
    State,
    Steps,
    Values,
    Watch,
    leads_to_offer,
    together,
)
from feedbackbot.engine.examining.unfolding import Graph, TooLarge
from feedbackbot.engine.script import Common, Script

#: a second or two of work; more is refused with a sentence
MOST_STATES: Final = 25_000
_START: Final = State(
    spot=Spot(0),
    values=(),
    questions=0,
    done=frozenset(),
    owed=frozenset(),
    declined=False,
    wronged=False,
    late=False,
)


class Walk:
    def __init__(
        self,
        graph: Graph,
        lives: Lives,
        domains: Domains,
        common: Common,
        watch: Watch,
        *,
        script: Script,
        promises: Promises,
        may_be_late: bool,
    ) -> None:
        self.graph = graph
        self.found = Steps()
        self._domains = domains
        self._watch = watch
        self._most = script.max_questions
        self._promises = promises
        self._saved = saved_in(graph)
        self._order = {
            spot: (self._with_blanks(full), tuple(sorted(lives.needed[spot])))
            for spot, full in lives.deciding.items()
        }
        self._moves = Moves(
            graph,
            lives,
            domains,
            common,
            watch=watch,
            found=self.found,
            expire=script.expire if may_be_late else None,
        )
        self._may_offer = leads_to_offer(graph)
        self._queue: list[tuple[int, int, State]] = []
        #: among the equally cheap, the first found goes first; states themselves have no order
        self._turn = count()
        self._costs: dict[State, int] = {}
        #: states that differ only in what can be compared
        self._alike: defaultdict[tuple[object, ...], list[State]] = defaultdict(list)

    def run(self) -> Steps:
        """Cheapest first, so that the first sight of anything is by the shortest conversation."""
        for values in self._openings():
            self._reach(_START, Move(target=0, values=values, act=Act()), 0, parent=None)
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
        full, some = self._order[state.spot]
        return dict(zip((*[name for name, _ in full], *some), state.values, strict=True))

    def _openings(self) -> Iterator[Values]:
        given = sorted(name for name in self._promises.names if name not in self._saved)
        for chosen in together([self._domains.of(name) for name in given]):
            yield dict(zip(given, chosen, strict=True))

    def _go_on(self, state: State, cost: int) -> None:
        values = self.values_of(state)
        refined = self._watch.entered(state, values)
        for move in self._moves.at(refined, values):
            before = self._unasked(state, refined, move) if move.act.takes_back else refined
            self._reach(before, move, cost + len(move.act.lines), parent=state)

    def _unasked(self, state: State, refined: State, move: Move) -> State:
        """Before the question that nobody has answered, and before what hung on the answer that is taken back."""
        name = self.graph.nodes[move.target].saves
        owed = refined.owed - self._promises.about(name)
        return refined._replace(done=state.done, owed=owed)

    def _reach(self, state: State, move: Move, cost: int, *, parent: State | None) -> None:
        origin = state.spot if parent is not None else None
        after = self._as_good_as(self._state_after(state, move, origin), cost)
        if parent is not None:
            is_detour = move.act.settled or move.act.takes_back
            self.found.edges.append((parent, after, is_detour))
        if cost < self._costs.get(after, 1_000_000_000):
            self._costs[after] = cost
            self.found.came_from[after] = (parent, move.act.lines, move.values)
            heapq.heappush(self._queue, (cost, next(self._turn), after))

    def _as_good_as(self, state: State, cost: int) -> State:
        """One that was found before and from which all that can go wrong here can go wrong as well."""
        if state in self._costs:
            return state
        for other in self._alike[_likeness(state)]:
            if other.questions >= state.questions and self._costs[other] <= cost:
                return other
        self._alike[_likeness(state)].append(state)
        if state.spot.change is not None:
            plain = state.spot._replace(change=None)
            if plain in self._order:
                after = self._kept(
                    state._replace(spot=plain), self.values_of(state), before=state.spot
                )
                self._alike[_likeness(after)].append(state)
        return state

    def _values_at(self, spot: Spot, values: Values) -> tuple[Value, ...]:
        full, some = self._order[spot]
        exact = [values.get(name, blank) for name, blank in full]
        rough = [None if values.get(name) is None else UNKNOWN for name in some]
        return (*exact, *rough)

    def _kept(self, state: State, values: Values, *, before: Spot | None) -> State:
        """With what later steps and promises still need to know, and nothing else."""
        done, owed = self._promises.settled(state, values, before=before)
        return state._replace(values=self._values_at(state.spot, values), done=done, owed=owed)

    def _state_after(self, state: State, move: Move, origin: Spot | None) -> State:
        act = move.act
        spot = self._spot_after(state, move)
        may_offer = move.target in self._may_offer
        wronged = state.wronged if act.wronged is None else act.wronged
        after = State(
            spot=spot,
            values=(),
            questions=self._count(state, act),
            done=state.done | act.done,
            owed=state.owed,
            declined=(act.declined or state.declined) and may_offer,
            wronged=wronged and not act.settled and may_offer,
            late=act.late or (state.late and not act.settled),
        )
        return self._kept(after, move.values, before=origin)

    def _count(self, state: State, act: Act) -> int:
        """Questions so far; asking one again because the customer wished so does not count."""
        if act.settled or self._most is None:
            return 0
        if act.takes_back:
            return max(0, state.questions - 1)
        return min(state.questions + act.asked, self._most + 1)

    def _spot_after(self, state: State, move: Move) -> Spot:
        act, target = move.act, move.target
        if act.settled:
            return after_case(self.graph, state.node if act.case is None else act.case, target)
        if act.is_tap:
            return after_tap(self.graph, state.node, target)
        if act.takes_back or act.late or state.late:
            return Spot(target)
        return passed_on(self.graph, state.spot, target)

    def _with_blanks(self, names: frozenset[str]) -> tuple[tuple[str, Value], ...]:
        """What each name is as long as nothing has filled it."""
        saved = self._saved
        return tuple((name, None if name in saved else UNDECIDED) for name in sorted(names))


def _likeness(state: State) -> tuple[object, ...]:
    """All but the count of questions."""
    return (*state[:2], *state[3:])
