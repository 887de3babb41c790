"""`feedbackbot play` before a real terminal: messages arrive above the line that somebody types."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "conversations" / "after_purchase.yaml"
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Terminal:
    def __init__(self, *arguments: str) -> None:
        self._side, other = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
        command = [sys.executable, "-m", "feedbackbot", "play", str(SCRIPT), *arguments]
        self.process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, env=environment, close_fds=True
        )
        os.close(other)
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._side, text.encode())

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Only what has come since the last such wait counts."""
        until = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < until, f"never seen: {text}\n{self.seen[-2000:]}"
            if select.select([self._side], [], [], 0.2)[0]:
                self._read()
        self.seen = self.seen.partition(text)[2]

    def _read(self) -> None:
        try:
            more = os.read(self._side, 65_536).decode(errors="replace")
        except OSError:
            pytest.fail(f"the program has ended:\n{self.seen}")
        self.seen += ESCAPES.sub("", more).replace("\r", "")
        if "\x1b[6n" in more:
            os.write(self._side, b"\x1b[1;1R")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)
        os.close(self._side)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal("--speed", "12h")
    yield opened
    opened.close()


def test_a_reminder_arrives_while_somebody_types(terminal: Terminal) -> None:
    terminal.wait_for("how satisfied or dissatisfied")
    terminal.wait_for("you>")
    terminal.type("I am still wri")

    terminal.wait_for("No rush: one tap on a star")
    terminal.type("\x15/speed 0s\r")
    terminal.type("5\r")
    terminal.wait_for("score = 5")
    terminal.wait_for("What is the main reason for your score?")
    terminal.type("/quit\r")

    assert terminal.process.wait(timeout=20) == 0
