"""Words of somebody who was given a code for the purchase: the author, marketing and every reader are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaining import MIA, Customer
from conftest import CONVERSATIONS
from feedbackbot import conversing, inviting, publishing, reviewing
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.house import House
from feedbackbot.models import reward
from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import Consent

WORDS = "Light as a feather, and they kept me dry."
MARK = "received a thank-you code"
GIFT = """
script: gift
spec: 1
start: {on: manual}
steps:
  - id: thank
    reward: {pool: thank_you, fallback: "THANKS10"}
    next: bye
  - {id: bye, end: done}
"""


@pytest.fixture
def ada(database: Database, house: House, now: datetime, tmp_path: Path) -> Customer:
    """In a shop that also has a script which gives everybody a code."""
    for name in ("after_purchase.yaml", "_common.yaml", "_shop.yaml"):
        (tmp_path / name).write_text((CONVERSATIONS / name).read_text(encoding="utf-8"))
    (tmp_path / "gift.yaml").write_text(GIFT, encoding="utf-8")
    house.library = load_library(tmp_path)
    return Customer(database, house, now, name="Ada", telegram_id=111_000_111)


def test_who_was_given_nothing_bears_no_mark(ada: Customer) -> None:
    ada.praises(WORDS)

    assert _card(ada)["incentive"] is None
    assert not any(MARK in said.casefold() for said in ada.heard())


@pytest.mark.parametrize("own", [False, True], ids=["the code for everybody", "an own code"])
def test_a_code_given_before_is_told_to_the_author_to_marketing_and_to_readers(
    ada: Customer, own: bool
) -> None:
    ada.buys_and_opens()
    _hand_over(ada, purchase=1, own=own)

    quote = _goes_on(ada)
    _approve(ada, quote)

    preview = next(said for said in ada.heard() if "exactly what people will see" in said)
    assert f'"{WORDS}"\nAda, bought Trail shoes\nReceived a thank-you code' in preview
    assert _agreed(ada).endswith("With it will stand that I received a thank-you code.")
    assert _card(ada)["incentive"] == MARK
    assert _published(ada).incentive == MARK


def test_a_code_given_later_marks_words_that_are_public_already(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    _approve(ada, quote)
    assert _published(ada).incentive is None

    _give(ada)

    assert _published(ada).incentive == MARK
    assert _card(ada)["incentive"] == MARK
    assert "it will now say: received a thank-you code" in ada.heard()[-1]


def test_a_code_for_another_purchase_marks_nothing(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    _approve(ada, quote)
    ada.buys_and_opens(order_id="2022")

    _hand_over(ada, purchase=2, own=False)

    assert _published(ada).incentive is None
    assert _card(ada)["incentive"] is None


def test_who_corrects_the_words_after_a_code_agrees_to_the_mark(ada: Customer) -> None:
    ada.praises(WORDS)
    _hand_over(ada, purchase=1, own=False)

    ada.edits(3, "Light as a feather, and mostly dry.")

    corrected = ada.heard()[-1]
    assert "mostly dry" in corrected
    assert "Received a thank-you code\n" in corrected
    assert corrected.endswith("With it will stand that I received a thank-you code.")


def test_who_agrees_to_an_edit_after_a_code_agrees_to_the_mark(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    _give(ada)

    ada.write(
        lambda s: reviewing.suggest_edit(
            s, ada.house, quote, staff=MIA, text="Light as a feather.", now=ada.now
        )
    )

    assert ada.heard()[-1].endswith("With it will stand that I received a thank-you code.")


def _goes_on(ada: Customer) -> int:
    ada.taps("5")
    ada.writes(WORDS)
    for choice in ("2", "yes", "first_name", "agree"):
        ada.taps(choice)
    return ada.quote().id


def _give(ada: Customer) -> None:
    """The other script runs, a month later."""
    ada.now += timedelta(days=31)
    made = ada.write(lambda s: inviting.invite_to(s, ada.house, "gift", 1, now=ada.now))
    assert made is not None
    due = ada.write(lambda s: inviting.due(s, ada.house, made.id, now=ada.now))
    assert due is not None
    ada.write(lambda s: conversing.happen(s, ada.house, 1, due, now=ada.now))


def _hand_over(ada: Customer, *, purchase: int, own: bool) -> None:
    """As another conversation would have done it."""
    give = reward.give if own else reward.give_common

    def work(session: Session) -> None:
        reward.add(session, "thank_you", {"TY-1": None}, now=ada.now)
        give(session, "thank_you", "TY-1", purchase_id=purchase, conversation_id=None, now=ada.now)

    ada.write(work)


def _approve(ada: Customer, quote: int) -> None:
    shown = _card(ada)["fingerprint"]
    ada.write(
        lambda s: reviewing.approve(s, ada.house, quote, staff=MIA, fingerprint=shown, now=ada.now)
    )


def _published(ada: Customer) -> publishing.PublicTestimonial:
    (one,) = ada.read(lambda s: publishing.published(s, ada.house, now=ada.now))
    return one


def _card(ada: Customer) -> dict[str, Any]:
    return [card for card in ada.in_slack("card") if card["card"] == "testimonial"][-1]


def _agreed(ada: Customer) -> str:
    newest = select(Consent).order_by(Consent.id.desc())
    return str(ada.read(lambda s: s.scalars(newest.limit(1)).one().wording))
