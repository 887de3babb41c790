"""A conversation goes over to another version of its script, or ends where its step is gone."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from feedbackbot.engine.chat import Chat, Scene, Turn
from feedbackbot.engine.comparing import Comparison, Fate
from feedbackbot.engine.events import Purpose
from feedbackbot.engine.script import TestimonialStep
from feedbackbot.engine.talking import posing, runner, testimonials, welcomes
from feedbackbot.engine.talking.speech import step_now, wording
from feedbackbot.engine.talking.talk import EngineLimit, Talk, running

#: how such an end stands in the records
OUTCOME = "script_changed"


def move(chat: Chat, found: Comparison, old: Scene, new: Scene, *, now: datetime) -> Turn:
    """`old` and `new` differ in the script and in what it calls."""
    talk = Talk(chat, old, now=now)
    if found.fate is Fate.ENDS or found.goal is None:
        _end(talk)
    elif found.fate is Fate.ASKED_AGAIN:
        _leave_step(talk)
        _change_script(talk, found, new)
        _hear_when_awake(talk)
        runner.go_to(talk, found.goal)
    elif found.fate is Fate.GOES_ON:
        _stay_in_place(talk, found, new)
    _wait_for_morning(talk)
    welcomes.offer_next(talk)
    return talk.turn()


def _end(talk: Talk) -> None:
    _hear_when_awake(talk)
    talk.say(wording(talk, "script_changed"), Purpose.STATEMENT)
    runner.abandon(talk, OUTCOME)


def _leave_step(talk: Talk) -> None:
    posing.close_question(talk, None)
    posing.drop_change(talk)
    talk.drop_timers("wait", "resume")


def _stay_in_place(talk: Talk, found: Comparison, new: Scene) -> None:
    _keep_change(talk, new)
    _change_script(talk, found, new)
    state, _ = running(talk)
    step = step_now(talk)
    if isinstance(step, TestimonialStep) and found.changed and state.visit is None:
        talk.state = replace(state, testimonial=testimonials.first_stage(talk, step))


def _keep_change(talk: Talk, new: Scene) -> None:
    """An answer can be taken back only where its question is still asked."""
    state, _ = running(talk)
    if new.script is None or state.changeable_step not in new.script.steps:
        posing.drop_change(talk)


def _change_script(talk: Talk, found: Comparison, new: Scene) -> None:
    state, _ = running(talk)
    if new.script is None or found.goal is None:
        raise EngineLimit("There is no version to move to, or no step in it.")
    talk.scene, talk.script = new, new.script
    talk.state = replace(
        state,
        version=new.script.version,
        step=found.goal,
        calls=found.calls,
        testimonial=state.testimonial if found.fate is Fate.GOES_ON else None,
        taken_back=found.goal if state.taken_back == state.step else None,
    )
    case = talk.chat.case
    if case is not None and case.step == found.step:
        talk.chat = replace(talk.chat, case=replace(case, step=found.goal))


def _hear_when_awake(talk: Talk) -> None:
    talk.heard_at = max(talk.now, posing.waking_hour(talk, talk.now))


def _wait_for_morning(talk: Talk) -> None:
    """The bot speaks of its own accord here."""
    if talk.draft.texts and talk.heard_at > talk.now:
        talk.draft.pause = max(talk.draft.pause, talk.heard_at - talk.now)
