"""A reply that does not answer: its words are kept, the question is put again, and at last a person reads them."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.answers import is_valid
from feedbackbot.engine.events import Purpose, ReplyNotUnderstood
from feedbackbot.engine.happenings import Reply, ReplyKind
from feedbackbot.engine.script import Ask, QuestionType
from feedbackbot.engine.talking import afterthoughts, cases, media, posing, runner
from feedbackbot.engine.talking.speech import from_script, wording
from feedbackbot.engine.talking.talk import Talk, running

_NOT_UNDERSTOOD: Final = {
    QuestionType.RATING: "rating",
    QuestionType.NPS: "nps",
    QuestionType.YESNO: "yesno",
    QuestionType.NUMBER: "number",
    QuestionType.EMAIL: "email",
    QuestionType.CONTACT: "contact",
}


def not_understood(
    talk: Talk, step: Ask, said: Reply, *, sentence: str | None = None, say: bool = True
) -> None:
    """The words are kept; the question is put again, but not for ever."""
    state, _ = running(talk)
    visit = state.visit or 0
    talk.note(
        ReplyNotUnderstood(step=step.id, visit=visit, words=said.text, attachments=said.attachments)
    )
    afterthoughts.remember(talk, said, visit=visit, step=step.id, answered=False)
    afterthoughts.leave_open(talk, said, visit)
    if not say:
        return
    if said.kind is ReplyKind.STICKER:
        posing.put(talk, media.not_here(talk, said))
    elif state.tries >= step.retry.times:
        _give_up(talk, step)
    else:
        talk.state = replace(state, tries=state.tries + 1)
        posing.put(talk, sentence or media.not_here(talk, said) or _try_again(talk, step, said))


def _try_again(talk: Talk, step: Ask, said: Reply) -> str:
    """What the script says of such words stands before what it or the bot says of all."""
    if step.validate and not is_valid(step, said.text):
        return from_script(talk, step.validate.say)
    if step.retry.say:
        return from_script(talk, step.retry.say)
    key = _NOT_UNDERSTOOD.get(step.type, "choice")
    return wording(talk, f"not_understood.{key}", example="2")


def _give_up(talk: Talk, step: Ask) -> None:
    posing.leave_unanswered(talk)
    if step.retry.then:
        runner.go_to(talk, step.retry.then, way="retry")
        return
    summary = f"Could not be understood at “{step.id}”; the customer's words are below."
    cases.raise_outside(talk, origin="script", summary=summary, words="", step=step.id)
    talk.say(wording(talk, "not_understood.gave_up"), Purpose.CASE)
