"""A typed answer that is changed by editing its message: another answer while one can be, else the truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.chat import CustomerFacts
from feedbackbot.engine.events import (
    AnswerAmended,
    AnswerGiven,
    AnswerTakenBack,
    ButtonsChanged,
    CaseWritten,
    ComplaintRaised,
)
from feedbackbot.engine.happenings import Command
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import Library
from talked import Talked

USES_NEW_WORDS = "I have seen your correction and use the new words."
#: what `edited_answer` begins with
STANDS = "Thank you, I have kept your new words. The answer itself stays as it was"
ASKS = """\
script: visit
spec: 1
start: {on: manual}
expire: 10d
timeout: {after: 3d, goto: quiet}
steps:
  - id: first
    ask: "How is it?"
    %s
    save: first
    next: [{if: %s, goto: bad}, {else: good}]
  - {id: bad, ask: "What went wrong?", save: wrong, next: quiet}
  - {id: good, ask: "What went well?", save: well, next: quiet}
  - {id: quiet, end: no_answer}
"""


@pytest.fixture
def ada(library: Library) -> Talked:
    talked = Talked(library)
    talked.open()
    return talked


def types(ada: Talked, text: str) -> str:
    """The key of the message."""
    ada.write(text)
    key = ada.last_key()
    ada.wait(minutes=1)
    return key


def names(ada: Talked) -> object:
    assert ada.player.chat.conversation is not None
    return ada.player.chat.conversation.names


def test_a_five_edited_into_a_one_is_a_one_and_goes_its_way(ada: Talked) -> None:
    key = types(ada, "5")

    said = ada.write("1", edits=key)

    assert said.startswith("Changed to 1 ★.\n\nI am sorry. What is the main reason")
    assert ada.of(AnswerTakenBack) == [AnswerTakenBack(step="rate", visit=1)]
    assert [(it.visit, it.value, it.words) for it in ada.of(AnswerGiven)] == [(1, "1", "1")]
    assert names(ada) == {"score": 1}


def test_who_edits_a_five_into_a_one_still_reaches_people(ada: Talked) -> None:
    ada.write("1", edits=types(ada, "5, thanks"))
    ada.write("The sole came off")
    ada.tap("Money back")

    assert [(it.summary[:3], it.words) for it in ada.of(ComplaintRaised)] == [
        ("1/5", "The sole came off")
    ]


def test_what_was_edited_can_be_changed_again_by_edit_and_by_button(ada: Talked) -> None:
    key = types(ada, "5")

    ada.write("1", edits=key)
    left = ada.of(ButtonsChanged)[-1].buttons[0][0].label
    ada.write("4", edits=key)
    ada.tap("4 ★ · Change")
    ada.tap("2 ★")

    assert left == "1 ★ · Change"
    assert names(ada) == {"score": 2}


@pytest.mark.parametrize(
    ("kind", "bad", "before", "after"),
    [
        ("type: nps", "first <= 6", "nine", "3"),
        ("type: ces", "first <= 3", "7", "2"),
        ("type: gap", "first < 0", "better", "much worse"),
        ("type: yesno", "first == 'no'", "yes", "no"),
        (
            "type: choice\n    choices: {here: Here, not: Missing}",
            "first == 'not'",
            "Here",
            "missing",
        ),
    ],
)
def test_each_answer_that_has_a_change_button_follows_its_edit(
    folder: Callable[..., Path], kind: str, bad: str, before: str, after: str
) -> None:
    ada = Talked(load_library(folder(visit=ASKS % (kind, bad)), proves=False), "visit")
    ada.open()
    key = types(ada, before)

    said = ada.write(after, edits=key)

    assert said.endswith("What went wrong?")


def test_the_same_answer_in_other_words_stays_the_answer(ada: Talked) -> None:
    key = types(ada, "4")

    said = ada.write("4, the laces are lovely", edits=key)

    assert said == USES_NEW_WORDS
    assert [it.words for it in ada.of(AnswerAmended)] == ["4, the laces are lovely"]
    assert not ada.of(AnswerGiven)


def test_words_that_are_no_answer_leave_the_answer_and_say_so(ada: Talked) -> None:
    key = types(ada, "5")

    said = ada.write("box crushed", edits=key)

    assert said.startswith(f"{STANDS} (5 ★).")
    assert "/human" in said
    assert names(ada) == {"score": 5}


def test_once_the_next_answer_is_given_the_first_stands_and_the_edit_says_so(ada: Talked) -> None:
    key = types(ada, "5")
    ada.write("So light")

    said = ada.write("1", edits=key)

    assert said.startswith(f"{STANDS} (5 ★).")
    assert not ada.of(AnswerTakenBack)
    assert [it.words for it in ada.of(AnswerAmended)] == ["1"]


def test_an_edit_back_to_what_stands_is_no_other_answer(ada: Talked) -> None:
    key = types(ada, "5")
    ada.write("So light")
    ada.write("1", edits=key)

    assert ada.write("5", edits=key) == USES_NEW_WORDS


def test_after_the_end_of_the_conversation_the_edit_is_not_passed_over(ada: Talked) -> None:
    key = types(ada, "3")
    ada.tap("Skip")
    ada.tap("About the same")
    ada.tap("Skip")
    assert ada.player.chat.conversation is None

    said = ada.write("1", edits=key)

    assert said.startswith(STANDS)


def test_people_who_have_the_complaint_see_the_edit(ada: Talked) -> None:
    key = types(ada, "2")
    ada.write("Broken")
    ada.tap("Money back")

    said = ada.write("1", edits=key)

    assert [(it.words, it.edited) for it in ada.of(CaseWritten)] == [("1", True)]
    assert said.startswith(f"{STANDS} (2 ★).")


def test_an_answer_that_was_taken_back_is_given_anew_by_an_edit(ada: Talked) -> None:
    key = types(ada, "5")
    ada.tap("5 ★ · Change")

    said = ada.write("2", edits=key)

    assert said.startswith("Changed to 2 ★.")
    assert names(ada) == {"score": 2}


def test_a_question_of_the_bots_own_is_settled_before_the_answer_changes(ada: Talked) -> None:
    key = types(ada, "5")
    ada.do(Command(name="forget", message_key="7:90"))

    ada.write("1", edits=key)

    assert ada.player.chat.aside is None
    assert names(ada) == {"score": 1}


def test_an_edited_address_is_the_address(folder: Callable[..., Path]) -> None:
    ada = Talked(load_library(folder(visit=ASKS % ("type: email", "not first"))), "visit")
    ada.open()
    key = types(ada, "ada@exmaple.com")

    said = ada.write("ada@example.com", edits=key)

    assert said == USES_NEW_WORDS
    assert names(ada) == {"first": "ada@example.com"}


@pytest.mark.parametrize("language", ["es", "de", "pt", "ar"])
def test_that_the_answer_stands_is_said_in_each_language(library: Library, language: str) -> None:
    ada = Talked(library, customer=CustomerFacts(first_name="Ada", language=language))
    ada.open()
    key = types(ada, "5")
    ada.write("Bien")

    said = ada.write("1", edits=key)

    assert "5 ★" in said
    assert "/human" in said
    assert "Thank you" not in said
