"""Time has passed: what the chat had set itself to do by now is done, in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Timer
from feedbackbot.engine.talking import (
    aside_answers,
    cases,
    casework,
    posing,
    postponing,
    questions,
    runner,
)
from feedbackbot.engine.talking.talk import EngineLimit, Talk

_MOST_AT_ONCE: Final = 50
_LATER: Final = timedelta(minutes=15)
#: after a time of being blocked nothing comes at once
_GRACE: Final = timedelta(hours=1)


def fire_due(talk: Talk) -> None:
    if talk.chat.blocked:
        return
    if talk.state is not None:
        talk.heard_at = max(talk.now, posing.waking_hour(talk, talk.now))
    for _ in range(_MOST_AT_ONCE):
        due = [(due_at, name) for name, due_at in talk.timers.items() if due_at <= talk.now]
        if not due:
            _wait_for_morning(talk)
            return
        _, name = min(due)
        talk.drop_timers(name)
        _fire(talk, name)
    raise EngineLimit("Timers of this chat come due in circles.")


def shelve(talk: Talk) -> None:
    """The customer has blocked the bot: nothing is due any more."""
    put_away = tuple(Timer(name=name, due_at=due_at) for name, due_at in talk.timers.items())
    talk.chat = replace(talk.chat, shelved=(*talk.chat.shelved, *put_away))
    talk.timers.clear()


def unshelve(talk: Talk) -> None:
    """The customer is there again, and has done something."""
    for timer in talk.chat.shelved:
        talk.set_timer(timer.name, max(timer.due_at, talk.now + _GRACE))
    if talk.chat.shelved:
        talk.chat = replace(talk.chat, shelved=())


def _fire(talk: Talk, name: str) -> None:
    aside = talk.chat.aside
    if name == "aside":
        aside_answers.settle(talk)
    elif name == "check":
        if talk.chat.case is not None and talk.chat.case.resolved:
            talk.chat = replace(talk.chat, case=None)
    elif talk.state is None:
        return
    elif aside is not None and aside.key == "human":
        talk.set_timer(name, talk.now + _LATER)
    elif cases.open_case(talk) is None:
        _move_script(talk, name)


def _move_script(talk: Talk, name: str) -> None:
    aside_answers.settle(talk)
    if cases.open_case(talk) is not None:
        _wait_for_people(talk, name)
    elif name == "expire":
        runner.run_out(talk)
    elif name == "remind":
        questions.remind(talk)
    elif name == "timeout":
        questions.time_out(talk)
    elif name == "later":
        postponing.come_back(talk)
    elif name == "resume":
        casework.carry_on(talk)
    elif name == "wait":
        runner.go_on(talk)


def _wait_for_people(talk: Talk, name: str) -> None:
    """Of what came due in this very moment only the end of the conversation still counts afterwards."""
    if name == "expire" and talk.state is not None:
        talk.state = replace(talk.state, expire_left=0.0)


def _wait_for_morning(talk: Talk) -> None:
    """What the bot says of its own accord at night is heard when the day begins."""
    if talk.draft.texts and talk.heard_at > talk.now:
        talk.draft.pause = max(talk.draft.pause, talk.heard_at - talk.now)
