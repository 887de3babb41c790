"""What a reply, a tap or silence means at the open question of a script."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.answers import Understood, by_choice, is_valid, understand
from feedbackbot.engine.chat import State
from feedbackbot.engine.events import (
    AnswerGiven,
    AnswerSkipped,
    AnswerTakenBack,
    Button,
    ButtonsChanged,
    Purpose,
    QuestionReminded,
    QuestionTimedOut,
    RecoveryAnswered,
    Toasted,
)
from feedbackbot.engine.happenings import Reply, ReplyKind, Tap
from feedbackbot.engine.parts import CHANGEABLE, SOLVED
from feedbackbot.engine.script import Ask, QuestionType, TestimonialStep
from feedbackbot.engine.talking import afterthoughts, cases, consenting, media, posing, runner
from feedbackbot.engine.talking.retrying import not_understood
from feedbackbot.engine.talking.speech import from_script, saved_as, script_now, step_now, wording
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.wording.filters import shorten
from feedbackbot.engine.wording.folding import fold

#: what of an answer stands beside the word for changing it, so that a phone shows both
_LONGEST_BESIDE: Final = 24


def reply(talk: Talk, said: Reply) -> None:
    """Words, a picture, a voice note at the open question."""
    step = step_now(talk)
    if isinstance(step, TestimonialStep):
        consenting.reply(talk, step, said)
    elif isinstance(step, Ask):
        _reply(talk, step, said)


def tap(talk: Talk, pressed: Tap) -> None:
    step = step_now(talk)
    if isinstance(step, TestimonialStep):
        consenting.tap(talk, step, pressed)
    elif isinstance(step, Ask):
        _tap(talk, step, pressed.choice)


def change(talk: Talk) -> None:
    """The last answer no longer counts and its question is asked again."""
    if take_back(talk):
        posing.pose(talk)


def take_back(talk: Talk) -> bool:
    """The conversation stands before the last answer again; False where there is none to take back."""
    state, _ = running(talk)
    step_id, visit = state.changeable_step, state.changeable_visit
    step = script_now(talk).steps.get(step_id or "")
    if step_id is None or visit is None or not isinstance(step, Ask):
        return False
    talk.note(AnswerTakenBack(step=step_id, visit=visit))
    posing.close_question(talk, None)
    posing.drop_change(talk)
    talk.close(visit, None, has_buttons=True)
    talk.drop_timers("wait")
    state, _ = running(talk)
    names = {
        k: v for k, v in state.names.items() if not step.save or k != saved_as(talk, step.save)
    }
    talk.state = replace(state, step=step_id, names=names, testimonial=None, taken_back=step_id)
    return True


def remind(talk: Talk) -> None:
    state, _ = running(talk)
    step = step_now(talk)
    if not isinstance(step, Ask) or step.remind is None or state.visit is None:
        return
    talk.state = replace(state, reminders=state.reminders + 1)
    talk.note(QuestionReminded(step=step.id, visit=state.visit))
    posing.put(talk, from_script(talk, step.remind.say), with_not_now=True)
    if state.reminders + 1 < step.remind.times:
        talk.set_timer("remind", posing.waking_hour(talk, talk.now + step.remind.after))


def time_out(talk: Talk) -> None:
    state, _ = running(talk)
    step = step_now(talk)
    if isinstance(step, (Ask, TestimonialStep)) and state.visit is not None:
        talk.note(QuestionTimedOut(step=step.id, visit=state.visit))
        posing.leave_unanswered(talk)
        runner.go_to(talk, step.timeout.goto, way="timeout")


def _reply(talk: Talk, step: Ask, said: Reply) -> None:
    posing.start_timers(talk)
    if _is_label(talk, "skip", said) and step.optional:
        _skip(talk, step)
        return
    spoiled = media.mention_trouble(talk, said)
    free = step.type is QuestionType.TEXT and media.is_accepted(said, step.accept)
    meant = _heard(said) if free else understood(talk, step, said)
    if meant is None:
        not_understood(talk, step, said, say=not spoiled)
    elif step.validate and not is_valid(step, said.text):
        not_understood(talk, step, said, sentence=from_script(talk, step.validate.say))
    else:
        take_words(talk, step, said, meant)


def understood(talk: Talk, step: Ask, said: Reply) -> Understood | None:
    """What words mean at a question; a caption counts as words wherever it stands."""
    if said.kind in (ReplyKind.STICKER, ReplyKind.OTHER):
        return None
    return understand(step, said.text, language=script_now(talk).language)


def _heard(said: Reply) -> Understood:
    return Understood(value=None, number=None, label=said.text.strip())


def take_words(talk: Talk, step: Ask, said: Reply, meant: Understood) -> None:
    state, _ = running(talk)
    visit = state.visit or 0
    free = step.type is QuestionType.TEXT
    is_bare = not free and len(said.text.split()) < 2 and not said.attachments
    chosen = meant.value is not None
    afterthoughts.remember(talk, said, visit=visit, step=step.id, passed_on=is_bare, chosen=chosen)
    if free:
        talk.pause()
    afterthoughts.leave_open(talk, said, visit, words_too=free)
    _take(talk, step, meant, said)


def _tap(talk: Talk, step: Ask, choice: str) -> None:
    if choice == posing.SKIP and step.optional:
        _skip(talk, step)
    elif step.type is QuestionType.CHOICES:
        _tick(talk, step, choice)
    else:
        meant = by_choice(step, choice, language=script_now(talk).language)
        if meant is None:
            talk.note(Toasted(text=wording(talk, "buttons.old")))
        else:
            _take(talk, step, meant, None)


def _tick(talk: Talk, step: Ask, choice: str) -> None:
    """One of several choices on or off, until "Done"."""
    state, _ = running(talk)
    if choice == posing.DONE:
        meant = by_choice(step, ",".join(state.picked)) if state.picked else None
        if meant is not None:
            _take(talk, step, meant, None)
        elif step.optional:
            _skip(talk, step)
        else:
            talk.note(Toasted(text=wording(talk, "not_understood.choice")))
    elif choice in step.choices:
        ticked = set(state.picked) ^ {choice}
        talk.state = replace(state, picked=tuple(key for key in step.choices if key in ticked))
        rows = posing.rows_of_question(talk, step)
        talk.note(ButtonsChanged(visit=state.visit or 0, buttons=rows))


def _skip(talk: Talk, step: Ask) -> None:
    state, _ = running(talk)
    talk.note(AnswerSkipped(step=step.id, visit=state.visit or 0))
    posing.leave_unanswered(talk, wording(talk, "buttons.skip"))
    runner.go_on(talk)


def _take(talk: Talk, step: Ask, meant: Understood, said: Reply | None) -> None:
    """The answer stands; the script goes on."""
    state, _ = running(talk)
    visit = state.visit or 0
    talk.note(
        AnswerGiven(
            step=step.id,
            visit=visit,
            name=step.save,
            metric=step.metric,
            value=_category(meant),
            number=meant.number,
            words=said.text.strip() if said else meant.label,
            attachments=said.attachments if said else (),
        )
    )
    talk.state = _with_answer(talk, state, step, meant, said)
    posing.leave(talk, meant.label)
    _say_changed(talk, step, meant)
    _tell_recovery(talk, step, meant)
    runner.go_on(talk)
    if not state.calls:
        _leave_change(talk, step, visit)


def _category(meant: Understood) -> str | None:
    return ",".join(meant.value) if isinstance(meant.value, tuple) else meant.value


def _with_answer(
    talk: Talk, state: State, step: Ask, meant: Understood, said: Reply | None
) -> State:
    names, attachments = state.names, state.attachments
    if step.save:
        names = {**names, saved_as(talk, step.save): meant.saved or None}
        if meant.number is not None:
            names[saved_as(talk, step.save)] = meant.saved
    if said and said.attachments:
        attachments = {**attachments, step.id: said.attachments}
    return replace(state, names=names, attachments=attachments)


def _say_changed(talk: Talk, step: Ask, meant: Understood) -> None:
    state, _ = running(talk)
    if state.taken_back == step.id:
        talk.say(wording(talk, "answer_changed", answer=meant.label), Purpose.ANSWER)
        talk.state = replace(state, taken_back=None)


def _tell_recovery(talk: Talk, step: Ask, meant: Understood) -> None:
    case = talk.chat.case
    if case is None or not case.checked or not step.is_recovery:
        return
    solved = meant.value in SOLVED
    talk.note(RecoveryAnswered(escalation_id=cases.case_id(talk), solved=solved))
    talk.chat = replace(talk.chat, case=None if solved else replace(case, denied=True))


def _leave_change(talk: Talk, step: Ask, visit: int) -> None:
    """A mistap can be taken back as long as nothing has come of it."""
    state = talk.state
    if state is None or step.type not in CHANGEABLE or cases.open_case(talk):
        return
    if state.calls or step.is_recovery:
        return
    talk.state = replace(state, changeable_step=step.id, changeable_visit=visit)
    answer = shorten(talk.answer_to(visit) or "", _LONGEST_BESIDE)
    label = wording(talk, "buttons.change", answer=answer)
    talk.take_buttons(visit, (Button(label=label, choice=posing.CHANGE),))


def _is_label(talk: Talk, key: str, said: Reply) -> bool:
    return said.kind is ReplyKind.TEXT and fold(said.text) == fold(wording(talk, f"buttons.{key}"))
