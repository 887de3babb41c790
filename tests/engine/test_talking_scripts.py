"""Every kind of step and question, each in a script of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from feedbackbot.engine.events import (
    AnswerGiven,
    ButtonsChanged,
    ComplaintRaised,
    ConversationFinished,
    NoteTold,
    RewardGiven,
    Said,
    TagsSet,
    Toasted,
)
from feedbackbot.engine.happenings import QuestionDue
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import Branch, Library, Place, Route
from feedbackbot.engine.talking import receive
from feedbackbot.engine.talking.talk import EngineLimit
from talked import Talked

HEAD = """
script: {name}
spec: 1
language: en
start: {{on: purchase.delivered, after: 1d}}
expire: 30d
"""
TAIL = """
  - id: bye
    end: done
    say: "Bye."
"""
TIMEOUT = "timeout: {after: 3d, goto: quiet}\n"
QUIET = """
  - id: quiet
    end: no_answer
"""

Folder = Callable[..., Path]


def talked(folder: Folder, steps: str, **others: str) -> Talked:
    scripts = {name: whole(name, text) for name, text in {"asks": steps, **others}.items()}
    return Talked(load_library(folder(**scripts)), "asks")


def whole(name: str, steps: str) -> str:
    asks = "ask:" in steps
    head = HEAD.format(name=name) + (TIMEOUT if asks else "")
    return f"{head}steps:\n{steps}{TAIL}{QUIET if asks else ''}"


def test_several_choices_are_ticked_and_sent(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: what
    ask: "What did you like?"
    type: choices
    choices: {fit: "The fit", look: "The look", price: "The price"}
    save: liked
    next: so
  - id: so
    say: "You liked: {{ liked }}."
    next: bye
""",
    )
    ada.open()

    ada.press(1, "~done")
    refused = ada.of(Toasted)
    ada.tap("The look")
    ticked = ada.of(ButtonsChanged)[0]
    ada.tap("The fit")
    ada.tap("The price")
    ada.tap("✓ The price")
    said = ada.tap("Done")

    assert refused
    assert ticked.buttons[1][0].label == "✓ The look"
    assert said.startswith("You liked: The fit, The look.")


def test_a_long_choice_is_cut_so_that_a_phone_shows_what_was_chosen(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: why
    ask: "Why did you come back?"
    type: choice
    choices: {mend: "They mend all that others throw away now", near: "It is near"}
    save: why
    next: more
  - id: more
    ask: "What else?"
    type: text
    optional: true
    next: bye
""",
    )
    ada.open()

    ada.tap("They mend all that others throw away now")
    changeable = ada.of(ButtonsChanged)[0]
    ada.tap("Skip")
    settled = next(change for change in ada.of(ButtonsChanged) if change.visit == 1)

    assert changeable.buttons[0][0].label == "They mend all that… · Change"
    assert settled.buttons[0][0].label == "✓ They mend all that others throw away…"


@pytest.mark.parametrize(
    ("kind", "typed", "value", "asked_again"),
    [
        ("nps", "10", "10", "from 0 to 10"),
        ("ces", "seven", "7", "comes closest"),
        ("gap", "as expected", "0", "comes closest"),
        ("yesno", "sure", "yes", "a yes or a no"),
        ("number", "2.5", "2.5", "I need a number here, for example 2"),
        ("email", "ada@example.com", None, "name@example.com"),
        ("contact", "+44 20 7946 0000", None, "phone number"),
    ],
)
def test_every_kind_of_question_understands_and_asks_again(
    folder: Folder, kind: str, typed: str, value: str | None, asked_again: str
) -> None:
    step = f"""
  - id: it
    ask: "Well?"
    type: {kind}
    save: it
    next: bye
"""
    ada = talked(folder, step)
    ada.open()

    again = ada.write("hm, blue")
    ada.wait(minutes=1)
    ada.write(typed)

    assert asked_again in again
    assert ada.of(AnswerGiven)[0].value == value


def test_a_phone_number_is_asked_for_with_its_own_button(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: phone
    ask: "Where may we call?"
    type: contact
    next: bye
""",
    )
    ada.open()

    assert ada.of(Said)[0].wants_contact


def test_an_answer_must_be_valid(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: code
    ask: "Which code?"
    type: text
    validate: {matches: "^[A-Z]{3}$", say: "Three capital letters, please."}
    save: code
    next: bye
""",
    )
    ada.open()

    assert ada.write("ab") == "Three capital letters, please."
    ada.wait(minutes=1)
    assert ada.write("ABC").startswith("Bye.")


def test_the_scripts_own_words_are_said_where_the_kind_of_answer_does_not_fit_either(
    folder: Folder,
) -> None:
    ada = talked(
        folder,
        """
  - id: mail
    ask: "Where may we send the receipt?"
    type: email
    validate: {matches: "@", say: "That has no @ in it."}
    next: bye
""",
    )
    ada.open()

    assert ada.write("tomorrow") == "That has no @ in it."
    ada.wait(minutes=1)
    assert ada.write("ada@").startswith("That does not look like a complete e-mail address")


def test_a_question_that_is_never_understood_is_read_by_a_person(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: it
    ask: "One or two?"
    type: choice
    choices: {one: "Left shoe", two: "Right shoe"}
    retry: {times: 1}
    next: bye
""",
    )
    ada.open()
    for words in ("both", "neither"):
        said = ada.write(words)
        raised = ada.of(ComplaintRaised)
        ada.wait(minutes=1)

    assert said.startswith("I did not get that, and it is my fault")
    assert raised[0].words == "both\nneither"
    assert raised[0].origin == "script"


