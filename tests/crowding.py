"""A database before which so much waits that whoever brings more is asked to come again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from feedbackbot.models.database import Database


@contextmanager
def crowded(database: Database) -> Iterator[None]:
    """One piece of work takes long, and five hundred stand behind it."""
    goes_on = threading.Event()

    async def stand() -> None:
        first = database.awrite(lambda _: goes_on.wait(30))
        await asyncio.gather(first, *(database.awrite(lambda _: True) for _ in range(500)))

    queue = threading.Thread(target=lambda: asyncio.run(stand()))
    queue.start()
    while not database.is_crowded:
        time.sleep(0.01)
    try:
        yield
    finally:
        goes_on.set()
        queue.join()
