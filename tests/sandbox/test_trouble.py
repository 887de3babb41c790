"""Faults, the clock, the ledger and the log of calls: what tests of the bot lean on."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot
from telegram.error import (
    BadRequest,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from feedbackbot.sandbox import SUPPORT_CHANNEL, TELEGRAM_TOKEN
from feedbackbot.sandbox.client import ControlError, SandboxClient
from feedbackbot.sandbox.clock import duration


async def test_a_planned_refusal_comes_as_often_as_planned_and_has_no_effect(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    sandbox.post(
        "faults",
        platform="telegram",
        method="sendMessage",
        times=1,
        status=429,
        error="Too Many Requests: retry after 35",
        retry_after=35,
    )

    with pytest.raises(RetryAfter) as busy:
        await bot.send_message(ada, "lost")
    await bot.send_message(ada, "kept")

    assert busy.value.retry_after == timedelta(seconds=35)
    assert [one.get("text") for one in sandbox.phone(ada)] == ["/start", "kept"]


async def test_a_fault_may_concern_one_chat_only(sandbox: SandboxClient, bot: Bot) -> None:
    ada, bo = sandbox.customer("Ada"), sandbox.customer("Bo")
    sandbox.post("faults", platform="telegram", chat=str(ada), status=400, error="Bad Request: no")

    await bot.send_message(bo, "Hello")

    with pytest.raises(BadRequest, match="No"):
        await bot.send_message(ada, "Hello")


@pytest.mark.parametrize(("drop", "messages"), [("before", 1), ("after", 2)])
async def test_a_dropped_connection_leaves_the_sender_in_doubt(
    sandbox: SandboxClient, bot: Bot, drop: str, messages: int
) -> None:
    ada = sandbox.customer("Ada")
    sandbox.post("faults", platform="telegram", method="sendMessage", drop=drop)

    with pytest.raises(NetworkError):
        await bot.send_message(ada, "Did it arrive?")

    assert len(sandbox.phone(ada)) == messages


async def test_a_hanging_call_has_had_its_effect(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    sandbox.post("faults", platform="telegram", method="sendMessage", hang_seconds=1)

    with pytest.raises(TimedOut):
        await bot.send_message(ada, "Slow", read_timeout=0.3)

    assert sandbox.phone(ada)[-1]["text"] == "Slow"


@pytest.mark.parametrize("fault", ["html", "malformed"])
async def test_garbage_instead_of_json(sandbox: SandboxClient, bot: Bot, fault: str) -> None:
    sandbox.post("faults", platform="telegram", method="getMe", **{fault: True})

    with pytest.raises(TelegramError):
        await bot.get_me()


async def test_slack_fails_as_slack_does(slack: AsyncWebClient, sandbox: SandboxClient) -> None:
    sandbox.post("faults", platform="slack", method="chat.postMessage", status=429, retry_after=30)
    with pytest.raises(SlackApiError) as limited:
        await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="x")
    sandbox.post("faults", platform="slack", method="*", error="token_revoked", status=200)
    with pytest.raises(SlackApiError) as revoked:
        await slack.auth_test()

    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "30"
    assert revoked.value.response["error"] == "token_revoked"


async def test_a_slack_post_may_arrive_though_the_connection_broke(
    slack: AsyncWebClient, sandbox: SandboxClient
) -> None:
    sandbox.post("faults", platform="slack", method="chat.postMessage", drop="after")
    slack.retry_handlers.clear()

    with pytest.raises(aiohttp.ClientError):
        await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="Posted?")

    assert [one["text"] for one in sandbox.channel(SUPPORT_CHANNEL)] == ["Posted?"]


async def test_an_outage_ends_when_it_is_told_to(sandbox: SandboxClient, bot: Bot) -> None:
    sandbox.post("telegram/outage")
    with pytest.raises(NetworkError):
        await bot.get_me()

    sandbox.post("telegram/outage", seconds=0)

    assert (await bot.get_me()).username == "feedback_demo_bot"


def test_planned_faults_are_listed_and_cleared(sandbox: SandboxClient) -> None:
    number = sandbox.post("faults", platform="slack", status=500)["id"]

    assert [fault["id"] for fault in sandbox.get("faults")] == [number]
    assert sandbox.delete("faults") == []
    with pytest.raises(ControlError, match="needs one of"):
        sandbox.post("faults", platform="slack")
    with pytest.raises(ControlError, match="has no colour"):
        sandbox.post("faults", platform="slack", status=500, colour="red")


async def test_dates_are_stamped_by_the_sandbox_clock(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")

    sandbox.post("clock", at="2031-05-04T09:00:00+02:00")
    sent = await bot.send_message(ada, "Good morning")

    assert abs(sent.date - datetime(2031, 5, 4, 7, tzinfo=UTC)) < timedelta(seconds=5)
    sandbox.post("clock/reset")
    assert sandbox.get("clock")["offset_seconds"] == 0


def test_whoever_watches_the_clock_learns_of_a_move_at_once(sandbox: SandboxClient) -> None:
    seen: list[Any] = []
    asked = {"after": sandbox.get("clock")["changed"], "timeout": 10}
    watcher = threading.Thread(target=lambda: seen.append(sandbox.get("clock", **asked)))
    watcher.start()
    time.sleep(0.1)

    sandbox.advance("2d4h")
    watcher.join(3)

    assert seen[0]["offset_seconds"] == 52 * 3600
    assert seen[0]["changed"] == asked["after"] + 1


@pytest.mark.parametrize(
    ("words", "seconds"), [("2d4h", 187200), ("90", 90), (1.5, 1.5), ("1h30m", 5400), ("-5m", -300)]
)
def test_a_duration_is_written_as_people_do(words: str | float, seconds: float) -> None:
    assert duration(words) == seconds


@pytest.mark.parametrize("words", ["soon", "", "2 days later", "4x"])
def test_other_words_are_no_duration(sandbox: SandboxClient, words: str) -> None:
    with pytest.raises(ControlError, match="is no duration"):
        sandbox.advance(words)


async def test_the_ledger_tells_what_a_person_saw_and_did(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    keyboard = {"inline_keyboard": [[{"text": "Great", "callback_data": "good"}]]}
    sent = await bot.send_message(ada, "How was it?", reply_markup=keyboard)  # type: ignore[arg-type]
    sandbox.taps(ada, "Great")
    await bot.edit_message_text("How was it? Great", ada, sent.message_id)
    sandbox.post("mail", to_customer=ada, subject="Your order", text="Thank you")

    ledger = sandbox.get("ledger", customer=ada)

    assert [(entry["what"], entry.get("text")) for entry in ledger] == [
        ("customer said", "/start"),
        ("bot said", "How was it?"),
        ("customer tapped", "Great"),
        ("bot edited", "How was it? Great"),
        ("mail", "Thank you"),
    ]
    assert ledger[1]["buttons"] == [[{"text": "Great", "data": "good"}]]
    assert ledger[3]["buttons"] == []


async def test_calls_are_logged_with_their_answers_and_without_tokens(
    sandbox: SandboxClient, bot: Bot, slack: AsyncWebClient
) -> None:
    ada = sandbox.customer("Ada")
    await bot.send_document(ada, b"bytes", filename="a.pdf", caption="For you")
    await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="Hello")

    [document] = sandbox.calls("sendDocument")
    [post] = sandbox.calls("chat.postMessage", platform="slack")

    assert document["params"]["caption"] == "For you"
    assert {"filename": "a.pdf", "size": 5} in document["params"].values()
    assert document["answer"]["result"]["document"]["file_name"] == "a.pdf"
    assert post["answer"]["ok"] is True
    assert "xoxb" not in str(post)
    assert sandbox.get("calls", after=post["seq"]) == []


async def test_waiting_ends_with_the_words_or_with_408(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    waiting = asyncio.create_task(
        asyncio.to_thread(sandbox.wait, customer=ada, has="chair", timeout=5)
    )
    await asyncio.sleep(0.1)

    sent = await bot.send_message(ada, "How was the chair?")

    assert (await waiting)["message_id"] == sent.message_id
    with pytest.raises(ControlError, match="408"):
        sandbox.wait(customer=ada, has="chair", after=sent.message_id, timeout=0.1)


async def test_events_are_streamed_from_where_one_left_off(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    seq = sandbox.get("state")["seq"]
    await bot.send_message(ada, "Hello")

    address = f"{sandbox.url}/sandbox/events?after={seq}"
    async with aiohttp.ClientSession() as session, session.get(address) as stream:
        lines = [(await stream.content.readline()).decode() for _ in range(4)]

    assert any('"kind": "telegram.message"' in line for line in lines)


def test_what_cannot_be_done_is_refused_with_a_sentence(sandbox: SandboxClient) -> None:
    with pytest.raises(ControlError, match="There is no customer 5"):
        sandbox.says(5, "Hello")
    ada = sandbox.customer("Ada")
    with pytest.raises(ControlError, match="leads to another bot"):
        sandbox.post("telegram/open_link", customer=ada, link="https://t.me/other_bot?start=a")
    with pytest.raises(ControlError, match="is no start payload"):
        sandbox.post("telegram/open_link", customer=ada, start="a b")
    with pytest.raises(ControlError, match="no rule 'patience'"):
        sandbox.post("rules", patience=3)


async def test_a_revoked_token_is_refused_until_it_is_good_again(
    sandbox: SandboxClient, bot: Bot
) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=5))
    await asyncio.sleep(0.2)
    sandbox.post("telegram/token", revoked=True)
    with pytest.raises(InvalidToken):
        await bot.get_me()
    with pytest.raises(InvalidToken):
        await poll

    sandbox.post("telegram/token", revoked=False)

    assert (await bot.get_me()).username == "feedback_demo_bot"


async def test_an_app_without_a_scope_is_told_which_one_it_lacks(
    slack: AsyncWebClient, sandbox: SandboxClient
) -> None:
    sandbox.post("slack/app", without_scopes=["reactions:write"])

    granted = (await slack.auth_test()).headers["X-OAuth-Scopes"].split(",")
    with pytest.raises(SlackApiError) as refused:
        await slack.reactions_add(channel=SUPPORT_CHANNEL, name="eyes", timestamp="1.0")

    assert "reactions:write" not in granted
    assert "chat:write" in granted
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "reactions:write"


async def test_an_app_that_was_removed_is_refused_in_slacks_words(
    slack: AsyncWebClient, sandbox: SandboxClient
) -> None:
    sandbox.post("slack/app", bot_token="account_inactive")

    with pytest.raises(SlackApiError) as refused:
        await slack.auth_test()

    assert refused.value.response["error"] == "account_inactive"


async def test_both_platforms_date_their_answers_by_the_clock_of_the_sandbox(
    slack: AsyncWebClient, sandbox: SandboxClient
) -> None:
    sandbox.post("clock", at="2030-01-02T03:04:05Z")

    by_slack = (await slack.api_test()).headers["Date"]
    async with aiohttp.ClientSession() as session:
        address = f"{sandbox.telegram_url}/bot{TELEGRAM_TOKEN}/getMe"
        async with session.get(address) as answer:
            by_telegram = answer.headers.getall("Date")

    assert by_slack.startswith("Wed, 02 Jan 2030 03:04:")
    assert [date[:22] for date in by_telegram] == ["Wed, 02 Jan 2030 03:04"]
