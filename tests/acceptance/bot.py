"""`feedbackbot run` at the sandbox, as a process that can be stopped, killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.asking import PATIENCE, ask
from acceptance.platforms import MARKETING, SUPPORT, Platforms
from acceptance.terminal import run
from feedbackbot.sandbox import (
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET,
    TELEGRAM_TOKEN,
)

API_TOKEN = "the-shop-knows-this"
#: a start is mostly the reading of modules, which a busy machine does slowly
STARTS_WITHIN = 60
TELEGRAM_SECRET = "a-secret-of-the-stage"


@dataclass(slots=True, kw_only=True)
class Bot(Platforms):
    folder: Path
    #: Telegram by webhook and Slack by signed HTTP, instead of polling and Socket Mode
    over_http: bool = False
    environ: dict[str, str] = field(default_factory=dict)
    #: its address
    bot: str = ""
    _process: subprocess.Popen[str] | None = None

    def start_bot(self, **more: str) -> None:
        log = (self.folder / "bot.log").open("a")
        self._process = subprocess.Popen(
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

    def end_bot(self) -> int:
        """SIGTERM, and the exit code."""
        self._running().terminate()
        return self._running().wait(timeout=25)

    def kill_bot(self) -> None:
        self._running().send_signal(signal.SIGKILL)
        self._running().wait()

    def ends_by_itself(self) -> int:
        """The exit code of a bot that is expected to end."""
        return self._running().wait(timeout=PATIENCE)

    def set_aside(self) -> subprocess.Popen[str]:
        """The bot's process, which from now on is the caller's to end."""
        process, self._process = self._running(), None
        return process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._running().pid

    def memory(self) -> float:
        """What the bot's process holds, in MB."""
        pages = Path(f"/proc/{self._running().pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def log(self) -> str:
        return (self.folder / "bot.log").read_text()

    def command(
        self, *words: str, typed: str | None = None, **changed: str | None
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; `changed` are settings that differ, None for one that is not there."""
        settings = self.settings() | changed
        known = {name: value for name, value in settings.items() if value is not None}
        return run(*words, folder=self.folder, environ=known, typed=typed)

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
            settings["TELEGRAM_WEBHOOK_SECRET"] = TELEGRAM_SECRET
            settings["SLACK_SIGNING_SECRET"] = SLACK_SIGNING_SECRET
        else:
            settings["SLACK_APP_TOKEN"] = SLACK_APP_TOKEN
        return settings | self.environ

    def _until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self._running().poll() is not None:
                raise AssertionError(f"the bot went away:\n{self.log()}")
            try:
                ask(f"{self.bot}/readyz")
            except (OSError, AssertionError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the bot was not ready in {STARTS_WITHIN} s:\n{self.log()}")

    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None, "the bot was never started"
        return self._process
