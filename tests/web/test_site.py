"""What the public sees, and what it must never see."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot import publishing
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import Consent, ConsentEnd, Testimonial, TestimonialStatus
from published import ADAS_WORDS, Words, put_scores, put_words
from served import Web

PUBLIC_PLACES = ["/wall", "/api/testimonials", "/t/ada-0001"]


@pytest.mark.parametrize("place", PUBLIC_PLACES)
def test_consented_and_approved_words_are_public(
    web: Web, database: Database, now: datetime, place: str
) -> None:
    database.write(lambda session: put_words(session, Words(), now=now))

    assert ADAS_WORDS in web.get(place).text


@pytest.mark.parametrize("place", PUBLIC_PLACES)
@pytest.mark.parametrize(
    "words",
    [
        Words(status=TestimonialStatus.PENDING),
        Words(status=TestimonialStatus.REJECTED),
        Words(status=TestimonialStatus.WITHDRAWN),
        Words(uses="social"),
        Words(consented_text="Light and dry."),
        Words(agreed_days_ago=731),
    ],
    ids=["undecided", "rejected", "withdrawn", "only for social", "other text", "too old"],
)
def test_words_without_live_consent_to_exactly_them_are_nowhere(
    web: Web, database: Database, now: datetime, place: str, words: Words
) -> None:
    database.write(lambda session: put_words(session, words, now=now))

    assert ADAS_WORDS not in web.get(place).text


@pytest.mark.parametrize("place", PUBLIC_PLACES)
def test_an_ended_consent_takes_the_words_down_at_once(
    web: Web, database: Database, now: datetime, place: str
) -> None:
    database.write(lambda session: put_words(session, Words(), now=now))
    assert ADAS_WORDS in web.get(place).text

    database.write(lambda session: _end_consent(session, now))

    assert ADAS_WORDS not in web.get(place).text


@pytest.mark.parametrize("place", PUBLIC_PLACES)
def test_words_of_whoever_was_given_a_code_say_so_wherever_they_stand(
    web: Web, database: Database, now: datetime, place: str
) -> None:
    others = Words(author="Bo", public_id="bo-0001", text="They squeak a little.")
    database.write(lambda session: put_words(session, others, now=now))
    assert publishing.INCENTIVE not in web.get(place).text

    database.write(lambda session: put_words(session, Words(thanked=True), now=now))

    page = web.get(place).text
    marks = page.count('class="incentive"') + page.count(f'"incentive":"{publishing.INCENTIVE}"')
    assert marks == 1


@pytest.mark.parametrize("place", ["/api/disclosure", "/wall", "/how-we-collect"])
def test_that_authors_were_thanked_is_disclosed_as_soon_as_one_is_quoted(
    web: Web, database: Database, now: datetime, place: str
) -> None:
    told = f"Where a customer {publishing.INCENTIVE} for the purchase, whatever they wrote"
    waiting = Words(thanked=True, status=TestimonialStatus.PENDING)
    database.write(lambda session: put_words(session, waiting, now=now))
    assert told not in web.get(place).text

    database.write(lambda session: session.execute(update(Testimonial).values(status="published")))

    assert told in web.get(place).text


def _end_consent(session: Session, now: datetime) -> None:
    consent = session.scalars(select(Consent)).one()
    session.add(ConsentEnd(consent_id=consent.id, how="withdrawn", by="customer", ended_at=now))


def test_a_browser_may_keep_public_words_for_a_minute_at_most(
    web: Web, database: Database, now: datetime
) -> None:
    database.write(lambda session: put_words(session, Words(), now=now))

    for place in PUBLIC_PLACES:
        assert "max-age=60" in web.get(place).headers["cache-control"]


def test_customers_words_are_text_on_the_wall_never_markup(
    web: Web, database: Database, now: datetime
) -> None:
    nasty = "<script>alert(1)</script> {{ 7*7 }} <img src=x onerror=alert(1)>"
    database.write(lambda session: put_words(session, Words(text=nasty), now=now))

    page = web.get("/wall").text

    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "{{ 7*7 }}" in page


def test_the_wall_tells_how_the_words_were_chosen_from_real_numbers(
    web: Web, database: Database, now: datetime
) -> None:
    database.write(
        lambda session: put_scores(session, [5, 5, 5, 4, 4, 3, 1, 5, 5, 5], invited=40, now=now)
    )

    page = web.get("/wall").text

    assert "Quotes selected by Birch &amp; Lane from 10 customer responses" in page
    assert "since 20 November 2026" in page
    assert "Overall: 80% satisfied (n=10, response rate 25%)." in page


def test_four_responses_are_too_few_for_a_percentage(
    web: Web, database: Database, now: datetime
) -> None:
    database.write(lambda session: put_scores(session, [5, 5, 5, 4], invited=8, now=now))

    note = web.get("/api/disclosure").json

    assert note["responses"] == 4
    assert note["satisfied"] is None
    assert "%" not in note["text"]


def test_the_api_names_the_disclosure_that_goes_with_the_words(web: Web) -> None:
    answer = web.get("/api/testimonials")

    assert answer.json == []
    assert answer.headers["link"] == '</api/disclosure>; rel="describedby"'


def test_an_empty_wall_says_so_kindly(web: Web) -> None:
    assert "Nothing has been published yet" in web.get("/wall").text


def test_words_that_are_gone_answer_404_with_a_way_on(web: Web) -> None:
    answer = web.get("/t/never-was")

    assert answer.status == 404
    assert "/wall" in answer.text


def test_how_we_collect_is_made_from_the_settings(web: Web, house: House) -> None:
    assert "selected by us" in web.get("/how-we-collect").text

    house.publication_mode = "everyone"

    assert "whatever the score" in web.get("/how-we-collect").text


def test_health_says_what_is_wrong(web: Web) -> None:
    assert web.get("/readyz").status == 200

    web.troubles.append("Telegram has not answered for 3 minutes.")

    answer = web.get("/readyz")
    assert answer.status == 503
    assert answer.json["troubles"] == ["Telegram has not answered for 3 minutes."]
    assert web.get("/healthz").status == 200
