"""What is PostgreSQL's own: many writers at once, of whom none waits for ever and none loses anything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.orm import Session

from feedbackbot.errors import KeyMismatch
from feedbackbot.models import audit
from feedbackbot.models.audit import HouseFact
from feedbackbot.models.away import why_away
from feedbackbot.models.base import Base
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from postgres import Postgres, postgres_server


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def new_url(postgres: Postgres) -> Iterator[str]:
    """A database without a single table."""
    url = postgres.create()
    yield url
    postgres.drop(url)


def count(session: Session) -> None:
    """Reads what it then writes, and holds nobody else off."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    audit.set_fact(session, "count", str(int(audit.fact(session, "count") or 0) + 1))


def test_migrations_make_exactly_the_tables_of_the_models(
    database: Database, database_url: str
) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_several_first_starts_at_once_agree(new_url: str, keys: KeyRing, now: datetime) -> None:
    with ThreadPoolExecutor(4) as threads:
        databases = list(threads.map(lambda _: open_database(new_url, keys, now=now), range(4)))
    entries = databases[0].read(lambda session: session.scalars(select(audit.AuditEntry.act)).all())
    for opened in databases:
        opened.close()

    assert entries == ["key_bound"]


def test_a_start_with_another_key_is_refused_and_leaves_nothing_open(
    database: Database, database_url: str, now: datetime
) -> None:
    before = threading.active_count()

    with pytest.raises(KeyMismatch):
        open_database(database_url, KeyRing.generate(), now=now)

    assert threading.active_count() == before


async def test_works_that_collide_are_run_again_until_each_has_counted(
    database: Database, database_url: str, keys: KeyRing, now: datetime
) -> None:
    other = open_database(database_url, keys, now=now)
    try:
        await asyncio.gather(*(one.awrite(count) for one in [database, other] * 2))
    finally:
        other.close()

    assert database.read(lambda session: audit.fact(session, "count")) == "4"


def test_of_two_that_lock_each_other_out_one_is_run_again(
    database: Database, now: datetime
) -> None:
    for name in ("a", "b"):
        database.write(lambda session, n=name: audit.set_fact(session, n, "0"))  # type: ignore[misc]
    both = threading.Barrier(2)
    runs: list[str] = []

    def cross(first: str, second: str) -> None:
        def work(session: Session) -> None:
            runs.append(first)
            audit.set_fact(session, first, f"by {first}{second}")
            if len(runs) <= 2:
                both.wait(20)
            audit.set_fact(session, second, f"by {first}{second}")

        database.write(work)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(cross, "a", "b"), threads.submit(cross, "b", "a")]:
            done.result()

    facts = database.read(lambda s: (audit.fact(s, "a"), audit.fact(s, "b")))
    assert facts[0] == facts[1]
    assert len(runs) >= 3


def test_a_mistake_is_not_tried_for_ever(database: Database) -> None:
    runs: list[int] = []

    def work(session: Session) -> None:
        runs.append(1)
        for _ in range(2):
            session.execute(text("INSERT INTO house_facts VALUES ('same', 'x')"))

    with pytest.raises(IntegrityError):
        database.write(work)

    assert 1 < len(runs) <= 5
    assert database.read(lambda session: audit.fact(session, "same")) is None


def test_a_reader_can_t_change_anything_and_sees_one_moment_all_through(database: Database) -> None:
    def look_twice(session: Session) -> tuple[int | None, int | None]:
        facts = select(func.count()).select_from(HouseFact)
        before = session.scalar(facts)
        database.write(lambda other: audit.set_fact(other, "meanwhile", "x"))
        return before, session.scalar(facts)

    before, after = database.read(look_twice)

    assert before == after
    with pytest.raises((InternalError, OperationalError), match="read-only"):
        database.read(lambda session: audit.set_fact(session, "sneaky", "x"))


def test_a_connection_that_the_server_has_ended_is_replaced(
    database: Database, postgres: Postgres
) -> None:
    database.write(lambda session: audit.set_fact(session, "a", "1"))
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'feedbackbot'"
    )

    database.write(lambda session: audit.set_fact(session, "a", "2"))

    assert database.read(lambda session: audit.fact(session, "a")) == "2"


def test_on_each_new_connection_one_looks_before_the_first_work_that_writes(
    database: Database, postgres: Postgres
) -> None:
    seen: list[str | None] = []

    def look(connection: Connection) -> None:
        seen.append(audit.fact(Session(connection), "a"))

    def writes(value: str) -> None:
        database.write(lambda session: audit.set_fact(session, "a", value))

    database.look_first(look)
    writes("1")
    database.read(lambda session: audit.fact(session, "a"))
    writes("2")
    assert seen == [None]

    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'feedbackbot'"
    )
    database.read(lambda session: audit.fact(session, "a"))
    writes("3")

    assert seen == [None, "2"]


def test_a_work_waits_until_the_look_before_it_has_gone_well(database: Database) -> None:
    steps = iter([True, False])

    def look(_connection: Connection) -> None:
        if next(steps):
            raise RuntimeError("not yet")

    database.look_first(look)
    with pytest.raises(RuntimeError):
        database.write(lambda session: audit.set_fact(session, "a", "1"))

    database.write(lambda session: audit.set_fact(session, "b", "1"))

    assert list(steps) == []
    assert database.read(lambda session: audit.fact(session, "a")) is None


async def test_a_server_that_is_restarted_is_told_of_and_found_again(
    keys: KeyRing, now: datetime
) -> None:
    with postgres_server() as server:
        database = open_database(server.create(), keys, now=now)
        await database.awrite(lambda session: audit.set_fact(session, "a", "1"))

        with server.down():
            with pytest.raises(OperationalError) as lost:
                await database.awrite(lambda session: audit.set_fact(session, "a", "2"))
            assert why_away(lost.value)
            assert database.trouble

        assert await database.aread(lambda session: audit.fact(session, "a")) == "1"
        await database.awrite(lambda session: audit.set_fact(session, "a", "3"))
        assert database.trouble is None
        database.close()


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
