"""Pictures and recordings beside words, or instead of them: public only as looked at and agreed to."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaining import Customer
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.testimonial import Consent

WORDS = "Light as a feather, and they kept me dry."
NEWER = "Light as a feather, and dry."


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now, name="Ada", telegram_id=111_000_111)


def test_corrected_words_are_public_only_with_the_picture_that_they_were_shown_with(
    ada: Customer,
) -> None:
    move = _praises_with(ada, WORDS)
    before = ada.quote().media_id
    ada.shows(NEWER, edits=move)
    assert (ada.asked().payload or {}).get("media_id") not in {before, None}
    shown = (ada.asked().payload or {})["media_id"]

    ada.taps("agree")

    assert ada.quote().media_id == shown
    assert "my photo" in (_consents(ada)[-1].wording or "")


def _praises_with(ada: Customer, words: str, kind: ReplyKind = ReplyKind.PHOTO) -> int:
    """Agrees to be quoted with a picture, or a recording without words; returns the move it came with."""
    ada.buys_and_opens()
    ada.taps("5")
    ada.writes("Great")
    ada.taps("2")
    ada.now += timedelta(minutes=1)
    ada.shows(words, kind=kind)
    move = ada.moves
    ada.now += timedelta(minutes=1)
    for choice in ("first_name", "agree"):
        ada.taps(choice)
    return move


def _consents(ada: Customer) -> list[Consent]:
    return ada.read(lambda s: list(s.query(Consent).order_by(Consent.id)))
