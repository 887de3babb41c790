"""Pictures and recordings beside words, or instead of them: public only as looked at and agreed to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from complaining import MIA, Customer
from feedbackbot import fetching, publishing, reviewing
from feedbackbot.engine.happenings import ReplyKind
from feedbackbot.errors import NotAllowed
from feedbackbot.fetching.cleaning import Cleaned
from feedbackbot.house import House
from feedbackbot.models.conversation import Media
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


@pytest.mark.parametrize(
    ("kind", "words", "name"),
    [(ReplyKind.PHOTO, WORDS, "The photo"), (ReplyKind.VOICE, "", "The recording")],
)
def test_nothing_is_approved_before_all_of_it_can_be_looked_at(
    ada: Customer, kind: ReplyKind, words: str, name: str
) -> None:
    _praises_with(ada, words, kind)
    before = ada.card()

    with pytest.raises(NotAllowed, match=f"{name} has not arrived yet"):
        _approve(ada, before)
    _arrives(ada)
    with pytest.raises(NotAllowed, match="has changed"):
        _approve(ada, before)
    _approve(ada, ada.card())

    assert before["warning"] == f"{name} has not arrived yet; try again in a moment."
    assert [(one.quote, one.media) for one in _public(ada)] == [(words, str(kind))]
    assert [one.media_sha256 for one in _consents(ada)] == [None, "f" * 64]


def test_words_whose_photo_is_lost_can_be_approved_without_it(ada: Customer) -> None:
    _praises_with(ada, WORDS)
    before = ada.card()
    _is_lost(ada)

    with pytest.raises(NotAllowed, match="has changed"):
        _approve(ada, before)
    _approve(ada, ada.card())

    assert "only the words can be published" in ada.in_slack("thread")[-1]["text"]
    assert [(one.quote, one.media) for one in _public(ada)] == [(WORDS, None)]


def test_a_recording_that_is_lost_is_no_empty_quote(ada: Customer) -> None:
    _praises_with(ada, "", ReplyKind.VOICE)
    _is_lost(ada)

    with pytest.raises(NotAllowed, match="nothing to publish"):
        _approve(ada, ada.card())

    assert "nothing to publish" in ada.card()["warning"]
    assert _public(ada) == []


def test_a_photo_whose_bytes_are_others_than_agreed_to_is_not_public(ada: Customer) -> None:
    _praises_with(ada, WORDS)
    _arrives(ada)
    _approve(ada, ada.card())

    ada.write(lambda s: s.execute(update(Media).values(sha256="0" * 64)))

    assert [one.media for one in _public(ada)] == [None]
    assert ada.read(lambda s: publishing.find_media(s, ada.quote().public_id)) is None


def test_a_recording_has_no_words_to_edit(ada: Customer) -> None:
    _praises_with(ada, "", ReplyKind.VOICE)

    with pytest.raises(NotAllowed, match="a recording"):
        ada.write(
            lambda s: reviewing.suggest_edit(
                s, ada.house, ada.quote().id, staff=MIA, text=NEWER, now=ada.now
            )
        )


def _arrives(ada: Customer) -> None:
    cleaned = Cleaned(content=b"bytes", mime="image/jpeg", sha256="f" * 64)
    media_id = ada.quote().media_id or 0
    ada.write(lambda s: fetching.store(s, ada.house, media_id, cleaned, now=ada.now))


def _is_lost(ada: Customer) -> None:
    media_id = ada.quote().media_id or 0
    ada.write(lambda s: fetching.lose(s, ada.house, media_id, now=ada.now))


def _approve(ada: Customer, card: dict[str, Any]) -> None:
    number, shown = card["id"], card["fingerprint"]
    ada.write(
        lambda s: reviewing.approve(s, ada.house, number, staff=MIA, fingerprint=shown, now=ada.now)
    )


def _public(ada: Customer) -> list[publishing.PublicTestimonial]:
    return list(ada.read(lambda s: publishing.published(s, ada.house, now=ada.now)))


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
