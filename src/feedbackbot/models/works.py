"""A work on its way to SQLite: run in a savepoint of its own, its outcome handed to whoever waits after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from feedbackbot.models.away import why_away
from feedbackbot.models.prepared import HELD, Held


@dataclass(slots=True, eq=False)
class Line:
    """Works that were handed in together and must keep their order: where one could not be stored, none behind it is."""

    error: BaseException | None = None


@dataclass(slots=True, eq=False)
class Task:
    """Where a work's outcome goes, and the outcome once there is one."""

    work: Callable[[Session], Any]
    waiter: Future[Any] | asyncio.Future[Any]
    line: Line | None = None
    result: Any = None
    error: BaseException | None = None


class Group:
    """Works of one transaction, one after another; it is begun and committed by whoever makes the group."""

    def __init__(self, connection: Connection) -> None:
        self._driver: Any = connection.connection.dbapi_connection
        # shared, since a session costs as much as a few statements; after each work it is as good as new
        self._session = Session(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={HELD: Held.of(connection)},
        )

    def attempt(self, task: Task) -> None:
        """In a savepoint. The session has another one of its own, but only for works that use it for more than
        statements of every turn.
        """
        if task.line is not None and task.line.error is not None:
            task.error = task.line.error
            return
        self._driver.execute("SAVEPOINT work")
        try:
            task.result = task.work(self._session)
            if self._session.in_transaction():
                self._session.commit()
                self._session.close()
        except BaseException as error:
            # a future refuses StopIteration, which would leave the others of the group waiting
            task.error = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
            self._session.close()
            if task.line is not None and why_away(error):
                task.line.error = error
            # a full disk makes SQLite roll the whole transaction back by itself
            if has_ended(self._driver):
                raise
            self._driver.execute("ROLLBACK TO work")
        self._driver.execute("RELEASE work")


def has_ended(driver: Any) -> bool:
    """SQLite has taken the whole transaction back; whatever came next would be stored by itself. PostgreSQL never does."""
    return not getattr(driver, "in_transaction", True)


def fail(tasks: Sequence[Task], error: BaseException) -> None:
    """If the transaction as a whole is lost, everybody in it gets that error."""
    for task in tasks:
        task.error = task.error or error
        if task.line is not None:
            task.line.error = task.line.error or error


def tell(tasks: Sequence[Task]) -> None:
    """Wakes every event loop once, however many of its works were in the group."""
    loops: dict[asyncio.AbstractEventLoop, list[Task]] = {}
    for task in tasks:
        if isinstance(task.waiter, asyncio.Future):
            loops.setdefault(task.waiter.get_loop(), []).append(task)
        else:
            settle([task])
    for loop, theirs in loops.items():
        # a loop that has closed has nobody left who waits
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, theirs)


def settle(tasks: Sequence[Task]) -> None:
    for task in tasks:
        if task.waiter.cancelled():
            continue
        if task.error is not None:
            task.waiter.set_exception(task.error)
        else:
            task.waiter.set_result(task.result)
