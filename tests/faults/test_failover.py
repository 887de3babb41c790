"""F32: a second PostgreSQL takes over that has not heard of the last commits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.asking import until
from acceptance.platforms import days_ago
from acceptance.scenes import ASKED, REASON, is_published, said_twice
from acceptance.stage import Stage
from acceptance.stage_on_postgres import StageOnPostgres
from faults.conftest import assert_whole
from faults.scenes import answers, begins, trouble
from postgres import Postgres, postgres_server


@pytest.fixture
def server() -> Iterator[Postgres]:
    with postgres_server() as program:
        yield program


@pytest.fixture
def stage(server: Postgres, tmp_path: Path) -> Iterator[Stage]:
    with StageOnPostgres(folder=tmp_path, database=server.create()) as opened:
        yield opened
        assert_whole(opened)


def test_f32_after_a_failover_that_lost_the_last_commits_everybody_gets_on(
    stage: Stage, server: Postgres
) -> None:
    bo, cleo = begins(stage, "Bo"), begins(stage, "Cleo")
    second = server.copy()
    until(lambda: not trouble(stage), "the bot has found the database again")
    bo.taps("1 ★")
    bo.reads(REASON)
    stage.purchase("Lost-1", "Ada", delivered_at=days_ago(5))
    until(stage.has_settled, "everything is stored")

    with server.failing_over_to(second):
        cleo.taps("1 ★")
    until(lambda: not trouble(stage), "the bot has found the other one")

    # what nobody had acknowledged is delivered again
    cleo.reads(REASON)
    # what had been acknowledged is gone: the question is put again, and the words are kept
    bo.writes("The sole came off")
    bo.reads("Which number of stars fits best")
    bo.taps("1 ★")
    bo.reads(REASON)
    until(stage.has_settled, "everything is stored")
    assert answers(stage, cleo) == [("rate", 1.0)]
    # and a shop that sends its orders again has all of them there
    ada = stage.customer("Ada")
    ada.opens(stage.purchase("Lost-1", "Ada", delivered_at=days_ago(5)))
    ada.reads(ASKED)

    assert "backup_restored" in stage.log()
    assert stage.rows("select count(*) from quarantine") == [(0,)]
    assert [said_twice(phone) for phone in (ada, cleo)] == [[], []]


def test_f32_what_was_taken_back_and_forgotten_stays_so_after_a_failover(
    stage: Stage, server: Postgres
) -> None:
    ada, cleo = begins(stage, "Ada"), begins(stage, "Cleo")
    is_published(stage, ada, "Ada")
    until(stage.has_settled, "everything is stored")
    second = server.copy()
    until(lambda: not trouble(stage), "the bot has found the database again")
    ada.writes("/withdraw")
    until(lambda: stage.testimonials() == [], "the words are off the wall")
    cleo.writes("/forget")
    cleo.reads("It can't be undone")
    cleo.taps("Yes, delete everything")
    of_cleo = f"select 1 from customers where telegram_id = {cleo.id}"
    until(lambda: stage.rows(of_cleo) == [], "Cleo is forgotten")
    until(stage.has_settled, "everything is stored")

    with server.failing_over_to(second):
        pass
    until(lambda: not trouble(stage), "the bot has found the other one")

    until(lambda: stage.rows(of_cleo) == [], "Cleo is forgotten again")
    until(lambda: stage.testimonials() == [], "the words are off the wall again")
    assert "withdrawn_again" in stage.log()
