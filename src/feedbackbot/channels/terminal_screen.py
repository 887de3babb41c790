"""What a played chat looks like in the terminal: the bot's words and buttons, and what was recorded beside them."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from feedbackbot.engine.events import Said
from feedbackbot.engine.playing import Heard
from feedbackbot.engine.playing.buttons import number_of
from feedbackbot.engine.playing.sidenotes import side_note

#: a narrower terminal has no margin for notes
_WIDE: Final = 72
_NOTE_FROM: Final = 36


class Screen:
    """`live`: somebody sits before it; else it is a plain text stream."""

    def __init__(self, console: Console, *, live: bool) -> None:
        self.console = console
        self._live = live

    def heard(self, heard: Heard) -> None:
        if isinstance(heard.event, Said):
            self._say(heard.event)
        elif note := side_note(heard.event):
            self._beside(note)

    def aside(self, note: str) -> None:
        for line in note.splitlines():
            self.console.print(Text(f"  -- {line}", style="dim"))

    def typed(self, line: str) -> None:
        self.console.print(Text("you> ", style="bold blue") + Text(line))

    def _say(self, said: Said) -> None:
        if said.photo:
            self.console.print(Text(f"     (picture {said.photo})", style="dim"))
        self.console.print(Text("bot> ", style="bold green") + Text(said.text))
        number = 0
        for row in said.buttons:
            labels = []
            for button in row:
                number += 1
                own = number_of(button)
                labels.append(f"[{button.label}]" if own else f"{number} [{button.label}]")
            self.console.print(Text(f"     {'  '.join(labels)}", style="cyan"))

    def _beside(self, note: str) -> None:
        """At the right edge, so that the chat can be read as a chat."""
        if not self._live or self.console.width < _WIDE:
            self.aside(note)
            return
        text = Text(note, style="dim italic", justify="right", overflow="fold")
        self.console.print(Padding(text, (0, 0, 0, _NOTE_FROM)))
