"""Corners of people: escalations of every origin, a stop in between, being blocked, and words that find their way."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from feedbackbot.engine.events import (
    AnswerGiven,
    CaseTold,
    CaseWritten,
    ComplaintRaised,
    ConversationAbandoned,
    ErasureAsked,
    InvitationAccepted,
    InvitationQueued,
    PermissionGiven,
    Purpose,
    QuestionAsked,
    Reacted,
    RecoveryAnswered,
    ReplyRefused,
    Resumed,
    Said,
    Stopped,
    Typed,
    WithdrawalAsked,
)
from feedbackbot.engine.happenings import (
    Blocked,
    CaseReplied,
    Command,
    QuestionDue,
    Reply,
    ReplyKind,
    Unblocked,
)
from feedbackbot.engine.playing import PlayedCase, backstage
from feedbackbot.engine.script import Library
from feedbackbot.engine.talking import receive, with_case_id
from feedbackbot.engine.talking.talk import EngineLimit
from talked import Talked


@pytest.fixture
def bo(library: Library) -> Talked:
    """Has complained, and waits for people."""
    talked = Talked(library)
    talked.open()
    talked.tap("1 ★")
    talked.write("The sole came off")
    talked.tap("Money back")
    return talked


def case_of(talked: Talked) -> PlayedCase:
    case = talked.player.open_case()
    assert case is not None
    return case


def test_a_complaint_carries_every_word_once(library: Library) -> None:
    bo = Talked(library)
    bo.open()
    bo.write("box crushed")
    bo.wait(minutes=1)
    bo.write("2")
    bo.send(ReplyKind.PHOTO, "The sole came off")
    bo.tap("Money back")

    raised = bo.of(ComplaintRaised)[0]

    assert raised.words == "box crushed\nThe sole came off"
    assert len(raised.attachments) == 1
    assert raised.summary.startswith("2/5 for Trail shoes. Would like: Money back.")


def test_writing_is_passed_on_and_said_so_once(bo: Talked) -> None:
    assert bo.write("Please hurry") == (
        "Passed on. The team has it now, together with everything you wrote before. "
        "You will hear back right here, today before 12:00."
    )
    assert bo.write("I travel on Sunday") == ""
    assert [event.words for event in bo.of(CaseWritten)] == ["I travel on Sunday"]
    assert [event.emoji for event in bo.of(Reacted)] == ["👀"]


def test_no_time_is_promised_once_it_has_passed(bo: Talked) -> None:
    bo.wait(hours=3)

    assert bo.write("Still there?").endswith("together with everything you wrote before.")


def test_thanks_to_the_people_are_passed_on_without_a_word(bo: Talked) -> None:
    assert bo.write("Thank you!") == ""
    assert [(event.words, event.only_thanks) for event in bo.of(CaseWritten)] == [
        ("Thank you!", True)
    ]
    assert bo.write("Please hurry").startswith("Passed on. The team has it now")


def test_a_release_is_told_to_who_was_told_a_name(bo: Talked) -> None:
    bo.events = []
    backstage.release(bo.player, case_of(bo))
    assert bo.of(Said) == []

    backstage.claim(bo.player, case_of(bo), "Rita Sommer")
    backstage.release(bo.player, case_of(bo))

    assert bo.of(Said)[-1].text.startswith("Rita has handed your message back to the team")
    assert bo.write("Hello?").startswith("Passed on. The team has it now")


def test_who_has_stopped_hears_nothing_of_a_release_or_a_second_opening(bo: Talked) -> None:
    backstage.claim(bo.player, case_of(bo), "Rita")
    bo.do(Command(name="stop", message_key="7:90"))
    bo.events = []

    backstage.release(bo.player, case_of(bo))
    backstage.resolve(bo.player, case_of(bo), "Rita")
    backstage.reopen(bo.player, case_of(bo), "Rita")

    assert bo.of(Said) == []


def test_a_correction_of_passed_on_words_is_passed_on_too(bo: Talked) -> None:
    bo.write("Size 34")
    bo.write("Size 43", edits=bo.last_key())

    assert [(event.words, event.edited) for event in bo.of(CaseWritten)] == [("Size 43", True)]


def test_typing_is_shown(bo: Talked) -> None:
    bo.events = []
    backstage.open_reply_form(bo.player, case_of(bo))

    assert bo.of(Typed)


def test_claiming_twice_is_told_once(bo: Talked) -> None:
    backstage.claim(bo.player, case_of(bo), "Rita")
    bo.events = []
    backstage.claim(bo.player, case_of(bo), "Rita")

    assert bo.events == []


def test_an_old_tap_while_people_have_it_changes_nothing(bo: Talked) -> None:
    chat = bo.player.chat
    bo.press(1, "5")

    assert bo.player.chat == chat


def test_expiry_stands_still_while_people_have_it(bo: Talked) -> None:
    bo.wait(days=60)
    backstage.resolve(bo.player, case_of(bo), "Rita")
    said = bo.wait(days=3)

    assert "did we put it right?" in said


def test_a_second_round_opens_the_same_escalation(bo: Talked) -> None:
    backstage.resolve(bo.player, case_of(bo), "Rita")
    bo.wait(days=3)
    bo.tap("Not yet")
    answered = bo.of(RecoveryAnswered)
    bo.write("Nothing came")

    raised = bo.of(ComplaintRaised)[0]

    assert [event.solved for event in answered] == [False]
    assert (raised.origin, raised.reopens) == ("reopened", 1)
    assert len(bo.player.cases) == 1


def test_writing_before_the_check_opens_it_again_and_the_check_still_comes(bo: Talked) -> None:
    backstage.resolve(bo.player, case_of(bo), "Rita")
    bo.wait(days=1)
    said = bo.write("It broke again")
    reopened = bo.of(CaseWritten)
    backstage.resolve(bo.player, case_of(bo), "Rita")

    assert said.startswith("Open again.")
    assert [event.reopens for event in reopened] == [True]
    assert "did we put it right?" in bo.wait(days=3)


def test_thanks_do_not_open_it_again(bo: Talked) -> None:
    backstage.resolve(bo.player, case_of(bo), "Rita")

    assert bo.write("thank you!") == "You are welcome."
    assert [event.reopens for event in bo.of(CaseWritten)] == [False]


def test_a_person_is_called_once(bo: Talked) -> None:
    said = bo.do(Command(name="human", message_key="7:90"))

    assert "already has your message" in said
    assert not bo.of(ComplaintRaised)


def test_a_call_for_a_person_without_words_is_told_after_a_while(library: Library) -> None:
    ada = Talked(library)
    ada.open()
    ada.do(Command(name="human", message_key="7:90"))

    said = ada.wait(minutes=16)

    assert ada.of(ComplaintRaised)[0].origin == "human"
    assert said.startswith("I have told the team that you would like to talk")


def test_words_nobody_asked_for_are_not_lost_when_the_next_question_falls_due(
    library: Library,
) -> None:
    ada = Talked(library)
    ada.write("Do you have these in blue?")

    said = ada.fall_due()
    queued = ada.of(InvitationQueued)
    ada.wait(hours=2)

    assert said == ""
    assert queued
    assert [event.words for event in ada.of(ComplaintRaised)] == ["Do you have these in blue?"]


def test_a_question_that_waited_for_people_comes_after_them(library: Library) -> None:
    ada = Talked(library)
    ada.write("Do you have these in blue?")
    ada.tap("Yes, pass it on")
    ada.fall_due()
    ada.events = []
    backstage.resolve(ada.player, case_of(ada), "Rita")

    assert ada.of(InvitationAccepted)
    assert ada.of(QuestionAsked)


def test_words_nobody_asked_for_call_a_person_by_command(library: Library) -> None:
    ada = Talked(library)
    ada.write("Do you have these in blue?")
    ada.do(Command(name="human", message_key="7:90"))

    assert [event.words for event in ada.of(ComplaintRaised)] == ["Do you have these in blue?"]


def test_a_stop_ends_all_but_the_open_answer(bo: Talked) -> None:
    bo.write("STOP")
    told = bo.of(CaseTold)
    backstage.answer(bo.player, case_of(bo), "Rita", text="We are on it.")
    refused = bo.of(ReplyRefused)
    bo.tap("Yes, let them answer")
    bo.events = []
    backstage.answer(bo.player, case_of(bo), "Rita", text="We are on it.")

    assert told
    assert [event.reason for event in refused] == ["stopped"]
    assert "We are on it." in bo.said


def test_after_a_stop_only_the_answer_is_heard(bo: Talked) -> None:
    bo.write("stop")
    bo.tap("Yes, let them answer")
    bo.events = []
    backstage.claim(bo.player, case_of(bo), "Rita")
    backstage.resolve(bo.player, case_of(bo), "Rita")

    assert bo.said == ""
    assert bo.wait(days=30) == ""


def test_who_asks_a_person_after_a_stop_gets_that_answer(library: Library) -> None:
    ada = Talked(library)
    ada.write("stop")
    ada.write("Where is my refund?")
    ada.tap("Yes, pass it on")
    stopped = ada.of(Stopped)
    ada.events = []
    backstage.answer(ada.player, case_of(ada), "Rita", text="On its way.")

    assert [event.let_answer for event in stopped] == [True]
    assert "On its way." in ada.said


def test_words_instead_of_the_tap_after_a_stop_let_the_answer_come(bo: Talked) -> None:
    bo.write("stop")

    said = bo.write("Yes please, I do want my money back")
    backstage.answer(bo.player, case_of(bo), "Rita", text="We are on it.")

    assert "You will hear back right here" in said
    assert [event.words for event in bo.of(CaseWritten)] == ["Yes please, I do want my money back"]
    assert bo.said.endswith("We are on it.")


def test_a_no_with_reasons_after_a_stop_is_a_no_and_the_reasons_are_passed_on(bo: Talked) -> None:
    bo.write("stop")

    said = bo.write("No, I don't want to hear from any of you")
    backstage.answer(bo.player, case_of(bo), "Rita", text="We are on it.")

    assert said == "Understood. I have told the team not to write to you here."
    assert len(bo.of(CaseWritten)) == 1
    assert bo.of(ReplyRefused)


def test_who_wanted_nothing_after_a_stop_and_writes_again_gets_the_answer(bo: Talked) -> None:
    bo.write("Please hurry")
    bo.write("stop")
    bo.tap("No, nothing at all")

    said = bo.write("Where is my money after all?")
    told = [event.note for event in bo.of(CaseTold)]
    backstage.answer(bo.player, case_of(bo), "Rita", text="We are on it.")

    assert "You will hear back right here" in said
    assert told == ["The customer has written again, so your answer to this may reach them."]
    assert bo.said.endswith("We are on it.")


def test_thanks_and_corrections_after_a_stop_change_nothing_about_the_answer(bo: Talked) -> None:
    bo.write("Size 34")
    key = bo.last_key()
    bo.write("stop")
    bo.tap("No, nothing at all")

    bo.write("thanks")
    bo.write("Size 43", edits=key)

    assert bo.player.chat.let_answer is False


def test_a_second_stop_asks_again_about_the_answer_that_may_still_come(bo: Talked) -> None:
    bo.write("stop")
    bo.tap("Yes, let them answer")

    assert "May that still reach you here?" in bo.write("stop")
    bo.tap("No, nothing at all")
    assert bo.write("stop").startswith("You have stopped me before")


def test_a_stop_right_after_a_call_for_a_person_asks_whether_the_answer_may_come(
    library: Library,
) -> None:
    ada = Talked(library)
    ada.open()
    ada.do(Command(name="human", message_key="7:90"))

    said = ada.do(Command(name="stop", message_key="7:91"))

    assert "May that still reach you here?" in said
    assert ada.of(ComplaintRaised)
    assert ada.of(ConversationAbandoned)


def test_starting_again_lifts_the_stop(library: Library) -> None:
    ada = Talked(library)
    ada.write("stop")

    said = ada.do(Command(name="start", message_key="7:90"))

    assert said.startswith("Welcome back.")
    assert ada.of(Resumed)


def test_a_block_tells_the_team_and_keeps_no_timer(bo: Talked) -> None:
    bo.do(Blocked())

    assert bo.of(CaseTold)
    assert bo.player.chat.timers == ()


def test_words_to_somebody_who_blocked_the_bot_are_refused(bo: Talked) -> None:
    bo.do(Blocked())
    bo.events = []
    backstage.answer(bo.player, case_of(bo), "Rita", text="Hello?")

    assert [event.reason for event in bo.of(ReplyRefused)] == ["blocked"]


def test_what_was_resolved_while_blocked_goes_on_when_the_customer_is_back(bo: Talked) -> None:
    bo.do(Blocked())
    bo.events = []
    backstage.resolve(bo.player, case_of(bo), "Rita")
    silent = bo.said
    bo.do(Unblocked())
    bo.wait(days=1)
    bo.do(Command(name="help", message_key="7:90"))

    assert silent == ""
    assert "For the team this is settled" in bo.wait(hours=2)


def test_a_reply_of_long_ago_still_reaches_the_customer_and_the_way_back(library: Library) -> None:
    ada = Talked(library)
    late = CaseReplied(escalation_id=12, reply_id=1, staff_name="Rita Hale", text="Found it!")

    said = ada.do(late)
    ada.write("Where was it?")

    assert said == "Rita, Birch & Lane:\nFound it!"
    assert [event.escalation_id for event in ada.of(CaseWritten)] == [12]


def test_a_very_long_reply_goes_out_whole(bo: Talked) -> None:
    bo.events = []
    backstage.answer(bo.player, case_of(bo), "Rita", text="word " * 1600)

    parts = bo.of(Said)

    assert len(parts) == 2
    assert all(len(part.text) <= 4096 for part in parts)
    assert "".join(part.text for part in parts).count("word") == 1600
    assert [part.reply_id for part in parts] == [None, 1]


def test_forgetting_asks_once_and_leaves_nothing(bo: Talked) -> None:
    asked = bo.do(Command(name="forget", message_key="7:90"))
    bo.tap("Yes, delete everything")

    assert "your open question would stay without an answer" in asked
    assert bo.of(ErasureAsked)
    assert bo.player.chat.case is None
    assert bo.player.chat.spoken == ()
    assert bo.wait(days=30) == ""


def test_of_several_quotes_the_customer_chooses(library: Library) -> None:
    ada = Talked(library)
    for words in ("They fit like a glove, truly.", "Dry feet for a whole week."):
        ada.open()
        ada.tap("5 ★")
        ada.write(words)
        ada.tap("Better")
        ada.tap("Yes, these")
        ada.tap("Ada")
        ada.tap("I agree")
        ada.buys_again("#1002")

    asked = ada.do(Command(name="withdraw", message_key="7:90"))
    ada.tap("They fit like a glove, truly.")

    assert asked == "Which words shall we take down?"
    assert [event.testimonial_id for event in ada.of(WithdrawalAsked)] == [1]


def test_permission_is_given_by_a_typed_label(library: Library) -> None:
    ada = Talked(library)
    ada.open()
    ada.tap("3 ★")
    ada.tap("Skip")
    ada.tap("Better")
    ada.tap("Skip")

    ada.write("now and then")

    assert [event.permission.value for event in ada.of(PermissionGiven)] == ["sometimes"]


@pytest.mark.parametrize(("typed", "permission"), [("No", "no"), ("yes, sure", "each")])
def test_permission_is_given_and_refused_by_a_plain_yes_or_no(
    library: Library, typed: str, permission: str
) -> None:
    ada = Talked(library)
    ada.open()
    ada.tap("3 ★")
    ada.tap("Skip")
    ada.tap("Better")
    ada.tap("Skip")

    ada.write(typed)

    assert [event.permission.value for event in ada.of(PermissionGiven)] == [permission]
    ada.wait(hours=2)
    assert not ada.of(ComplaintRaised)


def test_a_stranger_s_plain_no_is_no_message_to_a_person(library: Library) -> None:
    ada = Talked(library)
    ada.player.offers.clear()
    ada.do(Command(name="start", message_key="7:90"))

    assert ada.write("no") == "All right."
    assert not ada.of(ComplaintRaised)


def test_a_stranger_who_only_looked_causes_no_escalation(library: Library) -> None:
    ada = Talked(library)
    ada.player.offers.clear()
    ada.do(Command(name="start", message_key="7:90"))
    ada.tap("Tell us something")

    ada.wait(days=2)

    assert not ada.of(ComplaintRaised)


def test_the_second_due_question_waits_its_turn(bo: Talked) -> None:
    number = bo.player.offer(bo.bought, bo.script, bo.player.now)

    bo.do(QuestionDue(invitation_id=number, script=bo.script))
    bo.do(QuestionDue(invitation_id=number, script=bo.script))

    assert bo.player.chat.queued == (number,)


def test_news_about_an_escalation_are_marked_as_such(bo: Talked) -> None:
    bo.events = []
    backstage.claim(bo.player, case_of(bo), "Rita")

    assert [said.purpose for said in bo.of(Said)] == [Purpose.CASE]


def test_an_escalation_without_an_id_is_a_fault_of_the_caller(bo: Talked) -> None:
    case = bo.player.chat.case
    assert case is not None
    chat = replace(bo.player.chat, case=replace(case, escalation_id=None))

    with pytest.raises(EngineLimit, match="with_case_id"):
        receive(
            chat,
            _words(),
            bo.player.scene(),
            now=bo.player.now,
        )
    assert with_case_id(chat, 5).case == replace(case, escalation_id=5)
    assert with_case_id(bo.player.chat, 5) == bo.player.chat


def _words() -> Reply:
    return Reply(kind=ReplyKind.TEXT, text="Hello?", message_key="7:95")


def test_a_stop_in_the_middle_of_a_complaint_brings_it_to_the_team(library: Library) -> None:
    talked = Talked(library)
    talked.open()
    talked.tap("2 ★")
    talked.write("Pole snapped, and the rain came in.")

    said = talked.do(Command(name="stop", message_key="7:90"))

    raised = talked.of(ComplaintRaised)[0]
    assert raised.words == "Pole snapped, and the rain came in."
    assert raised.summary.startswith("Has since asked for no more messages")
    assert said.startswith(
        "Done, no more questions from me. What you told me has gone to the team."
    )
    assert "A person will write to you" not in said
    assert talked.of(ConversationAbandoned)
    assert case_of(talked).escalation_id


def test_the_answer_to_a_complaint_cut_short_by_a_stop_needs_a_yes(library: Library) -> None:
    talked = Talked(library)
    talked.open()
    talked.tap("1 ★")
    talked.write("stop")
    backstage.answer(talked.player, case_of(talked), "Rita", text="What happened?")
    refused = talked.of(ReplyRefused)
    talked.tap("Yes, let them answer")
    backstage.answer(talked.player, case_of(talked), "Rita", text="What happened?")

    assert [event.reason for event in refused] == ["stopped"]
    assert talked.said.endswith("What happened?")


@pytest.mark.parametrize("stars", [None, "4 ★"])
def test_a_stop_without_a_complaint_brings_the_team_nothing(
    library: Library, stars: str | None
) -> None:
    talked = Talked(library)
    talked.open()
    if stars:
        talked.tap(stars)

    said = talked.write("stop")

    assert said.startswith("Done. You won't get any more questions from me.")
    assert not talked.of(ComplaintRaised)
    assert [event.reason for event in talked.of(ConversationAbandoned)] == ["stopped"]


def test_a_stop_after_not_yet_opens_the_same_complaint_again(bo: Talked) -> None:
    backstage.resolve(bo.player, case_of(bo), "Rita")
    bo.wait(days=3)
    bo.tap("Not yet")
    bo.write("stop")

    assert [event.origin for event in bo.of(ComplaintRaised)] == ["reopened"]
    assert not bo.of(CaseTold)


def test_a_stop_while_the_check_is_still_ahead_leaves_it_settled(bo: Talked) -> None:
    backstage.resolve(bo.player, case_of(bo), "Rita")
    bo.events = []

    said = bo.write("stop")

    assert said.startswith("Done. You won't get any more questions from me.")
    assert not bo.of(ComplaintRaised)


def test_no_more_about_this_order_in_the_middle_of_a_complaint_brings_it_to_the_team(
    library: Library,
) -> None:
    talked = Talked(library)
    talked.open()
    talked.tap("2 ★")
    talked.write("not now")

    said = talked.tap("Not about this order")

    assert said.startswith("All right, I won't ask about this order.")
    assert "I have given this to the team" in said
    assert talked.of(ComplaintRaised)
    assert [event.reason for event in talked.of(ConversationAbandoned)] == ["declined"]


def test_a_stop_raises_nothing_beside_what_people_have_already(library: Library) -> None:
    talked = Talked(library)
    talked.open()
    talked.tap("1 ★")
    talked.write("human")
    talked.write("The sole came off")

    talked.write("stop")

    assert talked.of(CaseTold)
    assert not talked.of(ComplaintRaised)


def test_words_at_forget_are_told_that_nothing_is_deleted_yet_and_reach_the_people(
    bo: Talked,
) -> None:
    bo.do(Command(name="forget", message_key="7:90"))

    said = bo.write("what does that mean?")

    assert said.splitlines()[-1].startswith("Nothing is deleted yet.")
    assert [event.words for event in bo.of(CaseWritten)] == ["what does that mean?"]
    bo.tap("Yes, delete everything")
    assert bo.of(ErasureAsked)


def test_words_at_forget_answer_no_question_and_reach_whoever_is_called_later(
    library: Library,
) -> None:
    talked = Talked(library)
    talked.open()
    talked.tap("1 ★")
    talked.do(Command(name="forget", message_key="7:90"))
    said = talked.write("what does that mean exactly?")
    given = talked.of(AnswerGiven)
    talked.write("The sole came off")
    talked.tap("Money back")

    assert said.startswith("Nothing is deleted yet.")
    assert not given
    words = talked.of(ComplaintRaised)[0].words
    assert words == "what does that mean exactly?\nThe sole came off"


def test_at_forget_it_is_said_once_only_that_nothing_is_deleted_yet(bo: Talked) -> None:
    bo.do(Command(name="forget", message_key="7:90"))
    bo.write("what does that mean?")

    said = bo.write("It is about my shoes")

    assert "Nothing is deleted yet." not in said
    assert bo.player.chat.aside is None
    assert bo.of(CaseWritten)
