"""A chat that somebody plays by typing: as the customer, as staff and as marketing; time passes when they say so.

A line is what the customer writes, a button by its number or name, or one of: /wait 2d, /speed 1h,
/staff claim | reply TEXT | resolve | reopen, /marketing edit TEXT | publish, /photo, /voice, /restart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.events import Button
from feedbackbot.engine.happenings import (
    Attachment,
    Command,
    LinkOpened,
    LinkState,
    Reply,
    ReplyKind,
    Tap,
)
from feedbackbot.engine.playing import Heard, PlayedCase, Player, backstage
from feedbackbot.engine.playing.buttons import find_button, labels_of
from feedbackbot.engine.playing.notebook import Notebook
from feedbackbot.engine.playing.props import ADA, STAFF, ready_purchase, some_codes
from feedbackbot.engine.reading.watching import Saved
from feedbackbot.engine.script import Library
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.errors import FeedbackbotError

HELP: Final = (
    "Write as the customer would. A number or a name taps a button. /photo and /voice send one.\n"
    "/wait 2d: time passes   /speed 1h: an hour in each second   /restart   /quit\n"
    "/staff claim | reply TEXT | resolve | reopen   /marketing edit TEXT | publish"
)
#: what can be sent besides words
_MEDIA: Final = ("photo", "voice", "video", "document", "sticker")
_STAFF_HELP: Final = (
    "/staff claim, /staff reply TEXT, /staff resolve cause=quality check=2d, or /staff reopen"
)
#: customers' own commands, for whoever does not know them
_CUSTOMERS: Final = ("/stop", "/human", "/help", "/privacy", "/mydata", "/withdraw", "/forget")


class Watcher(Protocol):
    """Whoever shows what happens at the table."""

    def heard(self, heard: Heard) -> None: ...

    def aside(self, note: str) -> None: ...


class Table:
    """One played conversation."""

    def __init__(
        self,
        library: Library,
        script: str,
        watcher: Watcher,
        *,
        now: datetime,
    ) -> None:
        self.library = library
        self.script = script
        #: how much time passes in a second by itself
        self.speed = timedelta(0)
        self._watcher = watcher
        self._begun_at = now
        #: others say when whoever plays has paused; else every line is followed by a pause
        self.patient = False
        self._messages = 0
        self.player = self._new_player()
        self.notebook = Notebook(now)
        self._acts: Mapping[str, Callable[[str], None]] = {
            "/wait": self._wait,
            "/speed": self._set_speed,
            "/staff": self._staff,
            "/marketing": self._marketing,
            "/restart": self._restart,
        }

    def sit_down(self) -> None:
        self._watcher.aside(HELP)
        self._open_link()

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
        for problem in saved.problems:
            self._watcher.aside(render_problem(problem))

    def suggestions(self) -> tuple[str, ...]:
        """What can be typed now: the buttons to be seen, then the commands."""
        keyboards = self.player.keyboards
        labels = [
            label for visit in sorted(keyboards)[::-1] for label in labels_of(keyboards[visit])
        ]
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
            self.player.do(Command(name=line[1:], message_key=self._key()))
        elif (found := find_button(self.player.keyboards, line, by_place=True)) is not None:
            self._tap(*found)
        else:
            self.notebook.did("send", line)
            self.player.do(Reply(kind=ReplyKind.TEXT, text=line, message_key=self._key()))

    def _new_player(self) -> Player:
        player = Player(self.library, customer=ADA, now=self._begun_at, listener=self._listen)
        player.codes = some_codes(self.library)
        return player

    def _listen(self, heard: Heard) -> None:
        self.notebook.heard(heard.event)
        self._watcher.heard(heard)

    def _open_link(self) -> None:
        now = self.player.now
        script = self.library.scripts[self.script]
        number = self.player.offer(ready_purchase(script, now), script, now)
        link = LinkOpened(
            state=LinkState.NEW,
            message_key=self._key(),
            invitation_id=number,
            script=script,
            due_at=now,
        )
        self.player.do(link, about=number)
        self.player.flush()

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
        files = () if kind is ReplyKind.STICKER else file
        self.player.do(Reply(kind=kind, text=caption, attachments=files, message_key=key))

    def _wait(self, amount: str) -> None:
        duration = find_duration(amount)
        if duration is None:
            self._watcher.aside("How long? For example: /wait 2d, /wait 1d12h, /wait 15m")
            return
        self.notebook.did("wait", amount)
        self.player.advance(duration)
        self._watcher.aside(f"{self.player.now:%A %d %B, %H:%M}")

    def _set_speed(self, amount: str) -> None:
        duration = find_duration(amount)
        if duration is None:
            self._watcher.aside(
                "How fast? /speed 1h: an hour in each second; /speed 0s: time stands still"
            )
            return
        self.speed = duration

    def _staff(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        case = self.player.open_case()
        if case is None:
            self._watcher.aside("Nothing has been handed to the team so far.")
        else:
            self._staff_act(case, verb, text.strip())

    def _staff_act(self, case: PlayedCase, verb: str, text: str) -> None:
        name = case.owner or STAFF
        if verb == "claim":
            self.notebook.did_with("staff", {"claim": text or STAFF})
            backstage.claim(self.player, case, text or STAFF)
        elif verb == "reply" and text:
            self.notebook.did_with("staff", {"reply": text})
            backstage.answer(self.player, case, name, text=text)
        elif verb == "resolve":
            self._resolve(case, name, text)
        elif verb == "reopen":
            self.notebook.did_with("staff", {"reopen": name})
            backstage.reopen(self.player, case, name)
        else:
            self._watcher.aside(_STAFF_HELP)

    def _resolve(self, case: PlayedCase, name: str, options: str) -> None:
        facts = {"cause": "quality", "outcome": "replaced", "check": "2d"}
        given = dict(part.partition("=")[::2] for part in options.split())
        check = find_duration(given.get("check", facts["check"]))
        if set(given) - set(facts) or check is None:
            self._watcher.aside(_STAFF_HELP)
            return
        facts |= given
        self.notebook.resolved(
            {"cause": facts["cause"], "action": facts["outcome"], "check": facts["check"]}
        )
        backstage.resolve(
            self.player, case, name, cause=facts["cause"], outcome=facts["outcome"], check=check
        )

    def _marketing(self, act: str) -> None:
        verb, _, text = act.partition(" ")
        number = max(self.player.consents, default=None)
        if number is None:
            self._watcher.aside("The customer has agreed to no quote so far.")
        elif verb == "edit" and text:
            self.notebook.did_with("marketing", {"edit": text})
            backstage.suggest(self.player, number, text)
        elif verb == "publish":
            self.notebook.did("marketing", "publish")
            backstage.publish(self.player, number)
        else:
            self._watcher.aside("/marketing edit TEXT or /marketing publish")

    def _restart(self, _: str) -> None:
        self.player = self._new_player()
        self.notebook = Notebook(self._begun_at)
        self._open_link()
