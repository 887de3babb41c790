from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.errors import ConfigError, KeyMismatch
from feedbackbot.models import audit
from feedbackbot.models.audit import HouseFact
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing


@pytest.fixture
def database_kind() -> str:
    """How SQLite is handled; PostgreSQL stands in test_postgres.py."""
    return "sqlite"


class TooLate(Exception):
    """Something that a work may raise."""


def note(name: str) -> Callable[[Session], str]:
    def work(session: Session) -> str:
        session.add(HouseFact(name=name, value="noted"))
        session.flush()
        if name.endswith("!"):
            raise TooLate(name)
        return name

    return work


def noted(database: Database) -> set[str]:
    names = select(HouseFact.name).where(HouseFact.value == "noted")
    return set(database.read(lambda session: session.scalars(names).all()))


def pragma(session: Session, name: str) -> object:
    return session.execute(text(f"PRAGMA {name}")).scalar()


def test_the_file_is_set_up_to_lose_nothing(database: Database) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "query_only")

    written = database.write(lambda session: [pragma(session, name) for name in names])
    read = database.read(lambda session: pragma(session, "query_only"))

    assert written == ["wal", 2, 1, 0]
    assert read == 1


def test_the_file_belongs_to_its_user_alone(tmp_path: Path, keys: KeyRing, now: datetime) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/feedbackbot.sqlite3", keys, now=now)

    modes = {file.name: oct(file.stat().st_mode)[-3:] for file in (tmp_path / "new").iterdir()}
    database.close()

    assert set(modes.values()) == {"600"}


async def test_one_failing_work_among_many_leaves_no_trace_and_disturbs_nobody(
    database: Database,
) -> None:
    names = [f"work {n}" for n in range(40)]
    names[17] += "!"

    outcomes = await asyncio.gather(
        *(database.awrite(note(name)) for name in names), return_exceptions=True
    )

    assert [str(outcome) for outcome in outcomes] == names
    assert isinstance(outcomes[17], TooLate)
    assert noted(database) == set(names) - {"work 17!"}


async def test_works_that_queue_up_are_committed_together(database: Database) -> None:
    gate = threading.Event()
    commits: list[object] = []
    engine = database._engines[0]
    event.listen(engine, "commit", commits.append)

    first = asyncio.create_task(database.awrite(lambda _: gate.wait(5)))
    await asyncio.sleep(0.05)
    rest = [asyncio.create_task(database.awrite(note(f"work {n}"))) for n in range(30)]
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(first, *rest)

    assert len(noted(database)) == 30
    assert len(commits) == 2


async def test_a_refused_row_is_its_own_work_s_error_alone(
    database: Database, now: datetime
) -> None:
    orphan = Purchase(
        customer_id=4711, source="api", order_id="1", items=[], created_at=now, updated_at=now
    )

    outcomes = await asyncio.gather(
        database.awrite(note("before")),
        database.awrite(lambda session: session.add(orphan)),
        database.awrite(note("after")),
        return_exceptions=True,
    )

    assert isinstance(outcomes[1], IntegrityError)
    assert noted(database) == {"before", "after"}


def test_a_work_may_try_something_inside_of_itself(database: Database) -> None:
    def work(session: Session) -> None:
        session.add(HouseFact(name="kept", value="noted"))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text("INSERT INTO house_facts VALUES ('kept', 'twice')"))
        session.add(HouseFact(name="kept too", value="noted"))

    database.write(work)

    assert noted(database) == {"kept", "kept too"}


async def test_when_the_commit_fails_everybody_is_told(database: Database) -> None:
    gate = threading.Event()
    first = asyncio.create_task(database.awrite(lambda _: gate.wait(5)))
    await asyncio.sleep(0.05)

    def lose_everything(session: Session) -> None:
        session.connection().connection.dbapi_connection.execute("ROLLBACK")  # type: ignore[union-attr]

    works = [note("a"), lose_everything, note("b")]
    rest = [asyncio.create_task(database.awrite(work)) for work in works]
    await asyncio.sleep(0.05)
    gate.set()
    outcomes = await asyncio.gather(*rest, return_exceptions=True)

    assert await first
    assert all(isinstance(outcome, SQLAlchemyError | sqlite3.Error) for outcome in outcomes)
    assert noted(database) == set()
    assert await database.awrite(note("c")) == "c"


