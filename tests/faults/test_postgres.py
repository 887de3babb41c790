"""F32 and F33: PostgreSQL goes away in mid-transaction, or nothing comes through to it any more."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from acceptance.asking import ask, status_of, until
from acceptance.scenes import REASON, REMEDY, said_twice
from acceptance.stage_on_postgres import StageOnPostgres
from activities.test_processes import Host
from faults.conftest import assert_whole
from faults.scenes import answers, begins
from faults.wire import Wire, wire_to_file
from feedbackbot.house import House
from feedbackbot.models import audit, outbox
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.postgres_connection import LONGEST_SECONDS
from feedbackbot.sandbox import TELEGRAM_TOKEN
from postgres import Postgres


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def cable(database_url: str) -> Iterator[Wire]:
    folder = make_url(database_url).query["host"]
    with wire_to_file(f"{folder}/.s.PGSQL.5432") as laid:
        yield laid


@pytest.fixture
def far(cable: Wire, database_url: str, keys: KeyRing, now: datetime) -> Iterator[Database]:
    """The same database, at the other end of a cable."""
    url = make_url(database_url).set(host="127.0.0.1", port=cable.port, query={})
    opened = open_database(url.render_as_string(hide_password=False), keys, now=now)
    yield opened
    opened.close()


def note(name: str):  # type: ignore[no-untyped-def]
    return lambda session: audit.set_fact(session, name, "1")


def kept(database: Database, name: str) -> bool:
    return database.read(lambda session: audit.fact(session, name)) is not None


def hello(session: Session, now: datetime) -> int:
    return outbox.put(
        session,
        channel="telegram",
        chat_key="telegram:7",
        kind="text",
        payload={"text": "hello"},
        now=now,
    )


async def test_f32_a_transaction_that_the_server_ends_leaves_nothing_and_is_told_as_away(
    database: Database,
) -> None:
    def dies(session: Session) -> None:
        audit.set_fact(session, "half", "1")
        session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError) as raised:
        await database.awrite(dies)

    assert why_away(raised.value)
    assert database.trouble
    assert not kept(database, "half")
    await database.awrite(note("whole"))
    assert kept(database, "whole")
    assert database.trouble is None


async def test_f33_while_nothing_comes_through_nothing_is_acknowledged_and_no_thread_is_left(
    far: Database, cable: Wire
) -> None:
    await far.awrite(note("before"))
    before = threading.active_count()
    cable.swallow()
    writing = [asyncio.ensure_future(far.awrite(note(f"lost {n}"))) for n in range(20)]
    await asyncio.sleep(0.5)
    assert not any(one.done() for one in writing)

    # the kernel's verdict, which comes after the eight seconds of `tcp_user_timeout`
    cable.cut()
    cable.mend()
    outcomes = await asyncio.gather(*writing, return_exceptions=True)

    refused = [one for one in outcomes if isinstance(one, DBAPIError)]
    assert refused
    assert all(why_away(one) for one in refused)
    await far.awrite(note("after"))
    assert kept(far, "after")
    for number, outcome in enumerate(outcomes):
        assert kept(far, f"lost {number}") == (outcome is None)
    # the threads of the pool, however many waited
    assert threading.active_count() - before <= 8 + 2 * 12


async def test_f33_what_was_claimed_by_a_commit_whose_answer_was_lost_leaves_once(
    database: Database, far: Database, cable: Wire, house: House, now: datetime
) -> None:
    host = Host(far, house, now)
    await host.processes.join()
    loop = host.loop()
    await loop.drain()
    row = database.write(lambda session: hello(session, now))

    cable.lose_answer_to(b"COMMIT")
    with pytest.raises(DBAPIError):
        await loop.drain()
    claimed_by = database.read(lambda s: s.execute(text("select process_id from outbox")).scalar())
    await loop.drain()

    assert claimed_by == host.processes.number
    assert host.pigeon.texts() == ["hello"]
    assert host.status(row) == "sent"


@pytest.fixture
def far_bot(cable: Wire, postgres: Postgres, tmp_path: Path) -> Iterator[StageOnPostgres]:
    """A bot with a public address and its database at the other end of the cable."""
    database = postgres.create()
    url = make_url(database).set(host="127.0.0.1", port=cable.port, query={})
    by_cable = {"FEEDBACKBOT_DATABASE_URL": url.render_as_string(hide_password=False)}
    with StageOnPostgres(
        folder=tmp_path, over_http=True, database=database, environ=by_cable
    ) as stage:
        yield stage
        assert_whole(stage)


@pytest.mark.parametrize(
    "seconds", [4.0, pytest.param(LONGEST_SECONDS + 5, marks=pytest.mark.matrix)]
)
def test_f33_while_the_network_swallows_everything_telegram_is_not_told_that_it_was_received(
    far_bot: StageOnPostgres, cable: Wire, seconds: float
) -> None:
    bo = begins(far_bot, "Bo")
    bo.taps("1 ★")
    bo.reads(REASON)
    until(far_bot.has_settled, "everything is stored")

    cable.swallow()
    bo.writes("The sole came off")
    time.sleep(seconds)
    assert kept_by_telegram(far_bot) == 1
    assert status_of(f"{far_bot.bot}/healthz") == 200

    # the kernel's verdict, or people's
    cable.cut()
    cable.mend()
    far_bot.while_time_passes(lambda: REMEDY in bo.heard()[-1], "it came again")
    until(lambda: kept_by_telegram(far_bot) == 0, "Telegram is told")
    assert answers(far_bot, bo) == [("rate", 1.0), ("what_happened", None)]
    assert said_twice(bo) == []


def kept_by_telegram(stage: StageOnPostgres) -> int:
    """How many updates have not been taken from it."""
    info = ask(f"{stage.sandbox}/telegram/bot{TELEGRAM_TOKEN}/getWebhookInfo", {})
    return int(info["result"]["pending_update_count"])


@pytest.mark.matrix
async def test_f33_what_is_swallowed_by_something_that_stands_is_waited_for_half_a_minute(
    far: Database, cable: Wire
) -> None:
    """A proxy with nobody behind it confirms every packet, so that TCP itself sees nothing wrong."""
    await far.awrite(note("before"))
    cable.swallow()
    began = time.monotonic()
    writing = [far.awrite(note(f"lost {n}")) for n in range(20)]
    outcomes = await asyncio.gather(*writing, return_exceptions=True)

    assert all(isinstance(one, DBAPIError) and why_away(one) for one in outcomes)
    assert LONGEST_SECONDS < time.monotonic() - began < LONGEST_SECONDS + 25
    assert far.trouble
    cable.mend()
    await far.awrite(note("after"))
    assert kept(far, "after")


@pytest.mark.matrix
def test_f33_two_minutes_of_a_network_that_drops_every_packet_cost_nobody_a_thread(
    postgres: Postgres,
) -> None:
    url = make_url(postgres.create())
    # who is root already keeps the right to the server's folder only as themselves
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    words = ["unshare", *as_root, "--net", sys.executable, "-m", "faults.partition"]
    done = subprocess.run(
        [*words, f"{url.query['host']}/.s.PGSQL.5432", url.database or ""],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert found["refused"] == found["written"]
    # `tcp_user_timeout` for what had left, `connect_timeout` for what comes after
    assert found["longest_seconds"] < 25
    assert found["threads_more"] <= 0
    assert found["after"] == "1"
