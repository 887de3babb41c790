"""Works for SQLite, which has one writer at a time: whatever has queued up is committed together."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from feedbackbot import metrics
from feedbackbot.models.short_works import ShortWorks
from feedbackbot.models.works import Group, Line, Task, fail, tell

T = TypeVar("T")

#: bounds how long the first of a group waits for its commit
_GROUP = 200
#: after a group that took so long, other processes get a gap to begin in: an import, a command
_LONG, _GAP = 0.03, 0.003


class GroupWriter:
    """Takes work from any thread or loop; a work that raises leaves no trace and disturbs nobody."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        #: held from a transaction's begin to its commit
        self._turn = threading.Lock()
        self._short = ShortWorks(engine, turn=self._turn, otherwise=self._submit)
        self._thread = threading.Thread(target=self._run, name="feedbackbot-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Session], T]) -> T:
        """Blocks until the commit."""
        if threading.current_thread() is self._thread or self._short.is_running_here:
            raise RuntimeError("a work must not wait for another one: call the function instead")
        waiter: Future[T] = Future()
        self._submit(Task(work, waiter))
        return waiter.result()

    def new_line(self) -> Line:
        return Line()

    async def awrite(
        self, work: Callable[[Session], T], *, short: bool = False, line: Line | None = None
    ) -> T:
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        task = Task(work, waiter, line)
        if short:
            self._short.take(task)
        else:
            self._submit(task)
        return await waiter

    def close(self) -> None:
        """Finishes what was submitted before, and takes nothing more."""
        self._short.close()
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _submit(self, task: Task) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._queue.put(task)

    def _run(self) -> None:
        while tasks := self._take():
            started = time.perf_counter()
            with self._turn:
                _commit_together(self._engine, tasks)
            tell(tasks)
            took = time.perf_counter() - started
            metrics.COMMIT_SECONDS.observe(took)
            metrics.COMMIT_WORKS.observe(len(tasks))
            if took > _LONG:
                time.sleep(_GAP)

    def _take(self) -> list[Task]:
        """The next group; empty at the end."""
        first = self._queue.get()
        if first is None:
            return []
        tasks = [first]
        while len(tasks) < _GROUP and not self._queue.empty():
            task = self._queue.get()
            if task is None:
                self._queue.put(None)
                break
            tasks.append(task)
        return tasks


def _commit_together(engine: Engine, tasks: Sequence[Task]) -> None:
    try:
        with engine.begin() as connection:
            group = Group(connection)
            for task in tasks:
                group.attempt(task)
    except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to those who wait
        fail(tasks, error)
