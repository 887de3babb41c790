"""What a new version of a script means for a conversation that stands in the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from typing import Final

from feedbackbot.engine.chat import Chat, State
from feedbackbot.engine.script import (
    Ask,
    Call,
    Escalate,
    Place,
    Script,
    Step,
    TestimonialStep,
    Wait,
)

_WHERE: Final = frozenset(("id", "place"))
#: what the customer has in front of them at a question; other changes don't make an answer mean something else
_FACE: Final[Mapping[type, frozenset[str]]] = {
    Ask: frozenset(("type", "choices", "buttons", "optional")),
    TestimonialStep: frozenset(("ask", "reuse", "accept", "uses", "credit", "consent")),
}


class Fate(StrEnum):
    #: goes on where it stands, without a word
    GOES_ON = "goes on"
    #: the question is put again, or the conversation goes on from another step
    ASKED_AGAIN = "asked again"
    #: the step is gone: the conversation ends with a friendly word
    ENDS = "ends"
    #: not now, for a reason; it stays on the version that it began with
    STAYS = "stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of a script together with the scripts that it calls."""

    script: Script
    called: Mapping[str, Script] = field(default_factory=dict)

    def find_step(self, calls: tuple[str, ...], step: str) -> Step | None:
        """Inside the script that was called last."""
        script: Script | None = self.script
        for name in calls:
            call = script.steps.get(name) if script else None
            script = self.called.get(call.script) if isinstance(call, Call) else None
        return script.steps.get(step) if script else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Where a conversation stands, and what has become of that step."""

    step: str
    #: its place in the new version; None where it is gone
    goal: str | None
    #: what is different there, in the words of the script
    changed: tuple[str, ...] = ()
    fate: Fate
    why: str = ""
    calls: tuple[str, ...] = ()
    #: answers that the new version works with and this conversation has not been asked for
    unasked: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """A few words about the step itself."""
        if self.goal is None:
            return "gone"
        what = f"changed ({', '.join(self.changed)})" if self.changed else "unchanged"
        return what if self.goal == self.step else f"now “{self.goal}”, {what}"


def compare(
    chat: Chat, old: Edition | None, new: Edition | None, renamed: Mapping[str, str]
) -> Comparison:
    """For a chat with a conversation; `renamed` says what old steps are called now."""
    state = chat.conversation
    if state is None:
        raise ValueError("no conversation is running in this chat")
    calls = tuple(renamed.get(name, name) for name in state.calls)
    goal = renamed.get(state.step, state.step)
    before = old.find_step(state.calls, state.step) if old else None
    after = new.find_step(calls, goal) if new else None
    changed = differences(before, after) if before and after else ()
    fate = _fate(state, before, after, changed)
    why = "" if fate is Fate.GOES_ON else _not_now(chat, fate)
    if before is None:
        why = "the version that it began with can't be read any more"
    return Comparison(
        step=state.step,
        goal=goal if after else None,
        changed=changed,
        fate=Fate.STAYS if why else fate,
        why=why,
        calls=calls,
        unasked=_unasked(state, old, new) if after else (),
    )


def differences(before: Step, after: Step) -> tuple[str, ...]:
    """The fields that say something else; where they stand in the file does not count."""
    if type(before) is not type(after):
        return ("kind of step",)
    return tuple(
        _ON_PAPER.get(one.name, one.name)
        for one in fields(before)
        if one.name not in _WHERE
        and _content(getattr(before, one.name)) != _content(getattr(after, one.name))
    )


def _fate(state: State, before: Step | None, after: Step | None, changed: tuple[str, ...]) -> Fate:
    if after is None:
        return Fate.ENDS
    if type(before) is not type(after):
        return Fate.ASKED_AGAIN
    if isinstance(after, (Wait, Escalate)):
        return Fate.GOES_ON
    if not isinstance(after, (Ask, TestimonialStep)):
        return Fate.ASKED_AGAIN
    # a question that was put off, or waits for people, is put in its new words by itself
    is_open = state.visit is not None
    return Fate.ASKED_AGAIN if is_open and _FACE[type(after)] & {*changed} else Fate.GOES_ON


def _not_now(chat: Chat, fate: Fate) -> str:
    if chat.case is not None and not chat.case.resolved:
        return "people have it, and they are not done"
    if chat.aside is not None:
        return "it is in the middle of a built-in question"
    if chat.blocked:
        return "the customer has blocked the bot"
    put_off = any(timer.name == "later" for timer in chat.timers)
    if put_off and fate is Fate.ASKED_AGAIN:
        return "the customer has asked for another time"
    return ""


def _unasked(state: State, old: Edition | None, new: Edition | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    fresh = new.script.saved_names - old.script.saved_names - state.names.keys()
    return tuple(sorted(fresh))


def _content(value: object) -> object:
    if isinstance(value, Place):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_content(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, tuple):
        return tuple(_content(item) for item in value)
    return tuple(value.items()) if isinstance(value, Mapping) else value


#: names of fields that read differently in a script
_ON_PAPER: Final[Mapping[str, str]] = {
    "duration": "wait",
    "until_time": "wait",
    "until_name": "wait",
    "values": "set",
    "url": "review_link",
}
