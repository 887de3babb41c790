"""What does not show while customers talk: memory, a large database, a million timers, PostgreSQL, the start."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bots import FILE, Feedbackbot
from growing import grow
from processes import usage_of
from telegram_process import Load, Measured, StandIn, measure

if TYPE_CHECKING:
    from postgres import Server

_FAR = 4_102_444_800_000_000
#: conversations that are there already where the cost of a small database is measured
_SMALL = 1000
_APART = 10_000_000_000_000


def memory(
    stand_in: StandIn, bot: Feedbackbot, folder: Path, *, sizes: tuple[int, ...]
) -> dict[str, Any]:
    """RSS while more and more conversations are left open after their first question, and what each more costs."""
    running = stand_in.begin(bot, folder)
    links = running.links
    rss: dict[int, int] = {}
    try:
        begun = 0
        for size in sizes:
            running.links = links[begun:]
            load = Load(
                customers=50,
                delay=0,
                updates=size - begun - 300,
                enough=400,
                leave_open=True,
                warm_up=50,
            )
            found = stand_in.run(running, load, first_chat=1_000_000 + begun)
            begun += found["conversations"]
            rss[begun] = found["rss"]
    finally:
        running.stop()
    first, last = min(rss), max(rss)
    return {"rss": rss, "bytes_for_each_more": (rss[last] - rss[first]) / (last - first)}


def cost_by_size(
    stand_in: StandIn,
    bot: Feedbackbot,
    folder: Path,
    *,
    stored: int,
    updates: int,
    rounds: int = 2,
) -> dict[str, Any]:
    """CPU for 1,000 updates with 1,000 conversations in the database and with `stored`, by turns; the better of each."""
    links = bot.stock.links
    databases = {size: _seeded(stand_in, bot, folder / str(size)) for size in (_SMALL, stored)}
    began = time.perf_counter()
    large = grow(databases[stored], stored)
    found: dict[str, Any] = {"stored": large, "seconds_to_grow": time.perf_counter() - began}
    costs: dict[int, list[float]] = {_SMALL: [], stored: []}
    at, each = _SMALL + 200, (len(links) - _SMALL - 200) // rounds
    for turn in range(rounds):
        for size, database in databases.items():
            mine = links[at + turn * each : at + (turn + 1) * each]
            first_chat = _APART * (turn + 1)
            place = folder / f"{size}-{turn}"
            costs[size].append(
                _cost(
                    stand_in, bot.on(database), place, mine, updates=updates, first_chat=first_chat
                )
            )
    small, large_cost = min(costs[_SMALL]), min(costs[stored])
    return found | {"small": small, "large": large_cost, "factor": large_cost / small}


def _seeded(stand_in: StandIn, bot: Feedbackbot, folder: Path) -> str:
    """A database with a thousand conversations that were really held."""
    database = bot.stock.copy(folder)
    running = stand_in.begin(bot.on(database), folder)
    running.links = running.links[: _SMALL + 100]
    try:
        stand_in.run(
            running, Load(customers=50, delay=0, updates=_SMALL * 4, enough=300, warm_up=50)
        )
    finally:
        running.stop()
    return database


def _cost(
    stand_in: StandIn,
    bot: Feedbackbot,
    place: Path,
    links: list[str],
    *,
    updates: int,
    first_chat: int,
) -> float:
    running = stand_in.begin(bot, place)
    running.links = links
    try:
        load = Load(customers=50, delay=0, updates=min(updates, len(links) * 3), enough=120)
        found = stand_in.run(running, load, first_chat=first_chat)
    finally:
        running.stop()
    return 1000 * float(found["cpu_seconds"]) / max(found["updates"], 1)


def on_postgres(
    stand_in: StandIn, bot: Feedbackbot, folder: Path, *, server: Server, loads: list[Load]
) -> list[Measured]:
    """One process and two on one database; customers' updates go to the one and to the other by turns."""
    stock = replace(
        bot.stock,
        database=_seeded(stand_in, bot, folder / "seeded"),
        links=bot.stock.links[_SMALL + 100 :],
    )
    server.analyze(stock.database)
    found: list[Measured] = []
    for load in loads:
        for processes in (1, 2):
            named = replace(
                bot,
                name=f"feedbackbot, PostgreSQL, processes: {processes}",
                stock=stock,
                processes=processes,
            )
            place = folder / f"{processes}-{load.customers}-{load.delay}"
            found.append(measure(stand_in, named, place, load, server=server.pid))
    return found


def idle(
    stand_in: StandIn, bot: Feedbackbot, folder: Path, *, timers: int, seconds: float
) -> float:
    """CPU seconds in a minute of a bot that nobody talks to, with so many timers pending."""
    copied = bot.stock.copy(folder)
    with closing(sqlite3.connect(folder / FILE)) as database:
        database.execute("DELETE FROM timers")
        rows = (("chat", 1_000_000 + n, _FAR + n) for n in range(timers))
        database.executemany("INSERT INTO timers (kind, subject_id, due_at) VALUES (?, ?, ?)", rows)
        database.commit()
    running = stand_in.begin(bot.on(copied), folder)
    try:
        time.sleep(2)
        before = usage_of(running.pids[0]).cpu
        time.sleep(seconds)
        return (usage_of(running.pids[0]).cpu - before) * 60 / seconds
    finally:
        running.stop()


def help_seconds(python: Path) -> float:
    """CPU of `feedbackbot --help`, the best of five, with its bytecode in place."""
    environ = {n: v for n, v in os.environ.items() if n != "PYTHONDONTWRITEBYTECODE"}
    times: list[float] = []
    for _ in range(6):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [str(python), "-m", "feedbackbot", "--help"],
            env=environ,
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times[1:])
