"""Webhooks: the secret, the order within a chat, the back-off, and what deleting one leaves."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot
from telegram.error import BadRequest, Conflict

from feedbackbot.sandbox.client import SandboxClient
from sandbox.receiver import Receiver


async def test_updates_are_posted_with_the_secret(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token="s3cret_-X")

    sandbox.customer("Ada", start="abc")
    [came] = receiver.wait(1)

    assert came.headers["x-telegram-bot-api-secret-token"] == "s3cret_-X"
    assert came.json["message"]["text"] == "/start abc"
    assert sandbox.get("state")["bot"]["telegram"] == "webhook"


async def test_what_waited_before_the_webhook_is_delivered_too(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    sandbox.customer("Ada")

    await bot.set_webhook(receiver.url)

    assert receiver.wait(1)[0].json["message"]["text"] == "/start"


async def test_polling_and_a_webhook_exclude_each_other(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)

    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_refused_update_holds_back_only_its_own_chat(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    ada = sandbox.customer("Ada")
    receiver.wait(1)
    receiver.answers = [(500, {}, ""), (500, {}, "")]

    sandbox.says(ada, "first")
    receiver.wait(3)
    sandbox.says(ada, "second")
    sandbox.customer("Bo")
    texts = [came.json["message"]["text"] for came in receiver.wait(4)]

    assert texts == ["/start", "first", "first", "/start"]
    await _until_pending(bot, 2)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_the_back_off_doubles_by_the_sandbox_clock(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    receiver.answers = [(500, {}, "")] * 3

    sandbox.customer("Ada")
    receiver.wait(2)
    sandbox.advance(2.1)
    receiver.wait(3)
    sandbox.advance(2.1)
    await asyncio.sleep(0.1)
    too_soon = len(receiver.came)
    sandbox.advance(2.1)
    receiver.wait(4)

    assert too_soon == 3
    await _until_pending(bot, 0)


async def test_retry_after_is_honoured(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    receiver.answers = [(503, {"Retry-After": "600"}, "")]

    sandbox.customer("Ada")
    receiver.wait(1)
    # the time to wait begins when the refusal has been read
    while (await bot.get_webhook_info()).last_error_date is None:  # noqa: ASYNC110 - Telegram announces nothing
        await asyncio.sleep(0.01)
    sandbox.advance(590)
    await asyncio.sleep(0.1)
    assert len(receiver.came) == 1
    sandbox.advance(11)

    receiver.wait(2)


async def test_a_tap_overtakes_a_message_that_is_held_back_and_expires_alone(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    ada = sandbox.customer("Ada")
    keyboard = {"inline_keyboard": [[{"text": "Great", "callback_data": "good"}]]}
    await bot.send_message(ada, "How was it?", reply_markup=keyboard)  # type: ignore[arg-type]
    await bot.get_updates(offset=-1)
    sandbox.taps(ada, "Great")
    receiver.answers = [(500, {}, "")] * 10
    await bot.set_webhook(receiver.url)

    kinds = {next(name for name in came.json if name != "update_id") for came in receiver.wait(3)}
    sandbox.advance(151)

    assert kinds == {"message", "callback_query"}
    await _until_pending(bot, 1)


async def test_an_answer_may_carry_a_method(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    words = '{"method": "sendMessage", "chat_id": 700000001, "text": "In the answer"}'
    receiver.answers = [(200, {"content-type": "application/json"}, words)]

    ada = sandbox.customer("Ada")

    assert sandbox.wait(customer=ada, has="In the answer", timeout=3)["from"] == "bot"


async def test_the_same_update_comes_several_times_at_once_when_asked(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url)
    sandbox.customer("Ada")
    update_id = receiver.wait(1)[0].json["update_id"]

    sandbox.post("telegram/redeliver", update_id=update_id, times=4)

    assert {came.json["update_id"] for came in receiver.wait(5)} == {update_id}


async def test_pending_updates_can_be_dropped(
    sandbox: SandboxClient, bot: Bot, receiver: Receiver
) -> None:
    sandbox.customer("Ada")

    await bot.set_webhook(receiver.url, drop_pending_updates=True)

    assert (await bot.get_webhook_info()).pending_update_count == 0


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://shop.example/hook", None, "An HTTPS URL must be provided for webhook"),
        ("https://shop.example:444/hook", None, "only on ports 80, 88, 443 or 8443"),
        ("https://shop.example/hook", "with space", "secret token contains unallowed characters"),
        ("https://shop.example/hook", "x" * 257, "secret token is too long"),
    ],
)
async def test_a_wrong_webhook_is_refused(
    sandbox: SandboxClient, bot: Bot, url: str, secret: str | None, words: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.set_webhook(url, secret_token=secret)


async def _until_pending(bot: Bot, count: int) -> None:
    async with asyncio.timeout(3):
        while (await bot.get_webhook_info()).pending_update_count != count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
