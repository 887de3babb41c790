"""What staff write in a thread stays inside, unless it is addressed by whoever owns the complaint."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from complaining import CARD_TS, OMAR, RITA, Customer
from feedbackbot import escalating
from feedbackbot.errors import NotAllowed, NotYet
from feedbackbot.escalating.listening import ThreadChange, ThreadMessage
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import StaffReply
from feedbackbot.models.outbox import OutgoingStatus

MENTION = ThreadMessage(
    team="T0",
    channel="C0SUPPORT",
    thread_ts=CARD_TS,
    ts="1700000001.000100",
    staff=RITA,
    text="We have sent a new pair",
    mentions_bot=True,
)
TALK = replace(MENTION, ts="1700000002.000100", text="Was this the batch?", mentions_bot=False)


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    bo = Customer(database, house, now)
    bo.complains()
    bo.post_cards()
    return bo


def test_a_mention_by_anyone_claims_what_is_free_and_reaches_the_customer(bo: Customer) -> None:
    _say(bo, MENTION)

    assert bo.heard()[-1] == "Rita, Birch & Lane:\nWe have sent a new pair"
    assert bo.case().claimed_name == "Rita Sommer"


def test_slack_tells_of_one_mention_twice_and_the_customer_hears_it_once(bo: Customer) -> None:
    _say(bo, MENTION)
    _say(bo, MENTION)

    assert len([text for text in bo.heard() if "new pair" in text]) == 1


def test_the_mark_goes_onto_the_staff_members_own_message(bo: Customer) -> None:
    _say(bo, MENTION)
    reply = [row.reply_id for row in bo.messages() if row.reply_id][-1]
    assert reply is not None

    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))

    mark = bo.in_slack("mark")[-1]
    assert (mark["ts"], mark["name"]) == (MENTION.ts, "white_check_mark")


def test_talk_in_the_thread_stays_inside_and_its_author_is_told_once(bo: Customer) -> None:
    before = bo.heard()

    _say(bo, TALK)
    _say(bo, replace(TALK, ts="1700000003.000100", text="I think so"))

    assert bo.heard() == before
    told = bo.in_slack("ephemeral")
    assert len(told) == 1
    assert told[0]["user"] == "U0RITA"
    assert told[0]["text"].startswith("Only your team saw this")
    assert told[0]["actions"][0]["label"] == "Send to Bo"


def test_the_button_sends_after_all_what_had_stayed_inside(bo: Customer) -> None:
    _say(bo, TALK)
    draft = int(bo.in_slack("ephemeral")[-1]["actions"][0]["value"])

    _send_draft(bo, draft)

    assert bo.heard()[-1].endswith("Was this the batch?")
    with pytest.raises(NotAllowed, match="sent already"):
        _send_draft(bo, draft)


def test_nobody_else_can_send_somebodys_words(bo: Customer) -> None:
    _say(bo, TALK)
    draft = int(bo.in_slack("ephemeral")[-1]["actions"][0]["value"])

    with pytest.raises(NotAllowed):
        bo.write(lambda s: escalating.send_draft(s, bo.house, draft, staff=OMAR, now=bo.now))


def test_a_mention_by_somebody_else_offers_to_take_over(bo: Customer) -> None:
    _say(bo, replace(MENTION, staff=OMAR))
    before = bo.heard()

    _say(bo, replace(MENTION, ts="1700000009.000100", text="I'd like to add"))

    told = bo.in_slack("ephemeral")[-1]
    assert bo.heard() == before
    assert told["text"] == "Omar Haddad owns this, so nothing was sent. Take over?"
    draft = int(told["actions"][0]["value"])
    bo.write(
        lambda s: escalating.send_draft(s, bo.house, draft, staff=RITA, take_over=True, now=bo.now)
    )
    assert bo.heard()[-1].endswith("I'd like to add")
    assert bo.case().claimed_name == "Rita Sommer"


def test_a_message_that_mentions_other_people_is_refused(bo: Customer) -> None:
    before = bo.heard()

    _say(bo, replace(MENTION, text="@Omar, can you?", mentions_others=True))

    assert bo.heard() == before
    assert bo.in_slack("ephemeral")[-1]["text"].startswith("Nothing was sent: it mentions other")
    assert bo.case().claimed_by is None


def test_a_mention_without_words_sends_nothing(bo: Customer) -> None:
    _say(bo, replace(MENTION, text="", has_files=True))

    assert bo.in_slack("ephemeral")[-1]["text"].startswith("Nothing was sent. There are no words")


def test_a_mention_outside_of_a_complaints_thread_is_answered(bo: Customer) -> None:
    _say(bo, replace(MENTION, thread_ts="1600000000.000100"))

    assert "only inside a complaint's thread" in bo.in_slack("ephemeral")[-1]["text"]


def test_words_that_are_quicker_than_the_receipt_of_the_card_come_again(bo: Customer) -> None:
    bo.post_cards(None, OutgoingStatus.SENDING)
    with pytest.raises(NotYet):
        _say(bo, MENTION, may_come_again=True)
    with pytest.raises(NotYet):
        _say(bo, TALK, may_come_again=True)
    bo.post_cards()

    _say(bo, MENTION, may_come_again=True)

    assert bo.heard()[-1] == "Rita, Birch & Lane:\nWe have sent a new pair"


def test_who_can_t_come_again_is_told_that_nothing_was_sent(bo: Customer) -> None:
    bo.post_cards(None, OutgoingStatus.UNKNOWN)

    _say(bo, MENTION)

    assert "Nothing was sent" in bo.in_slack("ephemeral")[-1]["text"]


def test_an_edit_that_is_quicker_than_the_receipt_or_than_its_own_words_comes_again(
    bo: Customer,
) -> None:
    bo.post_cards(None, OutgoingStatus.SENDING)
    with pytest.raises(NotYet):
        _change(bo, text=None, may_come_again=True)
    bo.post_cards()
    with pytest.raises(NotYet):
        _change(bo, text=None, may_come_again=True)
    _say(bo, MENTION)

    _change(bo, text=None, may_come_again=True)

    assert "does not take it back" in bo.in_slack("thread")[-1]["text"]


def test_talk_in_threads_of_others_is_nobodys_business(bo: Customer) -> None:
    _say(bo, replace(TALK, thread_ts="1600000000.000100"))

    assert bo.in_slack("ephemeral") == []


def test_an_edit_after_sending_is_not_sent_and_says_so(bo: Customer) -> None:
    _say(bo, MENTION)
    before = bo.heard()

    _change(bo, text="We have sent two new pairs")
    _change(bo, text="We have sent two new pairs")

    edits = [line for line in bo.in_slack("thread") if "edit was not sent" in line["text"]]
    assert bo.heard() == before
    assert [line["notify"] for line in edits] == ["U0RITA"]


@pytest.mark.parametrize(
    ("became", "edited", "deleted"),
    [
        (None, "are on their way to Bo.", "does not take it back: it is on its way to Bo."),
        ({}, "Bo has the words as they were first.", "does not take it back: it has gone to Bo."),
        (
            {"unknown": True},
            "nobody can tell whether Bo has the words",
            "nobody can tell whether it has reached Bo.",
        ),
        (
            {"failure": "They have blocked the bot."},
            "have not reached Bo: They have blocked the bot.",
            "nothing to take back: it has not reached Bo. They have blocked the bot.",
        ),
    ],
    ids=["on its way", "arrived", "in doubt", "failed"],
)
def test_whoever_changes_their_words_is_told_what_became_of_them(
    bo: Customer, became: dict[str, Any] | None, edited: str, deleted: str
) -> None:
    _say(bo, MENTION)
    if became is not None:
        bo.write(lambda s: escalating.delivered(s, bo.house, 1, now=bo.now, **became))

    _change(bo, text="We have sent two new pairs")
    _change(bo, text=None, edit_ts="1700000078.000100")

    of_edit, of_deleting = (line["text"] for line in bo.in_slack("thread")[-2:])
    assert of_edit.startswith("The edit was not sent")
    assert edited in of_edit
    assert deleted in of_deleting


def test_what_is_edited_after_its_customer_was_forgotten_is_not_kept(bo: Customer) -> None:
    _say(bo, TALK)
    _say(bo, MENTION)
    bo.sends("forget")
    bo.taps("yes")
    before = len(bo.in_slack("thread"))

    for ts in (TALK.ts, MENTION.ts):
        _change(bo, ts=ts, text="Bo lives in Harbour Street")

    assert bo.read(lambda s: s.scalars(select(StaffReply.text)).all()) == [None, None]
    assert len(bo.in_slack("thread")) == before
    told = [line["text"] for line in bo.in_slack("ephemeral") if "edit" in line["text"]]
    assert told == [
        "The edit was not sent. This customer has asked to be forgotten; nothing can reach them."
    ]


def test_a_mention_that_an_edit_brings_is_not_sent(bo: Customer) -> None:
    _say(bo, TALK)
    before = bo.heard()

    _change(bo, ts=TALK.ts, text="Sorry, Bo", newly_addressed=True)

    assert bo.heard() == before
    assert bo.in_slack("ephemeral")[-1]["text"].startswith("An edit is never sent.")


def _say(bo: Customer, message: ThreadMessage, *, may_come_again: bool = False) -> None:
    bo.write(
        lambda s: escalating.staff_message(
            s, bo.house, message, may_come_again=may_come_again, now=bo.now
        )
    )


def _change(bo: Customer, *, may_come_again: bool = False, **change: Any) -> None:
    usual: dict[str, Any] = {
        "team": "T0",
        "channel": "C0SUPPORT",
        "thread_ts": CARD_TS,
        "ts": MENTION.ts,
        "edit_ts": "1700000077.000100",
        "user_id": "U0RITA",
    }
    changed = ThreadChange(**(usual | change))
    bo.write(
        lambda s: escalating.staff_changed(
            s, bo.house, changed, may_come_again=may_come_again, now=bo.now
        )
    )


def _send_draft(bo: Customer, draft: int) -> None:
    bo.write(lambda s: escalating.send_draft(s, bo.house, draft, staff=RITA, now=bo.now))
