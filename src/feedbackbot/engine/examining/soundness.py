"""Whether a script can be walked in spite of what is wrong with it: every step and every way must be as it was meant."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from feedbackbot.engine.examining.ways import leads_to, routes_out
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.scripting import Draft

#: wrong in a place where no way depends on it: a text, a button, the head of the script, a name that nobody takes
_ASIDE: Final = frozenset(
    (
        "E201",
        "E204",
        "E210",
        "E214",
        "E215",
        "E224",
        "E229",
        "E301",
        "E304",
        "E305",
        "E311",
        "E330",
        "E331",
        "E332",
        "E333",
        "E411",
        "E412",
        "E413",
        "E421",
        "E424",
        "E430",
    )
)
#: the same where it stands in a text; a condition with it can't be decided
_ASIDE_IN_TEXTS: Final = "E310"


def can_be_walked(draft: Draft, found: Notes, known: Collection[str]) -> bool:
    """`known` are the names that there are."""
    problems = (*draft.notes.problems, *found.problems)
    aside = all(p.is_warning or p.code in _ASIDE or p.code == _ASIDE_IN_TEXTS for p in problems)
    return aside and leads_somewhere(draft) and _decides(draft, known)


def leads_somewhere(draft: Draft) -> bool:
    """There are steps, and each way leads to one of them."""
    edges = leads_to(draft.script)
    return bool(edges) and all(target in edges for ways in edges.values() for target in ways)


def _decides(draft: Draft, known: Collection[str]) -> bool:
    conditions = [mention for mention in draft.notes.mentions if mention.is_condition]
    routes = (route for step in draft.script.steps.values() for route in routes_out(step))
    return all(mention.names <= set(known) for mention in conditions) and all(
        route.condition is None or route.condition for route in routes
    )
