"""The stand-in as the benchmark's own child, and one measurement of one bot before it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bots import HERE, Running


class Bot(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def webhook(self) -> bool: ...
    @property
    def processes(self) -> int: ...
    def start(self, folder: Path, telegram: str) -> Running: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Customers at once, seconds until the API answers, updates to measure, seconds after which it is enough."""

    customers: int
    delay: float
    updates: int
    enough: float
    #: customers answer nothing after the first question
    leave_open: bool = False
    #: updates that come before and don't count; enough of them by default
    warm_up: int | None = None


class StandIn:
    """The other process, and what it is told."""

    def __init__(self) -> None:
        command = [sys.executable, str(HERE / "standin.py")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{self._heard()['port']}"

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def begin(self, bot: Bot, folder: Path) -> Running:
        """Start a bot, and wait until it takes updates."""
        self.ask(do="reset")
        running = bot.start(folder, self.url)
        until = time.monotonic() + 60
        kind = "webhooks" if bot.webhook else "polls"
        while self.ask(do="listening")[kind] < bot.processes:
            if time.monotonic() > until or running.has_ended:
                running.stop()
                raise SystemExit(f"{bot.name} did not start:\n{(folder / 'bot.log').read_text()}")
            time.sleep(0.05)
        time.sleep(0.5)
        return running

    def run(
        self,
        running: Running,
        load: Load,
        *,
        first_chat: int = 1_000_000,
        server: int | None = None,
    ) -> dict[str, Any]:
        warm_up = load.warm_up
        if warm_up is None:
            warm_up = min(load.updates // 5, 400) if load.customers <= 50 else load.customers
        return self.ask(
            do="run",
            customers=load.customers,
            delay=load.delay,
            updates=load.updates,
            warm_up=max(warm_up, load.customers),
            first_chat=first_chat,
            links=running.links,
            pids=running.pids,
            server=server,
            patience=load.enough,
            leave_open=load.leave_open,
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The stand-in has ended.")
        return dict(json.loads(line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    bot: str
    customers: int
    delay: float
    updates: int
    per_second: float
    p50: float
    p99: float
    #: CPU seconds of the bot for 1,000 updates
    cpu: float
    #: of the stand-in and the customers
    own_cpu: float
    calls: float
    rss: int
    #: CPU seconds of the database's server for 1,000 updates
    server_cpu: float = 0.0


def measure(
    stand_in: StandIn, bot: Bot, folder: Path, load: Load, *, server: int | None = None
) -> Measured:
    running = stand_in.begin(bot, folder)
    try:
        found = stand_in.run(running, load, server=server)
    finally:
        running.stop()
    updates = max(found["updates"], 1)
    return Measured(
        bot=bot.name,
        customers=load.customers,
        delay=load.delay,
        updates=found["updates"],
        per_second=found["updates"] / found["seconds"],
        p50=found["p50"],
        p99=found["p99"],
        cpu=1000 * found["cpu_seconds"] / updates,
        own_cpu=1000 * found["own_cpu_seconds"] / updates,
        calls=found["calls"] / updates,
        rss=found["rss"],
        server_cpu=1000 * found["server_cpu_seconds"] / updates,
    )
