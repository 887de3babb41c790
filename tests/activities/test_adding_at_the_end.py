"""Words added or corrected after the last question stand in its answer, and reach those who had the first ones."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaining import Customer
from feedbackbot.house import House
from feedbackbot.models.conversation import Answer
from feedbackbot.models.database import Database


class Ada(Customer):
    """Writes her idea at the last question, and goes on a second later."""

    def has_an_idea(self, words: str = "Thicker laces") -> None:
        for choice in ("3", "~skip", "0"):
            self.taps(choice)
        self.writes(words)

    def adds(self, words: str) -> None:
        self.now += timedelta(seconds=1)
        self.writes(words)

    def answers(self, step: str) -> list[str | None]:
        return self.read(lambda s: [one.words for one in s.query(Answer) if one.step == step])

    def notes(self) -> list[tuple[str, str]]:
        return [(card["channel"], card["text"]) for card in self.in_slack("card")]


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Ada:
    house.text_pause = 3
    ada = Ada(database, house, now, name="Ada", telegram_id=111_000_111)
    ada.buys_and_opens()
    return ada


def test_what_is_added_to_the_last_answer_is_part_of_it(ada: Ada) -> None:
    ada.has_an_idea()

    ada.adds("and a second pair of insoles")

    assert ada.answers("better") == ["Thicker laces\nand a second pair of insoles"]


def test_who_was_told_of_the_idea_is_told_what_was_added(ada: Ada) -> None:
    ada.has_an_idea()

    ada.adds("and a second pair of insoles")

    assert ada.notes() == [
        ("C0IDEAS", "3/5, Trail shoes: Thicker laces"),
        ("C0IDEAS", "Ada added to “Thicker laces”: and a second pair of insoles"),
    ]


def test_a_correction_after_the_end_reaches_the_answer_and_the_team(ada: Ada) -> None:
    ada.has_an_idea("Thicker lases")
    written = ada.moves
    ada.now += timedelta(minutes=2)

    ada.edits(written, "Thicker laces")

    assert ada.answers("better") == ["Thicker laces"]
    assert ada.notes()[-1] == ("C0IDEAS", "Ada corrected “Thicker lases”: Thicker laces")


def test_what_is_added_while_the_next_purchase_begins_is_no_reply_to_its_stars(ada: Ada) -> None:
    ada.buys_and_opens(order_id="1043", items=[{"name": "Tent"}])
    ada.has_an_idea()
    ada.taps("each")
    assert "your order: Tent" in ada.heard()[-1]

    ada.adds("and a second pair of insoles")

    assert ada.answers("better") == ["Thicker laces\nand a second pair of insoles"]
    assert ada.notes()[-1][1].endswith("and a second pair of insoles")
    assert "your order: Tent" in ada.heard()[-1]
    ada.taps("1")
    ada.lets_pass(days=1)
    assert "insoles" not in str(ada.card()["summary"] + ada.card()["words"])


def test_after_the_pause_words_belong_to_the_next_purchase(ada: Ada) -> None:
    ada.buys_and_opens(order_id="1043", items=[{"name": "Tent"}])
    ada.has_an_idea()
    ada.taps("each")
    ada.now += timedelta(seconds=10)

    ada.writes("4")

    assert ada.answers("better") == ["Thicker laces"]
    assert ada.answers("rate")[-1] == "4"


def test_words_that_no_note_named_go_to_nobody(ada: Ada) -> None:
    ada.taps("3")
    ada.writes("It was late")

    ada.adds("and wet")

    assert ada.answers("reason") == ["It was late\nand wet"]
    assert ada.notes() == []