async def test_a_full_disk_is_told_and_passes(database: Database) -> None:
    def fill(session: Session) -> None:
        session.add(HouseFact(name="huge", value="x" * 5_000_000))
        session.flush()

    full = database.write(lambda session: pragma(session, "max_page_count=150"))
    outcomes = await asyncio.gather(
        database.awrite(note("a")),
        database.awrite(fill),
        database.awrite(note("b")),
        return_exceptions=True,
    )
    database.write(lambda session: pragma(session, "max_page_count=100000"))

    assert full
    assert isinstance(outcomes[1], OperationalError)
    told = {name for name in ("a", "b") if name in outcomes}
    assert noted(database) == told
    assert await database.awrite(note("c")) == "c"


def test_a_write_returns_after_its_commit(database: Database, database_url: str) -> None:
    database.write(note("durable"))

    other = create_engine(database_url)
    with other.connect() as connection:
        rows = connection.execute(text("SELECT name FROM house_facts WHERE value = 'noted'"))
        assert rows.scalars().all() == ["durable"]
    other.dispose()


def test_many_threads_lose_no_step_of_a_counter(database: Database) -> None:
    def count(session: Session) -> None:
        audit.set_fact(session, "count", str(int(audit.fact(session, "count") or 0) + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: database.write(count), range(200)))

    assert database.read(lambda session: audit.fact(session, "count")) == "200"


def test_two_processes_on_one_file_take_turns(
    database: Database, database_url: str, keys: KeyRing, now: datetime
) -> None:
    other = open_database(database_url, keys, now=now)

    def count(session: Session) -> None:
        audit.set_fact(session, "count", str(int(audit.fact(session, "count") or 0) + 1))

    with ThreadPoolExecutor(2) as threads:
        for both in [database, other] * 25:
            threads.submit(both.write, count)
    other.close()

    assert database.read(lambda session: audit.fact(session, "count")) == "50"


def test_a_reader_neither_waits_for_a_writer_nor_sees_half_of_it(database: Database) -> None:
    in_the_middle, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        note("half")(session)
        in_the_middle.set()
        go_on.wait(5)

    writer = threading.Thread(target=database.write, args=(slow,))
    writer.start()
    assert in_the_middle.wait(5)
    started = time.monotonic()
    seen = noted(database)
    took = time.monotonic() - started
    go_on.set()
    writer.join()

    assert seen == set()
    assert took < 0.5
    assert noted(database) == {"half"}


def test_a_reader_sees_one_moment_all_through(database: Database) -> None:
    def look_twice(session: Session) -> tuple[int | None, int | None]:
        count = select(func.count()).select_from(HouseFact)
        before = session.scalar(count)
        database.write(note("meanwhile"))
        return before, session.scalar(count)

    before, after = database.read(look_twice)

    assert before == after


