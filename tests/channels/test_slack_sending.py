"""Every kind of message to Slack, and the truth about each that did not arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from feedbackbot import sandbox as platforms
from feedbackbot.channels.base import Bytes, Outgoing, Receipt
from feedbackbot.channels.slack import SlackChannel
from feedbackbot.channels.slack_api import SlackApi, SlackRefusal
from feedbackbot.errors import (
    ChannelBusy,
    DeliveryError,
    MaybeSent,
    NotSent,
    PlaceClosed,
    PlatformAway,
    TokenRefused,
)
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.rules import Rules
from feedbackbot.sandbox.serving import running
from slacking import RITA, SUPPORT

PHOTO = Bytes(name="photo-5.png", mime="image/png", content=b"\x89PNG\r\n\x1a\nshoes")


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    with running(Rules(strict=False)) as client:
        yield client


@pytest.fixture
async def slack(sandbox: SandboxClient) -> AsyncIterator[SlackChannel]:
    api = SlackApi(platforms.SLACK_BOT_TOKEN, sandbox.slack_url)
    await api.open()
    yield SlackChannel(api)
    await api.close()


def note(text: str = "A note", **more: Any) -> Outgoing:
    usual: dict[str, Any] = {"id": 1, "channel": "slack", "address": SUPPORT, "kind": "card"}
    return Outgoing(**(usual | {"payload": {"card": "note", "text": text}} | more))


def line(about: str | None, **more: Any) -> Outgoing:
    usual: dict[str, Any] = {"id": 2, "channel": "slack", "address": SUPPORT, "kind": "thread"}
    return Outgoing(**(usual | {"payload": {"text": "A line"}, "about": about} | more))


async def test_a_card_is_posted_and_then_changed(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    posted = await slack.send(note("First"))
    await slack.send(note("Second", id=3, about=posted.platform_id))

    cards = await _posts(sandbox)
    assert [(one["ts"], one["text"]) for one in cards] == [(posted.platform_id, "Second")]


async def test_nothing_unfurls_and_no_names_are_linked(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    await slack.send(note())

    sent = (await asyncio.to_thread(sandbox.calls, "chat.postMessage"))[-1]["params"]
    assert [sent[name] for name in ("link_names", "unfurl_links", "unfurl_media")] == [False] * 3


async def test_lines_files_and_marks_go_into_the_thread(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    card = (await slack.send(note())).platform_id
    said = await slack.send(line(card))
    await slack.send(line(card, id=4, kind="file", payload={"title": "Photo"}, attachment=PHOTO))
    mark = {"ts": None, "name": "white_check_mark", "remove": False}
    await slack.send(line(said.platform_id, id=5, kind="mark", payload=mark))
    await slack.send(line(said.platform_id, id=6, kind="mark", payload=mark))

    _, talk, photo = await _posts(sandbox)
    assert {talk["thread_ts"], photo["thread_ts"]} == {card}
    assert photo["files"][0]["name"] == "photo-5-4.png"
    assert [one["name"] for one in talk["reactions"]] == ["white_check_mark"]


async def test_a_mark_can_be_taken_away_even_when_it_is_gone(slack: SlackChannel) -> None:
    card = (await slack.send(note())).platform_id
    mark = {"name": "eyes", "remove": True}

    assert await slack.send(line(card, kind="mark", payload=mark)) == Receipt()


async def test_a_direct_message_reaches_one_person(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    payload = {"user": RITA, "text": "Nobody has answered Bo"}

    receipt = await slack.send(note(kind="direct", address=RITA, payload=payload))

    state = await asyncio.to_thread(sandbox.get, "state")
    post = next(one for one in state["slack"]["messages"] if one["ts"] == receipt.platform_id)
    assert post["text"] == "Nobody has answered Bo"
    assert post["channel"].startswith("D")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429, "error": "ratelimited", "retry_after": 7}, ChannelBusy),
        ({"status": 503, "error": "service_unavailable"}, PlatformAway),
        ({"status": 200, "error": "not_in_channel"}, PlaceClosed),
        ({"status": 200, "error": "token_revoked"}, TokenRefused),
        ({"status": 200, "error": "msg_too_long"}, SlackRefusal),
        ({"status": 200, "error": "fatal_error"}, MaybeSent),
        ({"html": True}, MaybeSent),
        ({"malformed": True}, MaybeSent),
        ({"drop": "before"}, MaybeSent),
        ({"drop": "after"}, MaybeSent),
    ],
    ids=lambda given: (
        "-".join(str(one) for one in given.values()) if isinstance(given, dict) else ""
    ),
)
async def test_what_is_known_of_a_post_that_failed(
    slack: SlackChannel,
    sandbox: SandboxClient,
    fault: dict[str, object],
    error: type[DeliveryError],
) -> None:
    await _fault(sandbox, "chat.postMessage", **fault)

    with pytest.raises(DeliveryError) as raised:
        await slack.send(note())

    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("restricted_action_read_only_channel", PlaceClosed),
        ("restricted_action_thread_only_channel", PlaceClosed),
        ("restricted_action_non_threadable_channel", PlaceClosed),
        ("restricted_action_thread_locked", PlaceClosed),
        ("restricted_action_of_a_new_kind", PlaceClosed),
        ("no_permission", PlaceClosed),
        ("access_denied", PlaceClosed),
        ("org_login_required", PlatformAway),
        ("team_access_not_granted", PlatformAway),
        ("ekm_access_denied", PlatformAway),
        ("missing_scope", NotSent),
    ],
)
async def test_what_administrators_forbid_names_the_remedy_and_is_no_refusal_of_the_message(
    slack: SlackChannel, sandbox: SandboxClient, code: str, error: type[DeliveryError]
) -> None:
    await _fault(sandbox, "chat.postMessage", status=200, error=code)

    with pytest.raises(DeliveryError) as raised:
        await slack.send(note())

    assert type(raised.value) is error
    assert slack.trouble == str(raised.value)
    await slack.send(note())
    assert slack.trouble is None


async def test_what_holds_for_one_method_is_not_over_because_slack_knows_the_token(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    await _fault(sandbox, "chat.postMessage", status=200, error="ekm_access_denied")
    with pytest.raises(PlatformAway):
        await slack.send(note())

    await slack.api.call("auth.test")

    assert "suspended access" in str(slack.trouble)


async def test_slacks_own_patience_is_kept(slack: SlackChannel, sandbox: SandboxClient) -> None:
    await _fault(sandbox, "chat.postMessage", status=429, error="ratelimited", retry_after=7)

    with pytest.raises(ChannelBusy) as raised:
        await slack.send(note())

    assert raised.value.retry_after == 7


async def test_what_people_can_mend_names_the_remedy_until_it_is_mended(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    await _fault(sandbox, "chat.postMessage", status=200, error="not_in_channel")

    with pytest.raises(NotSent, match=r"Invite the bot to the channel C0SUPPORT: /invite"):
        await slack.send(note())
    assert slack.trouble is not None
    await slack.send(note())

    assert slack.trouble is None


async def test_a_change_that_may_be_made_twice_is_simply_tried_again(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    card = (await slack.send(note())).platform_id
    await _fault(sandbox, "chat.update", drop="after")

    with pytest.raises(NotSent):
        await slack.send(note("Changed", about=card))


async def test_slack_that_is_not_there_took_nothing() -> None:
    api = SlackApi(platforms.SLACK_BOT_TOKEN, "http://127.0.0.1:9/slack/api/")
    await api.open()

    with pytest.raises(NotSent, match="could not be reached"):
        await SlackChannel(api).send(note())
    await api.close()


async def test_behind_a_proxy_calls_and_the_bytes_of_files_alike_leave_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The names lead nowhere but at the proxy."""
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readline()).decode().rpartition(" ")[0])
        answer = b'{"ok": true}'
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        writer.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        api = SlackApi(platforms.SLACK_BOT_TOKEN, "http://slack.invalid/api/")
        await api.call("auth.test")
        await api.upload("http://files.slack.invalid/upload/1", b"shoes")
        await api.close()

    assert asked == [
        "POST http://slack.invalid/api/auth.test",
        "POST http://files.slack.invalid/upload/1",
    ]


