"""`make bench`: every bot before the same stand-in, one after the other, and what a message costs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import extras
import report
from bots import HERE, Feedbackbot, Peer, Stock
from profiling import Sampler
from telegram_process import Load, Measured, StandIn, measure

if TYPE_CHECKING:
    from postgres import Server

ROOT = HERE.parent


#: what is measured beside the bots
_PARTS = ("bots", "where", "help", "idle", "import", "memory", "size", "postgres")


def main() -> None:
    asked = _arguments()
    stand_in = StandIn()
    with tempfile.TemporaryDirectory(prefix="feedbackbot-bench-", dir=asked.folder) as name:
        try:
            found, more = _everything(asked, stand_in, Path(name))
        finally:
            stand_in.close()
    _write(asked.into, found, more)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=_path, default=ROOT / ".venv/bin/python")
    parser.add_argument("--peers", type=_path, default=ROOT / ".venv-bench/bin/python")
    parser.add_argument("--quick", action="store_true", help="two loads, no extras")
    parser.add_argument("--only", default="", help="only bots whose name contains this")
    parser.add_argument(
        "--part", action="append", choices=_PARTS, help="only this; may be given several times"
    )
    parser.add_argument("--skip-extras", action="store_true", help="the bots, and where time goes")
    parser.add_argument(
        "--database-url",
        help="your own PostgreSQL instead of a server started for it; databases are made beside this one",
    )
    parser.add_argument("--stored", type=int, default=1_000_000, help="size of the large database")
    parser.add_argument("--stored-postgres", type=int, default=100_000, help="the same there")
    parser.add_argument("--import", dest="imported", type=int, default=100_000)
    parser.add_argument("--enough", type=float, default=25, help="seconds for each measurement")
    parser.add_argument("--folder", help="where databases are written; a real disk, please")
    parser.add_argument("--into", type=_path, default=ROOT / "build/bench")
    return parser.parse_args()


def _path(told: str) -> Path:
    """From the root, as each bot starts in a folder of its own; links stay, as they lead out of an environment."""
    return Path(told).absolute()


def _everything(
    asked: argparse.Namespace, stand_in: StandIn, folder: Path
) -> tuple[list[Measured], dict[str, Any]]:
    parts = _parts(asked)
    stock = _stock(asked, folder / "stock", purchases=4000)
    stock.make(stand_in.url)
    bot = Feedbackbot(name="feedbackbot", python=asked.python, stock=stock)
    found = _side_by_side(asked, stand_in, folder, stock) if "bots" in parts else []
    more: dict[str, Any] = {}
    if "where" in parts:
        more["where"] = _where(asked, stand_in, bot, folder / "profiled")
    if "help" in parts:
        more["help_cpu_seconds"] = extras.help_seconds(asked.python)
    if "idle" in parts:
        more["idle_cpu_seconds_a_minute"] = {
            n: extras.idle(stand_in, bot, folder / f"idle-{n}", timers=n, seconds=20)
            for n in (0, 1_000_000)
        }
    if parts & {"import", "memory"}:
        more |= _many_purchases(asked, stand_in, folder, parts)
    if "size" in parts:
        more["by_size"] = extras.cost_by_size(
            stand_in, bot, folder / "by-size", stored=asked.stored, updates=4000
        )
    if "postgres" in parts:
        more["postgres"] = _postgres(asked, stand_in, folder)
    return found, more


def _parts(asked: argparse.Namespace) -> set[str]:
    if asked.part:
        return set(asked.part)
    return {"bots", "where", "help"} if asked.quick or asked.skip_extras else set(_PARTS)


def _stock(
    asked: argparse.Namespace, folder: Path, *, purchases: int, server: Server | None = None
) -> Stock:
    return Stock(
        python=asked.python,
        folder=folder,
        shipped=ROOT / "conversations",
        purchases=purchases,
        server=server,
    )


def _side_by_side(
    asked: argparse.Namespace, stand_in: StandIn, folder: Path, stock: Stock
) -> list[Measured]:
    found: list[Measured] = []
    for load in _loads(quick=asked.quick, enough=asked.enough):
        for bot in _bots(asked, stock):
            if asked.only in bot.name:
                place = folder / f"{bot.name}-{load.customers}-{load.delay}".replace(" ", "")
                found.append(measure(stand_in, bot, place, load))
                _say(found[-1])
    return found


def _loads(*, quick: bool, enough: float) -> list[Load]:
    if quick:
        return [Load(customers=50, delay=d, updates=1200, enough=8) for d in (0, 0.05)]
    return [
        Load(
            customers=customers, delay=delay, updates=400 if customers == 1 else 4000, enough=enough
        )
        for delay in (0, 0.05)
        for customers in (1, 50, 500)
    ]


def _bots(asked: argparse.Namespace, stock: Stock) -> list[Feedbackbot | Peer]:
    python = asked.python
    return [
        Feedbackbot(name="feedbackbot", python=python, stock=stock),
        Feedbackbot(name="feedbackbot, polling", python=python, stock=stock, webhook=False),
        Peer(name=report.REFERENCE, python=asked.peers, file="ptb_bot.py"),
        Peer(name="aiogram FSM + SQLAlchemy", python=asked.peers, file="aiogram_bot.py"),
        Peer(name="bare floor", python=asked.peers, file="floor.py", webhook=True),
    ]


def _where(
    asked: argparse.Namespace, stand_in: StandIn, bot: Feedbackbot, folder: Path
) -> dict[str, float]:
    """Shares of the time of one more run, so that the profiler slows down none that counts."""
    spy = asked.peers.parent / "py-spy"
    if not spy.exists():
        return {}
    running = stand_in.begin(bot, folder)
    try:
        sampler = Sampler(spy, running, folder / "samples")
        stand_in.run(running, Load(customers=50, delay=0, updates=4000, enough=20))
        return sampler.rooms()
    finally:
        running.stop()


def _many_purchases(
    asked: argparse.Namespace, stand_in: StandIn, folder: Path, parts: set[str]
) -> dict[str, Any]:
    """The import, and then conversations about what it brought."""
    stock = _stock(asked, folder / "import", purchases=asked.imported)
    stock.make(stand_in.url)
    more: dict[str, Any] = {
        "import": {
            "purchases": asked.imported,
            "seconds": stock.import_seconds,
            "cpu_seconds": stock.import_cpu_seconds,
        }
    }
    if "memory" in parts:
        bot = Feedbackbot(name="feedbackbot", python=asked.python, stock=stock)
        most = min(30_000, asked.imported)
        sizes = (most // 10, most // 3, most)
        more["memory"] = extras.memory(stand_in, bot, folder / "open", sizes=sizes)
    return more


def _postgres(asked: argparse.Namespace, stand_in: StandIn, folder: Path) -> dict[str, Any]:
    from postgres import server

    with server(asked.database_url, asked.folder) as postgres:
        stock = _stock(asked, folder / "stock-postgres", purchases=4000, server=postgres)
        stock.make(stand_in.url)
        bot = Feedbackbot(name="feedbackbot", python=asked.python, stock=stock)
        loads = [
            Load(customers=customers, delay=delay, updates=4000, enough=asked.enough)
            for customers, delay in ((50, 0), (50, 0.05), (500, 0.05))
        ]
        place = folder / "postgres"
        found = extras.on_postgres(stand_in, bot, place, server=postgres, loads=loads)
        return {
            "runs": [asdict(one) for one in found],
            "table": report.processes_table(found),
            "by_size": extras.cost_by_size(
                stand_in, bot, place / "by-size", stored=asked.stored_postgres, updates=4000
            ),
        }


def _say(one: Measured) -> None:
    print(
        f"{one.customers:>4} customers {one.delay * 1000:>3.0f} ms  {one.bot:<38} {one.per_second:>6.0f}/s  "
        f"p50 {one.p50 * 1000:>5.0f}  p99 {one.p99 * 1000:>5.0f} ms  {one.cpu:>5.2f} CPU s/1k",
        flush=True,
    )


def _write(into: Path, found: list[Measured], more: dict[str, Any]) -> None:
    into.mkdir(parents=True, exist_ok=True)
    (into / "bench.md").write_text(report.table(found) + "\n", encoding="utf-8")
    (into / "bench.svg").write_text(report.drawing(found), encoding="utf-8")
    (into / "bench.json").write_text(report.as_json(found, more), encoding="utf-8")
    print(f"\n{report.machine()}\n\n{report.table(found)}\n")
    for room, share in more.pop("where", {}).items():
        print(f"  {room:<12} {share:>5.0%}")
    if postgres := more.pop("postgres", None):
        print(f"\n{postgres['table']}\n\n  postgres_by_size: {postgres['by_size']}")
    for name, value in more.items():
        print(f"  {name}: {value}")
    print(f"\nTable, drawing and figures: {into}")


if __name__ == "__main__":
    sys.exit(main())
