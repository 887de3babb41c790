"""Testimonials: nothing is public without its author's live consent to exactly what marketing saw."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from complaining import MIA, Customer
from conftest import CONVERSATIONS
from feedbackbot import conversing, publishing, reviewing
from feedbackbot.engine.happenings import Blocked, Woken
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import Library
from feedbackbot.errors import ConsentMissing, NotAllowed
from feedbackbot.house import House
from feedbackbot.models.audit import AuditEntry
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import EscalationStatus
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus
from feedbackbot.models.testimonial import Consent, ConsentEnd, Testimonial, TestimonialStatus
from feedbackbot.reviewing import withdrawn

WORDS = "Light as a feather, and they kept me dry."
SHORTER = "Light as a feather."


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now, name="Ada", telegram_id=111_000_111)


def test_marketing_sees_exactly_what_was_agreed_to(ada: Customer) -> None:
    ada.praises(WORDS)

    card = ada.card()

    assert card["channel"] == "C0MARKETING"
    assert (card["text"], card["credit_name"], card["uses"]) == (
        WORDS,
        "Ada",
        ["website", "social"],
    )
    assert (card["rating"], card["item"]) == (5, "Trail shoes")
    assert card["buttons"] == ["approve", "reject", "ask_edit"]
    assert card["consented_at"] == "Fri 20 Nov, 10:00"


def test_the_proof_names_text_wording_controller_version_and_purchase(ada: Customer) -> None:
    ada.praises(WORDS)

    consent = _consents(ada)[0]

    assert consent.text_sha256 == publishing.text_hash(WORDS)
    assert "I agree that Birch & Lane may show this text" in (consent.wording or "")
    assert consent.controller == "Birch & Lane Ltd"
    assert consent.script_version
    assert consent.purchase_reference == "webshop:1011"
    assert consent.telegram_id == ada.telegram_id


def test_nothing_is_public_before_marketing_has_approved_it(ada: Customer) -> None:
    ada.praises()

    assert _public(ada) == []


def test_approving_publishes_and_tells_the_author_where(ada: Customer) -> None:
    quote = ada.praises(WORDS)

    link = _approve(ada, quote)

    assert [item.quote for item in _public(ada)] == [WORDS]
    assert link == f"https://feedback.example/t/{ada.quote().public_id}"
    assert link in ada.heard()[-1]
    assert ada.card()["link"] == link


def test_without_a_public_address_the_link_is_the_wall(ada: Customer) -> None:
    ada.house.public_url = ""

    assert _approve(ada, ada.praises()) == "/wall"


def test_approving_twice_tells_the_author_once(ada: Customer) -> None:
    quote = ada.praises()

    _approve(ada, quote)
    _approve(ada, quote)

    assert len([text for text in ada.heard() if "public now" in text]) == 1


def test_approving_what_has_changed_since_is_refused(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    shown = ada.card()["fingerprint"]
    _agree_to_edit(ada, quote, SHORTER)

    with pytest.raises(NotAllowed, match="has changed"):
        _approve(ada, quote, shown=shown)

    assert _public(ada) == []


def test_an_approval_after_the_withdrawal_stands_beside_it_in_the_audit_trail(
    ada: Customer,
) -> None:
    quote = ada.praises(WORDS)
    shown = ada.card()["fingerprint"]
    ada.write(lambda s: reviewing.withdraw(s, ada.house, quote, now=ada.now))

    with pytest.raises(NotAllowed, match="taken this back"):
        _approve(ada, quote, shown=shown)
    ada.write(lambda s: reviewing.refused(s, ada.house, quote, staff=MIA, now=ada.now))

    assert ada.acts()[-2:] == ["testimonial.withdrawn", "testimonial.approval_refused"]
    assert _last_line(ada) == ("slack:U0MIA", f"testimonial:{quote}", "withdrawn")
    assert _public(ada) == []


def test_nothing_is_approved_without_a_live_consent(ada: Customer) -> None:
    quote = ada.praises()
    shown = ada.card()["fingerprint"]
    consent = ada.quote().consent_id
    ended = ConsentEnd(consent_id=consent, how="expired", by="system", ended_at=ada.now)
    ada.write(lambda s: s.add(ended))

    with pytest.raises(ConsentMissing):
        _approve(ada, quote, shown=shown)


def test_an_edit_is_asked_of_its_author_and_publishes_nothing_by_itself(ada: Customer) -> None:
    quote = ada.praises(WORDS)

    _suggest(ada, quote, SHORTER)
    assert SHORTER in ada.heard()[-1]
    assert ada.card()["status"] == "editing"
    ada.taps("agree")

    row = ada.quote()
    assert (row.status, row.text, row.suggested) == (TestimonialStatus.PENDING, SHORTER, None)
    assert _public(ada) == []
    assert ada.in_slack("thread")[-1]["text"].startswith("Ada agrees to the new text")
    assert ada.card()["buttons"][0] == "approve"


def test_a_yes_to_the_edit_ends_the_older_consent_and_keeps_both(ada: Customer) -> None:
    quote = ada.praises(WORDS)

    _agree_to_edit(ada, quote, SHORTER)

    old, new = _consents(ada)
    assert ada.quote().consent_id == new.id
    assert new.text_sha256 == publishing.text_hash(SHORTER)
    assert [(end.consent_id, end.how) for end in _ends(ada)] == [(old.id, "superseded")]


def test_only_as_written_leaves_the_old_text_for_marketing(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    _suggest(ada, quote, SHORTER)

    ada.taps("mine")

    row = ada.quote()
    assert (row.status, row.text, row.suggested) == (TestimonialStatus.PENDING, WORDS, None)
    assert _approve(ada, quote)


def test_a_suggested_text_that_is_not_answered_for_a_day_leaves_the_words_as_agreed_to(
    ada: Customer,
) -> None:
    quote = ada.praises(WORDS)
    _suggest(ada, quote, SHORTER)
    customer = ada.quote().customer_id
    ada.now += timedelta(days=2)

    ada.write(lambda s: conversing.happen(s, ada.house, customer, Woken(), now=ada.now))

    row = ada.quote()
    assert (row.status, row.text, row.suggested) == (TestimonialStatus.PENDING, WORDS, None)
    assert "not answered about the suggested text" in ada.in_slack("thread")[-1]["text"]
    assert _approve(ada, quote)


@pytest.mark.parametrize("move", ["words", "human", "stop", "blocked"])
def test_a_suggested_text_that_something_else_displaces_leaves_the_words_as_agreed_to(
    ada: Customer, move: str
) -> None:
    quote = ada.praises(WORDS)
    _suggest(ada, quote, SHORTER)
    customer = ada.quote().customer_id
    ada.now += timedelta(minutes=5)

    if move == "words":
        ada.writes("Do you sell laces as well?")
    elif move == "blocked":
        ada.write(lambda s: conversing.happen(s, ada.house, customer, Blocked(), now=ada.now))
    else:
        ada.sends(move)

    assert (ada.quote().status, ada.quote().text) == (TestimonialStatus.PENDING, WORDS)


def test_a_lapsed_question_changes_nothing_of_what_marketing_has_rejected_meanwhile(
    ada: Customer,
) -> None:
    quote = ada.praises(WORDS)
    _suggest(ada, quote, SHORTER)
    _reject(ada, quote, "no_room")
    ada.now += timedelta(minutes=5)

    ada.writes("Do you sell laces as well?")

    assert ada.quote().status == TestimonialStatus.REJECTED


def test_nobody_is_asked_for_an_edit_while_a_complaint_of_theirs_is_open(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    ada.now += timedelta(minutes=5)
    ada.sends("human")
    ada.writes("The left sole came off")
    assert ada.case().status == EscalationStatus.OPEN
    before = ada.heard()

    with pytest.raises(NotAllowed, match="has an open complaint"):
        _suggest(ada, quote, SHORTER)

    assert ada.quote().status == TestimonialStatus.PENDING
    assert ada.heard() == before


def test_dont_publish_takes_the_words_back(ada: Customer) -> None:
    quote = ada.praises()
    _suggest(ada, quote, SHORTER)

    ada.taps("no")

    assert ada.quote().status == TestimonialStatus.WITHDRAWN
    assert [end.how for end in _ends(ada)] == ["withdrawn"]


def test_an_edit_that_changes_nothing_or_has_no_words_is_refused(ada: Customer) -> None:
    quote = ada.praises(WORDS)

    for text in (WORDS, "   "):
        with pytest.raises(NotAllowed):
            _suggest(ada, quote, text)


def test_somebody_who_said_stop_is_not_asked_for_an_edit(ada: Customer) -> None:
    quote = ada.praises()
    ada.sends("stop")

    with pytest.raises(NotAllowed, match="wants no more messages"):
        _suggest(ada, quote, SHORTER)


def test_rejecting_names_a_reason_and_the_author_hears_nothing(ada: Customer) -> None:
    quote = ada.praises()
    before = ada.heard()

    _reject(ada, quote, "off_topic")

    assert ada.heard() == before
    assert ada.card()["status"] == "rejected"
    assert ada.acts()[-1] == "testimonial.rejected"
    with pytest.raises(NotAllowed, match="Mia Lund has rejected this"):
        _approve(ada, quote, shown="whatever")


def test_a_shop_with_words_for_it_tells_the_author_whose_words_it_does_not_use(
    ada: Customer, tmp_path: Path
) -> None:
    ada.house.library = _with_words_for_rejected(tmp_path)
    quote = ada.praises()

    _reject(ada, quote, "no_room")

    assert ada.heard()[-1] == "We won't show your words this time, Ada."


def test_words_that_are_taken_down_were_used_and_nothing_else_is_said(
    ada: Customer, tmp_path: Path
) -> None:
    ada.house.library = _with_words_for_rejected(tmp_path)
    quote = ada.praises()
    _approve(ada, quote)
    before = ada.heard()

    _reject(ada, quote, "no_room")

    assert ada.heard() == before


def test_an_unknown_reason_is_refused(ada: Customer) -> None:
    quote = ada.praises()

    with pytest.raises(NotAllowed):
        _reject(ada, quote, "too negative")


def test_what_is_public_can_be_taken_down_by_marketing(ada: Customer) -> None:
    quote = ada.praises()
    _approve(ada, quote)

    _reject(ada, quote, "no_room")

    assert _public(ada) == []
    assert ada.acts()[-1] == "testimonial.taken_down"


def test_what_was_taken_down_can_still_be_withdrawn_by_its_author(ada: Customer) -> None:
    quote = ada.praises()
    _approve(ada, quote)
    _reject(ada, quote, "no_room")

    ada.sends("withdraw")

    assert ada.heard()[-1].startswith("Taken back.")
    assert [end.how for end in _ends(ada)] == ["withdrawn"]
    assert "take them down wherever else" in ada.in_slack("thread")[-1]["text"]


@pytest.mark.parametrize("was_public", [True, False])
def test_withdrawing_all_ends_every_consent_to_what_was_ever_public(
    ada: Customer, *, was_public: bool
) -> None:
    quote = ada.praises()
    if was_public:
        _approve(ada, quote)
    _reject(ada, quote, "no_room")
    customer = ada.quote().customer_id

    ada.write(lambda s: reviewing.withdraw_all(s, ada.house, customer, now=ada.now))

    assert len(_ends(ada)) == was_public


def test_withdrawing_takes_it_off_at_once_and_says_so_in_slack(ada: Customer) -> None:
    quote = ada.praises()
    _approve(ada, quote)

    ada.write(lambda s: reviewing.withdraw(s, ada.house, quote, now=ada.now))
    ada.write(lambda s: reviewing.withdraw(s, ada.house, quote, now=ada.now))

    assert _public(ada) == []
    assert ada.card()["status"] == "withdrawn"
    assert len(_ends(ada)) == 1
    assert "take them down wherever else" in ada.in_slack("thread")[-1]["text"]


def test_words_that_a_backup_brings_back_are_found_until_they_are_agreed_to_anew(
    ada: Customer, tmp_path: Path
) -> None:
    quote = ada.praises()
    file = ada.house.withdrawn_file = tmp_path / "withdrawn.txt"
    name = ada.write(lambda s: s.get_one(Testimonial, quote).public_id)
    later = ada.now + timedelta(hours=1)
    file.write_text(f"{name} {ada.now - timedelta(hours=1)}\n{name} 2026-")

    assert ada.write(lambda s: withdrawn.find_returned(s, file)) == []
    withdrawn.remember(ada.house, name, now=later)
    assert ada.write(lambda s: withdrawn.find_returned(s, file)) == [quote]
    ada.write(lambda s: reviewing.withdraw(s, ada.house, quote, now=later))
    assert ada.write(lambda s: withdrawn.find_returned(s, file)) == []


def test_withdrawing_all_leaves_nothing_public_or_waiting(ada: Customer) -> None:
    ada.praises()
    customer = ada.quote().customer_id

    ada.write(lambda s: reviewing.withdraw_all(s, ada.house, customer, now=ada.now))

    assert ada.quote().status == TestimonialStatus.WITHDRAWN


def test_erasing_leaves_only_hashes(ada: Customer) -> None:
    quote = ada.praises(WORDS)
    _approve(ada, quote)
    ada.write(_sent)
    customer = ada.quote().customer_id

    ada.write(lambda s: reviewing.erase_for(s, ada.house, customer, now=ada.now))

    row, consent = ada.quote(), _consents(ada)[0]
    assert (row.text, row.credit_name, consent.text, consent.wording) == (None, None, None, None)
    assert consent.text_sha256 == publishing.text_hash(WORDS)
    assert [end.how for end in _ends(ada)] == ["erased"]
    assert ada.card()["card"] == "erased"
    assert _public(ada) == []


def test_the_same_words_from_somebody_else_make_marketing_look_twice(
    ada: Customer, database: Database, house: House, now: datetime
) -> None:
    cleo = Customer(database, house, now + timedelta(minutes=1), "Cleo", 333_000_333)
    ada.praises(WORDS)

    cleo.praises(WORDS)

    assert cleo.card()["warning"] == "Another customer has given exactly the same words."


def _with_words_for_rejected(folder: Path) -> Library:
    script = (CONVERSATIONS / "after_purchase.yaml").read_text(encoding="utf-8")
    (folder / "after_purchase.yaml").write_text(script, encoding="utf-8")
    own = 'common: 1\ntestimonial:\n  not_published: "We won\'t show your words this time, {{ customer.first_name }}."\n'
    (folder / "_common.yaml").write_text(own, encoding="utf-8")
    return load_library(folder)


def _approve(ada: Customer, quote: int, *, shown: str | None = None) -> str:
    fingerprint = shown or ada.card()["fingerprint"]
    return ada.write(
        lambda s: reviewing.approve(
            s, ada.house, quote, staff=MIA, fingerprint=fingerprint, now=ada.now
        )
    )


def _reject(ada: Customer, quote: int, reason: str) -> None:
    ada.write(
        lambda s: reviewing.reject(s, ada.house, quote, staff=MIA, reason=reason, now=ada.now)
    )


def _suggest(ada: Customer, quote: int, text: str) -> None:
    ada.write(
        lambda s: reviewing.suggest_edit(s, ada.house, quote, staff=MIA, text=text, now=ada.now)
    )


def _agree_to_edit(ada: Customer, quote: int, text: str) -> None:
    _suggest(ada, quote, text)
    ada.taps("agree")


def _public(ada: Customer) -> list[publishing.PublicTestimonial]:
    return list(ada.read(lambda s: publishing.published(s, ada.house, now=ada.now)))


def _consents(ada: Customer) -> list[Consent]:
    return ada.read(lambda s: list(s.query(Consent).order_by(Consent.id)))


def _ends(ada: Customer) -> list[ConsentEnd]:
    return ada.read(lambda s: list(s.query(ConsentEnd).order_by(ConsentEnd.id)))


def _last_line(ada: Customer) -> tuple[str, str, str | None]:
    last = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    line = ada.read(lambda s: s.scalars(last).one())
    return line.actor, line.subject, line.detail


def _sent(session: object) -> None:
    for row in session.query(OutgoingMessage):  # type: ignore[attr-defined]
        row.status, row.platform_id = OutgoingStatus.SENT, f"17.{row.id:06}"
