"""What an earlier purchase had raised, while the next one is talked about."""

from __future__ import annotations

import pytest

from feedbackbot.engine.events import CaseWritten, ComplaintRaised
from feedbackbot.engine.happenings import Command
from feedbackbot.engine.playing import backstage
from feedbackbot.engine.script import Library
from talked import Talked


@pytest.fixture
def checked(library: Library) -> Talked:
    """Bo's first complaint was answered and settled; he was silent when asked whether it was put right."""
    bo = Talked(library)
    _complain(bo, "The sole came off", wish="Money back")
    _settle(bo)
    bo.wait(days=2, hours=1)
    bo.wait(days=4)
    _buy_again(bo)
    return bo


@pytest.fixture
def noted(library: Library) -> Talked:
    """His first complaint was only noted, and its conversation ended when it was settled."""
    bo = Talked(library)
    _complain(bo, "The sole came off", wish="Nothing, just so you know")
    _settle(bo)
    _buy_again(bo)
    return bo


def test_the_next_purchase_s_complaint_is_a_new_one(checked: Talked) -> None:
    _complain(checked, "The lamp is broken", wish="Repair or replace it")

    raised = checked.of(ComplaintRaised)[0]

    assert (raised.origin, raised.reopens) == ("script", None)
    assert len(checked.player.cases) == 2


def test_a_call_for_a_person_opens_the_settled_one_and_leaves_the_new_talk_alone(
    noted: Talked,
) -> None:
    noted.do(Command(name="human", message_key="7:900"))
    said = noted.write("The refund has not come")
    written = [event.escalation_id for event in noted.of(CaseWritten)]
    noted.events = []
    _settle(noted)

    assert said.startswith("Open again. Rita sees it now")
    assert written == [1]
    assert "how satisfied or dissatisfied" in noted.said
    assert noted.tap("4 ★")


def test_a_second_opening_by_the_team_leaves_the_new_talk_alone(noted: Talked) -> None:
    backstage.reopen(noted.player, noted.player.cases[1], "Rita")
    noted.events = []
    _settle(noted)

    assert "how satisfied or dissatisfied" in noted.said


def test_a_question_that_was_put_off_still_comes_on_its_day(noted: Talked) -> None:
    noted.write("Not now")
    noted.tap("In a week")
    noted.write("The refund has not come")
    noted.events = []
    _settle(noted)

    assert "how satisfied" not in noted.said
    assert "how satisfied" in noted.wait(days=7)


def test_the_next_talk_does_not_lengthen_the_days_in_which_words_open_the_old_one(
    noted: Talked,
) -> None:
    noted.wait(days=1)
    _talk_through(noted)
    noted.wait(days=6, hours=1)

    assert noted.player.chat.case is None


def _complain(bo: Talked, words: str, *, wish: str) -> None:
    if bo.player.chat.conversation is None:
        bo.open()
    bo.tap("1 ★")
    bo.write(words)
    bo.tap(wish)


def _settle(bo: Talked) -> None:
    case = bo.player.cases[max(bo.player.cases)]
    backstage.answer(bo.player, case, "Rita", text="We have sent the money.")
    backstage.resolve(bo.player, case, "Rita")


def _buy_again(bo: Talked) -> None:
    bo.buys_again("#2002")
    bo.open()


def _talk_through(bo: Talked) -> None:
    bo.tap("3 ★")
    bo.tap("Skip")
    bo.tap("Better")
    bo.tap("Skip")
