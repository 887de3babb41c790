"""Plays a script in the terminal: you are the customer, and staff and marketing as well; time passes when you say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.events import Button, Said
from feedbackbot.engine.happenings import (
    Attachment,
    Command,
    LinkOpened,
    LinkState,
    Reply,
    ReplyKind,
    Tap,
)
from feedbackbot.engine.playing import Heard, Player, backstage
from feedbackbot.engine.playing.sidenotes import side_note
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import ScriptProblems
from feedbackbot.engine.reading.watching import FolderWatch, Saved
from feedbackbot.engine.script import Library
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.engine.wording.folding import fold

_CUSTOMER: Final = CustomerFacts(first_name="Ada", last_name="Lovelace")
_STAFF: Final = "Rita"
_HELP: Final = (
    "Write as the customer would. A number or a label taps a button. /photo and /voice send one.\n"
    "/wait 2d: time passes   /staff claim | reply TEXT | resolve | reopen   "
    "/marketing edit TEXT | publish   /restart   /quit"
)


def play(script_path: Path, stdin: TextIO, stdout: TextIO, *, now: datetime | None = None) -> int:
    """Until /quit or the end of the input; 1 where the script can't be read."""
    console = Console(file=stdout, highlight=False, soft_wrap=True)
    watch = FolderWatch(script_path.parent)
    try:
        library = load_library(script_path.parent, proves=False)
    except ScriptProblems as problems:
        console.print(Text(str(problems)))
        return 1
    name = script_path.name.removesuffix(".yaml")
    if name not in library.scripts:
        console.print(Text(f"There is no script “{name}” in {script_path.parent}."))
        return 1
    table = Table(library, name, console, now=now or _this_morning())
    table.sit_down()
    while (line := _read(stdin, console)) is not None and line != "/quit":
        if saved := watch.look():
            table.take_saved(saved)
        table.hear(line)
    return 0