def test_shortcuts_are_sent_as_if_typed(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: why
    ask: "Why?"
    type: text
    buttons: ["The price", "The look"]
    save: why
    next: so
  - id: so
    say: "So it was: {{ why }}."
    next: bye
""",
    )
    ada.open()

    assert ada.tap("The look").startswith("So it was: The look.")


def test_names_tags_notes_and_branches(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: how
    ask: "How many?"
    type: number
    save: pairs
    next: remember
  - id: remember
    set: {tags: [loyal], level: "{{ 'many' if pairs > 2 else 'few' }}"}
    next: choose
  - id: choose
    branch:
      - {if: level == 'many', goto: told}
      - {else: bye}
  - id: told
    tell: {to: ideas, text: "{{ pairs }} pairs, {{ level }}"}
    next: bye
""",
    )
    ada.open()

    ada.write("3")

    assert ada.of(TagsSet) == [TagsSet(tags=("loyal",))]
    assert ada.of(NoteTold) == [NoteTold(to="ideas", text="3 pairs, many")]


WISHES = """
  - id: wish
    ask: "What would put it right?"
    type: choice
    choices: {swap: "Repair it", money: "Money back"}
    save: wish
    retry: {times: 1, say: "Does one of these come close?", then: told}
    next: told
  - id: told
    tell: {to: ideas, text: "Would like: {{ wish or 'not said' }}."}
    next: bye
"""


def test_words_that_fit_no_choice_stand_for_it_in_what_people_read(folder: Folder) -> None:
    ada = talked(folder, WISHES)
    ada.open()

    ada.write("New poles\nbefore Friday!")
    ada.wait(minutes=1)
    ada.write("Not really")

    (told,) = ada.of(NoteTold)
    assert told.text == "Would like: “New poles before Friday! / Not really”."


def test_a_choice_that_is_made_after_all_stands_for_itself(folder: Folder) -> None:
    ada = talked(folder, WISHES)
    ada.open()

    ada.write("New poles before Friday!")
    ada.tap("Repair it")

    (told,) = ada.of(NoteTold)
    assert told.text == "Would like: Repair it."


def test_waiting_for_a_time_of_day(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: sleep
    wait: {until: "10:30"}
    next: awake
  - id: awake
    say: "Good morning."
    next: bye
""",
    )
    ada.open()

    assert ada.wait(minutes=29) == ""
    assert ada.wait(minutes=2).startswith("Good morning.")


def test_words_during_a_wait_reach_a_person_and_the_wait_goes_on(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: sleep
    wait: 2d
    next: bye
""",
    )
    ada.open()

    said = ada.write("Hello?")
    ada.tap("No need")

    assert said.startswith("Shall I pass this on")
    assert ada.wait(days=3) == "Bye."


def test_a_called_script_comes_back_with_its_answers(folder: Folder) -> None:
    inner = """
  - id: why
    ask: "Why so loyal?"
    type: text
    save: why
    next: bye
"""
    ada = talked(
        folder,
        """
  - id: more
    call: interview
    next: so
  - id: so
    say: "Because: {{ interview.why or 'nothing' }}"
    next: bye
""",
        interview=inner,
    )

    asked = ada.open()
    said = ada.write("The soles")

    assert asked == "Why so loyal?"
    assert said.startswith("Bye.\n\nBecause: The soles\n\nBye.")
    assert len(ada.of(ConversationFinished)) == 1


def test_conditions_know_choices_by_their_keys_and_texts_by_their_labels(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: what
    ask: "What did you like?"
    type: choices
    choices: {fit: "The fit", look: "The look"}
    optional: true
    save: liked
    next:
      - {if: "liked and 'fit' in liked", goto: so}
      - {else: bye}
  - id: so
    say: "{{ liked | join(' + ') }}: {{ liked | first }}"
    next: bye
""",
    )
    ada.open()

    ada.tap("The look")
    ticked = ada.of(ButtonsChanged)[0]
    ada.tap("The fit")
    said = ada.tap("Done")

    assert [row[0].label for row in ticked.buttons] == ["The fit", "✓ The look", "Done", "Skip"]
    assert said.startswith("The fit + The look: The fit")


def test_a_tag_is_known_as_soon_as_it_is_set(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: remember
    set: {tags: [loyal]}
    next: more
  - id: more
    set: {tags: [generous]}
    next: choose
  - id: choose
    branch:
      - {if: "'loyal' in customer.tags and 'generous' in customer.tags", goto: so}
      - {else: bye}
  - id: so
    say: "Welcome back."
    next: bye
""",
    )

    assert ada.open().startswith("Welcome back.")


