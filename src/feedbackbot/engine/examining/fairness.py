"""Rewards and links to public review sites must never depend on what a customer answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedbackbot.engine import wording
from feedbackbot.engine.examining.ways import Edges, leads_to, reachable, routes_out
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.script import Ask, QuestionType, ReviewLink, Reward, Script, SetNames, Step

_SCORED: Final = (QuestionType.RATING, QuestionType.NPS, QuestionType.CES, QuestionType.GAP)
_WHAT: Final[Mapping[type, str]] = {
    Reward: "A reward may not depend on what was answered",
    ReviewLink: "A link to a review site may not depend on a score",
}


def check_fairness(script: Script, notes: Notes) -> None:
    edges = leads_to(script)
    for step in script.steps.values():
        if isinstance(step, (Reward, ReviewLink)):
            _check(step, script, edges, notes)


def _check(step: Reward | ReviewLink, script: Script, edges: Edges, notes: Notes) -> None:
    tainted = _tainted(script, scores_only=isinstance(step, ReviewLink))
    for fork in script.steps.values():
        if _decides_by(fork, tainted) and _only_some_reach(step.id, fork, edges):
            message = f"{_WHAT[type(step)]}, but “{fork.id}” decides who comes here."
            hint = "Let every way from there lead here, or none."
            notes.complain(step.place, "E501", message, hint)


def _tainted(script: Script, *, scores_only: bool) -> frozenset[str]:
    """Names of such answers, and of what was made from them with `set`."""
    asks = (step for step in script.steps.values() if isinstance(step, Ask))
    counting = (ask for ask in asks if not scores_only or ask.type in _SCORED)
    found = frozenset(ask.save for ask in counting if ask.save)
    while True:
        derived = {
            name
            for step in script.steps.values()
            if isinstance(step, SetNames)
            for name in _made_from(step.values, found)
        }
        if derived <= found:
            return found
        found |= derived


def _made_from(values: Mapping[str, object], names: frozenset[str]) -> set[str]:
    return {
        name
        for name, value in values.items()
        if isinstance(value, str) and _roots(wording.names_in(value)) & names
    }


def _decides_by(step: Step, names: frozenset[str]) -> bool:
    conditions = [route.condition for route in routes_out(step) if route.condition]
    return any(_roots(wording.names_in_condition(text)) & names for text in conditions)


def _only_some_reach(target: str, fork: Step, edges: Edges) -> bool:
    reach = {target in reachable(route.goto, edges) for route in routes_out(fork)}
    return len(reach) == 2


def _roots(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.split(".")[0] for name in names)
