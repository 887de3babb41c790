"""In Slack, where people read from above, cards stand in the order in which they were queued, whatever happens."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from activities.post import Pigeon, PostOffice
from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.delivering import Deliverer
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.errors import ChannelBusy, DeliveryError, MaybeSent, NotSent, PlatformAway
from feedbackbot.house import House
from feedbackbot.models.database import Database


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


class Hours:
    """The clock on the wall and the one that only counts, which go together."""

    def __init__(self, post: PostOffice) -> None:
        self._post = post
        self._began = post.now

    def __call__(self) -> float:
        return (self._post.now - self._began).total_seconds()


def counting(post: PostOffice, pacing: Pacing | None = None) -> Deliverer:
    """One loop for a whole test, which remembers how often Slack has failed."""
    return Deliverer(
        database=post.database,
        house=post.house,
        channels={"telegram": post.pigeon, "slack": post.slack},
        pacing={} if pacing is None else {"slack": pacing},
        now=lambda: post.now,
        ticks=Hours(post),
    )


def put_cards(post: PostOffice, count: int, channel: str = "C1") -> None:
    for number in range(count):
        payload = {"card": "note", "channel": channel, "text": f"{channel} {number}"}
        key = f"slack:escalation:{channel}{number}"
        post.put("", channel="slack", chat_key=key, kind="card", payload=payload)


def cards(count: int, channel: str = "C1") -> list[str]:
    return [f"{channel} {number}" for number in range(count)]


@pytest.mark.parametrize(
    "error", [PlatformAway(), MaybeSent(), NotSent("Slack said no."), ChannelBusy(5)]
)
async def test_a_card_that_did_not_arrive_keeps_its_place(
    post: PostOffice, error: DeliveryError
) -> None:
    put_cards(post, 3)
    post.slack.troubles = [None, error]

    await post.deliver()
    assert post.slack.texts() == cards(2)
    post.pass_time(0.6)
    await post.deliver()
    assert post.slack.texts() == cards(2)
    post.pass_time(5)
    await post.deliver()

    assert post.slack.texts() == ["C1 0", "C1 1", "C1 1", "C1 2"]


async def test_what_a_dead_process_was_posting_comes_before_what_waited_behind_it(
    post: PostOffice,
) -> None:
    put_cards(post, 2)
    post.database.write(_is_being_sent)

    await post.loop().recover()
    await post.deliver()
    assert post.slack.texts() == []
    post.pass_time(2)
    await post.deliver()

    assert post.slack.texts() == cards(2)


@pytest.mark.parametrize("error", [PlatformAway(), MaybeSent()])
async def test_after_an_outage_of_an_hour_all_come_in_order(
    post: PostOffice, error: DeliveryError
) -> None:
    put_cards(post, 5)
    post.slack.troubles = [error] * 400
    loop = counting(post)
    for _ in range(120):
        post.pass_time(30)
        await loop.drain()
    assert {words for words in post.slack.texts() if "follow here" not in words} == {"C1 0"}
    post.slack.troubles.clear()
    post.slack.sent.clear()

    for _ in range(40):
        post.pass_time(1)
        await loop.drain()

    assert post.slack.texts()[1:] == cards(5)


async def test_what_waited_through_an_outage_comes_as_a_group_with_a_line_before_it(
    post: PostOffice,
) -> None:
    put_cards(post, 6)
    put_cards(post, 2, "C2")
    post.slack.troubles = [MaybeSent()] * 20
    loop = counting(post)
    for _ in range(20):
        post.pass_time(30)
        await loop.drain()
    put_cards(post, 7)
    post.slack.troubles.clear()
    post.slack.sent.clear()

    for _ in range(40):
        post.pass_time(1)
        await loop.drain()

    line, *rest = post.slack.texts()
    assert line.startswith("13 cards could not be posted since 20 Nov, 10:00 UTC")
    assert post.slack.sent[0].address == "C1"
    assert rest == [*cards(6), *cards(2, "C2"), *cards(7)]


@pytest.mark.parametrize(("count", "failures", "told"), [(2, 9, 0), (3, 1, 0), (3, 9, 1)])
async def test_few_cards_and_short_troubles_need_no_line_before_them(
    post: PostOffice, count: int, failures: int, told: int
) -> None:
    put_cards(post, count)
    post.slack.troubles = [PlatformAway()] * failures
    loop = counting(post)

    for _ in range(60):
        await loop.drain()
        post.pass_time(10)

    lines = {words for words in post.slack.texts() if "follow here" in words}
    assert len(lines) == told
    assert post.slack.texts()[-count:] == cards(count)


async def test_after_an_outage_a_channel_gets_one_post_a_second_and_cards_in_it_stay_alive(
    post: PostOffice,
) -> None:
    put_cards(post, 10)
    hours = Hours(post)
    loop = counting(post, Pacing(per_second=0, per_chat=1, ticks=hours))
    await loop.drain()
    key, payload = "slack:escalation:C10", {"card": "note", "channel": "C1", "text": "claimed"}
    post.put("", channel="slack", chat_key=key, kind="card", payload=payload, about_id=1)
    await loop.drain()
    assert post.slack.texts() == [*cards(3), "claimed"]

    for second in range(1, 8):
        for _ in range(4):
            post.pass_time(0.25)
            await loop.drain()
        assert len(post.slack.sent) == 4 + second


async def test_a_card_that_alone_can_not_be_settled_is_left_behind_within_two_minutes(
    post: PostOffice,
) -> None:
    post.slack = Choosy("slack")
    put_cards(post, 3)
    loop = counting(post)
    for _ in range(120):
        # lines of threads go through, so that Slack is not away
        post.put("", channel="slack", chat_key="slack:x", kind="thread", payload={"text": "x"})
        post.pass_time(1)
        await loop.drain()

    arrived = [words for words in post.slack.texts() if words in cards(3)[1:]]
    assert arrived == cards(3)[1:]
    # one line, however often the first is tried
    assert len({one.id for one in post.slack.sent if "follow here" in one.payload["text"]}) == 1


class Choosy(Pigeon):
    """Stumbles over one card."""

    async def send(self, message: Outgoing) -> Receipt:
        receipt = await super().send(message)
        if message.payload["text"] == "C1 0":
            raise MaybeSent
        return receipt


def _is_being_sent(session: Session) -> None:
    session.execute(text("update outbox set status = 'sending', attempts = 9 where id = 1"))
