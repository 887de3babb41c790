"""Slack over HTTP: signatures that the real verifier accepts, the challenge, retries and their headers."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.sandbox import SLACK_SIGNING_SECRET, SUPPORT_CHANNEL
from feedbackbot.sandbox.client import ControlError, SandboxClient
from sandbox.receiver import Receiver
from sandbox.slackbot import slack_bot

RITA = {"user": "U0RITA", "channel": SUPPORT_CHANNEL}


class _At(Clock):
    """The bot's clock, which follows the sandbox's."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def test_an_event_is_signed_and_dated_by_the_sandbox_clock(
    sandbox: SandboxClient, receiver: Receiver
) -> None:
    sandbox.post("slack/http", url=receiver.url)
    sandbox.advance("30d")
    now = datetime.fromisoformat(sandbox.get("clock")["now"]).replace(tzinfo=UTC).timestamp()

    sandbox.post("slack/send", **RITA, text="Hello")
    [came] = receiver.wait(1)

    body = came.body.decode()
    assert SignatureVerifier(SLACK_SIGNING_SECRET, _At(now)).is_valid_request(body, came.headers)
    assert not SignatureVerifier("another", _At(now)).is_valid_request(body, came.headers)
    assert not SignatureVerifier(SLACK_SIGNING_SECRET).is_valid_request(body, came.headers)
    assert came.json["event"]["text"] == "Hello"
    assert sandbox.get("state")["bot"]["slack"] == "http"


async def test_the_real_library_takes_the_signed_request(
    sandbox: SandboxClient, receiver: Receiver
) -> None:
    sandbox.post("slack/http", url=receiver.url)
    sandbox.post("slack/send", **RITA, text="Hello")
    [came] = receiver.wait(1)
    bot = slack_bot(sandbox)

    request = AsyncBoltRequest(body=came.body.decode(), headers=dict(came.headers), mode="http")
    answer = await bot.app.async_dispatch(request)

    assert answer.status == 200
    assert bot.events[0]["text"] == "Hello"


def test_retries_come_at_once_after_a_minute_and_after_five(
    sandbox: SandboxClient, receiver: Receiver
) -> None:
    sandbox.post("slack/http", url=receiver.url)
    receiver.answers = [(500, {}, "")] * 4

    sandbox.post("slack/send", **RITA, text="Hello")
    receiver.wait(2)
    time.sleep(0.1)
    sandbox.advance(60.1)
    receiver.wait(3)
    time.sleep(0.1)
    sandbox.advance(300.1)
    came = receiver.wait(4)

    numbers = [one.headers.get("x-slack-retry-num") for one in came]
    assert numbers == [None, "1", "2", "3"]
    assert came[1].headers["x-slack-retry-reason"] == "http_error"
    assert len({one.json["event_id"] for one in came}) == 1


def test_a_bot_may_ask_not_to_be_told_again(sandbox: SandboxClient, receiver: Receiver) -> None:
    sandbox.post("slack/http", url=receiver.url)
    receiver.answers = [(500, {"X-Slack-No-Retry": "1"}, "")]

    sandbox.post("slack/send", **RITA, text="Hello")
    receiver.wait(1)
    time.sleep(0.1)
    sandbox.advance("1h")
    time.sleep(0.1)

    assert len(receiver.came) == 1


def test_an_address_that_fails_the_challenge_is_not_taken(sandbox: SandboxClient) -> None:
    with pytest.raises(ControlError, match="did not answer the challenge"):
        sandbox.post("slack/http", url=f"{sandbox.url}/nowhere")

    assert sandbox.get("state")["bot"]["slack"] == "away"


async def test_a_click_comes_as_a_form_with_a_payload(
    sandbox: SandboxClient, receiver: Receiver, slack: AsyncWebClient
) -> None:
    sandbox.post("slack/http", url=receiver.url, verify=False)
    button = {
        "type": "button",
        "action_id": "claim",
        "value": "7",
        "text": {"type": "plain_text", "text": "Claim"},
    }
    card = await slack.chat_postMessage(
        channel=SUPPORT_CHANNEL, text="A card", blocks=[{"type": "actions", "elements": [button]}]
    )
    receiver.wait(1)

    sandbox.post("slack/click", **RITA, ts=card["ts"], label="Claim")
    came = receiver.wait(2)[1]

    payload = json.loads(parse_qs(came.body.decode())["payload"][0])
    assert came.headers["content-type"] == "application/x-www-form-urlencoded"
    assert payload["actions"][0]["value"] == "7"
    assert payload["user"]["id"] == "U0RITA"


def test_a_command_comes_as_a_form_and_its_answer_is_for_one_person(
    sandbox: SandboxClient, receiver: Receiver
) -> None:
    sandbox.post("slack/http", url=receiver.url)
    receiver.answers = [(200, {"content-type": "text/plain"}, "Three are open.")]

    answer = sandbox.post("slack/command", **RITA, command="/feedback", text="open")

    form = parse_qs(receiver.wait(1)[0].body.decode())
    assert (form["command"], form["text"]) == (["/feedback"], ["open"])
    assert answer["ok"] is True
    [shown] = sandbox.channel(SUPPORT_CHANNEL)
    assert (shown["text"], shown["ephemeral_for"]) == ("Three are open.", "U0RITA")
