"""A chat that somebody plays by typing: as the customer, as staff and as marketing; time passes when they say so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec.structs import replace

from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.events import Button
from feedbackbot.engine.happenings import Attachment, Reply, ReplyKind, Tap
from feedbackbot.engine.playing import Heard, Player, beginnings
from feedbackbot.engine.playing.backroom import Backroom
from feedbackbot.engine.playing.buttons import find_button, to_tap
from feedbackbot.engine.playing.notebook import Notebook
from feedbackbot.engine.playing.props import Beginning, Given, some_codes, usual_beginning
from feedbackbot.engine.reading.watching import Saved
from feedbackbot.engine.script import Library
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.errors import FeedbackbotError

#: what can be sent besides words
_MEDIA: Final = ("photo", "voice", "video", "document", "sticker", "contact")
#: findings of a save that are shown amid the chat
_MOST_FOUND: Final = 3
#: what is no file
_WITHOUT_FILE: Final = (ReplyKind.STICKER, ReplyKind.CONTACT)
#: customers' own commands, for whoever does not know them
_CUSTOMERS: Final = (
    "/help",
    "/human",
    "/stop",
    "/start",
    "/privacy",
    "/mydata",
    "/withdraw",
    "/forget",
)
_HELP: Final = """\
Write as the customer would; a button is tapped by its number or its name.
/{media}: send one, with a caption behind it
Customers' own: {commands}
/wait 2d: two days pass   /speed 1h: an hour passes in each second (0s: stop)
/staff claim | release | reply TEXT | typing | reopen
/staff resolve cause=quality check=2d
/marketing edit TEXT | publish
/open: the link once more   /open Wool socks: that of another purchase
/restart [link | day{command}]: begin anew   /quit   ?: this list"""


class Watcher(Protocol):
    """Whoever shows what happens at the table."""

    def heard(self, heard: Heard) -> None: ...

    def aside(self, note: str) -> None: ...

    def clock(self, now: datetime) -> None: ...


class Table:
    """One played conversation."""

    def __init__(
        self,
        library: Library,
        script: str,
        watcher: Watcher,
        *,
        given: Given,
        given_lines: Sequence[str] = (),
    ) -> None:
        """`given_lines` is how a test would write what is given, where it is not as usual."""
        self.library = library
        self.script = script
        #: how much time passes in a second by itself
        self.speed = timedelta(0)
        self._watcher = watcher
        self._given, self._given_lines = given, given_lines
        #: others say when whoever plays has paused; else every line is followed by a pause
        self.patient = False
        self._messages = 0
        self._begin()
        self._acts: Mapping[str, Callable[[str], None]] = {
            "/wait": self._wait,
            "/speed": self._set_speed,
            "/staff": lambda act: self._backroom.staff(act),  # noqa: PLW0108 - /restart brings a new one
            "/marketing": lambda act: self._backroom.marketing(act),  # noqa: PLW0108
            "/open": self._open_link,
            "/restart": self._restart,
            "?": lambda _: self._help(),
        }

    def sit_down(self) -> None:
        name = self._given.customer.first_name
        who = f"You are {name}, the customer." if name else "You are the customer."
        self._watcher.aside(
            f"{who} Write, or tap a button by its number or its name.\n"
            "? shows what else can be typed, /quit ends."
        )
        self._open()

    def hear(self, line: str) -> None:
        """One line of whoever plays; what can't be done is said."""
        line = line.strip()
        if not line:
            return
        try:
            self._hear(line)
        except FeedbackbotError as error:
            self._watcher.aside(str(error))
        if not self.patient:
            self.settle()

    def tick(self, seconds: float) -> None:
        """So much real time has gone by while nobody wrote."""
        if not self.speed:
            return
        amount = self.speed * seconds
        self.notebook.let_pass(amount)
        try:
            self.player.pass_time(amount)
        except FeedbackbotError as error:
            self.speed = timedelta(0)
            self._watcher.aside(str(error))

    def settle(self) -> None:
        """Whoever plays has paused: what is held back leaves, and the next words are new ones."""
        try:
            self.player.settle()
        except FeedbackbotError as error:
            self._watcher.aside(str(error))

    def take_saved(self, saved: Saved) -> None:
        """What was saved meanwhile is played from the next beginning on; what is wrong with it is said at once."""
        library = saved.library
        if library is None or self.script not in library.scripts:
            self._watcher.aside("Saved, but it can't be played like this; the old version goes on.")
        else:
            self.library = library
            self._watcher.aside(
                "Saved. This conversation stays as it began; /restart plays the new one."
            )
        in_turn = sorted(saved.problems, key=lambda problem: problem.is_warning)
        for problem in in_turn[:_MOST_FOUND]:
            self._watcher.aside(render_problem(problem))
        if len(in_turn) > _MOST_FOUND:
            more = len(in_turn) - _MOST_FOUND
            self._watcher.aside(f"and {more} more; feedbackbot check shows them all")

    def suggestions(self) -> tuple[str, ...]:
        """What can be typed now: the buttons to be seen, then the commands."""
        keyboards = self.player.keyboards
        labels = [label for visit in sorted(keyboards)[::-1] for label in to_tap(keyboards[visit])]
        acts = ("/wait 1d", "/speed 1h", "/staff claim", "/staff reply ", "/staff resolve")
        media = tuple(f"/{kind}" for kind in _MEDIA)
        return (*labels, *acts, *_CUSTOMERS, "/marketing publish", *media, "/restart", "/quit")

    def _hear(self, line: str) -> None:
        command, _, rest = line.partition(" ")
        if command in self._acts:
            self._acts[command](rest.strip())
        elif command.startswith("/") and command[1:] in _MEDIA:
            self._send_file(ReplyKind(command[1:]), rest.strip())
        elif line.startswith("/"):
            self.notebook.did("send", line)
            beginnings.send_command(
                self.player, line[1:], self._given.purchase, message_key=self._key()
            )
            if line == "/help":
                self._watcher.aside("That is what customers read. ? shows what you can type here.")
        elif (found := find_button(self.player.keyboards, line, by_place=True)) is not None:
            self._tap(*found)
        else:
            self.notebook.did("send", line)
            self.player.do(Reply(kind=ReplyKind.TEXT, text=line, message_key=self._key()))

    def _begin(self) -> None:
        """A new chat with a new notebook; nothing has been said yet."""
        given = self._given
        player = Player(self.library, customer=given.customer, now=given.now, listener=self._listen)
        player.codes = some_codes(self.library) | {
            pool: list(codes) for pool, codes in given.codes.items()
        }
        unusual = given.begin is not usual_beginning(self.library.scripts[self.script])
        lines = (*self._given_lines, *([f"begin: {given.begin}"] if unusual else []))
        self.player, self.notebook = player, Notebook(given.now, lines)
        self._backroom = Backroom(player, self.notebook, self._watcher.aside)

    def _listen(self, heard: Heard) -> None:
        self.notebook.heard(heard.event)
        self._watcher.heard(heard)

    def _open(self) -> None:
        """The chat opens in the way that was given."""
        script, given = self.library.scripts[self.script], self._given
        shop = self.library.shop
        if not beginnings.is_wanted(script, given.customer, given.purchase, shop):
            self._watcher.aside(
                f"In earnest nobody would be asked: the script asks only if {script.start.condition}"
            )
        if given.begin is Beginning.COMMAND:
            self._watcher.aside(f"The customer sends /{script.start.trigger.command}")
        beginnings.begin(self.player, script, given.purchase, given.begin, message_key=self._key())
        self.player.flush()

    def _help(self) -> None:
        own = self.library.scripts[self.script].start.trigger.command
        commands = {one.start.trigger.command for one in self.library.scripts.values()} - {None}
        customers = (*_CUSTOMERS, *(f"/{command}" for command in sorted(map(str, commands))))
        self._watcher.aside(
            _HELP.format(
                media=" /".join(_MEDIA),
                commands=" ".join(customers),
                command=" | command" if own else "",
            )
        )

    def _key(self) -> str:
        self._messages += 1
        return f"1:{self._messages}"

    def _tap(self, visit: int, button: Button) -> None:
        if button.url:
            self._watcher.aside(f"opens {button.url}")
            return
        self.notebook.did("tap", button.label)
        self.player.do(Tap(visit=visit, choice=button.choice, message_key=self._key()))

    def _send_file(self, kind: ReplyKind, caption: str) -> None:
        self.notebook.did_with("send", {kind.value: caption})
        key = self._key()
        file = (Attachment(media_id=self._messages, kind=kind),)
        files = () if kind in _WITHOUT_FILE else file
        self.player.do(Reply(kind=kind, text=caption, attachments=files, message_key=key))

    def _wait(self, amount: str) -> None:
        duration = find_duration(amount)
        if duration is None:
            self._watcher.aside("How long? For example: /wait 2d, /wait 1d12h, /wait 15m")
            return
        self.notebook.did("wait", amount)
        self.player.advance(duration)
        self._watcher.clock(self.player.now)

    def _set_speed(self, amount: str) -> None:
        duration = find_duration(amount)
        if duration is None:
            self._watcher.aside(
                "How fast? /speed 1h: an hour in each second; /speed 0s: time stands still"
            )
            return
        self.speed = duration

    def _open_link(self, item: str) -> None:
        """That of the purchase once more, or of another one."""
        number = 1
        if item:
            order = f"#{1001 + len(self.player.offers)}"
            self.notebook.did_with("open", {"number": order, "item": item})
            bought = replace(self._given.purchase, number=order, items=(item,))
            script = self.library.scripts[self.script]
            number = beginnings.offer(self.player, script, bought)
        else:
            self.notebook.did("open", "link")
        beginnings.open_link(self.player, number, message_key=self._key())

    def _restart(self, how: str) -> None:
        script = self.library.scripts[self.script]
        own = script.start.trigger.command
        possible = [way for way in Beginning if own or way is not Beginning.COMMAND]
        if how and how not in possible:
            self._watcher.aside(f"/restart, or one of: {', '.join(possible)}")
            return
        if how:
            self._given = replace(self._given, begin=Beginning(how))
        self._begin()
        self._open()
