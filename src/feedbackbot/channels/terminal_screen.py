"""What a played chat looks like in the terminal: the bot's words and buttons, and what was recorded beside them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, tzinfo
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from feedbackbot.engine.events import Said
from feedbackbot.engine.playing import Heard
from feedbackbot.engine.playing.buttons import number_of
from feedbackbot.engine.playing.plain_notes import plain_note

#: a narrower terminal has no margin for notes
_WIDE: Final = 72
_NOTE_FROM: Final = 36
#: a stretch with a direction of its own, and its end: they can't be seen
_OPEN, _CLOSE = "\u2068", "\u2069"


class Screen:
    """`live`: somebody sits before it; else it is a plain text stream."""

    def __init__(self, console: Console, *, live: bool) -> None:
        self.console = console
        #: in which moments are told; the shop's, once it is known
        self.zone: tzinfo = UTC
        self._live = live

    def heard(self, heard: Heard) -> None:
        if isinstance(heard.event, Said):
            self._say(heard.event)
        elif note := plain_note(heard.event, self.zone):
            self._beside(note)

    def aside(self, note: str) -> None:
        for line in note.splitlines():
            self.console.print(Text(f"  -- {_apart(line)}", style="dim"))

    def typed(self, line: str) -> None:
        self.console.print(Text("you> ", style="bold blue") + Text(_apart(line)))

    def _say(self, said: Said) -> None:
        if said.photo:
            self.console.print(Text(f"     (picture {said.photo})", style="dim"))
        self.console.print(Text("bot> ", style="bold green") + Text(_apart(said.text)))
        number = 0
        for row in said.buttons:
            labels = []
            for button in row:
                number += 1
                own = number_of(button)
                label = f"[{_apart(button.label)}]"
                labels.append(label if own else f"{number} {label}")
            self.console.print(Text(f"     {'  '.join(labels)}", style="cyan"))

    def _beside(self, note: str) -> None:
        """At the right edge, so that the chat can be read as a chat."""
        if not self._live or self.console.width < _WIDE:
            self.aside(note)
            return
        text = Text(_apart(note), style="dim italic", justify="right", overflow="fold")
        self.console.print(Padding(text, (0, 0, 0, _NOTE_FROM)))


def _apart(text: str) -> str:
    """Right-to-left lines keep their own order beside what stands to the left of them."""
    return "\n".join(
        f"{_OPEN}{line}{_CLOSE}" if _has_right_to_left(line) else line for line in text.split("\n")
    )


def _has_right_to_left(line: str) -> bool:
    return any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in line)
