"""Socket Mode with the real library: events, acknowledgements, retries, and sockets that go."""

from __future__ import annotations

import asyncio
import contextlib
import time

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.sandbox import SLACK_APP_TOKEN, SUPPORT_CHANNEL
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.serving import running
from sandbox.slackbot import SlackBot, connected, until

RITA = {"user": "U0RITA", "channel": SUPPORT_CHANNEL}


async def test_a_persons_message_reaches_the_bot_as_slack_writes_it(slackbot: SlackBot) -> None:
    await slackbot.do("slack/send", **RITA, text="a < b & 👍 see https://shop.example/x.")

    [body] = await slackbot.hears(1)

    event = body["event"]
    assert event["text"] == "a &lt; b &amp; :+1: see <https://shop.example/x>."
    assert (event["user"], event["channel"], event["channel_type"]) == (
        "U0RITA",
        SUPPORT_CHANNEL,
        "channel",
    )
    assert slackbot.sandbox.get("state")["bot"]["slack"] == "socket"


async def test_one_mention_is_told_twice_with_two_event_ids_and_one_ts(slackbot: SlackBot) -> None:
    sent = await slackbot.do("slack/send", **RITA, text="@feedbackbot We send a new pair")

    bodies = await slackbot.hears(2)

    assert {body["event"]["type"] for body in bodies} == {"message", "app_mention"}
    assert {body["event"]["ts"] for body in bodies} == {sent["ts"]}
    assert len({body["event_id"] for body in bodies}) == 2
    assert bodies[0]["event"]["text"] == "<@U0BOT> We send a new pair"


async def test_what_is_acknowledged_does_not_come_again(slackbot: SlackBot) -> None:
    slackbot.sandbox.post("rules", ack_seconds=0.3)
    await slackbot.do("slack/send", **RITA, text="Hello")
    await slackbot.hears(1)

    slackbot.sandbox.advance("10m")
    await asyncio.sleep(0.4)

    assert len(slackbot.heard) == 1


async def test_an_event_without_acknowledgement_comes_three_times_more(
    slackbot: SlackBot,
) -> None:
    slackbot.sandbox.post("rules", ack_seconds=0.1)
    slackbot.failing = 4
    await slackbot.do("slack/send", **RITA, text="Hello")
    await slackbot.hears(1)

    for count, pause in ((2, 4.1), (3, 60.1), (4, 300.1)):
        await asyncio.sleep(0.2)
        slackbot.sandbox.advance(pause)
        await slackbot.hears(count)
    await asyncio.sleep(0.2)
    slackbot.sandbox.advance("1d")

    assert len({body["event_id"] for body in slackbot.heard}) == 1
    assert len(slackbot.heard) == 4
    assert slackbot.sandbox.get("state")["slack"]["lost_events"] == 1


async def test_a_retry_says_which_it_is(sandbox: SandboxClient) -> None:
    sandbox.post("rules", ack_seconds=0.05, socket_retries=[0.05])
    async with aiohttp.ClientSession() as session, session.ws_connect(await _ticket(sandbox)) as ws:
        hello = await ws.receive_json()
        await asyncio.to_thread(sandbox.post, "slack/send", **RITA, text="Hello")
        first, second = await ws.receive_json(), await ws.receive_json()

    assert hello["type"] == "hello"
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"]


async def test_what_happened_while_no_socket_was_open_comes_as_a_retry(
    sandbox: SandboxClient,
) -> None:
    sandbox.post("slack/send", **RITA, text="Anybody there?")
    async with connected(sandbox) as bot:
        assert bot.heard == []
        sandbox.advance(4.1)
        [body] = await bot.hears(1)

    assert body["event"]["text"] == "Anybody there?"


async def test_a_socket_address_is_good_for_one_connection(sandbox: SandboxClient) -> None:
    address = await _ticket(sandbox)
    async with aiohttp.ClientSession() as session, session.ws_connect(address):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(address)


async def test_the_eleventh_socket_is_one_too_many(sandbox: SandboxClient) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(await _ticket(sandbox)) for _ in range(11)]
        words = [await socket.receive_json() for socket in sockets]
        for socket in sockets:
            await socket.close()

    assert [word["type"] for word in words] == ["hello"] * 10 + ["disconnect"]
    assert words[-1]["reason"] == "too_many_websockets"


async def test_each_event_goes_to_one_of_the_sockets(sandbox: SandboxClient) -> None:
    async with connected(sandbox) as one, connected(sandbox) as other:
        for number in range(6):
            await one.do("slack/send", **RITA, text=str(number))
        await until(lambda: len(one.heard) + len(other.heard) == 6)

        assert len(one.heard) == len(other.heard) == 3


@pytest.mark.parametrize("hard", [False, True])
async def test_the_library_comes_back_after_a_disconnect(slackbot: SlackBot, hard: bool) -> None:
    # The library may connect twice in a row; what went into the first of the two comes again.
    slackbot.sandbox.post("rules", socket_retries=[0.3, 0.3, 0.3])
    await slackbot.do("slack/disconnect", reason="refresh_requested", hard=hard)
    await until(lambda: bool(slackbot.sandbox.get("state")["bot"]["slack"] == "socket"), 6)

    await slackbot.do("slack/send", **RITA, text="Still there?")

    assert (await slackbot.hears(1))[0]["event"]["text"] == "Still there?"


