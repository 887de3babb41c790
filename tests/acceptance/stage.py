"""The whole product on a stage: sandbox and bot as processes of their own, and hands for everybody who plays."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from feedbackbot.config import Settings
from feedbackbot.invariants import find_broken
from feedbackbot.models.engines import sqlite_reader
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.sealing import hand_keys
from feedbackbot.sandbox import (
    MARKETING_CHANNEL,
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET,
    SUPPORT_CHANNEL,
    TELEGRAM_TOKEN,
)
from feedbackbot.sandbox.credentials import SLACK_BOT_USER

SUPPORT, MARKETING = SUPPORT_CHANNEL, MARKETING_CHANNEL
T = TypeVar("T")
API_TOKEN = "the-shop-knows-this"
PATIENCE = 20
#: a Tuesday morning: the shop is open, and nobody sleeps
OPENS_AT = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)


def days_ago(days: int) -> str:
    """A moment of the stage's own time, as shops write it."""
    return (OPENS_AT - timedelta(days=days)).isoformat()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def ask(url: str, body: object = None, *, token: str | None = None) -> Any:
    """One call; what was refused is raised as AssertionError with the answer's own words."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE + 10) as answer:
            raw = answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            raise AssertionError(f"{url}: {refused.code} {refused.read().decode()}") from None
    return json.loads(raw) if raw[:1] in {b"{", b"["} else raw.decode()


def status_of(url: str, body: bytes | None = None, **headers: str) -> int:
    """The status of an answer, whatever it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def run(
    *words: str, folder: Path, environ: dict[str, str] | None = None, typed: str | None = None
) -> subprocess.CompletedProcess[str]:
    """`feedbackbot` with these words, by somebody who has set nothing but `environ`."""
    return subprocess.run(
        [sys.executable, "-m", "feedbackbot", *words],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **(environ or {})},
        cwd=folder,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def until(find: Callable[[], T | None], what: str, *, patience: float = PATIENCE) -> T:
    """Wait for a fact that nobody rings a bell for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {patience:g} s: {what}")


@dataclass(slots=True, kw_only=True)
class Stage:
    folder: Path
    #: Telegram by webhook and Slack by signed HTTP, instead of polling and Socket Mode
    over_http: bool = False
    environ: dict[str, str] = field(default_factory=dict)
    opens_at: datetime = OPENS_AT
    sandbox: str = ""
    bot: str = ""
    _processes: list[subprocess.Popen[str]] = field(default_factory=list)
    _bot_process: subprocess.Popen[str] | None = None

    # ---------------------------------------------------------------- curtain

    def open(self) -> Stage:
        self.open_sandbox()
        self.start_bot()
        if self.over_http:
            self.play("slack/http", url=f"{self.bot}/webhooks/slack")
        return self

    def open_sandbox(self) -> Stage:
        """The platforms alone: the bot is started by the story itself."""
        process = subprocess.Popen(
            [sys.executable, "-m", "feedbackbot.sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        assert process.stdout is not None
        self.sandbox = json.loads(process.stdout.readline())["url"]
        self.bot = f"http://127.0.0.1:{free_port()}"
        self.play("clock", at=self.opens_at.isoformat())
        return self

    def start_bot(self, **more: str) -> None:
        log = (self.folder / "bot.log").open("a")
        self._bot_process = subprocess.Popen(
            [
                *(sys.executable, "-m", "feedbackbot", "run"),
                *("--port", self.bot.rpartition(":")[2]),
            ],
            env=self.settings() | more,
            cwd=self.folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log.close()
        self._until_ready()

    def settings(self) -> dict[str, str]:
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
            "TELEGRAM_API_URL": f"{self.sandbox}/telegram",
            "TELEGRAM_SENDS_PER_SECOND": "0",
            "TELEGRAM_SENDS_PER_CHAT": "0",
            "SLACK_BOT_TOKEN": SLACK_BOT_TOKEN,
            "SLACK_API_URL": f"{self.sandbox}/slack/api/",
            "SLACK_SUPPORT_CHANNEL": SUPPORT,
            "SLACK_MARKETING_CHANNEL": MARKETING,
            "SLACK_IDEAS_CHANNEL": "C0IDEAS",
            "FEEDBACKBOT_DATA": str(self.folder / "data"),
            "FEEDBACKBOT_KEY_FILE": str(self.folder / "keys" / "key"),
            "FEEDBACKBOT_API_TOKEN": API_TOKEN,
            "FEEDBACKBOT_PUBLIC_URL": self.bot,
            "FEEDBACKBOT_CLOCK_URL": f"{self.sandbox}/sandbox/clock",
            "FEEDBACKBOT_TEXT_PAUSE": "0",
            "FEEDBACKBOT_INBOUND_PER_MINUTE": "0",
        }
        if self.over_http:
            settings["TELEGRAM_WEBHOOK_SECRET"] = "a-secret-of-the-stage"
            settings["SLACK_SIGNING_SECRET"] = SLACK_SIGNING_SECRET
        else:
            settings["SLACK_APP_TOKEN"] = SLACK_APP_TOKEN
        return settings | self.environ

    def _until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._bot_process is not None
            if self._bot_process.poll() is not None:
                raise AssertionError(f"the bot went away:\n{self.log()}")
            try:
                ask(f"{self.bot}/readyz")
            except (OSError, AssertionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the bot was not ready in {PATIENCE} s:\n{self.log()}")

    def log(self) -> str:
        return (self.folder / "bot.log").read_text()

    def set_aside(self) -> subprocess.Popen[str]:
        """The bot's process, which from now on is the caller's to end."""
        assert self._bot_process is not None
        process, self._bot_process = self._bot_process, None
        return process

    def kill_bot(self) -> None:
        assert self._bot_process is not None
        self._bot_process.send_signal(signal.SIGKILL)
        self._bot_process.wait()

    def end_bot(self) -> int:
        """SIGTERM, and the exit code."""
        assert self._bot_process is not None
        self._bot_process.terminate()
        return self._bot_process.wait(timeout=25)

    @contextmanager
    def bot_away(self) -> Iterator[None]:
        """The bot is killed once its sends are stored; what happens inside, happens while nobody listens."""
        until(self.has_settled, "everything that left is known to have left")
        self.kill_bot()
        yield
        self.start_bot()

    def memory(self) -> float:
        """What the bot's process holds, in MB."""
        assert self._bot_process is not None
        pages = Path(f"/proc/{self._bot_process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def has_settled(self) -> bool:
        """Nothing is being sent, and nothing waits that could be."""
        pending = "status = 'sending' or (status = 'waiting' and not_before is null)"
        return self.rows(f"select count(*) from outbox where {pending}") == [(0,)]

    def is_quiet(self) -> bool:
        """Nothing is left to be sent, nor in doubt."""
        open_ones = "'waiting', 'sending', 'unknown'"
        return self.rows(f"select count(*) from outbox where status in ({open_ones})") == [(0,)]

    def broken(self) -> list[str]:
        """What is in the database file and may never be."""
        settings = Settings(data=self.folder / "data", key_file=self.folder / "keys" / "key")
        engine = sqlite_reader(settings.database_url)
        hand_keys(engine, load_keys(settings))
        now = datetime.fromisoformat(self.look("clock")["now"])
        with Session(engine) as session:
            found = [
                f"{one.rule} {one.subject}: {one.sentence}" for one in find_broken(session, now=now)
            ]
        engine.dispose()
        return found

    def mend(self) -> None:
        """The platforms do as they should again."""
        request = urllib.request.Request(f"{self.sandbox}/sandbox/faults", method="DELETE")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read()
        self.play("telegram/token", revoked=False)
        self.play("slack/app")
        everybody = [SLACK_BOT_USER, "U0RITA", "U0OMAR", "U0MIA"]
        for channel in (SUPPORT, MARKETING):
            self.play("slack/channels", id=channel, archived=False, members=everybody)

    @property
    def is_running(self) -> bool:
        return self._bot_process is not None and self._bot_process.poll() is None

    @property
    def pid(self) -> int:
        assert self._bot_process is not None
        return self._bot_process.pid

    def is_done(self) -> bool:
        """Nothing is left that will be sent by itself."""
        pending = (
            "status in ('waiting', 'sending') or (status = 'unknown' and not_before is not null)"
        )
        return self.rows(f"select count(*) from outbox where {pending}") == [(0,)]

    def is_caught_up(self) -> bool:
        """Everything that is due has happened, and what follows from it has left."""
        moment = datetime.fromisoformat(self.look("clock")["now"])
        due = self.rows(
            f"select count(*) from timers where due_at <= {int(moment.timestamp() * 1_000_000)}"
        )
        return due == [(0,)] and self.is_done()

    def ends_by_itself(self) -> int:
        """The exit code of a bot that is expected to end."""
        assert self._bot_process is not None
        return self._bot_process.wait(timeout=PATIENCE)

    def command(
        self, *words: str, typed: str | None = None, **changed: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; `changed` are settings that differ, None for one that is not there."""
        settings = self.settings() | changed
        known = {name: value for name, value in settings.items() if value is not None}
        return run(*words, folder=self.folder, environ=known, typed=typed)

    def close(self) -> None:
        if self._bot_process is not None and self._bot_process.poll() is None:
            self._bot_process.kill()
            self._bot_process.wait()
        for process in self._processes:
            process.terminate()
            process.wait(timeout=10)
            if process.stdout is not None:
                process.stdout.close()

    # ---------------------------------------------------------------- hands

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the database file, read from outside."""
        with closing(sqlite3.connect(self.folder / "data" / "feedbackbot.sqlite3")) as file:
            return file.execute(sql).fetchall()

    def calls(self, method: str, platform: str = "telegram") -> list[dict[str, Any]]:
        """The bot's calls of one API method so far."""
        found: list[dict[str, Any]] = self.look("calls", platform=platform, method=method)
        return found

    def fault(self, platform: str, method: str, **how: Any) -> None:
        self.play("faults", platform=platform, method=method, **how)

    def play(self, what: str, **how: Any) -> Any:
        return ask(f"{self.sandbox}/sandbox/{what}", how)

    def look(self, what: str, **how: Any) -> Any:
        return ask(f"{self.sandbox}/sandbox/{what}?{urllib.parse.urlencode(how)}")

    def later(self, how_much: str) -> None:
        self.play("clock", advance=how_much)

    def while_time_passes(self, find: Callable[[], T | None], what: str) -> T:
        """Wait for a fact while the clock runs faster: pauses before another try end early."""

        def tick() -> T | None:
            self.later("5s")
            return find()

        return until(tick, what)

    def purchase(self, order_id: str, first_name: str, **more: Any) -> str:
        """The invitation link of a purchase that was delivered long enough ago to be asked about at once."""
        body = {
            "source": "webshop",
            "order_id": order_id,
            "customer": {"id": f"c-{first_name}", "first_name": first_name},
            "items": [{"name": "Trail shoes"}],
        } | more
        answer = ask(f"{self.bot}/api/purchases", body, token=API_TOKEN)
        return str(answer["invitation"]["link"])

    def customer(self, first_name: str) -> Phone:
        found = self.play("telegram/customers", first_name=first_name)
        return Phone(stage=self, id=found["id"])

    def posts(self, channel: str, thread: str | None = None) -> list[dict[str, Any]]:
        """What stands in a channel itself, or in one thread of it; no whispers, nothing deleted."""
        return [
            post
            for post in self.look("state")["slack"]["messages"]
            if post["channel"] == channel
            and post.get("thread_ts", post["ts"]) == (thread or post["ts"])
            and not (post.get("ephemeral_for") or post.get("deleted"))
        ]

    def staff(self, user: str) -> Staff:
        return Staff(stage=self, user=user)

    def file(self, address: str) -> bytes:
        """A file as a phone or Slack shows it, or a page of the bot."""
        base = self.sandbox if address.startswith("/sandbox") else self.bot
        with urllib.request.urlopen(base + address, timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content

    def testimonials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(f"{self.bot}/api/testimonials")
        return found


@dataclass(slots=True, kw_only=True)
class Phone:
    """A customer's hands and eyes; what was seen is not seen again."""

    stage: Stage
    id: int
    seen: int = 0

    def opens(self, link: str) -> None:
        self.stage.play("telegram/open_link", customer=self.id, link=link)

    def writes(self, text: str) -> None:
        self.stage.play("telegram/send", customer=self.id, text=text)

    def sends(self, **what: Any) -> None:
        self.stage.play("telegram/send", customer=self.id, **what)

    def taps(self, label: str) -> None:
        self.stage.play("telegram/tap", customer=self.id, label=label)

    def reads(self, text: str) -> str:
        """Waits until the bot has said something new with these words in it."""
        found = self.finds(text)
        return str(found.get("text") or found.get("caption") or "")

    def finds(self, text: str) -> dict[str, Any]:
        """The same, and the whole message with its buttons and files."""
        found: dict[str, Any] = self.stage.look(
            "wait", customer=self.id, has=text, after=self.seen, timeout=PATIENCE
        )
        self.seen = found["message_id"]
        return found

    def heard(self) -> list[str]:
        """The texts that the bot has sent to this phone, oldest first."""
        return [str(m.get("text")) for m in self.messages() if m["from"] == "bot" and m.get("text")]

    def messages(self) -> list[dict[str, Any]]:
        """Everything on the phone, oldest first."""
        people = self.stage.look("state")["telegram"]["customers"]
        found: list[dict[str, Any]] = next(p for p in people if p["id"] == self.id)["messages"]
        return found


@dataclass(slots=True, kw_only=True)
class Staff:
    """Somebody in Slack."""

    stage: Stage
    user: str
    seen: str = "0"

    def reads(self, text: str, channel: str = SUPPORT) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.look("wait", channel=channel, has=text, timeout=PATIENCE)
        return found

    def is_told(self, text: str) -> str:
        """Waits for a note that only this person sees."""

        def find() -> str | None:
            for message in self.stage.look("state")["slack"]["messages"]:
                if message.get("ephemeral_for") == self.user and text in message["text"]:
                    return str(message["text"])
            return None

        return until(find, f"{self.user} is told {text!r}")

    def clicks(self, label: str, card: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.play(
            "slack/click", user=self.user, channel=card["channel"], ts=card["ts"], label=label
        )
        return found

    def submits(self, view: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.play(
            "slack/submit", view_id=view["view_id"], values=values
        )
        return found

    def writes(self, text: str, card: dict[str, Any]) -> dict[str, Any]:
        """Into the thread of a card."""
        found: dict[str, Any] = self.stage.play(
            "slack/send",
            user=self.user,
            channel=card["channel"],
            text=text,
            thread_ts=card["ts"],
        )
        return found
