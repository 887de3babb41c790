"""A day of the bot's life in minutes: `python -m simulated.soak`; ends with figures, or with what is broken and the seed."""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from conftest import CONVERSATIONS, NOW
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.models.keys import KeyRing
from postgres import postgres_server
from simulated.crowd import Crowd
from simulated.figures import figures, write_into
from simulated.platforms import Fault, Platform
from simulated.truth import untrue
from simulated.world import World

_DOCS = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
#: each commit waits for the disk, which proves nothing here
_IN_MEMORY = Path("/dev/shm")
_TICK = timedelta(seconds=10)
#: of all sends
_CHANCES = {
    Fault.REFUSED: 0.01,
    Fault.BUSY: 0.005,
    Fault.DOWN: 0.01,
    Fault.LOST: 0.005,
    Fault.ACCEPTED: 0.005,
    Fault.DIES_BEFORE: 0.001,
    Fault.DIES_AFTER: 0.001,
}
#: hours at which a platform is away, and minutes for which it is
_OUTAGES = {"telegram": ((3.0, 10), (14.0, 30)), "slack": ((6.0, 45), (12.0, 20), (18.0, 5))}


def main() -> int:
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.stdout.write(f"seed {options.seed}\n")
    sys.stdout.flush()
    begun = time.monotonic()
    with TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        if options.postgres:
            with postgres_server() as server:
                crowd, wrong = asyncio.run(_live(options, Path(folder), server.create()))
        else:
            url = f"sqlite:///{folder}/feedbackbot.sqlite3"
            crowd, wrong = asyncio.run(_live(options, Path(folder), url))
    table = figures(
        crowd, wrong, options, seconds=time.monotonic() - begun, command=_command(options)
    )
    sys.stdout.write(table)
    if wrong:
        sys.stdout.write("\n".join(["", "BROKEN:", *wrong[:50], ""]))
        return 1
    if not options.dry:
        write_into(_DOCS, "PostgreSQL" if options.postgres else "SQLite", table)
    return 0


async def _live(options: argparse.Namespace, folder: Path, url: str) -> tuple[Crowd, list[str]]:
    world = World(
        url=url,
        keys=KeyRing.generate(),
        library=load_library(CONVERSATIONS),
        conversations=CONVERSATIONS,
        now=NOW,
        erased_file=folder / "erased.txt",
    )
    crowd = Crowd(world, Random(options.seed))
    crowd.plan(purchases=options.purchases, hours=options.hours)
    for platform in (world.telegram, world.slack):
        platform.chance = _trouble(world, platform, crowd.random)
    await world.start()
    try:
        wrong = await _day(world, crowd, hours=options.hours)
        await world.calm_down()
        return crowd, wrong + await untrue(world, crowd.people)
    finally:
        world.database.close()


async def _day(world: World, crowd: Crowd, *, hours: float) -> list[str]:
    """Every rule is looked at each hour, in the middle of everything."""
    end, hour, wrong = NOW + timedelta(hours=hours), NOW, []
    while world.now < end:
        until = world.now + _TICK
        await asyncio.gather(*(act() for act in crowd.due()))
        await _fatal(crowd)
        await world.pass_time(max(until - world.now, timedelta(0)))
        if world.now >= hour + timedelta(hours=1):
            hour = world.now
            wrong += [
                f"{hour:%H:%M} {one.rule}: {one.subject}: {one.sentence}"
                for one in await world.broken()
            ]
            sys.stderr.write(f"{hour:%H:%M} {dict(crowd.done)}\n")
    return wrong


async def _fatal(crowd: Crowd) -> None:
    fatal, crowd.fatal = crowd.fatal, []
    for person, incoming, committed in fatal:
        await crowd.world.receive_and_die(incoming, committed=committed)
        assert (await crowd.world.receive(incoming)).repeated == committed
        await person.note(incoming)


def _trouble(world: World, platform: Platform, random: Random) -> Callable[[str], Fault | None]:
    kinds, chances = list(_CHANCES), list(_CHANCES.values())

    def draw(_kind: str) -> Fault | None:
        hour = (world.now - NOW) / timedelta(hours=1)
        if any(at <= hour < at + minutes / 60 for at, minutes in _OUTAGES[platform.name]):
            return Fault.DOWN
        luck = random.random()
        for kind, chance in zip(kinds, chances, strict=True):
            luck -= chance
            if luck < 0:
                return kind
        return None

    return draw


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--purchases", type=int, default=5000)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--dry", action="store_true", help="leave docs/reliability.md as it is")
    return parser.parse_args()


def _command(options: argparse.Namespace) -> str:
    """Which does all of this again, with the same luck."""
    told = ["--postgres"] if options.postgres else []
    if options.purchases != 5000:
        told.append(f"--purchases {options.purchases}")
    if options.hours != 24:
        told.append(f"--hours {options.hours:g}")
    return f'make day DAY="{" ".join([*told, f"--seed {options.seed}"])}"'


if __name__ == "__main__":
    sys.exit(main())