def test_a_reader_can_t_change_anything(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        database.read(note("sneaky"))

    assert noted(database) == set()


async def test_waiting_for_a_write_leaves_the_loop_free(database: Database) -> None:
    gate = threading.Event()

    slow = asyncio.create_task(database.awrite(lambda _: gate.wait(5)))
    await asyncio.sleep(0.02)
    read = await asyncio.wait_for(database.aread(lambda session: pragma(session, "query_only")), 1)
    gate.set()

    assert read == 1
    assert await slow


async def test_somebody_who_stops_waiting_disturbs_nobody(database: Database) -> None:
    gate = threading.Event()
    first = asyncio.create_task(database.awrite(lambda _: gate.wait(5)))
    impatient = asyncio.create_task(database.awrite(note("impatient")))
    patient = asyncio.create_task(database.awrite(note("patient")))
    await asyncio.sleep(0.02)

    impatient.cancel()
    await asyncio.sleep(0)
    gate.set()

    assert await first
    assert await patient == "patient"


async def test_a_work_that_raises_stop_iteration_keeps_nobody_waiting(database: Database) -> None:
    def exhausted(_session: Session) -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(database.awrite(exhausted), 2)


def test_a_work_that_waits_for_another_one_is_refused_instead_of_hanging(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError, match="must not wait"):
        database.write(lambda _: database.write(note("inner")))


def test_rows_can_be_read_after_their_transaction(database: Database, now: datetime) -> None:
    def work(session: Session) -> Customer:
        customer = Customer(first_name="Ada", created_at=now)
        session.add(customer)
        return customer

    ada = database.write(work)

    assert (ada.id, ada.first_name, ada.created_at) == (1, "Ada", now)


def test_closing_waits_for_what_was_submitted_and_takes_nothing_more(
    database: Database, database_url: str, keys: KeyRing, now: datetime
) -> None:
    with ThreadPoolExecutor(4) as threads:
        works = [threads.submit(database.write, note(f"work {n}")) for n in range(20)]
        for work in works:
            work.result()
    database.close()

    with pytest.raises(RuntimeError, match="closed"):
        database.write(note("late"))
    again = open_database(database_url, keys, now=now)
    assert len(noted(again)) == 20
    again.close()


def test_errors_don_t_hold_the_values_of_rows(database: Database) -> None:
    secret = "words of a customer"

    def work(session: Session) -> None:
        for _ in range(2):
            session.execute(
                text("INSERT INTO house_facts VALUES ('same', :value)"), {"value": secret}
            )

    with pytest.raises(IntegrityError) as refused:
        database.write(work)

    assert secret not in str(refused.value)


def test_ids_are_never_given_out_again(database: Database, now: datetime) -> None:
    def add(session: Session) -> int:
        customer = Customer(first_name="Ada", created_at=now)
        session.add(customer)
        session.flush()
        return customer.id

    first = database.write(add)
    database.write(lambda session: session.execute(text("DELETE FROM customers")))

    assert database.write(add) == first + 1


def test_several_first_starts_at_once_agree(tmp_path: Path, now: datetime) -> None:
    url, ring = f"sqlite:///{tmp_path}/feedbackbot.sqlite3", KeyRing.generate()

    with ThreadPoolExecutor(4) as threads:
        databases = list(threads.map(lambda _: open_database(url, ring, now=now), range(4)))
    for number, opened in enumerate(databases):
        opened.write(note(f"start {number}"))

    assert len(noted(databases[0])) == 4
    for opened in databases:
        opened.close()


def test_only_a_file_is_a_database_and_the_folder_must_be_writable(
    tmp_path: Path, keys: KeyRing, now: datetime
) -> None:
    (tmp_path / "taken").write_text("no folder")

    with pytest.raises(ConfigError, match="must be a file"):
        open_database("sqlite://", keys, now=now)
    with pytest.raises(ConfigError, match="Set FEEDBACKBOT_DATA"):
        open_database(f"sqlite:///{tmp_path}/taken/feedbackbot.sqlite3", keys, now=now)


def test_a_refused_start_leaves_no_thread_behind(database_url: str, now: datetime) -> None:
    before = threading.active_count()

    with pytest.raises(KeyMismatch):
        open_database(database_url, KeyRing.generate(), now=now)

    assert threading.active_count() == before


_CRASH = """
import os, sys, signal
from datetime import datetime, UTC
from pathlib import Path
from feedbackbot.models import audit, timer
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing

now = datetime(2026, 11, 20, tzinfo=UTC)
database = open_database(sys.argv[1], KeyRing.parse(sys.argv[2]), now=now)

def turn(session, number, crash):
    audit.set_fact(session, f"turn {number}", "noted")
    if crash:
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    timer.set_timer(session, "chat", number, now)

for number in range(5):
    database.write(lambda session: turn(session, number, crash=False))
    print(number, flush=True)
database.write(lambda session: turn(session, 5, crash=True))
"""


def test_a_process_killed_in_mid_transaction_leaves_whole_turns_only(
    database_url: str, keys: KeyRing, now: datetime
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", _CRASH, database_url, keys.dump()],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    database = open_database(database_url, keys, now=now)
    timers = database.read(
        lambda session: session.execute(text("SELECT subject_id FROM timers")).scalars().all()
    )
    assert killed.returncode == -9, killed.stderr
    assert killed.stdout.split() == ["0", "1", "2", "3", "4"]
    assert noted(database) == {f"turn {number}" for number in range(5)}
    assert timers == [0, 1, 2, 3, 4]
    assert database.write(note("goes on")) == "goes on"
    database.close()


def test_an_emptied_journal_holds_nothing_of_what_was_written(
    database: Database, database_url: str
) -> None:
    journal = Path(database_url.removeprefix("sqlite:///") + "-wal")
    database.write(lambda session: audit.set_fact(session, "a", "some words that go"))
    assert journal.stat().st_size > 0

    database.empty_journal()

    assert journal.stat().st_size == 0
    assert database.read(lambda session: audit.fact(session, "a")) == "some words that go"
