"""What does not show while customers talk: memory, a large database, a million timers, the import, the start."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bots import Feedbackbot
from processes import usage_of
from telegram_process import Load, StandIn

_FAR = 4_102_444_800_000_000
#: tables of a conversation; columns that must be different in each copy, and how
_COPIED: dict[str, dict[str, str]] = {
    "customers": {
        "telegram_id": "telegram_id + {k} * 10000000",
        "source_customer_id": "source_customer_id || '-{k}'",
        "conversation_id": "conversation_id",
    },
    "purchases": {"customer_id": "customer_id + {customers}", "order_id": "order_id || '-{k}'"},
    "invitations": {
        "purchase_id": "purchase_id + {purchases}",
        "customer_id": "customer_id + {customers}",
        "token_sha256": "token_sha256 || '-{k}'",
    },
    "conversations": {
        "customer_id": "customer_id + {customers}",
        "purchase_id": "purchase_id + {purchases}",
        "invitation_id": "invitation_id + {invitations}",
    },
    "answers": {"conversation_id": "conversation_id + {conversations}"},
    "messages": {
        "customer_id": "customer_id + {customers}",
        "conversation_id": "conversation_id + {conversations}",
    },
    "outbox": {
        "customer_id": "customer_id + {customers}",
        "conversation_id": "conversation_id + {conversations}",
        "chat_key": "chat_key || '-{k}'",
    },
    "received": {"key": "\"key\" || '-{k}'"},
}


def memory(stand_in: StandIn, bot: Feedbackbot, folder: Path, *, many: int) -> float:
    """Bytes of RSS for each conversation that is left open after its first question."""
    running = stand_in.begin(bot, folder)
    try:
        load = Load(customers=50, delay=0, updates=many, enough=180, leave_open=True)
        found = stand_in.run(running, load)
    finally:
        running.stop()
    return float(found["rss"] - found["rss_before"]) / max(found["updates"], 1)


def cost_by_size(
    stand_in: StandIn, bot: Feedbackbot, folder: Path, *, stored: int, updates: int
) -> dict[str, Any]:
    """CPU for 1,000 updates with 1,000 conversations in the database, and with `stored`."""
    seeded = folder / "seeded"
    running = stand_in.begin(bot, seeded)
    load = Load(customers=50, delay=0, updates=3600, enough=180)
    stand_in.run(running, load)
    running.stop()
    fresh = bot.stock.links[1600:]
    costs: dict[int, float] = {}
    for size in (1000, stored):
        place = folder / f"size-{size}"
        shutil.copytree(seeded, place)
        grow(place / "feedbackbot.sqlite3", size)
        costs[size] = _cost(stand_in, bot, place, fresh, updates)
        shutil.rmtree(place)
    return {"stored": stored, "small": costs[1000], "large": costs[stored]}


def _cost(
    stand_in: StandIn, bot: Feedbackbot, place: Path, links: list[str], updates: int
) -> float:
    running = stand_in.begin(bot.on(place), place)
    running.links = links
    try:
        load = Load(customers=50, delay=0, updates=updates, enough=120)
        found = stand_in.run(running, load, first_chat=900_000_000_000)
    finally:
        running.stop()
    return 1000 * float(found["cpu_seconds"]) / max(found["updates"], 1)


def grow(file: Path, size: int) -> None:
    """Copy what the conversations left until there are so many of them, with keys of their own."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA cache_size=-400000")
        (have,) = database.execute("SELECT count(*) FROM conversations").fetchone()
        tops = {t: _top(database, t) for t in _COPIED if t != "received"}
        for k in range(1, max(size // max(have, 1), 1)):
            shifts = {table: top * k for table, top in tops.items()}
            for table, changed in _COPIED.items():
                _copy(database, table, changed, {**shifts, "k": k}, tops.get(table, 0))
            database.commit()
        database.execute("ANALYZE")
        database.commit()


def _top(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0)


def _copy(
    database: sqlite3.Connection,
    table: str,
    changed: dict[str, str],
    shifts: dict[str, Any],
    top: int,
) -> None:
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    values = {name: changed.get(name, f'"{name}"').format(**shifts) for name in names}
    if "id" in names:
        values["id"] = f"id + {shifts[table]}"
    where = f"WHERE id <= {top}" if top else "WHERE \"key\" NOT LIKE '%-%'"
    if table == "customers":
        where += " AND telegram_id < 10000000"
    elif table in {"purchases", "invitations"}:
        where += " AND customer_id IN (SELECT id FROM customers WHERE telegram_id < 10000000)"
    columns = ", ".join(f'"{name}"' for name in names)
    database.execute(
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values[n] for n in names)} FROM {table} {where}"
    )


def idle(
    stand_in: StandIn, bot: Feedbackbot, folder: Path, *, timers: int, seconds: float
) -> float:
    """CPU seconds in a minute of a bot that nobody talks to, with so many timers pending."""
    shutil.copytree(bot.stock.data, folder, dirs_exist_ok=True)
    with closing(sqlite3.connect(folder / "feedbackbot.sqlite3")) as database:
        database.execute("DELETE FROM timers")
        rows = (("chat", 1_000_000 + n, _FAR + n) for n in range(timers))
        database.executemany("INSERT INTO timers (kind, subject_id, due_at) VALUES (?, ?, ?)", rows)
        database.commit()
    running = stand_in.begin(bot.on(folder), folder)
    try:
        time.sleep(2)
        before = usage_of(running.process.pid).cpu
        time.sleep(seconds)
        return (usage_of(running.process.pid).cpu - before) * 60 / seconds
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
