"""The clock of a complaint: it runs in opening hours, on every message that nobody has answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from complaining import RITA, Customer
from feedbackbot import escalating
from feedbackbot.engine.shop import Lead
from feedbackbot.house import House
from feedbackbot.models.database import Database

FRIDAY_17_30 = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def test_an_answer_is_due_after_the_scripts_time_in_opening_hours(bo: Customer) -> None:
    bo.now = FRIDAY_17_30

    bo.complains()

    assert bo.case().reply_due_at == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)


def test_when_the_answer_is_due_the_thread_is_reminded_once(bo: Customer) -> None:
    case = bo.complains()

    bo.looks(case)
    bo.write(lambda s: escalating.look(s, bo.house, case, now=bo.now))

    due = [line for line in bo.in_slack("thread") if "it is due now" in line["text"]]
    assert len(due) == 1
    assert due[0]["broadcast"] is True
    assert bo.card()["overdue"] is True


def test_when_nobody_claims_it_the_team_is_reminded_and_the_customer_hears_so(
    bo: Customer,
) -> None:
    case = bo.complains()

    bo.looks(case)
    bo.looks(case)

    assert bo.now == bo.case().opened_at + timedelta(hours=2)
    assert "Nobody has claimed this yet" in bo.in_slack("thread")[-1]["text"]
    assert bo.heard()[-1].startswith("Your message is still open with us")


def test_what_was_released_and_lies_there_is_brought_to_the_team_again(bo: Customer) -> None:
    case = bo.complains()
    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=RITA, now=bo.now))
    bo.now += timedelta(minutes=30)
    bo.write(lambda s: escalating.release(s, bo.house, case, staff=RITA, now=bo.now))

    while "Nobody has claimed" not in bo.in_slack("thread")[-1]["text"]:
        bo.looks(case)

    assert bo.now == bo.case().opened_at + timedelta(minutes=30, hours=2)


def test_what_was_answered_and_released_reminds_nobody(bo: Customer) -> None:
    case = bo.complains()
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="On its way.", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))

    bo.write(lambda s: escalating.release(s, bo.house, case, staff=RITA, now=bo.now))

    assert bo.timer(case) is None


def test_when_nobody_answers_the_lead_is_told_and_the_customer_hears_the_truth(
    bo: Customer,
) -> None:
    library = bo.house.library
    lead = Lead(name="Rita", slack_user_id="U0RITA")
    bo.house.library = replace(library, shop=replace(library.shop, lead=lead))
    case = bo.complains()

    for _ in range(3):
        bo.looks(case)

    assert bo.now == bo.case().opened_at + timedelta(days=1)
    direct = bo.in_slack("direct")[-1]
    assert direct["user"] == "U0RITA"
    assert direct["text"].startswith("Nobody has answered Bo")
    assert bo.heard()[-1].startswith("Nobody has answered you yet. That is our mistake")
    assert bo.timer(case) is None


def test_a_claimed_complaint_is_not_called_unclaimed(bo: Customer) -> None:
    case = bo.complains()
    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=RITA, now=bo.now))

    bo.looks(case)

    assert bo.in_slack("thread")[-1]["notify"] == "U0RITA"
    assert not any("Nobody has claimed" in line["text"] for line in bo.in_slack("thread"))


def test_the_clock_runs_again_on_words_that_come_after_an_answer(bo: Customer) -> None:
    case = bo.complains()
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Which size?", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))
    assert bo.timer(case) is None
    bo.now += timedelta(minutes=30)

    bo.writes("Size 42")

    assert bo.case().waiting_since == bo.now
    assert bo.timer(case) == bo.now + timedelta(hours=1)


@pytest.mark.parametrize("words", ["Thank you!", "ok", "❤️"])
def test_thanks_for_an_answer_are_shown_and_start_no_clock(bo: Customer, words: str) -> None:
    case = bo.complains()
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="On its way.", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))
    bo.now += timedelta(minutes=30)

    bo.writes(words)

    assert bo.in_slack("thread")[-1]["text"] == words
    assert bo.case().waiting_since is None
    assert bo.timer(case) is None


def test_thanks_before_any_answer_leave_the_clock_as_it_is(bo: Customer) -> None:
    case = bo.complains()
    since, due = bo.case().waiting_since, bo.timer(case)
    bo.now += timedelta(minutes=20)

    bo.writes("thanks")

    assert (bo.case().waiting_since, bo.timer(case)) == (since, due)


def test_whoever_says_thanks_after_all_was_settled_and_writes_later_gets_a_full_clock(
    bo: Customer,
) -> None:
    case = bo.complains()
    bo.write(lambda s: escalating.resolve(s, bo.house, case, staff=RITA, cause="other", now=bo.now))
    bo.now += timedelta(minutes=30)
    bo.writes("thanks")
    bo.now += timedelta(minutes=30)

    bo.writes("It broke again")

    assert bo.case().waiting_since == bo.now
    assert bo.timer(case) == bo.now + timedelta(hours=1)


def test_an_old_message_without_an_answer_keeps_the_clock_it_has(bo: Customer) -> None:
    case = bo.complains()
    since, due = bo.case().waiting_since, bo.case().reply_due_at
    bo.now += timedelta(minutes=20)

    bo.writes("Hello?")

    assert (bo.case().waiting_since, bo.case().reply_due_at) == (since, due)
    assert bo.timer(case) == due


def test_a_resolved_complaint_has_no_clock(bo: Customer) -> None:
    case = bo.complains()

    bo.write(lambda s: escalating.resolve(s, bo.house, case, staff=RITA, cause="other", now=bo.now))

    assert bo.timer(case) is None
