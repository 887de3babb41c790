"""A complaint from the customer's side: what people see of it, and what is added to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from complaining import OMAR, RITA, Customer
from feedbackbot import escalating
from feedbackbot.engine.events import CaseWritten
from feedbackbot.engine.happenings import Attachment, ReplyKind
from feedbackbot.house import House
from feedbackbot.models.conversation import Media, MediaStatus
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import EscalationStatus, StaffReply
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def test_a_complaint_reaches_the_support_channel_with_everything_that_people_need(
    bo: Customer,
) -> None:
    bo.complains("The sole came off")

    card = bo.card()

    assert card["channel"] == "C0SUPPORT"
    assert "The sole came off" in card["words"]
    assert (card["customer"], card["score"], card["priority"]) == ("Bo", 1, "high")
    assert card["purchase"]["items"] == ["Trail shoes"]
    assert card["purchase"]["total"] == "129.50 GBP"
    assert card["buttons"] == ["claim", "reply", "resolve"]
    assert card["waiting_since"] == "Fri 20 Nov, 10:00"


def test_words_that_are_too_long_for_a_card_go_on_in_the_thread(bo: Customer) -> None:
    words = "The sole came off. " * 200

    bo.complains(words)

    said = bo.card()["words"] + "".join(line["text"] for line in bo.in_slack("thread"))
    assert bo.card()["words_go_on"]
    assert said.count("came off") == 200


def test_what_the_customer_adds_goes_into_the_thread_as_their_words(bo: Customer) -> None:
    bo.complains()

    bo.writes("And the laces, too")

    line = bo.in_slack("thread")[-1]
    assert (line["text"], line["by"], line["quoted"]) == ("And the laces, too", "Bo", True)


def test_the_card_shows_what_came_since_a_person_last_answered(bo: Customer) -> None:
    case = bo.complains("The sole came off")
    assert bo.card()["newest"] == ""

    bo.now += timedelta(minutes=9)
    bo.writes("And the laces, too")
    assert bo.card()["newest"] == "And the laces, too"
    assert bo.card()["newest_at"].endswith(f"{bo.now:%M}")

    bo.now += timedelta(minutes=1)
    reply = bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Oh!", now=bo.now)
    )
    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))
    assert bo.card()["newest"] == ""

    bo.now += timedelta(minutes=1)
    bo.writes("The second one is cracked")
    bo.writes("Look!")
    assert bo.card()["newest"] == "The second one is cracked\nLook!"


def test_who_calls_a_person_is_shown_with_their_only_purchase(bo: Customer) -> None:
    _calls_after_a_quiet_end(bo)

    assert bo.case().purchase_id is None
    assert bo.card()["purchase"]["number"] == "1022"
    assert bo.card()["newest_purchase"] is None
    assert bo.card()["history"]["purchases"] == 0


def test_of_several_purchases_the_newest_is_named(bo: Customer) -> None:
    bo.buys_and_opens(order_id="2001", purchased_at=(bo.now - timedelta(days=1)).isoformat())
    _calls_after_a_quiet_end(bo)

    assert bo.card()["purchase"] is None
    assert bo.card()["newest_purchase"]["number"] == "2001"
    assert bo.card()["history"]["purchases"] == 2


def test_a_corrected_message_is_shown_as_corrected(bo: Customer) -> None:
    case = bo.complains()
    written = CaseWritten(
        escalation_id=case, words="left sole", attachments=(), message_key="1:9", edited=True
    )

    bo.write(lambda s: escalating.add_words(s, bo.house, written, now=bo.now))

    assert bo.in_slack("thread")[-1]["by"] == "Bo (corrected)"


def test_a_photo_goes_into_the_thread_once_it_has_been_fetched(bo: Customer) -> None:
    case = bo.complains()
    media_id = _photo(bo, case)

    assert bo.in_slack("file") == []
    bo.write(lambda s: escalating.media_stored(s, bo.house, media_id, now=bo.now))

    assert bo.in_slack("file")[0]["title"] == "Photo from Bo"
    assert bo.in_slack("file")[0]["media_id"] == media_id


def test_a_photo_that_is_lost_is_mentioned(bo: Customer) -> None:
    media_id = _photo(bo, bo.complains())

    bo.write(lambda s: escalating.media_lost(s, bo.house, media_id, now=bo.now))

    assert bo.in_slack("thread")[-1]["text"] == "Photo from Bo could not be fetched."


def test_writing_after_it_was_resolved_opens_the_same_complaint_again(bo: Customer) -> None:
    case = bo.complains()
    _resolve(bo, case)
    bo.now += timedelta(hours=1)

    bo.writes("It is still broken")

    row = bo.case()
    assert (row.id, row.status, row.reopened) == (case, EscalationStatus.CLAIMED, 1)
    assert row.resolved_at is None
    assert "It is still broken" in [line["text"] for line in bo.in_slack("thread")]
    assert bo.timer(case) is not None


def test_calling_a_person_after_it_was_resolved_opens_it_again_without_a_word(
    bo: Customer,
) -> None:
    case = bo.complains()
    _resolve(bo, case)
    bo.now += timedelta(hours=1)
    bo.writes("speak to a person")

    bo.now += timedelta(minutes=16)
    _wake_now(bo)

    row = bo.case()
    assert (row.id, row.status, row.reopened) == (case, EscalationStatus.CLAIMED, 1)
    assert bo.timer(case) is not None


def test_not_yet_after_the_check_comes_back_into_the_same_thread(bo: Customer) -> None:
    case = bo.complains()
    _resolve(bo, case)
    _wake(bo)

    bo.taps("open")
    bo.writes("The new pair never came")

    row = bo.case()
    assert (row.id, row.priority, row.reopened) == (case, "urgent", 1)
    texts = [line["text"] for line in bo.in_slack("thread")]
    assert any("The new pair never came" in text for text in texts)
    assert "Bo says: not solved yet." in texts


def test_the_customers_own_verdict_is_on_the_card(bo: Customer) -> None:
    _resolve(bo, bo.complains())
    _wake(bo)

    bo.taps("solved")

    assert bo.card()["recovered"] == "solved"
    assert bo.case().recovered == "solved"


def test_erasing_empties_the_complaint_and_overwrites_what_stands_in_slack(bo: Customer) -> None:
    case = bo.complains("My name is Bo Berg")
    bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text="Sorry, Bo", now=bo.now)
    )
    _send_everything(bo)

    customer = bo.case().customer_id
    bo.write(lambda s: escalating.erase_for(s, bo.house, customer, now=bo.now))

    row = bo.case()
    assert (row.words, row.summary, row.media_ids) == (None, None, "")
    assert [r.text for r in bo.read(lambda s: s.query(StaffReply).all())] == [None]
    faces = [face for face in bo.in_slack("card") if face["card"] == "erased"]
    assert {face["of"] for face in faces} == {"card", "thread"}
    assert all("Bo Berg" not in str(row.payload) for row in bo.outbox(_IN_SLACK))


def test_a_house_without_slack_still_keeps_the_complaint(bo: Customer) -> None:
    bo.house.slack_channels.clear()

    case = bo.complains()
    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=OMAR, now=bo.now))

    assert bo.case().claimed_name == "Omar Haddad"
    assert bo.outbox(_IN_SLACK) == []


_IN_SLACK = OutgoingMessage.channel == "slack"


def _calls_after_a_quiet_end(bo: Customer) -> None:
    bo.buys_and_opens()
    bo.sends("stop")
    bo.sends("human")
    bo.writes("A pole snapped, and I need it on Friday")


def _photo(bo: Customer, case: int) -> int:
    def work(session: object) -> int:
        media = Media(
            customer_id=bo.case().customer_id,
            kind="photo",
            mime="image/jpeg",
            status=MediaStatus.WANTED,
            attempts=0,
            created_at=bo.now,
        )
        session.add(media)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        return media.id

    media_id = bo.write(work)
    photo = Attachment(media_id=media_id, kind=ReplyKind.PHOTO)
    written = CaseWritten(escalation_id=case, words="", attachments=(photo,), message_key="1:8")
    bo.write(lambda s: escalating.add_words(s, bo.house, written, now=bo.now))
    return media_id


def _resolve(bo: Customer, case: int) -> None:
    bo.write(
        lambda s: escalating.resolve(
            s,
            bo.house,
            case,
            staff=RITA,
            cause="quality",
            action_taken="sent a new pair",
            last_words="A new pair is on its way.",
            now=bo.now,
        )
    )


def _wake(bo: Customer) -> None:
    """Two days later the script asks whether it was put right."""
    check_on = bo.case().check_on
    assert check_on is not None
    bo.now = check_on
    _wake_now(bo)


def _wake_now(bo: Customer) -> None:
    from feedbackbot import conversing
    from feedbackbot.engine.happenings import Woken

    customer = bo.case().customer_id
    bo.write(lambda s: conversing.happen(s, bo.house, customer, Woken(), now=bo.now))


def _send_everything(bo: Customer) -> None:
    def work(session: object) -> None:
        for row in session.query(OutgoingMessage):  # type: ignore[attr-defined]
            row.status, row.platform_id = OutgoingStatus.SENT, f"17.{row.id:06}"

    bo.write(work)
