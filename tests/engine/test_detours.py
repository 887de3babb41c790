"""What no line of a script foresees: an answer taken back, a person called, a conversation whose time is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.checking import check, errors_in, lines_to_play
from feedbackbot.engine.events import (
    ComplaintRaised,
    ConversationExpired,
    ConversationFinished,
    NoteTold,
    RecoveryAnswered,
    TestimonialDeclined,
    TestimonialOffered,
)
from feedbackbot.engine.happenings import Command, ReplyKind
from feedbackbot.engine.playing import backstage
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import Problem
from replayed import replayed
from talked import Talked

Folder = Callable[..., Path]
HEAD = """\
script: {name}
spec: 1
start: {{on: manual}}
expire: 10d
timeout: {{after: 3d, goto: {silent}}}
{more}steps:
{steps}  - {{id: bye, end: done, say: "Bye."}}
"""
QUIET = "  - {id: quiet, end: no_answer}\n"


def whole(steps: str, *, name: str = "visit", more: str = "", silent: str = "quiet") -> str:
    """`silent`: where whoever does not answer goes."""
    last = QUIET if silent == "quiet" else ""
    return HEAD.format(name=name, steps=steps, more=more, silent=silent) + last


def talked(folder: Folder, steps: str, *, silent: str = "quiet", **called: str) -> Talked:
    others = {name: whole(text, name=name) for name, text in called.items()}
    there = folder(visit=whole(steps, silent=silent), **others)
    ada = Talked(load_library(there, proves=False), "visit")
    ada.open()
    return ada


def the_error(
    folder: Folder, steps: str, *, more: str = "", silent: str = "quiet"
) -> tuple[Path, Problem]:
    there = folder(visit=whole(steps, more=more, silent=silent))
    (error,) = errors_in(check(there))
    return there, error


AGAIN = """\
  - {id: a, ask: "What is missing?", save: wish, next: b}
  - {id: b, escalate: {to: support, summary: "{{ wish or 'nothing' }}"}, next: [{if: wish is none, goto: bye}, {else: a}]}
"""


def test_an_answer_is_none_again_once_its_question_has_timed_out(folder: Folder) -> None:
    ada = talked(folder, AGAIN)
    ada.write("A box")
    case = ada.player.open_case()
    assert case is not None
    backstage.resolve(ada.player, case, "Rita Hale")
    ada.player.flush()
    state = ada.player.chat.conversation
    assert state is not None
    assert state.names == {"wish": "A box"}

    ada.wait(days=3)

    assert ada.of(ConversationFinished)


def test_the_proof_knows_that_it_is(folder: Folder) -> None:
    steps = AGAIN + '  - {id: c, say: "{{ wish }}!", next: bye}\n'

    _, error = the_error(folder, steps, silent="c")

    assert error.code == "E312"


INNER = '  - {id: a, ask: "Really?", type: yesno, save: sure, next: bye}\n'
OUTER = """\
  - {id: a, ask: "How was it?", type: rating, save: stars, next: b}
  - {id: b, wait: 1d, next: c}
  - {id: c, call: inner, next: d}
  - {id: d, ask: "Why?", next: bye}
"""


def test_no_answer_is_taken_back_over_the_border_of_a_script(folder: Folder) -> None:
    ada = talked(folder, OUTER, inner=INNER)
    ada.tap("4 ★")

    asked = ada.wait(days=1)

    assert asked == "Really?"
    with pytest.raises(AssertionError, match="no button"):
        ada.tap("Change")
    ada.tap("Yes")
    assert "Why?" in ada.said
    with pytest.raises(AssertionError, match="no button"):
        ada.tap("Change")


UNHEARD = """\
  - {id: a, ask: "How was it?", type: rating, save: stars, next: [{if: stars <= 2, goto: b}, {else: bye}]}
  - {id: b, ask: "What is wrong?", save: problem, timeout: {after: 3d, goto: c}, next: c}
  - {id: c, escalate: {to: support, summary: "{{ problem or 'no details' }}", say: "A person will write."}, next: d}
  - {id: d, ask: "Did we put it right?", type: yesno, metric: recovered, next: bye}
"""


def stall(ada: Talked, days: int) -> None:
    for _ in range(days):
        ada.wait(days=1)
        ada.send(ReplyKind.STICKER)


def test_a_complaint_still_reaches_people_when_the_conversations_time_is_over(
    folder: Folder,
) -> None:
    ada = talked(folder, UNHEARD)
    stall(ada, 9)
    ada.tap("1 ★")

    said = ada.wait(days=2)

    assert [it.summary for it in ada.of(ComplaintRaised)] == ["no details"]
    assert said == "A person will write."
    case = ada.player.open_case()
    assert case is not None
    ada.events = []
    backstage.resolve(ada.player, case, "Rita Hale")
    ada.player.flush()
    assert "Did we put it right?" in ada.said


def test_a_conversation_whose_time_is_over_ends_without_a_word(folder: Folder) -> None:
    ada = talked(folder, LOUD, silent="b")
    stall(ada, 9)

    assert ada.wait(days=2) == ""
    assert ada.of(ConversationExpired)
    assert not ada.of(ConversationFinished)


LOUD = """\
  - {id: a, ask: "A?", next: b}
  - {id: b, say: "Loud.", next: bye}
