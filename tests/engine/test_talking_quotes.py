"""Corners of publishing words: nothing is agreed to that was not shown, and a no costs nothing."""

from __future__ import annotations

import pytest

from feedbackbot.engine.chat import CustomerFacts
from feedbackbot.engine.events import (
    ConsentGiven,
    ConversationFinished,
    EditDeclined,
    QuestionTimedOut,
    Said,
    TestimonialDeclined,
    TestimonialOffered,
    Toasted,
)
from feedbackbot.engine.happenings import Blocked, MediaTrouble, ReplyKind, WasAway
from feedbackbot.engine.playing import backstage
from feedbackbot.engine.script import Library
from talked import Talked

WORDS = "They fit like a glove, and they stayed dry."


def delighted(
    library: Library, reason: str = WORDS, *, name: CustomerFacts | None = None
) -> Talked:
    talked = Talked(library, customer=name)
    talked.open()
    talked.tap("5 ★")
    talked.write(reason)
    talked.tap("Better")
    return talked


@pytest.fixture
def ada(library: Library) -> Talked:
    return delighted(library)


def test_what_is_agreed_to_is_what_was_shown(ada: Talked) -> None:
    ada.tap("Yes, these")
    shown = ada.tap("A. L.")
    ada.tap("I agree")

    given = ada.of(ConsentGiven)[0]

    assert f'"{given.text}"' in shown
    assert given.wording in shown
    assert given.credit_name == "A. L."
    assert f'signed "{given.credit_name}"' in given.wording
    assert given.text == WORDS
    assert given.uses == ("website", "social")


def test_a_long_text_is_shown_whole_before_it_is_agreed_to(library: Library) -> None:
    words = " ".join(f"word{number}" for number in range(560))
    ada = delighted(library, words[:4000])
    ada.tap("Yes, these")
    ada.tap("Ada")
    shown = "".join(said.text for said in ada.of(Said)).replace(" ", "").replace("\n", "")
    ada.tap("I agree")

    assert ada.of(ConsentGiven)[0].text.replace(" ", "") in shown


def test_agreeing_before_anything_was_shown_is_nothing(ada: Talked) -> None:
    visit = ada.player.chat.last_visit

    ada.press(visit, "agree")

    assert ada.of(Toasted)
    assert not ada.of(ConsentGiven)


def test_words_are_no_consent(ada: Talked) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")

    for words in ("yes", "sure, go ahead", "looks good"):
        ada.write(words)
        ada.wait(minutes=1)

    assert not ada.of(ConsentGiven)


def test_the_label_typed_out_is_consent(ada: Talked) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")

    ada.write("I agree")

    assert ada.of(ConsentGiven)


def test_somebody_without_a_name_is_not_asked_how_to_sign(library: Library) -> None:
    nobody = delighted(library, name=CustomerFacts())

    shown = nobody.tap("Yes, these")

    assert 'signed "A customer"' in shown


def test_somebody_with_one_name_is_not_offered_two(library: Library) -> None:
    bo = delighted(library, name=CustomerFacts(first_name="Bo"))
    bo.tap("Yes, these")

    labels = [button.label for row in bo.of(Said)[0].buttons for button in row]

    assert labels == ["Bo", "B.", "Without my name"]


def test_a_short_reason_is_not_quoted(library: Library) -> None:
    assert "One or two sentences" in delighted(library, "Great").said


def test_a_no_is_never_asked_again(ada: Talked) -> None:
    said = ada.tap("No, thank you")

    assert ada.of(TestimonialDeclined)
    assert said.startswith("That is completely fine")
    assert ada.of(ConversationFinished)


def test_silence_is_no_consent(ada: Talked) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")

    said = ada.wait(days=4)

    assert ada.of(QuestionTimedOut)
    assert said == ""
    assert not ada.of(ConsentGiven)


def test_a_correction_under_the_preview_shows_a_new_one(library: Library) -> None:
    ada = Talked(library)
    ada.open()
    ada.tap("5 ★")
    ada.write(WORDS)
    key = ada.last_key()
    ada.tap("Better")
    ada.tap("Yes, these")
    ada.tap("Ada")
    old = ada.player.chat.last_visit

    shown = ada.write("They fit, and they stayed dry all week.", edits=key)
    ada.press(old, "agree")
    too_late = ada.of(ConsentGiven)
    ada.tap("I agree")

    assert '"They fit, and they stayed dry all week."' in shown
    assert not too_late
    assert ada.of(ConsentGiven)[0].text == "They fit, and they stayed dry all week."


def test_more_words_within_the_pause_are_in_the_preview(library: Library) -> None:
    ada = delighted(library, "Great")
    ada.write("Warm and light.", at_once=True)
    ada.write("And dry.", at_once=True)
    ada.held_back()

    assert '"Warm and light.\nAnd dry."' in ada.tap("Ada")