class Table:
    """One played conversation, and what can be done at it."""

    def __init__(self, library: Library, script: str, console: Console, *, now: datetime) -> None:
        self._library = library
        self._script = library.scripts[script]
        self._console = console
        self._begun_at = now
        self._messages = 0
        self._player = self._new_player()
        self._acts: Mapping[str, Callable[[str], None]] = {
            "/wait": self._wait,
            "/staff": self._staff,
            "/marketing": self._marketing,
            "/restart": self._restart,
            "/photo": lambda caption: self._send(ReplyKind.PHOTO, caption),
            "/voice": lambda _: self._send(ReplyKind.VOICE, ""),
        }

    def sit_down(self) -> None:
        self._aside(_HELP)
        self._open_link()

    def take_saved(self, saved: Saved) -> None:
        """What was saved meanwhile is played from the next beginning on; what is wrong with it is said at once."""
        library = saved.library
        if library is None or self._script.name not in library.scripts:
            self._aside("Saved, but it can't be played like this; the old version goes on.")
        else:
            self._library, self._script = library, library.scripts[self._script.name]
            self._aside("Saved. This conversation stays as it began; /restart plays the new one.")
        for problem in saved.problems:
            self._aside(render_problem(problem))

    def hear(self, line: str) -> None:
        """One line of whoever plays."""
        command, _, rest = line.partition(" ")
        if not line:
            return
        if command in self._acts:
            self._acts[command](rest.strip())
        elif line.startswith("/"):
            self._player.do(Command(name=line[1:], message_key=self._key()))
        elif (button := self._find_button(line)) is not None:
            self._tap(*button)
        else:
            self._send(ReplyKind.TEXT, line)
        self._player.flush()

    def _new_player(self) -> Player:
        return Player(self._library, customer=_CUSTOMER, now=self._begun_at, listener=self._show)

    def _open_link(self) -> None:
        now = self._player.now
        bought = PurchaseFacts(
            number="#1001",
            items=("Trail shoes",),
            total=129.0,
            currency="EUR",
            placed_at=now - timedelta(days=8),
            shipped_at=now - timedelta(days=6),
            delivered_at=now - timedelta(days=3),
        )
        number = self._player.offer(bought, self._script, now)
        link = LinkOpened(
            state=LinkState.NEW,
            message_key=self._key(),
            invitation_id=number,
            script=self._script,
            due_at=now,
        )
        self._player.do(link, about=number)
        self._player.flush()

    def _key(self) -> str:
        self._messages += 1
        return f"1:{self._messages}"

    def _find_button(self, line: str) -> tuple[int, Button] | None:
        """By label, by the number that is written on it, or by its place under the newest question."""
        buttons = [
            (visit, button)
            for visit, rows in sorted(self._player.keyboards.items(), reverse=True)
            for row in rows
            for button in row
        ]
        for visit, button in buttons:
            first = button.label.split()[0]
            if fold(line) in (fold(button.label), first if first.isdecimal() else None):
                return visit, button
        newest = [pair for pair in buttons if pair[0] == buttons[0][0]]
        is_place = line.isdecimal() and 1 <= int(line) <= len(newest)
        return newest[int(line) - 1] if is_place else None

    def _tap(self, visit: int, button: Button) -> None:
        if button.url:
            self._aside(f"opens {button.url}")
        else:
            self._player.do(Tap(visit=visit, choice=button.choice, message_key=self._key()))

    def _send(self, kind: ReplyKind, text: str) -> None:
        key = self._key()
        picture = (Attachment(media_id=self._messages, kind=kind),)
        self._player.do(
            Reply(
                kind=kind,
                text=text,
                attachments=() if kind is ReplyKind.TEXT else picture,
                message_key=key,
            )
        )

    def _wait(self, amount: str) -> None:
        duration = find_duration(amount)
        if duration is None:
            self._aside("How long? For example: /wait 2d, /wait 1d12h, /wait 15m")
            return
        self._player.advance(duration)
        self._aside(f"{self._player.now:%A %d %B, %H:%M}")

    def _staff(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        case = self._player.open_case()
        if case is None:
            self._aside("Nothing has been handed to the team so far.")
        elif verb == "claim":
            backstage.claim(self._player, case, _STAFF)
        elif verb == "reply" and text:
            backstage.answer(self._player, case, _STAFF, text=text)
        elif verb == "resolve":
            backstage.resolve(self._player, case, _STAFF)
        elif verb == "reopen":
            backstage.reopen(self._player, case, _STAFF)
        else:
            self._aside("/staff claim, /staff reply TEXT, /staff resolve or /staff reopen")

    def _marketing(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        number = max(self._player.consents, default=None)
        if number is None:
            self._aside("The customer has agreed to no quote so far.")
        elif verb == "edit" and text:
            backstage.suggest(self._player, number, text)
        elif verb == "publish":
            backstage.publish(self._player, number)
        else:
            self._aside("/marketing edit TEXT or /marketing publish")

    def _restart(self, _: str) -> None:
        self._player = self._new_player()
        self._open_link()

    def _show(self, heard: Heard) -> None:
        if not isinstance(heard.event, Said):
            if note := side_note(heard.event):
                self._aside(note)
            return
        self._console.print(Text("bot> ", style="bold green") + Text(heard.event.text))
        if heard.event.buttons:
            self._print_buttons(heard.event)

    def _print_buttons(self, said: Said) -> None:
        for row in said.buttons:
            labels = "  ".join(f"[{button.label}]" for button in row)
            self._console.print(Text(f"     {labels}", style="cyan"))

    def _aside(self, note: str) -> None:
        for line in note.splitlines():
            self._console.print(Text(f"  -- {line}", style="dim"))


def _this_morning() -> datetime:
    """The played day begins when everybody is awake."""
    return datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)


def _read(stdin: TextIO, console: Console) -> str | None:
    """The next line, or None at the end; shown where nobody types it."""
    console.print(Text("you> ", style="bold blue"), end="")
    line = stdin.readline()
    if not stdin.isatty():
        console.print(Text(line.rstrip("\n")))
    return line.strip() if line else None
