"""A turn in the making: the chat as it changes, what has been decided so far and what will be said."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Chat, Closed, Passed, Scene, State, Timer, Turn, Value
from feedbackbot.engine.events import Button, ButtonsChanged, Event, Purpose
from feedbackbot.engine.script import Script
from feedbackbot.engine.talking.saying import Draft, Rows
from feedbackbot.engine.translating.speaking import common_in, script_in
from feedbackbot.engine.wording.filters import shorten
from feedbackbot.errors import FeedbackbotError

#: the choice of a button that only shows what was answered
CHOSEN: Final = "~chosen"
#: more than that a phone does not show on one button
_LONGEST_CHOSEN: Final = 38
_REMEMBERED: Final = 12


class EngineLimit(FeedbackbotError):
    """A script can't go on from where it is."""


class Talk:
    """Lives for one call of `receive`; everything it hands out is frozen."""

    __slots__ = (
        "_base_common",
        "_base_script",
        "_script",
        "acts",
        "begun_by",
        "chat",
        "cut_short_by",
        "draft",
        "events",
        "heard_at",
        "language",
        "left",
        "now",
        "scene",
        "state",
        "tapped",
        "timers",
        "trail",
    )

    def __init__(self, chat: Chat, scene: Scene, *, now: datetime) -> None:
        self.chat = chat
        self.scene = scene
        self.now = now
        #: when the customer will read what is said now; later than `now` at night
        self.heard_at = now
        self.state = chat.conversation
        #: the customer's; None speaks as the scripts were written
        self.language = scene.customer.language
        self._base_common = scene.common
        self.script = scene.script
        self.timers = {timer.name: timer.due_at for timer in chat.timers}
        self.events: list[Event] = []
        self.draft = Draft()
        #: the steps that were reached, and the ways by which they were left
        self.trail: list[Passed] = []
        #: what was known when the conversation ended
        self.left: Mapping[str, Value] | None = None
        #: whether it is the customer who does something in this turn
        self.acts = False
        #: the question whose button the customer has tapped in this turn
        self.tapped: int | None = None
        #: what the customer ends the conversation with in this turn, before its time is over
        self.cut_short_by: str | None = None
        #: "link", "command" or "due" in the turn that begins a conversation
        self.begun_by: str | None = None

    @property
    def script(self) -> Script | None:
        """In the language that is spoken; so are the built-in sentences of the scene."""
        return self._script

    @script.setter
    def script(self, script: Script | None) -> None:
        self._base_script = script
        self._script = script_in(self.language, script) if script else None
        common = common_in(self.language, self._base_common, beside=self._script)
        self.scene = replace(self.scene, common=common)

    def for_team(self) -> Talk:
        """The same in the language of the scripts, for what people in the shop read."""
        other = copy(self)
        other.language = None
        other.script = self._base_script
        return other

    @property
    def written_in(self) -> str:
        """The language of the shop's own texts."""
        return self._base_common.language

    def note(self, event: Event) -> None:
        self.events.append(event)

    def say(self, text: str, purpose: Purpose) -> None:
        if text.strip():
            self.draft.texts.append(text)
            self.draft.purposes.add(purpose)

    def offer(self, visit: int, rows: Rows) -> None:
        """The message of this turn asks this question."""
        self.draft.visit = visit
        self.draft.rows = (*self.draft.rows, *rows)

    def next_visit(self) -> int:
        visit = self.chat.last_visit + 1
        self.chat = replace(self.chat, last_visit=visit)
        return visit

    def close(self, visit: int, label: str | None, *, has_buttons: bool) -> None:
        """The question no longer waits: what was tapped stays to be seen, a late tap will be told `label`."""
        if has_buttons:
            self.take_buttons(visit, shown(label if self.tapped == visit else None))
        others = tuple(closed for closed in self.chat.closed if closed.visit != visit)
        closed = (*others[1 - _REMEMBERED :], Closed(visit=visit, label=label))
        self.chat = replace(self.chat, closed=closed)

    def answer_to(self, visit: int) -> str | None:
        """How the answer to a question that no longer waits reads to the customer."""
        return next((one.label for one in self.chat.closed if one.visit == visit), None)

    def take_buttons(self, visit: int, left: tuple[Button, ...] = ()) -> None:
        """The last word on a message's buttons in a turn is the one that counts."""
        self.events = [
            event
            for event in self.events
            if not (isinstance(event, ButtonsChanged) and event.visit == visit)
        ]
        self.note(ButtonsChanged(visit=visit, buttons=(left,) if left else ()))

    def set_timer(self, name: str, due_at: datetime) -> None:
        self.timers[name] = due_at.astimezone(UTC)

    def drop_timers(self, *names: str) -> None:
        for name in names:
            self.timers.pop(name, None)

    def pause(self) -> None:
        """What is said now waits a little, so that words which follow can still be added."""
        self.draft.pause = max(self.draft.pause, timedelta(seconds=self.scene.text_pause))

    def turn(self) -> Turn:
        timers = sorted(self.timers.items(), key=lambda item: (item[1], item[0]))
        chat = replace(
            self.chat,
            conversation=self.state,
            timers=tuple(Timer(name=name, due_at=due_at) for name, due_at in timers),
        )
        events = (*self.events, *self.draft.messages())
        return Turn(chat=chat, events=events, trail=tuple(self.trail), left=self.left)


def shown(answer: str | None) -> tuple[Button, ...]:
    """What stays under a question that has been answered; tapping it changes nothing."""
    if not answer:
        return ()
    return (Button(label=f"✓ {shorten(answer, _LONGEST_CHOSEN)}", choice=CHOSEN),)


def running(talk: Talk) -> tuple[State, Script]:
    """The conversation and the script it follows; only where one is known to run."""
    if talk.state is None or talk.script is None:
        raise EngineLimit("No conversation is running, or its script was not looked up.")
    return talk.state, talk.script
