"""What a situation has to keep for the promises of a script: the names that they read, or only what became of them."""

from __future__ import annotations

from collections import defaultdict

from feedbackbot.engine import wording
from feedbackbot.engine.examining.detours import Spot, Spots
from feedbackbot.engine.examining.lives import saved_in, written_for_sure
from feedbackbot.engine.examining.meaning import UNKNOWN, Meaning
from feedbackbot.engine.examining.promising import may_be_none, names_of_promise
from feedbackbot.engine.examining.situations import State, Values
from feedbackbot.engine.examining.unfolding import AFTER_ESCALATION, Scope
from feedbackbot.engine.script import Promise, Script


class Promises:
    """Once nothing can change the names of a promise any more, it is known whether it counts.

    All that is kept then is whether it is owed: that what must be is still missing, or that what must never be would
    break it. So situations that differ in nothing else become one.
    """

    def __init__(self, script: Script, spots: Spots) -> None:
        self._all = tuple(enumerate(script.promises))
        self._root = Scope(script=script, is_called=False)
        self._saved = saved_in(spots.graph)
        self._names = [names_of_promise(promise) for promise in script.promises]
        self._open = self._open_at(spots)
        self._holds: dict[tuple[object, ...], bool] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset[str]().union(*self._names)

    def about(self, name: str | None) -> frozenset[int]:
        return frozenset(number for number, names in enumerate(self._names) if name in names)

    def names_at(self, spot: Spot) -> frozenset[str]:
        """Those of promises about which something can still change."""
        return frozenset[str]().union(*(self._names[number] for number in self._open[spot]))

    def counts(self, number: int, promise: Promise, spot: Spot, values: Values) -> bool:
        """Whether its condition is true here; one that is decided is among what is owed."""
        return number in self._open[spot] and self._is_true(number, promise, values)

    def settled(
        self, state: State, values: Values, *, before: Spot | None
    ) -> tuple[frozenset[str], frozenset[int]]:
        """What was done and is owed, without what can make no difference any more; `before` is where the way led from.

        There the names were kept of what was still open.
        """
        opened = self._open[state.spot]
        speaking, owed = set[str](), set(state.owed)
        for number, promise in self._all:
            if number in opened:
                speaking |= {promise.must or "", promise.never or ""}
                continue
            is_news = before is None or number in self._open[before]
            if is_news and self._is_true(number, promise, values):
                owed.add(number)
            if promise.must in state.done:
                owed.discard(number)
            elif number in owed:
                speaking.add(promise.never or "")
        return state.done & speaking, frozenset(owed)

    def _open_at(self, spots: Spots) -> dict[Spot, frozenset[int]]:
        """What people find can change wherever they can be called."""
        before = spots.before()
        found: defaultdict[Spot, set[int]] = defaultdict(set)
        for number, names in enumerate(self._names):
            waiting = [spot for spot in spots.ahead if names & self._changed_at(spots, spot)]
            while waiting:
                spot = waiting.pop()
                if number not in found[spot]:
                    found[spot].add(number)
                    waiting += before.get(spot, ())
        return {spot: frozenset(found[spot]) for spot in spots.ahead}

    @staticmethod
    def _changed_at(spots: Spots, spot: Spot) -> frozenset[str]:
        return AFTER_ESCALATION | written_for_sure(spots.graph.nodes[spot.node])

    def _is_true(self, number: int, promise: Promise, values: Values) -> bool:
        """A promise counts only where its names are set."""
        if promise.condition is None:
            return True
        names = self._names[number]
        key = (number, *(values.get(name) for name in sorted(names)))
        if key not in self._holds:
            meaning = Meaning(lambda name: values.get(self._root.full(name), UNKNOWN))
            truth = meaning.truth(wording.tree_of_condition(promise.condition))
            looked_for = may_be_none(promise.condition)
            absent = {n for n in names if values.get(n) is None and n not in looked_for}
            self._holds[key] = truth is not False and not absent & self._saved
        return self._holds[key]
