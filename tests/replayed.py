"""Types a conversation that `check` has told into `play`, and sees what comes of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from feedbackbot.engine.checking import lines_to_play
from feedbackbot.engine.events import Event
from feedbackbot.engine.playing import Heard
from feedbackbot.engine.playing.props import usual
from feedbackbot.engine.playing.table import Table
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import Problem
from talked import MORNING


class _Listener:
    def __init__(self) -> None:
        self.kinds: list[type[Event]] = []

    def heard(self, heard: Heard) -> None:
        self.kinds.append(type(heard.event))

    def aside(self, note: str) -> None:
        """What play itself says is for people."""

    def clock(self, now: datetime) -> None:
        """And so is the time."""


def replayed(folder: Path, problem: Problem, script: str = "visit") -> list[type[Event]]:
    """The kinds of events of the told conversation, in order."""
    listener = _Listener()
    library = load_library(folder, proves=False)
    table = Table(library, script, listener, given=usual(library.scripts[script], MORNING))
    table.sit_down()
    for line in lines_to_play(problem):
        table.hear(line)
    return listener.kinds
