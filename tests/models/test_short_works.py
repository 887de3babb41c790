"""Works that the event loop runs itself: no thread takes part but the one that waits for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.models.audit import HouseFact
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.short_works import ShortWorks
from feedbackbot.models.works import Task, settle


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


def note(name: str, value: str = "noted") -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(HouseFact(name=name, value=value))
        session.flush()
        return name

    return work


def noted(database: Database) -> list[str]:
    """In the order in which they were written."""
    return list(
        database.read(
            lambda session: session.scalars(
                select(HouseFact.name).where(HouseFact.value == "noted").order_by(text("rowid"))
            ).all()
        )
    )


@contextmanager
def another_program_writes(url: str) -> Iterator[None]:
    file = make_url(url).database
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")


async def test_they_run_in_the_thread_of_the_loop_and_are_committed_together(
    database: Database,
) -> None:
    commits: list[object] = []
    event.listen(database._engines[0], "commit", commits.append)
    here = threading.get_ident()

    found = await asyncio.gather(
        *(database.awrite(lambda _: threading.get_ident(), short=True) for _ in range(30))
    )

    assert found == [here] * 30
    assert len(commits) == 1


async def test_after_some_of_many_the_loop_gets_round_to_everything_else(
    database: Database,
) -> None:
    commits: list[object] = []
    event.listen(database._engines[0], "commit", commits.append)

    await asyncio.gather(
        *(database.awrite(lambda _: time.sleep(0.005), short=True) for _ in range(40))
    )

    # 0.2 s in all
    assert len(commits) >= 5


async def test_one_that_raises_leaves_no_trace_and_disturbs_nobody(database: Database) -> None:
    def fails(session: Session) -> None:
        note("half")(session)
        raise StopIteration

    outcomes = await asyncio.gather(
        database.awrite(note("before"), short=True),
        database.awrite(fails, short=True),
        database.awrite(note("before", "twice"), short=True),
        database.awrite(note("after"), short=True),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [str, RuntimeError, IntegrityError, str]
    assert noted(database) == ["before", "after"]


async def test_rows_that_come_out_don_t_go_on_changing(database: Database) -> None:
    """One session is used for all of a group."""

    def add(session: Session) -> HouseFact:
        fact = HouseFact(name="a", value="noted")
        session.add(fact)
        return fact

    def change(session: Session) -> None:
        session.get_one(HouseFact, "a").value = "changed"

    fact, _ = await asyncio.gather(
        database.awrite(add, short=True), database.awrite(change, short=True)
    )
    assert fact.value == "noted"
    fact.value = "never stored"
    await database.awrite(note("b"), short=True)

    assert noted(database) == ["b"]
    assert database.read(lambda session: session.get_one(HouseFact, "a").value) == "changed"


async def test_while_another_program_writes_the_loop_goes_on_and_nobody_overtakes(
    database: Database, database_url: str
) -> None:
    with another_program_writes(database_url):
        first = [asyncio.create_task(database.awrite(note(f"{n}"), short=True)) for n in range(3)]
        before = time.perf_counter()
        await asyncio.sleep(0.05)
        assert time.perf_counter() - before < 1
        assert not any(task.done() for task in first)
    later = [asyncio.create_task(database.awrite(note(f"{n}"), short=True)) for n in range(3, 6)]
    await asyncio.gather(*first, *later)

    assert noted(database) == ["0", "1", "2", "3", "4", "5"]


async def test_what_comes_after_one_that_went_the_other_way_waits_for_it(
    database: Database,
) -> None:
    """The other way has begun with it, so that nobody holds the file, and has not finished."""
    turn, went_elsewhere = threading.Lock(), list[Task]()
    short = ShortWorks(database._engines[0], turn=turn, otherwise=went_elsewhere.append)
    order: list[str] = []

    def brought(name: str) -> asyncio.Future[None]:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        short.take(Task(lambda _: order.append(name), waiter))
        return waiter

    with turn:
        brought("first")
        await asyncio.sleep(0)
    brought("second")
    await asyncio.sleep(0)
    for task in went_elsewhere:
        settle([replace(task, result=task.work(Session()))])
    await asyncio.sleep(0)
    await brought("third")
    short.close()

    assert order == ["first", "second", "third"]


async def test_behind_a_long_work_they_wait_without_holding_up_the_loop(database: Database) -> None:
    gate = threading.Event()
    long = asyncio.create_task(database.awrite(lambda _: gate.wait(5)))
    await asyncio.sleep(0.02)

    short = asyncio.create_task(database.awrite(note("a"), short=True))
    await asyncio.sleep(0.02)
    assert not short.done()
    gate.set()

    assert await short == "a"
    assert await long


async def test_when_the_transaction_is_lost_everybody_is_told(database: Database) -> None:
    def lose_everything(session: Session) -> None:
        session.connection().connection.dbapi_connection.execute("ROLLBACK")  # type: ignore[union-attr]

    works = [note("a"), lose_everything, note("b")]
    outcomes = await asyncio.gather(
        *(database.awrite(work, short=True) for work in works), return_exceptions=True
    )

    assert isinstance(outcomes[0], SQLAlchemyError | sqlite3.Error)
    assert isinstance(outcomes[1], SQLAlchemyError | sqlite3.Error)
    assert await database.awrite(note("c"), short=True) == "c"
    told = [name for name in ("a", "b") if name in outcomes]
    assert noted(database) == [*told, "c"]


async def test_a_full_disk_is_told_and_passes(database: Database) -> None:
    def limit(pages: int) -> None:
        database.write(lambda session: session.execute(text(f"PRAGMA max_page_count={pages}")))

    limit(150)
    outcomes = await asyncio.gather(
        database.awrite(note("a"), short=True),
        database.awrite(note("huge", "x" * 5_000_000), short=True),
        database.awrite(note("b"), short=True),
        return_exceptions=True,
    )
    limit(100_000)

    assert isinstance(outcomes[1], OperationalError)
    assert noted(database) == [name for name in ("a", "b") if name in outcomes]
    assert await database.awrite(note("c"), short=True) == "c"


async def test_one_that_waits_for_another_work_is_refused_instead_of_hanging(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError, match="must not wait"):
        await database.awrite(lambda _: database.write(note("inner")), short=True)


async def test_closing_writes_what_waits_and_takes_nothing_more(
    tmp_path: Path, keys: KeyRing, now: datetime
) -> None:
    url = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    database = open_database(url, keys, now=now)
    waiting = [asyncio.create_task(database.awrite(note(f"{n}"), short=True)) for n in range(5)]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*waiting)

    with pytest.raises(RuntimeError, match="closed"):
        await database.awrite(note("late"), short=True)
    again = open_database(url, keys, now=now)
    assert noted(again) == ["0", "1", "2", "3", "4"]
    again.close()


async def test_another_loop_s_works_go_the_way_of_all_others(database: Database) -> None:
    await database.awrite(note("here"), short=True)

    there = await asyncio.to_thread(
        lambda: asyncio.run(database.awrite(lambda _: threading.current_thread().name, short=True))
    )

    assert there == "feedbackbot-writer"
