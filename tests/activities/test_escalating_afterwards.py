"""Whether anybody asks the customer later if it was put right; the card promises nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from complaining import RITA, Customer
from feedbackbot import escalating
from feedbackbot.escalating.afterwards import is_asked
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def _calls_for_a_person(bo: Customer) -> None:
    bo.sends("human")
    bo.writes("A pole snapped, and I need it on Friday")


def _expects_nothing(bo: Customer) -> None:
    bo.buys_and_opens()
    bo.taps("1")
    bo.writes("A little loud")
    bo.taps("nothing")


def _calls_in_the_middle_of_a_conversation(bo: Customer) -> None:
    bo.buys_and_opens()
    _calls_for_a_person(bo)


def test_where_a_script_asks_the_card_names_the_day(bo: Customer) -> None:
    case = bo.complains()

    assert _is_asked(bo, case)
    _resolve(bo, case)

    assert bo.card()["check_on"] is not None


@pytest.mark.parametrize(
    "comes_up",
    [_calls_for_a_person, _expects_nothing, _calls_in_the_middle_of_a_conversation],
)
def test_where_nobody_asks_the_card_names_no_day(
    bo: Customer, comes_up: Callable[[Customer], None]
) -> None:
    comes_up(bo)
    case = bo.case().id

    assert not _is_asked(bo, case)
    _resolve(bo, case)

    assert bo.card()["check_on"] is None


def _is_asked(bo: Customer, case: int) -> bool:
    return bo.read(lambda s: is_asked(s, bo.house, s.get_one(Escalation, case)))


def _resolve(bo: Customer, case: int) -> None:
    bo.write(
        lambda s: escalating.resolve(s, bo.house, case, staff=RITA, cause="quality", now=bo.now)
    )
