"""`feedbackbot stats` from real rows: purchases that kept silent count, and nothing is rounded into certainty."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedbackbot import measuring
from feedbackbot.models import audit
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation, EscalationStatus
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


def test_waiting_times_are_those_of_people_not_of_the_bot(
    database: Database, now: datetime
) -> None:
    database.write(lambda s: put_escalations(s, [10, 20, 120], now=now))

    found = figures(database, now).escalations

    assert (found.opened, found.resolved) == (3, 3)
    assert found.first_human_reply.median_minutes == 20
    assert (found.within_due.hits, found.within_due.n) == (2, 3)
    assert (found.recovered.hits, found.recovered.n) == (3, 3)
    assert found.causes == {"quality": 3}


def put_escalations(session: Session, minutes: list[int], *, now: datetime) -> None:
    customer = Customer(first_name="Bo", created_at=now)
    session.add(customer)
    session.flush()
    for waited in minutes:
        session.add(
            Escalation(
                customer_id=customer.id,
                origin="script",
                route="support",
                priority="high",
                status=EscalationStatus.RESOLVED,
                opened_at=now,
                first_reply_at=now + timedelta(minutes=waited),
                reply_due_at=now + timedelta(hours=1),
                cause="quality",
                recovered="solved",
            )
        )


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
