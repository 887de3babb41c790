"""What the law asks: rewards and review links never depend on answers, and nobody is paid for kind words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from feedbackbot.engine import wording
from feedbackbot.engine.examining.lengths import texts_to_customer
from feedbackbot.engine.examining.unfolding import Graph, Node, names_of_way
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.script import (
    Ask,
    Escalate,
    QuestionType,
    ReviewLink,
    Reward,
    Script,
    SetNames,
    TestimonialStep,
)

_SCORED: Final = (QuestionType.RATING, QuestionType.NPS, QuestionType.CES, QuestionType.GAP)
_WHAT: Final = {
    Reward: "A reward may not depend on what was answered",
    ReviewLink: "A link to a review site may not depend on a score",
    TestimonialStep: "Everybody is to be asked for a quote in the mode “everyone”",
}
_PAYS: Final = re.compile(
    r"\b(vouchers?|coupons?|discounts?|refunds?|gift cards?|money back|compensat\w*"
    r"|vale|cupón|descuento|reembolso|gutschein\w*|rabatt\w*|erstatt\w*|desconto|cupom)\b",
    re.IGNORECASE,
)
_PRAISES: Final = re.compile(
    r"\b(reviews?|ratings?|\d stars?|five stars?|testimonials?|withdraw|take (it|that|this) down"
    r"|reseñas?|estrellas|bewertung\w*|sterne|avaliaç\w*|estrelas)\b",
    re.IGNORECASE,
)


def check_fairness(
    script: Script, graph: Graph, notes: Notes, *, mode: str = "selected_quotes"
) -> None:
    kinds: tuple[type, ...] = (Reward, ReviewLink)
    kinds += (TestimonialStep,) if mode == "everyone" else ()
    for kind in kinds:
        places = [i for i, node in enumerate(graph.nodes) if isinstance(node.step, kind)]
        if places:
            _check_dependence(graph, kind, places, notes)
    _check_compensation(graph, notes)
    _check_incentive(graph, notes)
    _check_bought_words(script, notes)


def _check_dependence(graph: Graph, kind: type, places: list[int], notes: Notes) -> None:
    tainted = _Tainted(graph, scores_only=kind is not Reward)
    code = "W605" if kind is TestimonialStep else "E501"
    for index in places:
        step = graph.nodes[index].step
        fork = next((fork for fork, region in tainted.regions.items() if index in region), None)
        if fork is not None:
            name = graph.nodes[fork].step.id
            message = f"{_WHAT[kind]}, but “{name}” decides who comes here."
            notes.complain(
                step.place, code, message, "Let every way from there lead here, or none."
            )
        node = graph.nodes[index]
        if isinstance(step, (Reward, ReviewLink)) and _read(node, step.say) & tainted.names:
            message = "These words may not depend on what was answered."
            notes.complain(step.place, "E502", message, "Say the same to everybody.")


class _Tainted:
    """Names that depend on answers, and the steps between a fork that looks at them and where its ways meet again."""

    def __init__(self, graph: Graph, *, scores_only: bool) -> None:
        self._graph = graph
        self._always_after = _always_after(graph)
        asks = [node for node in graph.nodes if isinstance(node.step, Ask)]
        self.names: set[str] = {
            node.saves
            for node in asks
            if node.saves and (not scores_only or node.step.type in _SCORED)  # type: ignore[union-attr]
        }
        self.regions: dict[int, frozenset[int]] = {}
        before = -1
        while before != len(self.names) + len(self.regions):
            before = len(self.names) + len(self.regions)
            self._spread()

    def _spread(self) -> None:
        for index, node in enumerate(self._graph.nodes):
            asked = frozenset[str]().union(*(names_of_way(way) for way in node.ways))
            if index not in self.regions and asked & self.names:
                self.regions[index] = self._between(index, node)
            if isinstance(node.step, SetNames):
                self._spread_set(node, node.step)
        for region in self.regions.values():
            for index in region:
                self.names |= _filled(self._graph.nodes[index])

    def _spread_set(self, node: Node, step: SetNames) -> None:
        for name, value in step.values.items():
            if isinstance(value, str) and _read(node, value) & self.names:
                self.names.add(node.scope.full(name))

    def _between(self, index: int, node: Node) -> frozenset[int]:
        meets = self._always_after[index]
        found: set[int] = set()
        waiting = [way.target for way in node.ways]
        while waiting:
            current = waiting.pop()
            if current not in found and not meets >> current & 1:
                found.add(current)
                waiting += [way.target for way in self._graph.nodes[current].ways]
        return frozenset(found)


def _filled(node: Node) -> set[str]:
    if isinstance(node.step, SetNames):
        return {node.scope.full(name) for name in node.step.values}
    return {node.saves} if node.saves else set()


def _read(node: Node, text: str) -> frozenset[str]:
    return frozenset(node.scope.full(name) for name in wording.names_in(text))


def _always_after(graph: Graph) -> list[int]:
    """For each node the others (as bits) through which everybody who goes on comes."""
    everything = (1 << len(graph.nodes)) - 1
    after = [everything] * len(graph.nodes)
    changed = True
    while changed:
        changed = False
        for index in reversed(range(len(graph.nodes))):
            targets = {way.target for way in graph.nodes[index].ways}
            common = everything if targets else 0
            for target in targets:
                common &= after[target] | 1 << target
            if common != after[index]:
                after[index] = common
                changed = True
    return after


def _check_compensation(graph: Graph, notes: Notes) -> None:
    """A complaint, then something to make up for it, then a wish for kind words: that buys them."""
    after_case = _ahead(graph, _places(graph, Escalate))
    for index in _places(graph, Reward):
        onward = _ahead(graph, [index])
        asks = [i for i in onward if isinstance(graph.nodes[i].step, (ReviewLink, TestimonialStep))]
        if asks and index in after_case:
            asked = graph.nodes[asks[0]].step.id
            message = (
                f"After a complaint something is given here, and then “{asked}” asks for words."
            )
            notes.complain(graph.nodes[index].step.place, "E503", message, "Do one or the other.")
        elif any(isinstance(graph.nodes[i].step, ReviewLink) for i in asks):
            message = "Who is given something here is asked for a public review afterwards."
            hint = "Keep rewards and links to review sites in different scripts."
            notes.complain(graph.nodes[index].step.place, "W606", message, hint)


def _check_incentive(graph: Graph, notes: Notes) -> None:
    """What is given to somebody who is quoted has to be told to whoever reads the quote: it stays apart from it."""
    quotes = _places(graph, TestimonialStep)
    after_quote = _ahead(graph, quotes)
    for index in _places(graph, Reward):
        before = (place for place in _ahead(graph, [index]) if place in quotes)
        asked = next(before, quotes[0] if index in after_quote else None)
        if asked is not None:
            step = graph.nodes[asked].step.id
            message = (
                f"Something is given here in a conversation in which “{step}” asks for a quote."
            )
            hint = "Readers would have to be told. Give it in a script of its own, such as a month later."
            notes.complain(graph.nodes[index].step.place, "E505", message, hint)


def _check_bought_words(script: Script, notes: Notes) -> None:
    for step in script.steps.values():
        for text in texts_to_customer(step):
            pays = isinstance(step, Reward) or _PAYS.search(text)
            if pays and (found := _PRAISES.search(text)):
                message = f"Something is offered together with “{found[0]}” in one text."
                notes.complain(step.place, "E504", message, "What is given must not be for words.")


def _places(graph: Graph, kind: type) -> list[int]:
    return [index for index, node in enumerate(graph.nodes) if isinstance(node.step, kind)]


def _ahead(graph: Graph, starts: Iterable[int]) -> list[int]:
    found: dict[int, None] = {}
    waiting = [target for start in starts for target in graph.targets(graph.nodes[start])]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = None
            waiting.extend(graph.targets(graph.nodes[current]))
    return list(found)
