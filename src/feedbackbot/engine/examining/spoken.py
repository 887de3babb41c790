"""What translations say otherwise than the original: what they take for granted there is examined by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from feedbackbot.engine.examining.kinds import Facts, check_kinds
from feedbackbot.engine.examining.unfolding import texts_of
from feedbackbot.engine.reading.fields import Mention, Notes
from feedbackbot.engine.reading.scripting import Draft
from feedbackbot.engine.script import Place, Script, Step

_BRACES: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
#: a text, the names that are known only to its step, and where it stands
Saying = tuple[str, frozenset[str], Place]


def sayings(step: Step, spoken: Sequence[Draft]) -> Iterator[Saying]:
    """Texts of a step in other languages; where the same stands in braces, the same can go wrong as before."""
    known = {_braces(text) for text, _ in texts_of(step)}
    for draft in spoken:
        for text, own in texts_of(draft.script.steps[step.id]):
            if "{" in text and _braces(text) not in known:
                yield text, own, _place_of(text, draft, step)


def check_spoken_kinds(
    script: Script,
    mentions: Sequence[Mention],
    spoken: Sequence[Draft],
    known: Mapping[str, Facts],
    notes: Notes,
) -> None:
    """`mentions` are those of the original, which is examined elsewhere."""
    seen = {_braces(mention.text) for mention in mentions if not mention.is_condition}
    base = next(iter(script.steps.values())).place.file if script.steps else ""
    for mention in (mention for draft in spoken for mention in draft.notes.mentions):
        is_own = mention.place.file != base and not mention.is_condition
        if is_own and "{" in mention.text and _braces(mention.text) not in seen:

            def complain(message: str, hint: str, place: Place = mention.place) -> None:
                notes.complain(place, "E320", message, hint)

            check_kinds(mention.text, known, complain, is_condition=False)


def _braces(text: str) -> tuple[str, ...]:
    return tuple(_BRACES.findall(text))


def _place_of(text: str, draft: Draft, step: Step) -> Place:
    places = (mention.place for mention in draft.notes.mentions if mention.text == text)
    return next((place for place in places if place.file != step.place.file), step.place)
