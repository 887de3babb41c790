from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from activities.post import PostOffice
from feedbackbot.channels.base import Receipt
from feedbackbot.delivering.retrying import back_off
from feedbackbot.errors import (
    ChannelBusy,
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    NotSent,
    PlatformAway,
)
from feedbackbot.house import House
from feedbackbot.models.conversation import Media, MediaStatus
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation, StaffReply
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


def add_customer(post: PostOffice, **more: object) -> int:
    def work(session):  # type: ignore[no-untyped-def]
        values = {"telegram_id": 7, "created_at": post.now, "reach": Reach.REACHABLE, **more}
        return session.execute(insert(Customer).values(values)).inserted_primary_key[0]

    return int(post.database.write(work))


def add_reply(post: PostOffice, customer_id: int) -> int:
    """Rita has written to a customer with an open complaint."""

    def work(session):  # type: ignore[no-untyped-def]
        case = Escalation(
            customer_id=customer_id,
            origin="script",
            route="support",
            priority="high",
            opened_at=post.now,
        )
        session.add(case)
        session.flush()
        reply = StaffReply(
            escalation_id=case.id,
            slack_user_id="U0RITA",
            staff_name="Rita",
            text="A new pair is on its way.",
            created_at=post.now,
        )
        session.add(reply)
        session.flush()
        return reply.id

    return int(post.database.write(work))


async def test_messages_of_one_chat_leave_in_their_order(post: PostOffice) -> None:
    for words in ("one", "two", "three"):
        post.put(words)

    await post.deliver()

    assert post.pigeon.texts() == ["one", "two", "three"]


async def test_a_change_of_buttons_waits_for_its_question_and_holds_up_nothing(
    post: PostOffice,
) -> None:
    ada = add_customer(post)
    post.pigeon.troubles = [None, NotSent("not now")]
    post.put("How was it?", customer_id=ada, visit=1)
    buttons = post.put("", kind="buttons", customer_id=ada, visit=1)
    why = post.put("And why?", customer_id=ada, visit=2)

    await post.deliver()

    assert [one.kind for one in post.pigeon.sent] == ["text", "buttons", "text"]
    assert (post.status(buttons), post.status(why)) == ("waiting", "sent")


async def test_replies_leave_before_invitations_to_others(post: PostOffice) -> None:
    post.put("How was it?", chat=1, priority=1)
    post.put("Thank you.", chat=2, priority=0)

    await post.deliver()

    assert post.pigeon.texts() == ["Thank you.", "How was it?"]


async def test_a_receipt_is_stored_with_its_number(post: PostOffice) -> None:
    row = post.put("hello")

    await post.deliver()

    assert post.rows("select id, status, platform_id from outbox") == [(row, "sent", "1001")]


async def test_a_chat_that_must_wait_keeps_its_order_and_holds_up_nobody(post: PostOffice) -> None:
    post.pigeon.troubles = [ChannelBusy(35)]
    post.put("first", chat=1)
    post.put("second", chat=1)
    post.put("other", chat=2)

    await post.deliver()
    assert post.pigeon.texts() == ["first", "other"]

    post.pass_time(36)
    post.pacing = type(post.pacing)(per_second=0, per_chat=0)
    await post.deliver()
    assert post.pigeon.texts() == ["first", "other", "first", "second"]


async def test_what_was_tried_keeps_its_place_through_a_long_pause_and_a_restart(
    post: PostOffice,
) -> None:
    post.pigeon.troubles = [ChannelBusy(35)]
    post.put("first")
    post.put("second")
    await post.deliver()
    post.pacing = type(post.pacing)(per_second=0, per_chat=0)

    post.pass_time(20)
    await post.deliver()
    assert post.pigeon.texts() == ["first"]
    post.pass_time(20)
    await post.deliver()

    assert post.pigeon.texts() == ["first", "first", "second"]