def test_a_picture_that_can_not_be_used_is_not_in_the_consent(library: Library) -> None:
    ada = delighted(library, "Great")
    ada.send(ReplyKind.PHOTO, "Warm and light, really.", trouble=MediaTrouble.TOO_LARGE)
    ada.tap("Ada")

    ada.tap("I agree")

    given = ada.of(ConsentGiven)[0]
    assert given.attachments == ()
    assert "photo" not in given.wording


def test_a_recording_replaces_no_words(library: Library) -> None:
    ada = delighted(library, "Great")
    ada.send(ReplyKind.VOICE)
    ada.tap("Ada")
    media = ada.of(Said)[0].media_id

    ada.tap("I agree")

    given = ada.of(ConsentGiven)[0]
    assert [one.media_id for one in given.attachments] == [media]
    assert "recording of my voice" in given.wording


def test_changing_it_leaves_the_old_picture_behind(library: Library) -> None:
    ada = delighted(library, "Great")
    ada.send(ReplyKind.PHOTO, "Warm and light, really.")
    ada.tap("Ada")
    ada.tap("Change it")
    ada.write("Warm and light. Really.")

    ada.tap("I agree")

    assert ada.of(ConsentGiven)[0].attachments == ()


def quoted_with_a_picture(library: Library) -> tuple[Talked, str]:
    ada = delighted(library, "Great")
    ada.send(ReplyKind.PHOTO, "Warm and light, really.")
    key = ada.last_key()
    ada.tap("Ada")
    ada.tap("I agree")
    return ada, key


def test_corrected_words_are_shown_with_the_picture_that_a_yes_publishes(library: Library) -> None:
    ada, key = quoted_with_a_picture(library)

    ada.send(ReplyKind.PHOTO, "Warm and light.", edits=key)
    shown = ada.of(Said)[0].media_id
    again = ada.do(WasAway())
    shown_again = ada.of(Said)[0].media_id
    ada.tap("I agree")

    given = ada.of(ConsentGiven)[0]
    assert "Warm and light." in again
    assert [one.media_id for one in given.attachments] == [shown] == [shown_again]
    assert shown is not None
    assert "my photo" in given.wording


def test_a_picture_that_was_none_of_the_quote_does_not_join_it(library: Library) -> None:
    ada = Talked(library)
    ada.open()
    ada.tap("5 ★")
    ada.send(ReplyKind.PHOTO, WORDS)
    key = ada.last_key()
    for label in ("Better", "Yes, these", "Ada", "I agree"):
        ada.tap(label)

    ada.send(ReplyKind.PHOTO, "They fit, and they stayed dry all week.", edits=key)
    ada.tap("I agree")

    given = ada.of(ConsentGiven)[0]
    assert given.attachments == ()
    assert "photo" not in given.wording


def test_taking_all_words_back_by_an_edit_asks_for_no_consent_to_nothing(library: Library) -> None:
    ada, key = quoted_with_a_picture(library)

    ada.send(ReplyKind.PHOTO, edits=key)

    assert ada.said.endswith("Until you agree to the new ones, nothing changes.")
    assert ada.player.chat.aside is None


def test_an_unhappy_customer_is_never_asked(library: Library) -> None:
    bo = Talked(library)
    bo.open()
    bo.tap("2 ★")
    bo.write(WORDS)
    bo.tap("Money back")

    assert not bo.of(TestimonialOffered)


@pytest.mark.parametrize(
    ("label", "keeps"), [("Only as I wrote it", True), ("Don't publish", False)]
)
def test_a_suggested_text_can_be_refused(ada: Talked, label: str, *, keeps: bool) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")
    ada.tap("I agree")
    backstage.suggest(ada.player, 1, "They stayed dry.")

    ada.tap(label)

    assert ada.of(EditDeclined) == [EditDeclined(testimonial_id=1, keep_mine=keeps)]


def test_a_suggested_text_is_valid_only_with_its_own_consent(ada: Talked) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")
    ada.tap("I agree")
    ada.events = []
    backstage.suggest(ada.player, 1, "They stayed dry.")
    shown = ada.said
    ada.tap("The new text is fine")

    given = ada.of(ConsentGiven)[0]
    assert (given.testimonial_id, given.text) == (1, "They stayed dry.")
    assert given.wording in shown


def test_nobody_who_has_blocked_or_stopped_the_bot_is_asked(ada: Talked) -> None:
    ada.tap("Yes, these")
    ada.tap("Ada")
    ada.tap("I agree")
    ada.do(Blocked())
    ada.events = []
    backstage.suggest(ada.player, 1, "They stayed dry.")
    backstage.publish(ada.player, 1)

    assert ada.events == []
