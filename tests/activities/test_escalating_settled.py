"""A complaint settled by staff: what the customer hears of it, and what staff must have seen before."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaining import RITA, Customer
from feedbackbot import escalating
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating.settling import newest_words
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation, EscalationStatus

CLOSED = "has read what you wrote, thank you"


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def test_words_after_the_answer_are_not_closed_over_in_silence(bo: Customer) -> None:
    case = bo.complains()
    _answers(bo, case, "Let me look.")
    _writes(bo, "It must be here by Friday or I want my money back")

    _resolve(bo, case)

    assert any(CLOSED in text for text in bo.heard())


def test_words_that_opened_it_again_are_not_closed_over_in_silence(bo: Customer) -> None:
    case = bo.complains()
    _answers(bo, case, "A new pair is on its way.")
    _resolve(bo, case)
    _writes(bo, "They sent the wrong size")

    _resolve(bo, case)

    assert any(CLOSED in text for text in bo.heard())


def test_who_has_had_an_answer_to_everything_hears_nothing_of_the_closing(bo: Customer) -> None:
    case = bo.complains()
    _answers(bo, case, "A new pair is on its way.")

    _resolve(bo, case)

    assert not any(CLOSED in text for text in bo.heard())


def test_an_answer_that_is_still_on_its_way_is_an_answer(bo: Customer) -> None:
    case = bo.complains()
    bo.write(lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Gladly.", now=bo.now))

    _resolve(bo, case)

    assert not any(CLOSED in text for text in bo.heard())


def test_an_answer_that_did_not_arrive_is_none(bo: Customer) -> None:
    case = bo.complains()
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Gladly.", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, failure="Refused.", now=bo.now))

    _resolve(bo, case)

    assert any(CLOSED in text for text in bo.heard())


def test_a_resolve_form_that_is_older_than_the_newest_words_is_refused_with_them(
    bo: Customer,
) -> None:
    case = bo.complains()
    seen = bo.read(lambda s: newest_words(s, s.get_one(Escalation, case)))
    _writes(bo, "It must be here by Friday")

    with pytest.raises(NotAllowed, match=r"Bo has written since .* “It must be here by Friday”"):
        _resolve(bo, case, words_seen=seen, last_words="All done!")

    assert bo.case().status is EscalationStatus.OPEN
    assert not any("All done!" in text for text in bo.heard())


def test_a_tap_since_the_form_was_opened_does_not_stop_it(bo: Customer) -> None:
    case = bo.complains()
    seen = bo.read(lambda s: newest_words(s, s.get_one(Escalation, case)))
    bo.sends("privacy")

    _resolve(bo, case, words_seen=seen)

    assert bo.case().status is EscalationStatus.RESOLVED


def _writes(bo: Customer, words: str) -> None:
    bo.now += timedelta(minutes=5)
    bo.writes(words)


def _answers(bo: Customer, case: int, text: str) -> None:
    """Somebody does, and it arrives."""
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text=text, now=bo.now)
    )
    bo.now += timedelta(seconds=2)
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))


def _resolve(
    bo: Customer, case: int, *, words_seen: int | None = None, last_words: str = ""
) -> None:
    bo.write(
        lambda s: escalating.resolve(
            s,
            bo.house,
            case,
            staff=RITA,
            cause="quality",
            last_words=last_words,
            words_seen=words_seen,
            now=bo.now,
        )
    )
