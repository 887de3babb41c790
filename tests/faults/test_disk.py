"""F31: the disk is full, the database away, read-only or damaged; nobody is told "received", people are told why."""

from __future__ import annotations

import json
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from acceptance.asking import Reply, until
from acceptance.platforms import SUPPORT
from acceptance.scenes import REASON, REMEDY, said_twice
from acceptance.stage import Stage
from acceptance.stage_on_postgres import StageOnPostgres
from acceptance.webhooks import said_to_shop, said_to_slack, said_to_telegram
from faults.conftest import assert_whole
from faults.pager import pager
from faults.scenes import answers, begins, cards, complains, trouble
from feedbackbot.errors import ConfigError
from feedbackbot.models.away import why_away
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.sandbox.credentials import SLACK_BOT_USER
from postgres import Postgres

#: what brings it about
Ruin = Callable[[Stage], AbstractContextManager[None]]


@contextmanager
def no_room(stage: Stage) -> Iterator[None]:
    """The bot can write no file beyond the size that its journal has now, as on a full disk."""
    journal = stage.folder / "data" / "feedbackbot.sqlite3-wal"
    with closing(sqlite3.connect(stage.database_file)) as other:
        until(lambda: other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "empty")
    _, most = resource.prlimit(stage.pid, resource.RLIMIT_FSIZE)
    least = max(stage.folder.joinpath("bot.log").stat().st_size + 200_000, 1)
    with closing(sqlite3.connect(stage.database_file, isolation_level=None)) as reader:
        # while somebody reads what was there before, the journal can't begin anew
        reader.execute("BEGIN")
        reader.execute("select count(*) from customers").fetchall()
        fill_journal(stage, least)
        resource.prlimit(stage.pid, resource.RLIMIT_FSIZE, (journal.stat().st_size, most))
        yield
        resource.prlimit(stage.pid, resource.RLIMIT_FSIZE, (most, most))
        reader.execute("ROLLBACK")


def fill_journal(stage: Stage, size: int) -> None:
    """Until the next frame lies beyond its end."""
    with closing(sqlite3.connect(stage.database_file)) as other:
        other.execute("PRAGMA wal_autocheckpoint=0")
        other.execute("BEGIN IMMEDIATE")
        other.execute("insert into house_facts values ('ballast', ?)", ("x" * size,))
        other.commit()
        other.execute("delete from house_facts where name = 'ballast'")
        other.commit()


@pytest.fixture(params=["sqlite", "postgresql"])
def ruined(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Stage, Ruin, list[str]]]:
    """A bot at its public address, what happens to its database, and what the address for alarms hears."""
    with pager() as (address, told):
        more: Any = {"folder": tmp_path, "over_http": True}
        more["environ"] = {"FEEDBACKBOT_ALARM_URL": address}
        if request.param == "sqlite":
            with Stage(**more) as stage:
                yield stage, no_room, told
                assert_whole(stage)
        else:
            postgres: Postgres = request.getfixturevalue("postgres")
            with StageOnPostgres(database=postgres.create(), **more) as stage:
                yield stage, lambda _: postgres.down(), told
                assert_whole(stage)


def test_f31_while_the_database_takes_nothing_nothing_is_acknowledged_and_an_alarm_rings(
    ruined: tuple[Stage, Ruin, list[str]],
) -> None:
    stage, ruin, told = ruined
    ada, bo = complains(stage, "Ada", "The sole came off"), begins(stage, "Bo")
    bo.taps("1 ★")
    bo.reads(REASON)
    rita = stage.staff("U0RITA")
    card = rita.reads("The sole came off")
    until(stage.has_settled, "everything is stored")

    with ruin(stage):
        bo.writes("The laces tore")
        rita.writes("@feedbackbot A new pair leaves today.", card)
        for answer in (shops(stage), telegrams(stage, bo.id), slacks(stage, str(card["ts"]))):
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
        until(lambda: trouble(stage), "/readyz is red")
        until(lambda: told or time_passes(stage), "the address for alarms hears of it")
        assert REASON in bo.heard()[-1]
    stage.while_time_passes(lambda: REMEDY in bo.heard()[-1], "Bo is heard")
    stage.while_time_passes(lambda: "A new pair" in ada.heard()[-1], "Ada has her answer")
    until(lambda: not trouble(stage), "/readyz is green")

    assert shops(stage).status == 201
    assert answers(stage, bo) == [("rate", 1.0), ("what_happened", None)]
    assert [said_twice(phone) for phone in (ada, bo)] == [[], []]
    assert len(told) == 1
    assert len(cards(stage, told[0])) == 1
    if not isinstance(stage, StageOnPostgres):
        assert stage.rows("pragma integrity_check") == [("ok",)]


def time_passes(stage: Stage) -> list[str]:
    """An alarm waits for what lasts a minute; Slack gives an event up after six."""
    time.sleep(0.5)
    stage.later("8s")
    return []


def shops(stage: Stage) -> Reply:
    return said_to_shop(stage, "while-away")


def telegrams(stage: Stage, customer: int) -> Reply:
    """What Telegram is answered that brings a text."""
    chat = {"chat": {"id": customer, "type": "private"}, "from": {"id": customer}}
    message = {"message_id": 77, "date": 1, **chat, "text": "Is anybody there?"}
    return said_to_telegram(
        stage, json.dumps({"update_id": 7_000_001, "message": message}).encode()
    )


def slacks(stage: Stage, thread: str) -> Reply:
    """What Slack is answered that brings a mention."""
    words = f"<@{SLACK_BOT_USER}> We have found it."
    place = {"channel": SUPPORT, "thread_ts": thread, "ts": "1800000000.000100"}
    return said_to_slack(stage, {"type": "app_mention", "user": "U0RITA", "text": words, **place})


def test_f31_a_file_that_is_no_database_any_more_is_told_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "feedbackbot.sqlite3"
    file.write_bytes(b"what was left of the disk" * 4096)

    with pytest.raises(ConfigError, match="restore a backup"):
        open_database(f"sqlite:///{file}", KeyRing.generate(), now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("statement", "pragma", "words"),
    [
        ("insert into t values (1)", "query_only = on", "only be read"),
        ("insert into t values (zeroblob(1000000))", "max_page_count = 2", "disk is full"),
        ("insert into nowhere values (1)", "cache_size = 10", None),
    ],
)
def test_f31_what_is_wrong_is_told_from_a_statement_that_is_wrong(
    tmp_path: Path, statement: str, pragma: str, words: str | None
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'file'}")
    with engine.connect() as connection:
        connection.exec_driver_sql("create table t (a)")
        connection.exec_driver_sql(f"pragma {pragma}")
        with pytest.raises(DBAPIError) as raised:
            connection.exec_driver_sql(statement)
    engine.dispose()

    found = why_away(raised.value)
    assert (words in found) if words and found else (found is None and words is None)
