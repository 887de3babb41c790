"""A question of the script put to the customer, put again, and closed; what a reply means stands elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.answers import buttons_of
from feedbackbot.engine.events import Button, Purpose, QuestionAsked
from feedbackbot.engine.script import Ask, QuestionType, TestimonialStep
from feedbackbot.engine.talking import testimonials
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.talking.speech import (
    from_script,
    saved_as,
    script_now,
    step_now,
    timezone,
    wording,
)
from feedbackbot.engine.talking.talk import EngineLimit, Talk, running, shown
from feedbackbot.engine.times.opening import next_allowed

#: choices of buttons that the engine adds; a script's own keys never begin so
SKIP: Final = "~skip"
CHANGE: Final = "~change"
NOT_NOW: Final = "~not_now"
NOT_MINE: Final = "~not_mine"
DONE: Final = "~done"

_WITHOUT_BUTTONS: Final = frozenset(
    (QuestionType.TEXT, QuestionType.NUMBER, QuestionType.EMAIL, QuestionType.CONTACT)
)


def pose(talk: Talk) -> None:
    """Asks the question of the step where the conversation stands, under a new number."""
    state, _ = running(talk)
    visit = talk.next_visit()
    talk.state = replace(
        state, visit=visit, tries=0, reminders=0, picked=(), questions=state.questions + 1
    )
    talk.note(QuestionAsked(step=state.step, visit=visit))
    put(talk)
    start_timers(talk)


def put(talk: Talk, text: str | None = None, *, with_not_now: bool = False) -> None:
    """Says the open question, or `text` in its place, with the buttons that belong to it."""
    state, _ = running(talk)
    if state.visit is None:
        raise EngineLimit("No question is open.")
    own, rows = _question(talk)
    talk.say(text or own, Purpose.QUESTION)
    talk.offer(state.visit, rows + (_one(talk, "not_now", NOT_NOW) if with_not_now else ()))


def start_timers(talk: Talk) -> None:
    """Anew whenever the customer has shown that they are still there."""
    state, _ = running(talk)
    step = step_now(talk)
    if isinstance(step, (Ask, TestimonialStep)):
        talk.set_timer("timeout", talk.now + step.timeout.after)
    if isinstance(step, Ask) and step.remind and state.reminders < step.remind.times:
        talk.set_timer("remind", waking_hour(talk, talk.now + step.remind.after))


def close_question(talk: Talk, label: str | None) -> None:
    """The open question waits no longer; its buttons go, except for the one that was tapped."""
    state, _ = running(talk)
    if state.visit is None:
        return
    talk.close(state.visit, label, has_buttons=_has_buttons(talk))
    talk.state = replace(state, visit=None)
    talk.drop_timers("remind", "timeout", "later")


def leave(talk: Talk, label: str | None) -> None:
    """The question is behind the customer: nothing from before it can be taken back or leads back there."""
    close_question(talk, label)
    forget_way_back(talk)


def leave_unanswered(talk: Talk, label: str | None = None) -> None:
    """The same after a skip or silence: no answer, not an earlier one to the same question either."""
    state, _ = running(talk)
    step = step_now(talk)
    if isinstance(step, Ask) and step.save:
        talk.state = replace(state, names={**state.names, saved_as(talk, step.save): None})
    leave(talk, label)


def forget_way_back(talk: Talk) -> None:
    """Neither the Change button nor an escalation that opens again leads back before this point."""
    drop_change(talk)
    case = talk.chat.case
    if case is not None and case.resolved and case.step is not None:
        talk.chat = replace(talk.chat, case=replace(case, step=None))


def drop_change(talk: Talk) -> None:
    """The answer can't be taken back any more; it stays to be seen."""
    state = talk.state
    if state is not None and state.changeable_visit is not None:
        visit = state.changeable_visit
        talk.take_buttons(visit, shown(talk.answer_to(visit)))
        talk.state = replace(state, changeable_step=None, changeable_visit=None)


def waking_hour(talk: Talk, moment: datetime) -> datetime:
    """When the bot may speak of its own accord, from this moment on."""
    _, script = running(talk)
    between = script.start.between
    return next_allowed(between, moment, timezone(talk)) if between else moment


def choice_rows(talk: Talk, step: Ask) -> Rows:
    """The buttons of the question itself, with a tick at what is picked so far."""
    state, _ = running(talk)
    return tuple(
        tuple(
            Button(label=f"✓ {label}" if choice in state.picked else label, choice=choice)
            for choice, label in row
        )
        for row in buttons_of(step, language=script_now(talk).language)
    ) + (_one(talk, "done", DONE) if step.type is QuestionType.CHOICES else ())


def rows_of_question(talk: Talk, step: Ask) -> Rows:
    """All that stands under the question, Skip and the like included."""
    state, _ = running(talk)
    rows = choice_rows(talk, step)
    if step.optional:
        rows += _one(talk, "skip", SKIP)
    if talk.begun_by == "due" and state.questions == 1:
        rows += _one(talk, "not_now", NOT_NOW)
    elif talk.begun_by == "link" and state.questions == 1:
        rows += _one(talk, "not_mine", NOT_MINE)
    return rows


def _question(talk: Talk) -> tuple[str, Rows]:
    step = step_now(talk)
    if isinstance(step, Ask):
        talk.draft.wants_contact = step.type is QuestionType.CONTACT
        return from_script(talk, step.ask), rows_of_question(talk, step)
    if isinstance(step, TestimonialStep):
        return testimonials.question(talk, step)
    raise EngineLimit(f"“{step.id}” asks nothing.")


def _one(talk: Talk, key: str, choice: str) -> Rows:
    return ((Button(label=wording(talk, f"buttons.{key}"), choice=choice),),)


def _has_buttons(talk: Talk) -> bool:
    state, _ = running(talk)
    step = step_now(talk)
    if not isinstance(step, Ask) or step.type not in _WITHOUT_BUTTONS:
        return True
    return bool(step.optional or step.buttons or state.questions == 1 or state.reminders)