def test_a_called_script_may_call_another_and_know_its_answers(folder: Folder) -> None:
    inner = """
  - id: why
    ask: "Why?"
    type: choice
    choices: {soles: "The soles", price: "The price"}
    save: why
    next: bye
"""
    middle = """
  - id: deeper
    call: inner
    next: so
  - id: so
    say: "Inside: {{ inner.why or '' }}."
    next: keep
  - id: keep
    set: {reason: "{{ inner.why or '' }}"}
    next: bye
"""
    ada = talked(
        folder,
        """
  - id: more
    call: middle
    next: choose
  - id: choose
    branch:
      - {if: middle.reason == 'The soles', goto: so}
      - {else: bye}
  - id: so
    say: "Outside: {{ middle.reason }}."
    next: bye
""",
        inner=inner,
        middle=middle,
    )
    ada.open()

    said = ada.tap("The soles")

    assert "Inside: The soles." in said
    assert "Outside: The soles." in said


QUOTED = """
  - id: quote
    testimonial:
      ask: "May we show your words?"
    timeout: {after: 1d, goto: quiet}
    next: bye
"""


def test_nobody_is_asked_twice_for_words_about_one_purchase(folder: Folder) -> None:
    ada = talked(folder, QUOTED)
    ada.open()
    ada.tap("No, thank you")
    ada.wait(days=4)

    ada.invitation_id = ada.player.offer(ada.bought, ada.script, ada.player.now)

    assert ada.open().startswith("Bye.")


def test_words_about_another_purchase_may_be_asked_for(folder: Folder) -> None:
    ada = talked(folder, QUOTED)
    ada.open()
    ada.tap("No, thank you")
    ada.wait(days=4)

    other = structs.replace(ada.bought, number="#1002")
    ada.invitation_id = ada.player.offer(other, ada.script, ada.player.now)

    assert ada.open().startswith("May we show your words?")


def test_own_words_for_a_reward_may_name_another_disclosure(folder: Folder) -> None:
    steps = """
  - id: gift
    reward:
      pool: thank_you
      fallback: THANKS10
      say: "For you: {{ reward.code }}"
      disclosure: "Yours, {{ customer.first_name }}, whatever you say."
    next: again
  - id: again
    reward: {pool: thank_you}
    next: bye
"""
    ada = talked(folder, steps)

    said = ada.open()

    assert said.startswith("For you: THANKS10\nYours, Ada, whatever you say.\n\nBye.")
    assert ada.of(RewardGiven) == [
        RewardGiven(step="gift", pool="thank_you", code="THANKS10", common=True)
    ]


REWARD = """
  - id: gift
    reward: {pool: thank_you, say: "A small thank-you: {{ reward.code }}"}
    next: site
  - id: site
    review_link: {url: "https://example.com/review", say: "You can also tell others."}
    next: bye
"""


def test_a_reward_gives_the_next_code_of_the_pool(folder: Folder) -> None:
    ada = talked(folder, REWARD)
    due = QuestionDue(invitation_id=1, script=ada.script)
    scene = structs.replace(ada.player.scene(), codes={"thank_you": "TY-7"})

    turn = receive(ada.player.chat, due, scene, now=ada.player.now)

    said = turn.events[-1]
    assert isinstance(said, Said)
    assert said.text.startswith(
        "A small thank-you: TY-7\n"
        "It has nothing to do with what you wrote, and you owe us nothing for it.\n\n"
        "You can also tell others."
    )
    assert said.buttons[0][0].url == "https://example.com/review"
    assert RewardGiven(step="gift", pool="thank_you", code="TY-7") in turn.events


def test_an_empty_pool_promises_nothing(folder: Folder) -> None:
    ada = talked(folder, REWARD)

    said = ada.open()

    assert said.startswith("You can also tell others.")
    assert ada.of(RewardGiven)[0].code is None


def test_a_script_that_turns_in_circles_is_stopped(library: Library) -> None:
    place = Place(file="circles.yaml", line=1, column=1)
    there = Branch(id="a", place=place, next=(Route(condition=None, goto="b", place=place),))
    back = Branch(id="b", place=place, next=(Route(condition=None, goto="a", place=place),))
    script = replace(library.scripts["after_purchase"], steps={"a": there, "b": back})
    ada = Talked(library)
    due = QuestionDue(invitation_id=1, script=script)

    with pytest.raises(EngineLimit, match="circles"):
        receive(ada.player.chat, due, ada.player.scene(), now=ada.player.now)


def test_a_paused_question_is_held_back_for_words_alone(folder: Folder) -> None:
    ada = talked(
        folder,
        """
  - id: stars
    ask: "Stars?"
    type: rating
    next: why
  - id: why
    ask: "Why?"
    type: text
    next: bye
""",
    )
    ada.open()
    ada.tap("4 ★")
    tapped = ada.of(Said)[0].pause
    ada.write("Nice")

    assert tapped == timedelta(0)
    assert ada.of(Said)[0].pause == timedelta(seconds=3)