async def test_what_a_socket_took_that_then_broke_comes_again_over_another(
    sandbox: SandboxClient,
) -> None:
    async with connected(sandbox) as one, connected(sandbox) as other:
        await one.do("slack/disconnect", during="events_api")
        await one.do("slack/send", **RITA, text="Hello")
        await until(lambda: bool(one.heard and other.heard))
        assert sandbox.get("state")["slack"]["sockets"] == 1
        sandbox.advance("10m")
        await asyncio.sleep(0.1)

    assert one.heard == other.heard
    assert len(one.heard) == 1


async def test_edits_deletions_and_reactions_are_told(slackbot: SlackBot) -> None:
    sent = await slackbot.do("slack/send", **RITA, text="Hello")
    place = {**RITA, "ts": sent["ts"]}
    await slackbot.do("slack/edit", **place, text="Hello all")
    await slackbot.do("slack/react", **place, name="eyes")
    await slackbot.do("slack/react", **place, name="eyes", remove=True)
    await slackbot.do("slack/delete", **place)

    await slackbot.hears(5)

    kinds = [event.get("subtype") or event["type"] for event in slackbot.events]
    assert kinds == [
        "message",
        "message_changed",
        "reaction_added",
        "reaction_removed",
        "message_deleted",
    ]
    changed = slackbot.events[1]
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == (
        "Hello all",
        "Hello",
    )


async def test_the_bot_hears_its_own_echo_with_its_bot_id(sandbox: SandboxClient) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(await _ticket(sandbox)) as ws:
        await ws.receive_json()
        client = AsyncWebClient(token="xoxb-sandbox", base_url=sandbox.slack_url)
        await client.chat_postMessage(channel=SUPPORT_CHANNEL, text="A card", metadata=_METADATA)
        event = (await ws.receive_json())["payload"]["event"]

    assert event["bot_id"] == "B0SANDBOX"
    assert "metadata" not in event


async def test_during_an_outage_nothing_comes_and_afterwards_all_of_it(slackbot: SlackBot) -> None:
    await slackbot.do("slack/outage")
    await slackbot.do("slack/send", **RITA, text="Hello")
    await asyncio.sleep(0.1)
    assert slackbot.heard == []

    await slackbot.do("slack/outage", seconds=0)
    slackbot.sandbox.advance(4.1)

    assert (await slackbot.hears(1))[0]["event"]["text"] == "Hello"


async def test_a_reply_in_a_thread_says_so_and_may_be_sent_to_the_channel_too(
    slackbot: SlackBot,
) -> None:
    root = await slackbot.do("slack/send", **RITA, text="root")
    await slackbot.do("slack/send", **RITA, text="reply", thread_ts=root["ts"])
    await slackbot.do("slack/send", **RITA, text="all", thread_ts=root["ts"], broadcast=True)

    await slackbot.hears(3)

    assert "thread_ts" not in slackbot.events[0]
    assert slackbot.events[1]["thread_ts"] == slackbot.events[2]["thread_ts"] == root["ts"]
    assert slackbot.events[2]["subtype"] == "thread_broadcast"


async def test_a_shared_file_can_be_fetched_with_the_token(slackbot: SlackBot) -> None:
    file = {"name": "label.pdf", "mime": "application/pdf", "data": "JVBERg=="}
    await slackbot.do("slack/send", **RITA, text="Your label", files=[file])

    event = (await slackbot.hears(1))[0]["event"]

    headers = {"Authorization": "Bearer xoxb-sandbox"}
    address = event["files"][0]["url_private_download"]
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        data = await answer.read()
    assert event["subtype"] == "file_share"
    assert data == b"%PDF"


async def test_an_event_can_be_delivered_again(slackbot: SlackBot) -> None:
    await slackbot.do("slack/send", **RITA, text="Hello")
    [body] = await slackbot.hears(1)

    await slackbot.do("slack/redeliver", event_id=body["event_id"], times=2)

    assert {one["event_id"] for one in await slackbot.hears(3)} == {body["event_id"]}


async def test_only_the_app_token_opens_a_socket(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.apps_connections_open(app_token="xoxb-sandbox")

    assert refused.value.response["error"] == "not_allowed_token_type"


async def test_the_sandbox_stops_at_once_with_a_bot_connected() -> None:
    async with contextlib.AsyncExitStack() as stack:
        with running() as sandbox:
            await stack.enter_async_context(connected(sandbox))
            started = time.monotonic()
        took = time.monotonic() - started

    assert took < 2


_METADATA = {"event_type": "card", "event_payload": {"key": "k1"}}


async def _ticket(sandbox: SandboxClient) -> str:
    client = AsyncWebClient(base_url=sandbox.slack_url)
    answer = await client.apps_connections_open(app_token=SLACK_APP_TOKEN)
    return str(answer["url"])