async def test_what_could_not_leave_for_three_days_is_given_up(post: PostOffice) -> None:
    post.pigeon.troubles = [NotSent("500")] * 3
    row = post.put("How was it?")

    for day in range(4):
        await post.deliver()
        assert post.status(row) == ("waiting" if day < 3 else "failed")
        post.pigeon.troubles = [NotSent("500")]
        post.pass_time(86401)


@pytest.mark.parametrize("kind", ["card", "thread", "mark"])
async def test_what_goes_to_slack_is_not_given_up_because_slack_is_away(
    post: PostOffice, kind: str
) -> None:
    row = post.put("Bo wrote", channel="slack", chat_key="slack:escalation:1", kind=kind)

    for _ in range(5):
        post.slack.troubles = [PlatformAway("Slack could not be reached.")]
        await post.deliver()
        assert post.status(row) == "waiting"
        post.pass_time(86401)
    await post.deliver()

    assert post.status(row) == "sent"


@pytest.mark.parametrize(("kind", "status"), [("thread", "waiting"), ("mark", "failed")])
async def test_words_wait_for_a_missing_scope_and_what_decorates_them_does_not(
    post: PostOffice, kind: str, status: str
) -> None:
    row = post.put("Bo wrote", channel="slack", chat_key="slack:escalation:1", kind=kind)
    post.pass_time(4 * 86400)
    post.slack.troubles = [NotSent("The Slack app lacks a scope.")]

    await post.deliver()

    assert post.status(row) == status


async def test_a_customer_is_not_written_to_days_later(post: PostOffice) -> None:
    row = post.put("How was it?")
    post.pass_time(4 * 86400)
    post.pigeon.troubles = [PlatformAway("Telegram could not be reached.")]

    await post.deliver()

    assert post.status(row) == "failed"


async def test_a_card_that_slack_refuses_is_tried_each_hour_and_its_thread_waits_for_it(
    post: PostOffice,
) -> None:
    card = put_in_slack(post, "card", 1)
    put_in_slack(post, "thread", 1, about_id=card)
    post.slack.troubles = [DeliveryError("invalid_blocks"), None, DeliveryError("invalid_blocks")]
    put_in_slack(post, "card", 2)

    await post.deliver()
    assert [post.status(row) for row in (1, 2, 3)] == ["waiting", "waiting", "sent"]
    post.pass_time(3000)
    await post.deliver()
    assert len(post.slack.sent) == 2
    for _ in range(2):
        post.pass_time(3601)
        await post.deliver()

    assert [one.kind for one in post.slack.sent[3:]] == ["card", "thread"]
    assert [post.status(row) for row in (1, 2, 3)] == ["sent"] * 3


@pytest.mark.parametrize(
    ("kind", "named"), [("thread", "A message from Bo is missing"), ("file", "A photo is missing")]
)
async def test_what_slack_refuses_for_a_thread_is_named_there_once(
    post: PostOffice, kind: str, named: str
) -> None:
    card = put_in_slack(post, "card", 1)
    put_in_slack(post, kind, 1, about_id=card)
    put_in_slack(post, "thread", 1, about_id=card)
    post.slack.troubles = [None, DeliveryError("no_files"), None, DeliveryError("no_files")]

    await post.deliver()
    await post.deliver()

    assert [one.kind for one in post.slack.sent] == ["card", kind, "thread", "thread"]
    line = post.slack.sent[-1]
    assert named in line.payload["text"]
    assert (line.address, line.about) == ("C1", "1001")


async def test_of_what_was_erased_nothing_is_named(post: PostOffice) -> None:
    card = put_in_slack(post, "card", 1)
    line = put_in_slack(post, "thread", 1, about_id=card)
    erased = update(OutgoingMessage).where(OutgoingMessage.id == line).values(payload=None)
    post.database.write(lambda session: session.execute(erased))
    post.slack.troubles = [None, DeliveryError("no_text")]

    await post.deliver()

    assert post.rows("select count(*) from outbox") == [(2,)]


async def test_a_refused_card_whose_customer_was_erased_is_asked_for_no_more(
    post: PostOffice,
) -> None:
    card = put_in_slack(post, "card", 1)
    erased = update(OutgoingMessage).where(OutgoingMessage.id == card).values(payload=None)
    post.database.write(lambda session: session.execute(erased))
    post.slack.troubles = [DeliveryError("invalid_blocks")]

    await post.deliver()

    assert post.status(card) == "failed"


def put_in_slack(post: PostOffice, kind: str, complaint: int, **more: Any) -> int:
    payload = {"card": "escalation", "channel": "C1", "text": kind, "title": "A photo", "by": "Bo"}
    key = f"slack:escalation:{complaint}"
    return post.put("", channel="slack", chat_key=key, kind=kind, payload=payload, **more)


def test_the_pauses_between_tries_grow_to_five_minutes_and_no_further() -> None:
    pauses = [back_off(attempts).total_seconds() for attempts in (1, 2, 3, 9, 10, 2000)]

    assert pauses == [1, 2, 4, 256, 300, 300]


async def test_what_surely_did_not_leave_is_tried_until_it_does_once(post: PostOffice) -> None:
    post.pigeon.troubles = [NotSent("refused"), NotSent("refused")]
    row = post.put("hello")

    for _ in range(3):
        await post.deliver()
        post.pass_time(10)

    assert post.status(row) == "sent"
    assert len(post.pigeon.sent) == 3


async def test_a_question_that_may_have_arrived_is_sent_once_more_and_never_again(
    post: PostOffice,
) -> None:
    post.pigeon.troubles = [MaybeSent("time-out"), MaybeSent("time-out")]
    row = post.put("How was it?", purpose="question")

    await post.deliver()
    assert post.status(row) == "unknown"
    post.pass_time(29)
    await post.deliver()
    assert len(post.pigeon.sent) == 1
    for _ in range(4):
        post.pass_time(60)
        await post.deliver()

    assert len(post.pigeon.sent) == 2
    assert post.status(row) == "unknown"


async def test_refusals_before_a_time_out_cost_no_question(post: PostOffice) -> None:
    post.pigeon.troubles = [NotSent("500"), MaybeSent("time-out"), NotSent("500")]
    row = post.put("How was it?", purpose="question")

    for _ in range(5):
        await post.deliver()
        post.pass_time(60)

    assert post.status(row) == "sent"
    assert len(post.pigeon.sent) == 4


async def test_a_persons_words_that_may_have_arrived_are_left_to_the_person(
    post: PostOffice,
) -> None:
    customer = add_customer(post)
    reply = add_reply(post, customer)
    post.pigeon.troubles = [MaybeSent("time-out")]
    row = post.put("Rita: …", purpose="case", reply_id=reply, customer_id=customer)

    for _ in range(3):
        await post.deliver()
        post.pass_time(60)

    assert len(post.pigeon.sent) == 1
    assert post.status(row) == "unknown"
    assert post.rows("select delivered_at from staff_replies") == [(None,)]


async def test_staff_words_that_arrive_are_marked_delivered(post: PostOffice) -> None:
    customer = add_customer(post)
    reply = add_reply(post, customer)
    post.put("Rita: …", purpose="case", reply_id=reply, customer_id=customer)

    await post.deliver()

    assert post.rows("select delivered_at is not null, failure from staff_replies") == [(1, None)]


async def test_a_slack_post_in_doubt_stays_in_doubt_while_slack_refuses(post: PostOffice) -> None:
    post.slack.troubles = [MaybeSent("time-out"), NotSent("503")]
    row = post.put("a complaint", channel="slack", kind="card", payload={"channel": "C0SUPPORT"})
    for _ in range(2):
        await post.deliver()
        post.pass_time(60)
    post.slack.found = Receipt(platform_id="17.5")

    await post.deliver()

    assert post.status(row) == "sent"
    assert len(post.slack.sent) == 2
    assert len(post.slack.looked_for) == 2


async def test_a_slack_post_that_may_have_arrived_is_looked_for_first(post: PostOffice) -> None:
    post.slack.troubles = [MaybeSent("time-out")]
    post.slack.found = Receipt(platform_id="17.5")
    row = post.put(
        "", channel="slack", chat_key="slack:escalation:1", kind="card", payload={"channel": "C1"}
    )

    await post.deliver()
    post.pass_time(5)
    await post.deliver()

    assert len(post.slack.sent) == 1
    assert len(post.slack.looked_for) == 1
    assert post.rows(f"select status, platform_id from outbox where id = {row}") == [
        ("sent", "17.5")
    ]


@pytest.mark.parametrize("kind", ["direct", "ephemeral"])
async def test_what_can_not_be_looked_for_in_slack_is_not_said_again_without_end(
    post: PostOffice, kind: str
) -> None:
    post.slack.troubles = [MaybeSent("time-out")] * 99
    row = post.put("", channel="slack", kind=kind, payload={"text": "Look", "user": "U0LEAD"})

    for _ in range(20):
        await post.deliver()
        post.pass_time(3600)

    assert len(post.slack.sent) == 5
    assert post.status(row) == "unknown"


async def test_a_thread_waits_for_a_card_of_which_nobody_knows_whether_it_stands(
    post: PostOffice,
) -> None:
    slack: dict[str, Any] = {"channel": "slack", "chat_key": "slack:escalation:1"}
    card = post.put("", **slack, kind="card", payload={"channel": "C1"})
    post.put("", **slack, kind="thread", payload={"channel": "C1", "text": "x"}, about_id=card)
    post.slack.troubles = [MaybeSent("time-out")]
    for _ in range(2):
        await post.deliver()
        post.pass_time(0.5)
    post.slack.found = Receipt(platform_id="17.5")

    for _ in range(2):
        post.pass_time(5)
        await post.deliver()

    assert [(one.kind, one.about) for one in post.slack.sent] == [
        ("card", None),
        ("thread", "17.5"),
    ]


async def test_a_thread_waits_for_its_card_and_learns_its_name(post: PostOffice) -> None:
    slack: dict[str, Any] = {"channel": "slack", "chat_key": "slack:escalation:1"}
    card = post.put("", **slack, kind="card", payload={"channel": "C1"})
    post.put("", **slack, kind="thread", payload={"channel": "C1", "text": "x"}, about_id=card)

    await post.deliver()

    assert [message.about for message in post.slack.sent] == [None, "1001"]
    assert post.slack.sent[1].address == "C1"


async def test_a_card_names_the_thread_of_its_escalation(post: PostOffice) -> None:
    customer = add_customer(post)
    add_reply(post, customer)
    card = post.put(
        "", channel="slack", chat_key="slack:escalation:1", kind="card", payload={"channel": "C1"}
    )
    post.database.write(
        lambda session: session.execute(update(Escalation).values(card_outbox_id=card))
    )

    await post.deliver()

    assert post.rows("select slack_channel_id, slack_thread_ts from escalations") == [
        ("C1", "1001")
    ]


async def test_a_customer_who_blocked_the_bot_gets_nothing_more(post: PostOffice) -> None:
    customer = add_customer(post)
    reply = add_reply(post, customer)
    post.pigeon.troubles = [CustomerUnreachable()]
    post.put("one", customer_id=customer)
    post.put("two", customer_id=customer, reply_id=reply, purpose="case")

    await post.deliver()

    assert post.pigeon.texts() == ["one"]
    assert post.rows("select status from outbox where channel = 'telegram' order by id") == [
        ("failed",),
        ("cancelled",),
    ]
    assert post.rows("select reach from customers") == [("blocked",)]
    assert post.rows("select act, subject from audit where actor = 'customer'") == [
        ("blocked", f"customer:{customer}")
    ]
    assert "blocked" in post.rows("select failure from staff_replies")[0][0]


async def test_staff_learn_that_words_which_are_no_longer_wanted_were_not_sent(
    post: PostOffice,
) -> None:
    customer = add_customer(post, reach=Reach.BLOCKED)
    reply = add_reply(post, customer)
    post.put("Rita: …", purpose="case", reply_id=reply, customer_id=customer)

    await post.deliver()

    assert post.pigeon.sent == []
    assert post.rows("select delivered_at, failure from staff_replies") == [
        (None, "The customer has blocked the bot.")
    ]


async def test_a_reaction_that_never_gets_through_is_left_after_five_tries(
    post: PostOffice,
) -> None:
    post.pigeon.troubles = [MaybeSent("time-out")] * 9
    post.put("", kind="reaction")

    for _ in range(9):
        await post.deliver()
        post.pass_time(600)

    assert len(post.pigeon.sent) == 5


async def test_a_chat_that_can_not_be_read_spoils_no_receipt(post: PostOffice) -> None:
    """Blocking the bot happens to the chat as well, and this one is nonsense."""
    customer = add_customer(post, chat="{nonsense")
    post.pigeon.troubles = [CustomerUnreachable()]
    blocked = post.put("one", customer_id=customer)
    other = post.put("two", chat=8)

    with capture_logs() as logs:
        await post.deliver()

    assert "effect_failed" in {line["event"] for line in logs}
    assert (post.status(blocked), post.status(other)) == ("failed", "sent")


async def test_what_was_only_shown_leaves_no_words_behind(post: PostOffice) -> None:
    customer = add_customer(post)
    post.put("How was it?", customer_id=customer, visit=1)
    buttons = post.put("Good", kind="buttons", customer_id=customer, visit=1)

    await post.deliver()

    assert post.rows("select id from outbox where payload is null") == [(buttons,)]


async def test_a_refusal_is_final_and_named(post: PostOffice) -> None:
    post.pigeon.troubles = [DeliveryError("BUTTON_URL_INVALID")]
    row = post.put("hello")

    await post.deliver()
    post.pass_time(3600)
    await post.deliver()

    assert len(post.pigeon.sent) == 1
    assert post.status(row) == "failed"


async def test_after_a_stop_only_answers_to_own_commands_leave(post: PostOffice) -> None:
    customer = add_customer(post, stopped_at=post.now)
    post.put("How was it?", customer_id=customer, purpose="question", visit=3)
    post.put("Reminder", customer_id=customer, purpose="statement")
    post.put("Done, no more questions.", customer_id=customer, purpose="answer")

    await post.deliver()

    assert post.pigeon.texts() == ["Done, no more questions."]


async def test_a_question_that_was_closed_while_it_waited_does_not_leave(post: PostOffice) -> None:
    from feedbackbot.engine import talking
    from feedbackbot.engine.chat import Chat

    customer = add_customer(post, chat=talking.to_json(Chat(last_visit=4)))
    row = post.put("How was it?", customer_id=customer, purpose="question", visit=3)

    await post.deliver()

    assert post.pigeon.texts() == []
    assert post.status(row) == "cancelled"


async def test_a_pause_is_kept(post: PostOffice) -> None:
    post.put("later", not_before=post.now + timedelta(seconds=3))

    await post.deliver()
    assert post.pigeon.texts() == []
    post.pass_time(3)
    await post.deliver()

    assert post.pigeon.texts() == ["later"]


async def test_a_message_for_the_morning_does_not_hold_back_an_answer_at_night(
    post: PostOffice,
) -> None:
    post.put("Good morning", not_before=post.now + timedelta(hours=8))
    post.put("Here is the help.")

    await post.deliver()

    assert post.pigeon.texts() == ["Here is the help."]


async def test_what_was_being_sent_when_the_process_died_is_recovered(post: PostOffice) -> None:
    row = post.put("How was it?", purpose="question")
    post.database.write(
        lambda session: session.execute(
            update(OutgoingMessage).values(status=OutgoingStatus.SENDING, attempts=1)
        )
    )
    loop = post.loop()

    running = asyncio.create_task(loop.run())
    for _ in range(100):
        if post.status(row) == "unknown":
            break
        await asyncio.sleep(0.01)
    post.pass_time(31)
    loop.wake()
    for _ in range(100):
        if post.status(row) == "sent":
            break
        await asyncio.sleep(0.01)
    loop.stop()
    await running

    assert post.status(row) == "sent"
    assert len(post.pigeon.sent) == 1


@pytest.mark.parametrize(("ago", "pause"), [(3600, 5), (10, 20)])
async def test_after_a_crash_an_answer_has_time_to_come_before_its_question_is_sent_again(
    post: PostOffice, ago: int, pause: int
) -> None:
    post.put("How was it?", purpose="question")
    began = post.now - timedelta(seconds=ago)
    post.database.write(
        lambda session: session.execute(
            update(OutgoingMessage).values(
                status=OutgoingStatus.SENDING, attempts=1, sending_at=began
            )
        )
    )
    await post.loop().recover()

    post.pass_time(pause - 1)
    await post.deliver()
    assert post.pigeon.sent == []
    post.pass_time(1)
    await post.deliver()

    assert post.pigeon.texts() == ["How was it?"]


async def test_a_process_that_dies_over_the_second_try_leaves_it_at_that(post: PostOffice) -> None:
    post.pigeon.troubles = [MaybeSent()]
    row = post.put("How was it?", purpose="question")
    await post.deliver()
    post.pass_time(31)
    dying = post.loop()
    post.pigeon.dies = True
    drain = asyncio.create_task(dying.drain())
    await post.pigeon.reached.wait()
    for task in (drain, *dying._under_way):
        task.cancel()

    post.pigeon.dies = False
    for _ in range(3):
        alive = post.loop()
        await alive.recover()
        await alive.drain()
        post.pass_time(3600)

    assert post.pigeon.texts() == ["How was it?", "How was it?"]
    assert post.status(row) == "unknown"


def add_photo(post: PostOffice, customer: int, **more: Any) -> int:
    def add(session: Session) -> int:
        media = Media(customer_id=customer, kind="photo", created_at=post.now, **more)
        session.add(media)
        session.flush()
        return media.id

    return post.database.write(add)


async def test_a_picture_that_is_being_fetched_is_waited_for(post: PostOffice) -> None:
    customer = add_customer(post)
    photo = add_photo(post, customer)
    row = post.put("", kind="photo", payload={"media_id": photo, "caption": "May we show this?"})

    await post.deliver()
    assert post.status(row) == "waiting"

    def fetch(session: Session) -> None:
        session.get_one(Media, photo).content = b"jpeg"

    post.database.write(fetch)
    post.pass_time(2)
    await post.deliver()

    assert [(m.kind, m.attachment is not None) for m in post.pigeon.sent] == [("photo", True)]


async def test_words_whose_picture_is_lost_go_without_it(post: PostOffice) -> None:
    customer = add_customer(post)
    photo = add_photo(post, customer, status=MediaStatus.LOST)
    row = post.put("", kind="photo", payload={"media_id": photo, "caption": "May we show this?"})

    await post.deliver()

    assert post.status(row) == "sent"
    assert [(m.kind, m.payload["text"]) for m in post.pigeon.sent] == [
        ("text", "May we show this?")
    ]


async def test_a_picture_that_does_not_come_holds_its_words_back_for_half_a_minute(
    post: PostOffice,
) -> None:
    customer = add_customer(post)
    photo = add_photo(post, customer)
    post.put("", kind="photo", payload={"media_id": photo, "caption": "May we show this?"})

    for _ in range(40):
        await post.deliver()
        post.pass_time(1)

    assert [m.kind for m in post.pigeon.sent] == ["text"]
