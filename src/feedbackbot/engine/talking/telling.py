"""Notes to the team; what the customer adds to words that stand in one follows them to the same place."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Spoken
from feedbackbot.engine.events import NoteTold
from feedbackbot.engine.script import Ask, QuestionType, Tell
from feedbackbot.engine.talking.own_words import told_to_team
from feedbackbot.engine.talking.speech import script_now
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.wording import names_in
from feedbackbot.engine.wording.directions import without_marks
from feedbackbot.engine.wording.filters import shorten

#: of the earlier words, enough to know them by
_REMINDER: Final = 80
#: a note may shorten what it quotes
_BEGINNING: Final = 20


def tell(talk: Talk, step: Tell) -> None:
    text = told_to_team(talk, step.text)
    talk.note(NoteTold(to=step.to, text=text))
    quoted = _quoted_by(talk, step)
    told = tuple(
        replace(one, told_to=step.to)
        if one.step in quoted and _stands_in(one, without_marks(text))
        else one
        for one in talk.chat.spoken
    )
    talk.chat = replace(talk.chat, spoken=told)


def tell_more(talk: Talk, first: Spoken, words: str) -> None:
    _follow(talk, first, f"added to “{shorten(first.text, _REMINDER)}”", words)


def tell_corrected(talk: Talk, before: Spoken, words: str) -> None:
    _follow(talk, before, f"corrected “{shorten(before.text, _REMINDER)}”", words)


def _quoted_by(talk: Talk, step: Tell) -> set[str]:
    """The questions for free words whose answer the note names."""
    names = names_in(step.text)
    return {
        one.id
        for one in script_now(talk).steps.values()
        if isinstance(one, Ask) and one.type is QuestionType.TEXT and one.save in names
    }


def _stands_in(spoken: Spoken, text: str) -> bool:
    return bool(spoken.answered and spoken.text and spoken.text[:_BEGINNING] in text)


def _follow(talk: Talk, spoken: Spoken, did: str, words: str) -> None:
    if spoken.told_to is not None and words:
        who = talk.scene.customer.first_name or "The customer"
        talk.note(NoteTold(to=spoken.told_to, text=f"{who} {did}: {words}"))
