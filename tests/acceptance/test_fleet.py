"""Two processes at one PostgreSQL; what customers and staff see must not show how many there are, nor that one dies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.asking import until
from acceptance.fleet import Fleet, fleet
from acceptance.platforms import MARKETING, SUPPORT, days_ago
from acceptance.scenes import QUOTE, begins, number_of_answers, said_twice
from postgres import Postgres

#: a death is noticed within ten seconds; the rest is for slow machines
SOON = 25


@pytest.fixture(params=["polling and Socket Mode", "webhook and signed HTTP"])
def both(request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres) -> Iterator[Fleet]:
    with fleet(tmp_path, postgres, over_http=request.param == "webhook and signed HTTP") as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Fleet]:
    """One pair for all crash points, each with a customer of its own."""
    with fleet(tmp_path_factory.mktemp("fleet"), postgres, over_http=False) as opened:
        yield opened


def test_a_complaint_and_a_quote_survive_the_death_of_one_of_two(both: Fleet) -> None:
    ada, bo = begins(both, "1042", "Ada"), begins(both, "1043", "Bo")
    rita, mia = both.staff("U0RITA"), both.staff("U0MIA")
    ada.taps("5 ★")
    bo.taps("1 ★")
    ada.reads("main reason for your score")
    bo.reads("main reason for your score")
    until(both.has_settled, "what left is known to have left")

    dying = both.hosts[0] if both.over_http else both.polling_host()
    dying.kill()
    ada.writes(QUOTE)
    bo.writes("The sole came off on the first day")

    ada.reads("Compared with what you expected")
    ada.taps("Better")
    ada.reads(QUOTE)
    ada.taps("Yes, these")
    ada.reads("How shall we sign it?")
    bo.reads("What would put it right")
    bo.taps("Repair or replace it")
    bo.reads("I have given this to the team")
    card = rita.reads("The sole came off", SUPPORT)
    rita.clicks("Claim", card)
    bo.reads("Rita from Birch & Lane has read your message")

    both.add_host()
    next(host for host in both.hosts if host.is_up).kill()
    ada.taps("Ada")
    ada.reads("This is exactly what people will see")
    ada.taps("I agree")
    ada.reads("A person looks at it first")
    mia.clicks("Approve", mia.reads(QUOTE, MARKETING))
    ada.reads("Your words are public now")
    form = rita.clicks("Reply", card)
    rita.submits(form, {"words": "A new pair leaves today."})
    bo.reads("A new pair leaves today.")
    until(both.has_settled, "everything is stored", patience=SOON)

    assert said_twice(ada) == []
    assert said_twice(bo) == []
    assert len(both.posts(SUPPORT)) == 1
    assert len(both.posts(MARKETING)) == 1
    assert [quote["quote"] for quote in both.testimonials()] == [QUOTE]
    assert both.rows("select count(*) from quarantine") == [(0,)]


@pytest.mark.parametrize("point", ["before_commit", "sent_not_stored"])
def test_a_tap_that_meets_a_crash_is_finished_by_the_other_process(
    shared: Fleet, point: str
) -> None:
    """Nobody starts anything again: the other process is enough."""
    for host in [host for host in shared.hosts if host.is_up][1:]:
        host.kill()
    until(lambda: shared.rows("select count(*) from processes") == [(1,)], "alone", patience=SOON)
    bo = begins(shared, f"crash-{point}", f"Bo-{point}")
    until(shared.has_settled, "the question is stored")
    next(host for host in shared.hosts if host.is_up).kill()
    frail = shared.add_host(FEEDBACKBOT_CRASH_AT=point)
    until(lambda: shared.polling_host() is frail, "it fetches", patience=SOON)
    shared.add_host()

    bo.taps("1 ★")
    assert frail.process.wait(timeout=SOON) == 137
    died = time.monotonic()
    until(
        lambda: shared.rows("select count(*) from outbox where status = 'sending'") == [(0,)],
        "its sends are taken over",
        patience=SOON,
    )
    assert time.monotonic() - died < 12
    shared.later("1m")
    bo.reads("main reason for your score")
    until(shared.has_settled, "everything is stored")

    assert number_of_answers(shared, bo) == 1
    assert len(said_twice(bo)) <= (1 if point == "sent_not_stored" else 0)


def test_a_process_that_sleeps_past_its_time_does_no_harm(shared: Fleet) -> None:
    while len([host for host in shared.hosts if host.is_up]) < 2:
        shared.add_host()
    cleo = shared.customer("Cleo")
    link = shared.purchase("1099", "Cleo", delivered_at=days_ago(5))
    asleep = shared.polling_host()
    asleep.sleeps()
    cleo.opens(link)
    cleo.reads("how satisfied or dissatisfied")
    cleo.taps("5 ★")
    cleo.reads("main reason for your score")
    asleep.wakes()
    cleo.writes(QUOTE)
    cleo.reads("Compared with what you expected")
    until(shared.has_settled, "everything is stored")

    assert said_twice(cleo) == []
    assert shared.rows("select count(*) from quarantine") == [(0,)]


def test_what_a_sleeping_process_was_sending_is_known_to_be_in_doubt(shared: Fleet) -> None:
    while len([host for host in shared.hosts if host.is_up]) < 2:
        shared.add_host()
    dora = begins(shared, "1100", "Dora")
    until(shared.has_settled, "the question is stored")
    shared.fault("telegram", "sendMessage", hang_seconds=2, chat=str(dora.id))
    dora.taps("5 ★")
    sending = until(
        lambda: shared.rows("select process_id from outbox where status = 'sending'"), "it leaves"
    )
    asleep = shared.host_of(sending[0][0])
    asleep.sleeps()
    try:
        doubtful = until(
            lambda: shared.rows("select purpose from outbox where status = 'unknown'"),
            "the other one knows that nobody can tell",
            patience=SOON,
        )
        shared.later("1m")
        until(shared.has_settled, "it has been asked once more", patience=SOON)
    finally:
        asleep.wakes()
    dora.reads("main reason for your score")
    dora.writes(QUOTE)
    dora.reads("Compared with what you expected")
    until(shared.has_settled, "everything is stored")

    assert doubtful == [("question",)]
    assert said_twice(dora) == [text for text in dora.heard() if "main reason" in text][:1]
