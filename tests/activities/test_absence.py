"""After the bot was away: who is offered their question again, and who is left in peace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from complaining import Customer
from feedbackbot.conversing import absence
from feedbackbot.conversing.absence import Absence
from feedbackbot.house import House
from feedbackbot.models.customer import Customer as CustomerRow
from feedbackbot.models.database import Database


@dataclass
class Shop:
    """Ada has an open question; the bot stops, and comes back after a while."""

    database: Database
    house: House
    now: datetime

    def __post_init__(self) -> None:
        self.ada = Customer(self.database, self.house, self.now, name="Ada")
        self.ada.buys_and_opens()

    def is_back_after(self, **time: float) -> Absence:
        self.ada.sees_everything()
        self.database.write(lambda session: absence.say_alive(session, now=self.now))
        self.now = self.ada.now = self.now + timedelta(**time)
        return self.database.read(lambda session: absence.look_back(session, now=self.now))

    def asks_again(self, away: Absence) -> list[bool]:
        return [
            self.database.write(
                lambda session, who=who: absence.ask_again(  # type: ignore[misc]
                    session, self.house, who, away, now=self.now
                )
            )
            for who in away.open_questions
        ]


@pytest.fixture
def shop(database: Database, house: House, now: datetime) -> Shop:
    return Shop(database, house, now)


def test_in_two_minutes_no_tap_is_lost_and_nobody_is_asked(shop: Shop) -> None:
    away = shop.is_back_after(seconds=150)

    assert not away.lost_taps
    assert away.open_questions == {}


def test_a_tap_may_be_lost_after_that_and_the_question_is_put_again(shop: Shop) -> None:
    away = shop.is_back_after(seconds=151)

    assert away.lost_taps
    assert not away.lost_messages
    assert shop.asks_again(away) == [True]
    assert shop.ada.heard()[-1].startswith("I was out of order")
    assert shop.ada.asked().visit == 1


def test_after_a_day_messages_may_be_lost_as_well(shop: Shop) -> None:
    assert not shop.is_back_after(hours=24).lost_messages
    assert shop.is_back_after(hours=24, seconds=1).lost_messages


def test_a_bot_that_has_never_run_was_not_away(shop: Shop) -> None:
    away = shop.database.read(lambda session: absence.look_back(session, now=shop.now))

    assert away.lasted == timedelta(0)
    assert away.open_questions == {}


def test_whoever_had_answered_meanwhile_is_not_asked_again(shop: Shop) -> None:
    away = shop.is_back_after(minutes=10)
    shop.ada.taps("5")

    assert shop.asks_again(away) == [False]
    assert not any("out of order" in words for words in shop.ada.heard())


def test_a_question_that_is_about_to_leave_or_has_just_been_shown_is_not_put_twice(
    shop: Shop,
) -> None:
    away = shop.is_back_after(minutes=10)

    assert shop.asks_again(away) == [True]
    assert shop.asks_again(away) == [False]
    shop.ada.sees_everything()
    assert shop.asks_again(away) == [False]


def test_a_question_that_was_shown_while_nothing_could_come_in_is_put_again(shop: Shop) -> None:
    """Another program had fetched the taps, say, while ours could send."""
    shop.ada.now += timedelta(minutes=5)
    shop.ada.sees_everything()
    lasted = timedelta(minutes=10)
    shop.now += lasted
    away = shop.database.read(lambda s: absence.look_around(s, lasted, back_at=shop.now))

    assert shop.asks_again(away) == [True]


def test_a_chat_that_can_not_be_read_costs_nobody_else_the_question(shop: Shop) -> None:
    bo = Customer(shop.database, shop.house, shop.now, name="Bo", telegram_id=333)
    bo.buys_and_opens()
    broken = update(CustomerRow).where(CustomerRow.telegram_id == 333).values(chat="{")
    shop.database.write(lambda session: session.execute(broken))

    away = shop.is_back_after(minutes=10)

    assert shop.asks_again(away) == [True]
    assert any("out of order" in words for words in shop.ada.heard())


def test_a_built_in_question_without_a_conversation_is_offered_again_as_well(
    shop: Shop,
) -> None:
    bo = Customer(shop.database, shop.house, shop.now, name="Bo", telegram_id=333)
    bo.sends("forget")

    away = shop.is_back_after(minutes=10)

    assert len(away.open_questions) == 2
    assert shop.asks_again(away) == [True, True]
    assert any("out of order" in words for words in bo.heard())


def test_nobody_is_asked_who_has_no_open_question(shop: Shop) -> None:
    shop.ada.sends("stop")

    assert shop.is_back_after(minutes=10).open_questions == {}
