"""Corners of asking: what counts as an answer, what is kept, what is asked again, and when silence speaks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedbackbot.engine.events import (
    AnswerAmended,
    AnswerGiven,
    AnswerTakenBack,
    ButtonsChanged,
    ConversationExpired,
    ConversationStarted,
    InvitationDeferred,
    Purpose,
    QuestionReminded,
    ReplyNotUnderstood,
    Said,
    Toasted,
)
from feedbackbot.engine.happenings import LinkState, MediaLost, MediaTrouble, ReplyKind, Woken
from feedbackbot.engine.script import Library
from talked import MORNING, Talked


@pytest.fixture
def ada(library: Library) -> Talked:
    talked = Talked(library)
    talked.open()
    return talked


def test_a_double_tap_has_one_effect(ada: Talked) -> None:
    ada.press(1, "3")
    chat = ada.player.chat

    ada.press(1, "3")

    assert ada.of(Toasted) == [Toasted(text="I have your answer already: 3 ★.")]
    assert ada.player.chat == chat


def test_a_button_that_never_was_is_answered_kindly(ada: Talked) -> None:
    chat = ada.player.chat

    ada.press(1, "17")
    ada.press(999, "1")

    assert ada.player.chat == chat
    assert len(ada.of(Toasted)) == 1


def test_words_that_come_within_the_pause_are_added(ada: Talked) -> None:
    ada.tap("2 ★")
    ada.write("The sole came off", at_once=True)
    ada.write("after a day", at_once=True)

    amended = ada.of(AnswerAmended)

    assert [event.words for event in amended] == ["The sole came off\nafter a day"]
    assert amended[0].pause == timedelta(seconds=3)
    assert "put it right for you" in ada.held_back()


def test_without_a_pause_every_message_stands_alone(library: Library) -> None:
    ada = Talked(library, pause=0)
    ada.open()
    ada.tap("2 ★")

    ada.write("The sole came off")

    said = ada.of(Said)
    assert said[0].pause == timedelta(0)
    ada.write("Money back")
    assert ada.of(AnswerGiven)[0].value == "money"


def test_a_late_picture_of_the_same_album_is_added_and_mentioned_once(ada: Talked) -> None:
    ada.tap("2 ★")
    ada.send(ReplyKind.PHOTO, "Look", album="x")
    ada.wait(seconds=30)

    first = ada.send(ReplyKind.PHOTO, album="x")
    second = ada.send(ReplyKind.PHOTO, album="x")

    assert first == "Added to what you wrote."
    assert second == ""
    assert len(ada.of(AnswerAmended)[0].attachments) == 3


def test_an_album_where_a_tap_was_wanted_is_one_try(ada: Talked) -> None:
    said = [ada.send(ReplyKind.PHOTO, album="x", at_once=True) for _ in range(5)]

    assert said.count("") == 4
    assert ada.player.chat.conversation is not None
    assert ada.player.chat.conversation.tries == 1


def test_a_number_right_after_words_is_the_answer(ada: Talked) -> None:
    ada.write("box crushed", at_once=True)
    ada.write("2", at_once=True)

    assert ada.of(AnswerGiven)[0].value == "2"


def test_words_that_were_no_answer_become_one_when_corrected(ada: Talked) -> None:
    ada.write("fuor")
    key = ada.last_key()
    ada.wait(minutes=1)

    ada.write("four", edits=key)

    assert ada.of(AnswerGiven)[0].value == "4"


def test_a_correction_reaches_the_answer_and_the_names(ada: Talked) -> None:
    ada.tap("3 ★")
    ada.write("Nice laces")
    key = ada.last_key()
    ada.wait(minutes=5)

    said = ada.write("Nice soles", edits=key)

    assert said == "I have seen your correction and use the new words."
    assert ada.player.chat.conversation is not None
    assert ada.player.chat.conversation.names["reason"] == "Nice soles"


def test_the_same_correction_twice_changes_nothing(ada: Talked) -> None:
    ada.tap("3 ★")
    ada.write("Nice laces")

    assert ada.write("Nice laces", edits=ada.last_key()) == ""


def test_a_change_takes_the_answer_back_only_until_the_next(ada: Talked) -> None:
    ada.tap("3 ★")
    ada.tap("3 ★ · Change")
    taken_back = ada.of(AnswerTakenBack)
    ada.tap("4 ★")
    ada.tap("Skip")

    ada.press(2, "~change")

    assert taken_back == [AnswerTakenBack(step="rate", visit=1)]
    assert len(ada.of(Toasted)) == 1


def test_a_change_is_not_offered_once_people_have_it(ada: Talked) -> None:
    ada.tap("1 ★")
    ada.write("Broken")

    ada.tap("Money back")

    assert left_under(ada) == {3: "✓ Money back"}


def test_what_was_tapped_stays_to_be_seen_and_does_nothing(ada: Talked) -> None:
    ada.tap("4 ★")
    assert left_under(ada) == {1: "4 ★ · Change"}

    ada.tap("Skip")
    assert left_under(ada) == {1: "✓ 4 ★", 2: "✓ Skip"}

    ada.tap("✓ 4 ★")
    assert ada.of(Toasted) == [Toasted(text="I have your answer already: 4 ★.")]


def test_words_are_an_answer_that_can_be_seen_already(ada: Talked) -> None:
    ada.tap("4 ★")

    ada.write("Light and dry, all week long.")

    assert left_under(ada) == {1: "✓ 4 ★", 2: ""}


def test_a_reminder_comes_once_and_at_a_decent_hour(library: Library) -> None:
    cleo = Talked(library, now=MORNING.replace(hour=22))
    cleo.open()

    cleo.wait(days=2, hours=10)
    assert not cleo.of(QuestionReminded)
    cleo.wait(hours=2)

    assert len(cleo.of(QuestionReminded)) == 1
    assert cleo.wait(days=20) == ""


def test_an_answer_between_cancels_the_reminder(ada: Talked) -> None:
    ada.wait(days=1)
    ada.tap("3 ★")

    ada.wait(days=1, hours=2)

    assert not ada.of(QuestionReminded)


def test_the_whole_conversation_expires_in_silence(library: Library) -> None:
    ada = Talked(library)
    ada.fall_due()
    ada.tap("Not now")
    ada.tap("In a week")
    state = ada.player.chat.conversation
    assert state is not None
    due = {timer.name: timer.due_at for timer in ada.player.chat.timers}
    ada.player.now = due["expire"]

    said = ada.do(Woken())

    assert due["expire"] > due["later"]
    assert ada.of(ConversationExpired)
    assert said == ""


def test_this_evening_tapped_when_it_has_begun_is_tomorrow_evening(library: Library) -> None:
    ada = Talked(library)
    ada.fall_due()
    ada.tap("Not now")
    ada.wait(hours=11)

    said = ada.tap("This evening")

    assert said == "Good. I will ask tomorrow."
    assert [event.until.isoformat() for event in ada.of(InvitationDeferred)] == [
        "2026-11-25T19:00:00+00:00"
    ]


def test_tomorrow_tapped_at_night_is_not_the_day_after(library: Library) -> None:
    ada = Talked(library)
    ada.open()
    ada.wait(hours=12)
    ada.write("Not now")

    ada.tap("Tomorrow")

    assert [event.until.day for event in ada.of(InvitationDeferred)] == [25]


def test_a_photo_with_a_number_is_a_number_and_a_photo(ada: Talked) -> None:
    ada.send(ReplyKind.PHOTO, "2")

    answer = ada.of(AnswerGiven)[0]
    assert answer.value == "2"
    assert len(answer.attachments) == 1


def test_a_voice_note_at_the_stars_is_kept(ada: Talked) -> None:
    said = ada.send(ReplyKind.VOICE)

    assert said.startswith("I have kept your voice note")
    assert len(ada.of(ReplyNotUnderstood)[0].attachments) == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (MediaTrouble.TOO_LARGE, "over 20 MB"),
        (MediaTrouble.TOO_LONG, "(5 minutes)"),
        (MediaTrouble.LOST, "once more"),
    ],
)
def test_a_file_that_can_not_be_used_is_named_and_costs_no_try(
    ada: Talked, trouble: MediaTrouble, words: str
) -> None:
    for _ in range(6):
        said = ada.send(ReplyKind.VOICE, trouble=trouble)
        ada.wait(minutes=1)

        assert words in said
    assert ada.player.chat.conversation is not None
    assert ada.player.chat.conversation.step == "rate"


def test_a_file_that_got_lost_later_is_asked_for_again(ada: Talked) -> None:
    assert "once more" in ada.do(MediaLost(media_id=1))


def test_stickers_never_use_up_the_tries(ada: Talked) -> None:
    for _ in range(5):
        said = ada.send(ReplyKind.STICKER)
        ada.wait(minutes=1)

        assert said.startswith("Nice one")


def test_the_same_link_shows_where_we_were(ada: Talked) -> None:
    ada.tap("4 ★")

    said = ada.open(LinkState.RUNNING)

    assert said.startswith("We are already talking about this order")
    assert said.endswith("main reason for your score?")
    assert not ada.of(ConversationStarted)


def test_the_same_link_while_time_passes_says_when(ada: Talked) -> None:
    ada.press(1, "~not_now")
    ada.tap("Tomorrow")

    assert "I will come back to you tomorrow" in ada.open(LinkState.RUNNING)


def test_a_link_that_was_talked_about_offers_a_person(ada: Talked) -> None:
    ada.write("stop")
    ada.open(LinkState.NONE)

    assert "We have talked about this order already" in ada.open(LinkState.DONE)


def test_a_link_brings_somebody_back_who_had_stopped(library: Library) -> None:
    ada = Talked(library)
    ada.write("stop")

    said = ada.open()

    assert "how satisfied" in said
    assert not ada.player.chat.stopped


def test_a_question_that_falls_due_after_a_stop_is_not_asked(library: Library) -> None:
    ada = Talked(library)
    ada.write("stop")

    assert ada.fall_due() == ""
    assert ada.events == []


def test_a_question_goes_out_as_one_message(ada: Talked) -> None:
    ada.tap("3 ★")
    ada.tap("Skip")
    ada.tap("Worse")
    ada.tap("Skip")

    said = ada.of(Said)

    assert len(said) == 1
    assert said[0].purpose is Purpose.QUESTION


def test_permission_is_not_asked_of_somebody_who_fell_silent(ada: Talked) -> None:
    ada.tap("3 ★")

    assert ada.wait(days=5) == ""
    assert not ada.player.chat.permission_asked


def left_under(talked: Talked) -> dict[int, str]:
    """What the last turn has left under each question."""
    return {
        change.visit: " ".join(button.label for row in change.buttons for button in row)
        for change in talked.of(ButtonsChanged)
    }