"""
REOPENED = """\
  - {id: a, escalate: {to: support, summary: "x"}, next: b}
  - {id: b, ask: "One more thing?", next: c}
  - {id: c, ask: "And the last?", next: bye}
"""


@pytest.mark.parametrize(("answers", "asked"), [(0, "One more thing?"), (1, "And the last?")])
def test_an_escalation_that_opens_again_leads_back_only_until_the_next_answer(
    answers: int, asked: str, folder: Folder
) -> None:
    ada = talked(folder, REOPENED)
    case = ada.player.open_case()
    assert case is not None
    backstage.resolve(ada.player, case, "Rita Hale")
    for _ in range(answers):
        ada.write("No.")
    ada.do(Command(name="human", message_key="9:1"))
    ada.write("It came off again")

    ada.events = []
    backstage.resolve(ada.player, case, "Rita Hale")
    ada.player.flush()

    assert ada.said.endswith(asked)


CHANGED = """\
  - {id: a, ask: "A?", type: rating, save: stars, next: [{if: stars <= 2, goto: b}, {else: c}]}
  - {id: b, set: {level: low}, next: c}
  - {id: c, ask: "C?", next: [{if: level == 'low', goto: d}, {else: bye}]}
  - {id: d, tell: {to: ideas, text: "Low."}, next: bye}
"""


def test_a_promise_that_breaks_when_an_answer_is_taken_back_is_found(folder: Folder) -> None:
    steps = CHANGED.replace("level == 'low'", "level is not none and level == 'low'")
    there, error = the_error(folder, steps, more="promises: [{if: stars > 2, never: tell}]\n")

    shown = replayed(there, error)

    assert error.code == "E510"
    assert lines_to_play(error)[:3] == ("1", "Change", "3")
    assert NoteTold in shown


def test_what_hung_on_an_answer_that_was_taken_back_is_owed_no_more(folder: Folder) -> None:
    steps = """\
  - {id: a, ask: "A?", type: rating, save: stars, next: [{if: stars <= 2, goto: b}, {else: c}]}
  - {id: b, ask: "B?", timeout: {after: 1d, goto: d}, next: d}
  - {id: c, testimonial: {ask: "May we?"}, next: bye}
  - {id: d, escalate: {to: support, summary: "x"}, next: bye}
"""
    promises = (
        "promises: [{if: stars <= 2, must: escalate}, {if: stars <= 2, never: testimonial}]\n"
    )

    assert errors_in(check(folder(visit=whole(steps, more=promises)))) == ()


def test_a_promise_holds_when_customers_call_for_a_person(folder: Folder) -> None:
    steps = """\
  - {id: a, ask: "A?", type: rating, save: stars, next: b}
  - {id: b, ask: "B?", next: [{if: escalation.cause == 'quality', goto: c}, {else: bye}]}
  - {id: c, testimonial: {ask: "May we?"}, next: bye}
"""
    steps = steps.replace(
        "escalation.cause ==", "escalation.cause is not none and escalation.cause =="
    )
    there, error = the_error(folder, steps, more="promises: [{never: testimonial}]\n")

    shown = replayed(there, error)

    assert error.code == "E510"
    assert "/human" in lines_to_play(error)
    assert TestimonialOffered in shown


def test_a_promise_to_say_something_breaks_when_the_time_is_over(folder: Folder) -> None:
    there, error = the_error(folder, LOUD, silent="b", more="promises: [{must: say}]\n")

    shown = replayed(there, error)

    assert error.code == "E510"
    assert ConversationExpired in shown


def test_nobody_who_has_declined_is_asked_for_a_quote_again(folder: Folder) -> None:
    steps = '  - {id: a, testimonial: {ask: "May we?"}, next: b}\n'
    steps += '  - {id: b, testimonial: {ask: "And now?"}, next: bye}\n'
    there, error = the_error(folder, steps)

    shown = replayed(there, error)

    assert error.code == "E513"
    assert TestimonialDeclined in shown


NOT_YET = """\
  - {id: a, escalate: {to: support, summary: "x"}, next: b}
  - {id: b, ask: "Did we put it right?", type: yesno, save: recovered, next: c}
  - {id: c, testimonial: {ask: "May we?"}, next: bye}
"""


def test_nobody_whose_wrong_is_not_put_right_is_asked_for_a_quote(folder: Folder) -> None:
    there, error = the_error(folder, NOT_YET)

    shown = replayed(there, error)

    assert error.code == "E514"
    assert lines_to_play(error) == ("/staff resolve", "No")
    assert RecoveryAnswered in shown


def test_nor_does_the_engine_ask_them(folder: Folder) -> None:
    ada = talked(folder, NOT_YET)
    case = ada.player.open_case()
    assert case is not None
    backstage.resolve(ada.player, case, "Rita Hale")

    ada.tap("No")

    assert not ada.of(TestimonialOffered)
    assert ada.of(ConversationFinished)
