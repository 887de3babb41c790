"""F07 to F09, F13, F15 and F16: Telegram is slow, away or deaf; what the bot says leaves once all the same."""

from __future__ import annotations

import time

import pytest

from acceptance.asking import status_of, until
from acceptance.scenes import REASON, said_twice
from acceptance.stage import Stage
from faults.scenes import begins, trouble
from faults.wire import wire
from feedbackbot.channels.base import Outgoing
from feedbackbot.channels.telegram import TelegramBot, TelegramChannel
from feedbackbot.errors import PlatformAway
from feedbackbot.sandbox import TELEGRAM_TOKEN

#: lets every call of the bot fail for as long as nobody mends it
FOR_LONG = 100_000

# ------------------------------------------------------------------------- sending


def test_f07_an_answer_that_comes_too_late_costs_one_repetition_and_no_storm(
    polled: Stage,
) -> None:
    bo = begins(polled, "Late")
    before = len(polled.calls("sendMessage"))
    polled.fault("telegram", "sendMessage", chat=str(bo.id), hang_seconds=11)

    bo.taps("1 ★")
    bo.reads(REASON)
    until(lambda: polled.rows("select 1 from outbox where status = 'unknown'"), "it is in doubt")
    polled.while_time_passes(polled.is_done, "there is no more doubt")

    assert len(polled.calls("sendMessage")) - before == 2
    assert [text for text in said_twice(bo) if REASON not in text] == []


def test_f08_while_nothing_can_be_reached_everything_waits_and_leaves_once(hooked: Stage) -> None:
    with wire(hooked.sandbox) as cable:
        hooked.kill_bot()
        hooked.start_bot(TELEGRAM_API_URL=cable.in_front_of(f"{hooked.sandbox}/telegram"))
        bo = begins(hooked, "Refused")
        cable.cut()

        bo.taps("1 ★")
        waiting = "select attempts from outbox where status = 'waiting' and attempts > 1"
        hooked.while_time_passes(lambda: hooked.rows(waiting), "it was tried again")
        hooked.while_time_passes(
            lambda: "Telegram" in trouble(hooked) or "Error" in trouble(hooked),
            "/readyz names what is away",
        )
        cable.mend()
        hooked.while_time_passes(lambda: REASON in bo.heard()[-1], "it has left")

        until(hooked.has_settled, "everything is stored")
        assert said_twice(bo) == []
        hooked.kill_bot()
    hooked.start_bot()


async def test_f08_a_name_that_nobody_knows_means_that_nothing_has_left() -> None:
    bot = TelegramBot(TELEGRAM_TOKEN, "http://telegram.invalid")
    message = Outgoing(id=1, channel="telegram", address="7", kind="text", payload={"text": "Hi"})

    await bot._request[1].initialize()
    with pytest.raises(PlatformAway):
        await TelegramChannel(bot).send(message)

    await bot._request[1].shutdown()


def test_f13_one_chat_that_must_wait_keeps_its_order_and_holds_up_nobody(polled: Stage) -> None:
    slow, quick = begins(polled, "Slow"), begins(polled, "Quick")
    polled.fault("telegram", "sendMessage", chat=str(slow.id), status=429, retry_after=3)
    started = time.monotonic()

    slow.taps("1 ★")
    slow.writes("/help")
    quick.taps("1 ★")
    quick.reads(REASON)
    assert time.monotonic() - started < 2.5

    polled.later("5s")
    slow.reads(REASON)
    slow.reads("/privacy")
    assert time.monotonic() - started > 2.5
    assert said_twice(slow) == []


def test_f15_half_an_hour_of_garbage_opens_the_breaker_and_ends_by_itself(hooked: Stage) -> None:
    phones = [begins(hooked, f"Garbage{n}") for n in range(12)]
    hooked.fault("telegram", "*", html=True, times=FOR_LONG)
    before = len(hooked.calls("sendMessage"))
    for phone in phones:
        phone.taps("1 ★")
    until(lambda: "platform_away" in hooked.log(), "the breaker is open")
    for _ in range(6):
        hooked.later("5m")
        time.sleep(0.3)

    hooked.while_time_passes(
        lambda: "Telegram answered 502" in trouble(hooked), "/readyz names what is away"
    )
    assert status_of(f"{hooked.bot}/healthz") == 200
    hooked.mend()
    for phone in phones:
        phone.reads(REASON)
    until(lambda: not trouble(hooked), "/readyz is green")
    assert "platform_back" in hooked.log()
    assert [said_twice(phone) for phone in phones] == [[]] * 12
    # not a try for each message and each pause, but one at a time
    assert len(hooked.calls("sendMessage")) - before < 60


def test_f16_who_blocked_the_bot_is_left_alone_until_they_come_back(polled: Stage) -> None:
    bo = begins(polled, "Blocker")
    with polled.bot_away():
        bo.taps("1 ★")
        polled.play("telegram/block", customer=bo.id)
    customer = f"customers.telegram_id = {bo.id}"
    until(
        lambda: polled.rows(f"select 1 from customers where reach = 'blocked' and {customer}"),
        "it is known that they have blocked the bot",
    )
    polled.later("10d")
    time.sleep(0.5)
    heard = bo.heard()
    assert not any("No rush" in text for text in heard)
    assert polled.rows(
        "select count(*) from timers join customers on subject_id = customers.id "
        f"where kind = 'chat' and {customer}"
    ) == [(0,)]

    # of those who could have answered they remain one: `feedbackbot stats` leaves out only what was called off
    assert polled.rows(
        "select i.status, c.status from conversations c join invitations i on i.id = c.invitation_id "
        f"join customers on customers.id = c.customer_id where {customer}"
    ) == [("started", "waiting")]

    bo.stage.play("telegram/open_link", customer=bo.id, start=None)
    bo.reads(REASON)