async def test_a_post_whose_answer_was_lost_is_found_again(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    await _fault(sandbox, "chat.postMessage", drop="after")
    with pytest.raises(MaybeSent):
        await slack.send(note(id=41))

    found = await slack.find(note(id=41))

    assert found is not None
    assert found.platform_id == (await _posts(sandbox))[0]["ts"]
    assert await slack.find(note(id=42)) is None


async def test_a_line_or_file_whose_answer_was_lost_is_found_in_its_thread(
    slack: SlackChannel, sandbox: SandboxClient
) -> None:
    card = (await slack.send(note())).platform_id
    photo = line(card, id=51, kind="file", payload={"title": "Photo"}, attachment=PHOTO)
    for method, lost in (("chat.postMessage", line(card, id=50)), ("files.complete*", photo)):
        name = "files.completeUploadExternal" if "*" in method else method
        await _fault(sandbox, name, drop="after")
        with pytest.raises(MaybeSent):
            await slack.send(lost)

        assert await slack.find(lost) is not None

    assert await slack.find(line(card, id=52)) is None
    assert await slack.find(line(card, id=53, kind="file")) is None


async def test_a_line_without_a_card_and_an_unknown_kind_are_refused(slack: SlackChannel) -> None:
    for wrong in (line(None), note(kind="postcard"), line("1.2", kind="file", payload={})):
        with pytest.raises(DeliveryError):
            await slack.send(wrong)


async def _fault(sandbox: SandboxClient, method: str, **fault: object) -> None:
    wanted = {"platform": "slack", "method": method, "times": 1, **fault}
    await asyncio.to_thread(lambda: sandbox.post("faults", **wanted))


async def _posts(sandbox: SandboxClient) -> list[dict[str, Any]]:
    return await asyncio.to_thread(sandbox.channel, SUPPORT)
