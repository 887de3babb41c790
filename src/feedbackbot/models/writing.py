"""One thread writes to SQLite: whatever has queued up is committed together, a savepoint each."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from feedbackbot import metrics
from feedbackbot.models.prepared import CONNECTION

T = TypeVar("T")

#: bounds how long the first of a group waits for its commit
_GROUP = 200
#: after a group that took so long, other processes get a gap to begin in: an import, a command
_LONG, _GAP = 0.03, 0.003


@dataclass(slots=True, eq=False)
class _Task:
    """Work on its way: where its outcome goes, and the outcome once there is one."""

    work: Callable[[Session], Any]
    waiter: Future[Any] | asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupWriter:
    """Takes work from any thread or loop; a work that raises leaves no trace and disturbs nobody."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="feedbackbot-writer", daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Session], T]) -> T:
        """Blocks until the commit."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a work must not wait for another one: call the function instead")
        waiter: Future[T] = Future()
        self._submit(_Task(work, waiter))
        return waiter.result()

    async def awrite(self, work: Callable[[Session], T]) -> T:
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._submit(_Task(work, waiter))
        return await waiter

    def close(self) -> None:
        """Finishes what was submitted before, and takes nothing more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _submit(self, task: _Task) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._queue.put(task)

    def _run(self) -> None:
        while tasks := self._take():
            started = time.perf_counter()
            _commit_together(self._engine, tasks)
            _tell(tasks)
            took = time.perf_counter() - started
            metrics.COMMIT_SECONDS.observe(took)
            metrics.COMMIT_WORKS.observe(len(tasks))
            if took > _LONG:
                time.sleep(_GAP)

    def _take(self) -> list[_Task]:
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


def _commit_together(engine: Engine, tasks: Sequence[_Task]) -> None:
    """If the transaction as a whole is lost, everybody in it gets that error."""
    try:
        with engine.begin() as connection:
            for task in tasks:
                _attempt(connection, task)
    except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to those who wait
        for task in tasks:
            task.error = task.error or error


def _attempt(connection: Connection, task: _Task) -> None:
    """In a savepoint. The session has another one of its own, but only for works that use it for more than statements
    of every turn: it costs as much as a few of those.
    """
    driver: Any = connection.connection.dbapi_connection
    driver.execute("SAVEPOINT work")
    try:
        _run(connection, task)
    except BaseException as error:
        # a future refuses StopIteration, which would leave the others of the group waiting
        task.error = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
        # a full disk makes SQLite roll the whole transaction back by itself
        if not driver.in_transaction:
            raise
        driver.execute("ROLLBACK TO work")
    driver.execute("RELEASE work")


def _run(connection: Connection, task: _Task) -> None:
    with Session(
        connection,
        expire_on_commit=False,
        join_transaction_mode="create_savepoint",
        info={CONNECTION: connection},
    ) as session:
        task.result = task.work(session)
        if session.in_transaction() or session.new or session.dirty or session.deleted:
            session.commit()


def _tell(tasks: Sequence[_Task]) -> None:
    """Wakes every event loop once, however many of its works were in the group."""
    loops: dict[asyncio.AbstractEventLoop, list[_Task]] = {}
    for task in tasks:
        if isinstance(task.waiter, asyncio.Future):
            loops.setdefault(task.waiter.get_loop(), []).append(task)
        else:
            _settle([task])
    for loop, theirs in loops.items():
        # a loop that has closed has nobody left who waits
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, theirs)


def _settle(tasks: Sequence[_Task]) -> None:
    for task in tasks:
        if task.waiter.cancelled():
            continue
        if task.error is not None:
            task.waiter.set_exception(task.error)
        else:
            task.waiter.set_result(task.result)
