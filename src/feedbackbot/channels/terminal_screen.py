"""What a played chat looks like in the terminal: the bot's words and buttons, and what was recorded beside them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from feedbackbot.engine.events import Said
from feedbackbot.engine.playing import Heard
from feedbackbot.engine.playing.buttons import number_of
from feedbackbot.engine.playing.plain_notes import plain_note

#: a narrower terminal has no margin for notes
_WIDE: Final = 72
_NOTE_FROM: Final = 36
#: less goes by between a message and its answer
_A_WHILE: Final = timedelta(minutes=1)
#: a stretch with a direction of its own, and its end: they can't be seen
_OPEN, _CLOSE = "\u2068", "\u2069"


class Screen:
    """`live`: somebody sits before it; else it is a plain text stream."""

    def __init__(self, console: Console, *, live: bool) -> None:
        self.console = console
        #: in which moments are told; the shop's, once it is known
        self.zone: tzinfo = UTC
        self._live = live
        self._shown: datetime | None = None

    def heard(self, heard: Heard) -> None:
        """What comes later than what was last seen comes with its moment."""
        note = None if isinstance(heard.event, Said) else plain_note(heard.event, self.zone)
        if isinstance(heard.event, Said) or note:
            self.clock(heard.at)
        if isinstance(heard.event, Said):
            self._say(heard.event)
        elif note:
            self._beside(note)

    def clock(self, now: datetime) -> None:
        """The moment, where it has not been shown already."""
        minute = now.replace(second=0, microsecond=0)
        if self._shown is not None and minute - self._shown > _A_WHILE:
            self.aside(f"{now.astimezone(self.zone):%A %d %B, %H:%M}")
        self._shown = minute

    def aside(self, note: str) -> None:
        for line in note.splitlines():
            self._print_beside(Text("  -- ", style="dim"), Text(_apart(line), style="dim"))

    def typed(self, line: str) -> None:
        self.console.print(Text("you> ", style="bold blue") + Text(_apart(line)))

    def _say(self, said: Said) -> None:
        if said.photo:
            self.console.print(Text(f"     (picture {said.photo})", style="dim"))
        self._print_beside(Text("bot> ", style="bold green"), Text(_apart(said.text)))
        number = 0
        for row in said.buttons:
            labels = []
            for button in row:
                number += 1
                own = number_of(button)
                label = f"[{_apart(button.label)}]"
                labels.append(label if own else f"{number} {label}")
            self.console.print(Text(f"     {'  '.join(labels)}", style="cyan"))

    def _print_beside(self, who: Text, words: Text) -> None:
        """Before a terminal, all lines stand to the right of who says them."""
        if not self._live:
            self.console.print(who + words)
            return
        grid = Table.grid()
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(who, words)
        self.console.print(grid)

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
