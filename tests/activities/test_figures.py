"""`feedbackbot stats` from real rows: purchases that kept silent count, and nothing is rounded into certainty."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from complaining import RITA, Customer
from feedbackbot import escalating, measuring
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import TestimonialStatus
from published import Words, put_scores, put_words


def figures(database: Database, now: datetime) -> measuring.Figures:
    return database.read(lambda session: measuring.figures(session, now=now))


def test_the_response_rate_counts_everybody_who_could_have_answered(
    database: Database, now: datetime
) -> None:
    database.write(lambda s: put_scores(s, [5, 5, 4, 4, 3, 2, 1, 5], invited=20, now=now))

    found = figures(database, now)

    assert found.funnel.purchases == 20
    assert found.funnel.response_rate.value == 8 / 20
    assert (found.csat.hits, found.csat.n) == (5, 8)
    assert found.csat_distribution == {"1": 1, "2": 1, "3": 1, "4": 2, "5": 3}


def test_those_who_kept_silent_bound_what_can_be_said_of_all(
    database: Database, now: datetime
) -> None:
    database.write(lambda s: put_scores(s, [5] * 8, invited=16, now=now))

    found = figures(database, now)

    assert found.csat_bounds == (0.5, 1.0)


def test_what_is_older_than_the_period_is_left_out(database: Database, now: datetime) -> None:
    database.write(lambda s: put_scores(s, [1] * 8, invited=8, now=now - timedelta(days=91)))

    assert figures(database, now).csat.n == 0


def test_answers_to_older_invitations_say_nothing_of_the_recent_silent_ones(
    database: Database, now: datetime
) -> None:
    before = now - timedelta(days=91)
    database.write(lambda s: put_scores(s, [1] * 8, invited=8, now=before, answered_at=now))
    database.write(lambda s: put_scores(s, [5] * 8, invited=16, now=now, prefix="new"))

    found = figures(database, now)

    assert (found.csat.hits, found.csat.n) == (8, 8)
    assert found.funnel.answered == 8
    assert found.csat_bounds == (0.5, 1.0)


def test_an_invitation_that_led_to_two_talks_was_answered_once(
    database: Database, now: datetime
) -> None:
    database.write(lambda s: put_scores(s, [5] * 8, invited=8, now=now, talks=2))

    found = figures(database, now)

    assert (found.funnel.started, found.funnel.answered, found.csat.n) == (8, 8, 8)


@pytest.mark.parametrize(("people", "minutes"), [(10, 9), (9, 9), (11, 10), (20, 18), (1, 1)])
def test_nine_of_ten_waited_no_longer_than_is_said(
    database: Database, house: House, now: datetime, people: int, minutes: int
) -> None:
    for phone in range(people):
        bo, case = _complains(database, house, now, phone=phone)
        _answers(bo, case, minutes=phone + 1)

    assert figures(database, now).escalations.first_human_reply.p90_minutes == minutes


def test_waiting_times_are_those_of_people_not_of_the_bot(
    database: Database, house: House, now: datetime
) -> None:
    for phone, minutes in enumerate([10, 20, 120]):
        bo, case = _complains(database, house, now, phone=phone)
        _answers(bo, case, minutes=minutes)
        bo.write(lambda s: escalating.resolve(s, house, case, staff=RITA, cause="quality", now=now))  # noqa: B023

    found = figures(database, now).escalations

    assert (found.opened, found.resolved) == (3, 3)
    assert found.first_human_reply.median_minutes == 20
    assert found.causes == {"quality": 3}


def test_answered_in_time_counts_those_who_were_kept_waiting(
    database: Database, house: House, now: datetime
) -> None:
    answered_after = [10, 20, 60, 61, 3 * 24 * 60, None]
    for phone, minutes in enumerate(answered_after):
        bo, case = _complains(database, house, now, phone=phone)
        if minutes is not None:
            _answers(bo, case, minutes=minutes)

    later = now + timedelta(days=4)
    found = figures(database, later).escalations

    assert (found.within_due.hits, found.within_due.n) == (3, 6)


def test_what_was_written_and_answered_later_changes_nothing_of_the_first_deadline(
    database: Database, house: House, now: datetime
) -> None:
    bo, case = _complains(database, house, now)
    _answers(bo, case, minutes=3 * 24 * 60)
    bo.writes("And the laces?")
    _answers(bo, case, minutes=5)

    found = figures(database, bo.now).escalations

    assert (found.within_due.hits, found.within_due.n) == (0, 1)


def test_who_may_still_be_answered_in_time_is_not_counted_yet_nor_who_needed_no_answer(
    database: Database, house: House, now: datetime
) -> None:
    _complains(database, house, now)
    bo, case = _complains(database, house, now, phone=1)
    bo.write(lambda s: escalating.resolve(s, house, case, staff=RITA, cause="quality", now=now))

    assert figures(database, now + timedelta(minutes=30)).escalations.within_due.n == 0
    assert figures(database, now + timedelta(days=2)).escalations.within_due.n == 1


def _complains(
    database: Database, house: House, now: datetime, *, phone: int = 0
) -> tuple[Customer, int]:
    bo = Customer(database, house, now, telegram_id=222_000_222 + phone)
    return bo, bo.complains()


def _answers(bo: Customer, case: int, *, minutes: int) -> None:
    """A person does, and it arrives so many minutes after the customer wrote."""
    bo.now += timedelta(minutes=minutes)
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Gladly.", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))


def test_testimonials_are_followed_from_the_question_to_the_page(
    database: Database, now: datetime
) -> None:
    def three_asked_two_agreed_one_public(session: Session) -> None:
        for number in range(3):
            audit.record(
                session,
                actor="customer",
                act="testimonial_offered",
                subject=f"conversation:{number}",
                now=now,
            )
        put_words(session, Words(public_id="a"), now=now)
        put_words(session, Words(public_id="b", status=TestimonialStatus.PENDING), now=now)

    database.write(three_asked_two_agreed_one_public)

    found = figures(database, now).testimonials
    assert (found.asked, found.consented, found.published) == (3, 2, 1)


def test_the_figures_travel_as_json(database: Database, now: datetime) -> None:
    database.write(lambda s: put_scores(s, [5] * 8, invited=16, now=now))

    content = figures(database, now).to_json()

    assert content["until"] == now.isoformat()
    assert content["csat"] == {
        "hits": 8,
        "n": 8,
        "value": 1.0,
        "low": measuring.wilson(8, 8)[0],
        "high": 1.0,
        "low_base": True,
    }
