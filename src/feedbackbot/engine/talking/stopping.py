"""/stop and /start: no more questions, and what may still come; and back again."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Case
from feedbackbot.engine.events import Purpose, Resumed, Stopped
from feedbackbot.engine.happenings import Tap
from feedbackbot.engine.talking import cases, ending
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk

_ASKED: Final = (
    "The customer has stopped the bot. They are being asked whether your answer may still come."
)


def stop(talk: Talk) -> None:
    lets_answer = talk.chat.let_answer is True and cases.open_case(talk) is not None
    if talk.chat.stopped and not lets_answer:
        talk.say(wording(talk, "stop.already"), Purpose.ANSWER)
        return
    known = cases.open_case(talk)
    talk.drop_timers("aside")
    talk.chat = replace(talk.chat, stopped=True, let_answer=None, queued=(), open_words=None)
    ending.cut_short(talk, "stopped")
    talk.note(Stopped())
    _say_stopped(talk, known)


def answer_stop(talk: Talk, pressed: Tap, label: str) -> None:
    """Whether the one open answer may still come."""
    close_aside(talk, label)
    let = pressed.choice == "yes"
    talk.chat = replace(talk.chat, let_answer=let)
    talk.note(Stopped(let_answer=let))
    if cases.open_case(talk):
        note = (
            "The customer would like your answer to this. It is the last thing that will reach them."
            if let
            else "The customer does not want to be written to any more, not about this either."
        )
        cases.tell_case(talk, note)
    talk.say(wording(talk, f"stop.with_open_case_{pressed.choice}"), Purpose.ANSWER)


def resume(talk: Talk) -> bool:
    """Lifts a stop; False where there was none."""
    if not talk.chat.stopped:
        return False
    talk.chat = replace(talk.chat, stopped=False, let_answer=None)
    talk.note(Resumed())
    if cases.open_case(talk):
        cases.tell_case(talk, "The customer has started the bot again; you can answer as usual.")
    return True


def _say_stopped(talk: Talk, known: Case | None) -> None:
    """`known`: what people had before; what the stop itself brought to them says so on its card."""
    if cases.open_case(talk) is None:
        talk.say(wording(talk, "stop.done"), Purpose.ANSWER)
    elif known is None:
        put_aside(talk, "stop.with_open_case", wording(talk, "stop.with_complaint"))
    else:
        cases.tell_case(talk, _ASKED)
        put_aside(talk, "stop.with_open_case", wording(talk, "stop.with_open_case.say"))
