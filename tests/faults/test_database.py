"""F09, F30 and F40 to F42: the database is shared, locked, stopped, or older than what was sent from it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime
from functools import partial

import pytest

from acceptance.asking import until
from acceptance.platforms import MARKETING
from acceptance.scenes import (
    ASKED,
    PASSED_ON,
    QUOTE,
    REASON,
    REMEDY,
    agrees_to_be_quoted,
    is_published,
    said_twice,
)
from acceptance.stage import Stage
from acceptance.webhooks import said_to_shop
from faults.scenes import answers, begins, together, trouble
from feedbackbot import conversing
from feedbackbot.conversing.incoming import Incoming, Sender, Written
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.house import House
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing


def on_a_file(stage: str) -> pytest.MarkDecorator:
    """What only a database in a file can suffer."""
    return pytest.mark.parametrize(stage, ["sqlite"], indirect=True)


def test_f09_two_workers_that_get_one_update_apply_it_once(
    database_url: str, keys: KeyRing, house: House, now: datetime
) -> None:
    """Two programs on one file, each with a connection of its own, at the same moment."""
    act = Written(kind=ReplyKind.TEXT, message_key="7:1", text="Hello")
    incoming = Incoming(key="telegram:1:77", sender=Sender(telegram_id=7, first_name="Bo"), act=act)
    workers = [open_database(database_url, keys, now=now) for _ in range(2)]
    gate, outcomes = threading.Barrier(10), []

    def take(number: int) -> None:
        gate.wait()
        outcomes.append(
            workers[number % 2].write(
                lambda session: conversing.receive(session, house, incoming, now=now)
            )
        )

    together(*(partial(take, number) for number in range(10)))

    assert sorted(outcome.repeated for outcome in outcomes) == [False] + [True] * 9
    for worker in workers:
        worker.close()


# ------------------------------------------------------------------------- locked


@on_a_file("_hooked")
def test_f30_what_a_locked_database_did_not_take_is_not_acknowledged(hooked: Stage) -> None:
    bo = begins(hooked, "Locked")
    with hooked.locked():
        bo.taps("1 ★")
        assert said_to_shop(hooked, "while-locked").status == 503
        until(lambda: "locked" in trouble(hooked), "/readyz says so as well")
    hooked.later("10s")
    bo.reads(REASON)
    until(lambda: not trouble(hooked), "/readyz is green")

    assert answers(hooked, bo) == [("rate", 1.0)]
    assert hooked.rows("select count(*) from quarantine") == [(0,)]
    assert said_to_shop(hooked, "while-locked").status == 201
    assert said_twice(bo) == []


@on_a_file("_polled")
def test_f30_a_long_reader_holds_nobody_up(polled: Stage) -> None:
    bo = begins(polled, "Reader")
    with closing(sqlite3.connect(polled.database_file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("select count(*) from customers").fetchall()
        bo.taps("1 ★")
        bo.reads(REASON)
        reader.execute("ROLLBACK")


# ------------------------------------------------------------------------- backups, deploys


@on_a_file("alone")
def test_f41_a_restored_backup_forgets_no_wish_and_sends_nothing_again(alone: Stage) -> None:
    bo, ada, cleo = begins(alone, "Bo"), begins(alone, "Ada"), begins(alone, "Cleo")
    is_published(alone, ada, "Ada")
    until(alone.has_settled, "everything is stored")
    alone.kill_bot()
    shutil.copytree(alone.folder / "data", alone.folder / "backup")
    alone.start_bot()

    bo.taps("1 ★")
    bo.reads(REASON)
    ada.writes("/withdraw")
    until(lambda: alone.testimonials() == [], "the words are off the wall")
    cleo.writes("/forget")
    cleo.reads("It can't be undone")
    cleo.taps("Yes, delete everything")
    until(
        lambda: alone.rows(f"select 1 from customers where telegram_id = {cleo.id}") == [],
        "Cleo is forgotten",
    )
    until(alone.is_done, "everything has left")
    heard = bo.heard()
    alone.kill_bot()
    restore(alone)
    alone.start_bot()
    until(alone.has_settled, "everything is stored")

    assert alone.testimonials() == []
    assert alone.rows(f"select 1 from customers where telegram_id = {cleo.id}") == []
    assert "backup_restored" in alone.log()
    time.sleep(1)
    assert bo.heard() == heard


def restore(stage: Stage) -> None:
    """As people do it: the database file comes back, and what lies beside it stays."""
    data, backup = stage.folder / "data", stage.folder / "backup"
    for name in ("feedbackbot.sqlite3", "feedbackbot.sqlite3-wal", "feedbackbot.sqlite3-shm"):
        (data / name).unlink(missing_ok=True)
        if (backup / name).exists():
            shutil.copy(backup / name, data / name)


def test_f40_a_withdrawal_wins_over_an_approval_of_the_same_moment(polled: Stage) -> None:
    ada, mia = begins(polled, "Ada"), polled.staff("U0MIA")
    agrees_to_be_quoted(ada, "Ada")
    card = mia.reads(QUOTE, MARKETING)

    together(lambda: ada.writes("/withdraw"), lambda: mia.clicks("Approve", card))
    withdrawn = "select 1 from testimonials where status = 'withdrawn'"
    until(lambda: polled.rows(withdrawn), "the withdrawal is in force")
    decided = "select act from audit where act like 'testimonial.appro%'"
    until(lambda: polled.rows(decided), "what became of the approval is kept")
    until(polled.has_settled, "everything is stored")

    assert polled.testimonials() == []
    assert polled.rows("select 1 from audit where act = 'testimonial.withdrawn'") == [(1,)]


def test_f42_a_stop_under_load_drains_in_time_and_loses_and_doubles_nothing(alone: Stage) -> None:
    phones = [begins(alone, f"Load{n}") for n in range(25)]
    alone.fault("telegram", "sendMessage", hang_seconds=1, times=10)
    for phone in phones:
        phone.taps("1 ★")
    time.sleep(0.2)

    started = time.monotonic()
    assert alone.end_bot() == 0
    assert time.monotonic() - started < 20
    assert alone.rows("select count(*) from outbox where status = 'sending'") == [(0,)]
    alone.start_bot()

    for phone in phones:
        phone.reads(REASON)
    assert [said_twice(phone) for phone in phones] == [[]] * 25


@on_a_file("_polled")
def test_f42_a_migration_that_adds_is_borne_by_a_program_that_runs(polled: Stage) -> None:
    """A newer version, started beside this one, has added a column and a table."""
    bo = begins(polled, "Deploy")
    with closing(sqlite3.connect(polled.database_file)) as newer:
        newer.execute("alter table customers add column shoe_size integer")
        newer.execute("alter table outbox add column campaign varchar")
        newer.execute("create table loyalty (id integer primary key, points integer)")
        newer.commit()

    bo.taps("1 ★")
    bo.reads(REASON)
    bo.writes("The sole came off")
    bo.reads(REMEDY)
    bo.taps("Money back")
    bo.reads(PASSED_ON)
    assert ASKED in begins(polled, "After").heard()[-1]
