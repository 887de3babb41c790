"""Run in a network of its own, in which every packet to PostgreSQL can be dropped: `unshare --net`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

from sqlalchemy.exc import DBAPIError

from faults.wire import wire_to_file
from feedbackbot.models import audit
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing

_LASTS = 120.0
_EACH = 5.0


def note(name: str, value: str = "1"):  # type: ignore[no-untyped-def]
    return lambda session: audit.set_fact(session, name, value)


async def refused(database: Database, number: int) -> tuple[bool, float]:
    """Whether nothing was acknowledged, and after how long."""
    began = time.monotonic()
    try:
        await database.awrite(note(f"lost {number}"))
    except DBAPIError as error:
        return bool(why_away(error)), time.monotonic() - began
    return False, time.monotonic() - began


async def main(socket: str, name: str) -> dict[str, object]:
    run("ip", "link", "set", "lo", "up")
    with wire_to_file(socket) as cable:
        url = f"postgresql://postgres@127.0.0.1:{cable.port}/{name}"
        database = open_database(url, KeyRing.generate(), now=datetime.now(UTC))
        await asyncio.gather(*(database.awrite(note(f"before {n}")) for n in range(20)))
        threads, ends = threading.active_count(), time.monotonic() + _LASTS

        run("tc", "qdisc", "add", "dev", "lo", "root", "blackhole")
        writes = [asyncio.ensure_future(refused(database, n)) for n in range(20)]
        while time.monotonic() < ends:
            await asyncio.sleep(_EACH)
            writes.append(asyncio.ensure_future(refused(database, len(writes))))
        outcomes = await asyncio.gather(*writes)
        more = threading.active_count() - threads

        run("tc", "qdisc", "del", "dev", "lo", "root")
        await database.awrite(note("after"))
        after = database.read(lambda session: audit.fact(session, "after"))
        database.close()
    return {
        "written": len(outcomes),
        "refused": sum(was for was, _ in outcomes),
        "longest_seconds": max(seconds for _, seconds in outcomes),
        "threads_more": more,
        "after": after,
    }


def run(*words: str) -> None:
    subprocess.run(words, check=True)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))
