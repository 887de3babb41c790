"""Where the bot's time goes: a sampling profile, sorted into rooms by the innermost function that belongs to one."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bots import Running

_ROOMS = (
    ("encryption", r"models/(keys|sealing)\.py|cryptography"),
    ("parsing", r"telegram_updates\.py"),
    ("engine", r"feedbackbot/engine/|jinja2"),
    ("database", r"sqlalchemy|models/|sqlite3|psycopg"),
    (
        "transport",
        r"channels/|uvicorn|h11|starlette|aiohttp|web/|selector_events|telegram/request|telegram/_bot",
    ),
    ("delivering", r"delivering/"),
    ("activities", r"conversing/|inviting/|versions\.py|sweeping|fetching|escalating"),
    ("event loop", r"asyncio/|threading|concurrent|futures/|queue"),
)
_PATTERNS = [(room, re.compile(pattern)) for room, pattern in _ROOMS]


class Sampler:
    """py-spy beside a running bot; without the right to look into it there is simply no profile."""

    def __init__(self, spy: Path, running: Running, into: Path) -> None:
        self._into = into
        command = [str(spy), "record", "--full-filenames", "--format", "raw", "--rate", "200"]
        command += [
            "--nonblocking",
            "--gil",
            "--output",
            str(into),
            "--pid",
            str(running.pids[0]),
        ]
        self._process: Any = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(1)

    def rooms(self) -> dict[str, float]:
        """Shares of the time in which Python ran."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)
        if not self._into.exists():
            return {}
        counts: Counter[str] = Counter()
        for line in self._into.read_text(errors="replace").splitlines():
            stack, _, samples = line.rpartition(" ")
            counts[_room(stack.split(";"))] += int(samples)
        total = sum(counts.values()) or 1
        return {room: n / total for room, n in counts.most_common()}


def _room(stack: list[str]) -> str:
    for frame in reversed(stack):
        for room, pattern in _PATTERNS:
            if pattern.search(frame):
                return room
    return "other"
