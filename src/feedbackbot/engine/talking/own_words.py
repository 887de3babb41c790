"""What people in the shop are told of a choice that nobody tapped: the words that were written instead."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.script import Ask, QuestionType
from feedbackbot.engine.talking.speech import for_team, saved_as, script_now
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.wording.filters import shorten

#: the whole of them stands below the summary
_LONGEST: Final = 200


def told_to_team(talk: Talk, template: str, **extra: object) -> str:
    """A summary or a note, in which words in quotation marks stand for the answer that they did not fit."""
    return for_team(talk, template, **_instead_of_choices(talk), **extra).strip()


def _instead_of_choices(talk: Talk) -> dict[str, str]:
    names = running(talk)[0].names
    asked = (step for step in script_now(talk).steps.values() if isinstance(step, Ask))
    return {
        step.save: f"“{words}”"
        for step in asked
        if step.type is QuestionType.CHOICE
        and step.save
        and names.get(saved_as(talk, step.save)) is None
        and (words := _said_at(talk, step.id))
    }


def _said_at(talk: Talk, step_id: str) -> str:
    unfit = (said for said in talk.chat.spoken if said.step == step_id and not said.answered)
    return shorten(" / ".join(" ".join(said.text.split()) for said in unfit if said.text), _LONGEST)
