"""Many threads, and many processes, write to PostgreSQL at once: a transaction each, run again where they collide."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from feedbackbot import metrics
from feedbackbot.models.works import Line

T = TypeVar("T")

#: serialization failure, deadlock, and a row that somebody else has just added: the next look finds it
_PASSING = {"40001", "40P01", "23505"}
_TRIES = 5


class PoolWriter:
    """A work may be run several times, the last of which counts; what it changes outside of its session must bear that."""

    def __init__(self, engine: Engine, *, threads: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="feedbackbot-writer")

    def write(self, work: Callable[[Session], T]) -> T:
        """Blocks until the commit."""
        for tries in range(1, _TRIES):
            try:
                return self._once(work)
            except DBAPIError as error:
                if not is_collision(error):
                    raise
            # two that have met must not meet again at once
            time.sleep(random.uniform(0, 0.01 * 2**tries))
        return self._once(work)

    def new_line(self) -> None:
        """Works run side by side."""

    async def awrite(
        self, work: Callable[[Session], T], *, short: bool = False, line: Line | None = None
    ) -> T:
        del short, line  # even a short one waits for the network
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write, work)

    def close(self) -> None:
        """Waits for what was submitted."""
        self._threads.shutdown()

    def _once(self, work: Callable[[Session], T]) -> T:
        with (
            metrics.COMMIT_SECONDS.time(),
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            return work(session)


def is_collision(error: BaseException) -> bool:
    """Another transaction was quicker: the whole of this one has to be run again, no part of it."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _PASSING
