"""Works that are over in a moment are run by the event loop itself; a thread only waits for the disk.

Two threads that both want Python's lock take a sixth more processor time for the same messages.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from sqlalchemy import Connection, Engine

from feedbackbot import metrics
from feedbackbot.models.engines import AT_ONCE
from feedbackbot.models.works import Group, Task, fail, settle

#: seconds after which a group is committed, so that the loop gets round to everything else
_LONGEST = 0.02


class ShortWorks:
    """Of one event loop, the first that brings some; what can't be begun at once goes the way of all others."""

    def __init__(
        self, engine: Engine, *, turn: threading.Lock, otherwise: Callable[[Task], None]
    ) -> None:
        self._engine = engine.execution_options(**AT_ONCE)
        self._turn = turn
        self._otherwise = otherwise
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[Task] = deque()
        self._is_busy = self._is_closed = False
        self._runs_in: int | None = None
        #: went the other way and are not finished: what comes after them must not overtake
        self._elsewhere = 0
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="feedbackbot-commit")

    @property
    def is_running_here(self) -> bool:
        """Whoever asks is such a work itself."""
        return self._runs_in == threading.get_ident()

    def take(self, task: Task) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop or self._is_closed:
            self._otherwise(task)
            return
        self._waiting.append(task)
        self._look_soon(loop)

    def close(self) -> None:
        """What waits is still written."""
        self._is_closed = True
        while self._waiting:
            self._otherwise(self._waiting.popleft())
        self._disk.shutdown()

    def _look_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._go, loop)

    def _go(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._elsewhere or not self._turn.acquire(blocking=False):
            self._give_away()
            return
        try:
            connection = _begin(self._engine)
        except Exception:  # noqa: BLE001 - the other way tries it again, and tells
            self._turn.release()
            self._give_away()
            return
        started = time.perf_counter()
        tasks = self._run(connection)
        try:
            self._disk.submit(self._finish, loop, connection, tasks, started)
        except RuntimeError:
            # closed meanwhile
            self._finish(loop, connection, tasks, started)

    def _run(self, connection: Connection) -> list[Task]:
        """Those that were run."""
        tasks: list[Task] = []
        until = time.perf_counter() + _LONGEST
        self._runs_in = threading.get_ident()
        try:
            group = Group(connection)
            while self._waiting and time.perf_counter() < until:
                tasks.append(self._waiting.popleft())
                group.attempt(tasks[-1])
        except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to those who wait
            connection.rollback()
            fail(tasks, error)
        finally:
            self._runs_in = None
        return tasks

    def _give_away(self) -> None:
        """Another program writes, or the disk is in trouble: the loop must not wait for that."""
        self._is_busy = False
        while self._waiting:
            task = self._waiting.popleft()
            self._elsewhere += 1
            assert isinstance(task.waiter, asyncio.Future)
            task.waiter.add_done_callback(self._is_back)
            self._otherwise(task)

    def _is_back(self, _waiter: object) -> None:
        self._elsewhere -= 1

    def _finish(
        self,
        loop: asyncio.AbstractEventLoop,
        connection: Connection,
        tasks: list[Task],
        started: float,
    ) -> None:
        """In the thread: a commit takes as long as the disk does."""
        try:
            with connection:
                connection.commit()
        except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to those who wait
            fail(tasks, error)
        finally:
            self._turn.release()
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - started)
        metrics.COMMIT_WORKS.observe(len(tasks))
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(self._done, loop, tasks)

    def _done(self, loop: asyncio.AbstractEventLoop, tasks: list[Task]) -> None:
        settle(tasks)
        self._is_busy = False
        self._look_soon(loop)


def _begin(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection
