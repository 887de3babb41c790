"""While a platform is away one message at a time finds out whether it is back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from activities.post import PostOffice
from feedbackbot.delivering.breaking import Breaker
from feedbackbot.errors import (
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    PlaceClosed,
    PlatformAway,
    TokenRefused,
)
from feedbackbot.house import House
from feedbackbot.models.database import Database


class Watch:
    at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    return Breaker(ticks=watch)


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


def fail(breaker: Breaker, times: int, error: DeliveryError | None = None) -> None:
    for _ in range(times):
        breaker.take()
        breaker.note(error or PlatformAway())


def test_a_few_failures_hold_nobody_back(breaker: Breaker) -> None:
    fail(breaker, 9)

    assert breaker.wait() == 0


@pytest.mark.parametrize("error", [PlatformAway(), TokenRefused(), MaybeSent()])
def test_ten_in_a_row_hold_everybody_back_and_one_tries(
    breaker: Breaker, watch: Watch, error: DeliveryError
) -> None:
    fail(breaker, 10, error)
    assert breaker.wait() == 0.5

    watch.at += 1
    assert breaker.wait() == 0
    breaker.take()

    assert breaker.wait() > 0


def test_the_pauses_grow_to_half_a_minute_and_no_further(breaker: Breaker, watch: Watch) -> None:
    pauses = []
    fail(breaker, 10)
    for _ in range(8):
        pauses.append(breaker.wait())
        watch.at += breaker.wait()
        fail(breaker, 1)

    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize("outcome", [None, CustomerUnreachable(), PlaceClosed()])
def test_any_answer_means_that_the_platform_is_back(
    breaker: Breaker, outcome: DeliveryError | None
) -> None:
    fail(breaker, 12)

    assert breaker.note(outcome)

    assert breaker.wait() == 0


def test_what_never_came_to_the_platform_lets_the_next_one_find_out(
    breaker: Breaker, watch: Watch
) -> None:
    fail(breaker, 10)
    watch.at += 1
    breaker.take()

    breaker.give_way()

    assert breaker.is_open
    assert breaker.wait() == 0


def test_what_had_left_before_does_not_make_the_pause_longer(breaker: Breaker) -> None:
    fail(breaker, 10)

    for _ in range(40):
        breaker.note(PlatformAway())

    assert breaker.wait() == 0.5


async def test_a_platform_that_is_away_is_asked_a_few_times_and_not_by_everybody(
    post: PostOffice,
) -> None:
    for chat in range(200):
        post.put(f"Hello {chat}", chat=chat)
    post.pigeon.troubles = [PlatformAway()] * 400

    loop = post.loop()
    await loop.drain()

    assert len(post.pigeon.sent) <= 128
    assert post.rows("select count(*) from outbox where status <> 'waiting'") == [(0,)]


async def test_when_it_is_back_nobody_sits_out_a_pause_and_the_oldest_is_the_first(
    post: PostOffice,
) -> None:
    for chat in range(3):
        post.put(f"Hello {chat}", chat=chat)
    for _ in range(3):
        post.pigeon.troubles = [PlatformAway()] * 3
        await post.deliver()
        post.pass_time(1)
    post.pigeon.sent.clear()

    await post.deliver()

    assert post.pigeon.texts() == ["Hello 0", "Hello 1", "Hello 2"]


async def test_one_slack_channel_gets_its_posts_in_the_order_of_their_rows(
    post: PostOffice,
) -> None:
    for number in range(20):
        payload = {"card": "note", "channel": "C1", "text": str(number)}
        key = f"slack:escalation:{number}"
        post.put("", channel="slack", chat_key=key, kind="card", payload=payload)

    await post.deliver()

    assert post.slack.most_at_once == 1
    assert post.slack.texts() == [str(number) for number in range(20)]


async def test_a_refused_token_never_gives_a_message_up(post: PostOffice) -> None:
    row = post.put("Hello")
    post.pass_time(10 * 86400)
    post.pigeon.troubles = [TokenRefused("Telegram does not accept the bot's token.")]

    await post.deliver()
    assert post.status(row) == "waiting"
    post.pass_time(600)
    await post.deliver()

    assert post.status(row) == "sent"


async def test_a_card_for_a_closed_channel_goes_to_the_default_one_and_its_thread_with_it(
    post: PostOffice,
) -> None:
    words: dict[str, Any] = {"channel": "slack", "chat_key": "slack:testimonial:1"}
    card = post.put("", **words, kind="card", payload={"card": "note", "channel": "C0MARKETING"})
    post.put(
        "", **words, kind="thread", payload={"text": "x", "channel": "C0MARKETING"}, about_id=card
    )
    post.slack.troubles = [PlaceClosed("The channel is archived.")]

    await post.deliver()

    assert [message.address for message in post.slack.sent] == [
        "C0MARKETING",
        "C0SUPPORT",
        "C0SUPPORT",
    ]
    assert post.rows("select count(*) from outbox where status = 'sent'") == [(2,)]


async def test_what_had_left_before_its_card_was_moved_does_not_leave_again(
    post: PostOffice,
) -> None:
    words: dict[str, Any] = {"channel": "slack", "chat_key": "slack:testimonial:1"}
    hint = post.put("", **words, kind="direct", payload={"text": "x", "channel": "C0MARKETING"})
    await post.deliver()
    post.put("", **words, kind="card", payload={"card": "note", "channel": "C0MARKETING"})
    post.slack.troubles = [PlaceClosed("The channel is archived.")]

    await post.deliver()

    assert [message.kind for message in post.slack.sent] == ["direct", "card", "card"]
    assert post.status(hint) == "sent"


async def test_a_card_that_stands_in_a_channel_is_not_changed_in_another(
    post: PostOffice,
) -> None:
    words: dict[str, Any] = {"channel": "slack", "chat_key": "slack:testimonial:1"}
    payload = {"card": "note", "channel": "C0MARKETING"}
    card = post.put("", **words, kind="card", payload=payload)
    await post.deliver()
    post.put("", **words, kind="card", payload=payload, about_id=card)
    post.slack.troubles = [PlaceClosed("The channel is archived.")]

    await post.deliver()
    post.pass_time(600)
    await post.deliver()

    assert {message.address for message in post.slack.sent} == {"C0MARKETING"}


async def test_where_the_default_channel_is_closed_the_card_waits(post: PostOffice) -> None:
    payload = {"card": "note", "channel": "C0SUPPORT"}
    card = post.put("", channel="slack", chat_key="slack:x", kind="card", payload=payload)
    post.slack.troubles = [PlaceClosed("The channel is archived.")]

    await post.deliver()

    assert post.status(card) == "waiting"
    assert len(post.slack.sent) == 1


async def test_a_closed_channel_is_waited_for_as_long_as_it_takes(post: PostOffice) -> None:
    payload = {"card": "note", "channel": "C0SUPPORT"}
    card = post.put("", channel="slack", chat_key="slack:x", kind="card", payload=payload)
    post.pass_time(10 * 86400)
    post.slack.troubles = [PlaceClosed("The channel is archived.")]

    await post.deliver()
    assert post.status(card) == "waiting"
    post.pass_time(600)
    await post.deliver()

    assert post.status(card) == "sent"
