"""The Web API through the real client: what it answers, and every refusal with Slack's own word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.sandbox import SUPPORT_CHANNEL
from feedbackbot.sandbox.client import SandboxClient

Asks = Callable[[AsyncWebClient, str], Awaitable[object]]
CARD = {"event_type": "card", "event_payload": {"key": "k1"}}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def buttons(count: int, text: str = "a") -> dict[str, Any]:
    label = {"type": "plain_text", "text": text}
    elements = [{"type": "button", "action_id": f"a{n}", "text": label} for n in range(count)]
    return {"type": "actions", "elements": elements}


def posts(**what: Any) -> Asks:
    return lambda slack, _ts: slack.chat_postMessage(**{"channel": SUPPORT_CHANNEL, **what})


REFUSALS: dict[str, tuple[str, Asks]] = {
    "a channel that is not": ("channel_not_found", posts(channel="C404", text="x")),
    "a channel without the bot": ("not_in_channel", posts(channel="C0ELSE", text="x")),
    "an archived channel": ("is_archived", posts(channel="C0OLD", text="x")),
    "nothing to say": (
        "no_text",
        lambda slack, _ts: slack.api_call(
            "chat.postMessage", json={"channel": SUPPORT_CHANNEL, "text": " "}
        ),
    ),
    "far too long": ("msg_too_long", posts(text="x" * 40_001)),
    "blocks that are no list": ("invalid_blocks_format", posts(text="x", blocks='{"type": "x"}')),
    "too many blocks": ("invalid_blocks", posts(text="x", blocks=[section("x")] * 51)),
    "a long section": ("invalid_blocks", posts(text="x", blocks=[section("x" * 3001)])),
    "a long label": ("invalid_blocks", posts(text="x", blocks=[buttons(1, "x" * 76)])),
    "many buttons": ("invalid_blocks", posts(text="x", blocks=[buttons(26)])),
    "an unknown block": ("invalid_blocks", posts(text="x", blocks=[{"type": "cake"}])),
    "all blocks together too long": (
        "msg_blocks_too_long",
        posts(text="x", blocks=[section("x" * 2900)] * 5),
    ),
    "a thread that is no ts": ("invalid_thread_ts", posts(text="x", thread_ts="yesterday")),
    "metadata that is none": ("invalid_metadata_format", posts(text="x", metadata={"a": 1})),
    "an update of nothing": (
        "message_not_found",
        lambda slack, _ts: slack.chat_update(channel=SUPPORT_CHANNEL, ts="1.000001", text="x"),
    ),
    "an update of another's": (
        "cant_update_message",
        lambda slack, ts: slack.chat_update(channel=SUPPORT_CHANNEL, ts=ts, text="x"),
    ),
    "a deletion of another's": (
        "cant_delete_message",
        lambda slack, ts: slack.chat_delete(channel=SUPPORT_CHANNEL, ts=ts),
    ),
    "a word to an outsider": (
        "user_not_in_channel",
        lambda slack, _ts: slack.chat_postEphemeral(
            channel=SUPPORT_CHANNEL, user="U0NINA", text="x"
        ),
    ),
    "a word to nobody": (
        "invalid_arguments",
        lambda slack, _ts: slack.chat_postEphemeral(channel=SUPPORT_CHANNEL, user="rita", text="x"),
    ),
    "an unknown user": ("user_not_found", lambda slack, _ts: slack.users_info(user="U404")),
    "an unknown thread": (
        "thread_not_found",
        lambda slack, _ts: slack.conversations_replies(channel=SUPPORT_CHANNEL, ts="1.000001"),
    ),
    "a bad cursor": (
        "invalid_cursor",
        lambda slack, _ts: slack.conversations_history(channel=SUPPORT_CHANNEL, cursor="zzz"),
    ),
    "a reaction to nothing": (
        "message_not_found",
        lambda slack, _ts: slack.reactions_add(
            channel=SUPPORT_CHANNEL, timestamp="1.000001", name="eyes"
        ),
    ),
    "a reaction that is none": (
        "invalid_name",
        lambda slack, ts: slack.reactions_add(channel=SUPPORT_CHANNEL, timestamp=ts, name="👀"),
    ),
    "a reaction nowhere": (
        "no_item_specified",
        lambda slack, _ts: slack.api_call("reactions.add", params={"name": "eyes"}),
    ),
    "a reaction taken back twice": (
        "no_reaction",
        lambda slack, ts: slack.reactions_remove(
            channel=SUPPORT_CHANNEL, timestamp=ts, name="eyes"
        ),
    ),
    "a file that is not": ("file_not_found", lambda slack, _ts: slack.files_info(file="F404")),
    "an unknown method": ("unknown_method", lambda slack, _ts: slack.api_call("cake.bake")),
    "a missing channel": (
        "invalid_arguments",
        lambda slack, _ts: slack.api_call("chat.postMessage", json={"text": "x"}),
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
async def test_slack_refuses_with_its_own_word(
    sandbox: SandboxClient, slack: AsyncWebClient, what: str
) -> None:
    word, ask = REFUSALS[what]
    sandbox.post("slack/channels", id="C0ELSE", name="else", members=["U0RITA"])
    sandbox.post("slack/channels", id="C0OLD", name="old", archived=True)
    sandbox.post("slack/users", id="U0NINA", name="Nina Outside")
    sent = sandbox.post("slack/send", user="U0RITA", channel=SUPPORT_CHANNEL, text="Hello")

    with pytest.raises(SlackApiError) as refused:
        await ask(slack, sent["ts"])

    assert refused.value.response["error"] == word
    assert refused.value.response.status_code == 200


async def test_wrong_blocks_are_pointed_at(slack: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        await slack.chat_postMessage(
            channel=SUPPORT_CHANNEL, text="x", blocks=[section("ok"), buttons(26), section("")]
        )

    assert refused.value.response["errors"] == [
        "no more than 25 items allowed [json-pointer:/blocks/1/elements]",
        "must be more than 0 characters [json-pointer:/blocks/2/text/text]",
    ]
    messages = refused.value.response["response_metadata"]["messages"]
    assert messages[0].startswith("[ERROR] no more than 25 items")


async def test_a_post_answers_with_its_message_and_fills_in_ids(slack: AsyncWebClient) -> None:
    answer = await slack.chat_postMessage(
        channel="#support", text="A card", blocks=[section("A *card*"), buttons(2)]
    )

    message = answer["message"]
    assert answer["channel"] == SUPPORT_CHANNEL
    assert message["bot_id"] == "B0SANDBOX"
    assert all(block["block_id"] for block in message["blocks"])


async def test_text_alone_takes_the_blocks_away(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    card = await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="x", blocks=[section("x")])

    await slack.chat_update(channel=SUPPORT_CHANNEL, ts=str(card["ts"]), text="Done")

    [shown] = sandbox.channel(SUPPORT_CHANNEL)
    assert shown["text"] == "Done"
    assert "blocks" not in shown
    assert shown["edited"]["user"] == "U0BOT"


async def test_a_thread_is_read_root_first_and_in_pages(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    root = str((await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="root"))["ts"])
    for number in range(4):
        await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text=str(number), thread_ts=root)

    first = await slack.conversations_replies(channel=SUPPORT_CHANNEL, ts=root, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await slack.conversations_replies(channel=SUPPORT_CHANNEL, ts=root, cursor=cursor)

    assert [one["text"] for one in first["messages"]] == ["root", "0", "1"]
    assert [one["text"] for one in rest["messages"]] == ["2", "3"]
    assert first["messages"][0]["reply_count"] == 4
    assert rest["has_more"] is False


async def test_a_thread_that_does_not_exist_makes_a_post_of_its_own(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="x", thread_ts="1700000000.000001")

    assert "thread_ts" not in sandbox.channel(SUPPORT_CHANNEL)[0]


async def test_history_is_newest_first_and_shows_metadata_when_asked(
    slack: AsyncWebClient,
) -> None:
    await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="one", metadata=CARD)
    two = await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="two")
    await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="reply", thread_ts=str(two["ts"]))

    bare = await slack.conversations_history(channel=SUPPORT_CHANNEL)
    full = await slack.conversations_history(channel=SUPPORT_CHANNEL, include_all_metadata=True)
    newer = await slack.conversations_history(channel=SUPPORT_CHANNEL, oldest=str(two["ts"]))

    assert [one["text"] for one in bare["messages"]] == ["two", "one"]
    assert "metadata" not in bare["messages"][1]
    assert full["messages"][1]["metadata"] == CARD
    assert newer["messages"] == []


async def test_a_reaction_is_given_once(sandbox: SandboxClient, slack: AsyncWebClient) -> None:
    sent = sandbox.post("slack/send", user="U0RITA", channel=SUPPORT_CHANNEL, text="Hello")
    place: Any = {"channel": SUPPORT_CHANNEL, "timestamp": sent["ts"]}

    await slack.reactions_add(**place, name="white_check_mark")
    with pytest.raises(SlackApiError, match="already_reacted"):
        await slack.reactions_add(**place, name="white_check_mark")

    assert sandbox.channel(SUPPORT_CHANNEL)[0]["reactions"] == [
        {"name": "white_check_mark", "users": ["U0BOT"], "count": 1}
    ]


async def test_a_word_for_one_person_is_in_no_history(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    await slack.chat_postEphemeral(channel=SUPPORT_CHANNEL, user="U0RITA", text="Only for you")

    assert sandbox.channel(SUPPORT_CHANNEL)[0]["ephemeral_for"] == "U0RITA"
    assert (await slack.conversations_history(channel=SUPPORT_CHANNEL))["messages"] == []


async def test_a_file_is_uploaded_in_three_steps_into_a_thread(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    root = str((await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="root"))["ts"])

    await slack.files_upload_v2(
        channel=SUPPORT_CHANNEL,
        thread_ts=root,
        filename="box.jpg",
        content=b"\xff\xd8 picture",
        initial_comment="Ada's photo",
    )

    shown = sandbox.channel(SUPPORT_CHANNEL)[-1]
    assert (shown["thread_ts"], shown["text"]) == (root, "Ada's photo")
    [file] = shown["files"]
    assert (file["name"], file["size"], file["mimetype"]) == ("box.jpg", 10, "image/jpeg")


async def test_a_file_can_be_deleted_once_and_only_by_whoever_brought_it(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    await slack.files_upload_v2(channel=SUPPORT_CHANNEL, filename="a.jpg", content=b"\xff\xd8 a")
    person = {"user": "U0RITA", "channel": SUPPORT_CHANNEL}
    sandbox.post("slack/send", **person, files=[{"name": "b.txt", "data": "aGk="}])
    ours, theirs = (post["files"][0]["id"] for post in sandbox.channel(SUPPORT_CHANNEL))

    await slack.files_delete(file=ours)

    assert sandbox.channel(SUPPORT_CHANNEL)[0]["files"] == []
    with pytest.raises(SlackApiError, match="file_not_found"):
        await slack.files_delete(file=ours)
    with pytest.raises(SlackApiError, match="cant_delete_file"):
        await slack.files_delete(file=theirs)


async def test_a_private_file_wants_the_token_and_else_shows_a_sign_in_page(
    sandbox: SandboxClient,
) -> None:
    sandbox.post(
        "slack/send",
        user="U0RITA",
        channel=SUPPORT_CHANNEL,
        files=[{"name": "a.txt", "data": "aGk="}],
    )
    address = sandbox.channel(SUPPORT_CHANNEL)[0]["files"][0]["url_private"]
    address = sandbox.url + "/slack" + address.partition("/slack")[2]

    async with aiohttp.ClientSession() as session:
        async with session.get(address) as bare:
            page = await bare.text()
        async with session.get(address, headers={"Authorization": "Bearer xoxb-sandbox"}) as full:
            data = await full.read()

    assert "Sign in" in page
    assert data == b"hi"


@pytest.mark.parametrize(("token", "word"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
async def test_a_wrong_token_opens_nothing(sandbox: SandboxClient, token: str, word: str) -> None:
    client = AsyncWebClient(token=token, base_url=sandbox.slack_url)

    with pytest.raises(SlackApiError, match=word):
        await client.auth_test()


async def test_people_and_channels_can_be_looked_up(slack: AsyncWebClient) -> None:
    me = await slack.auth_test()
    rita = (await slack.users_info(user="U0RITA"))["user"]
    channel = (await slack.conversations_info(channel=SUPPORT_CHANNEL))["channel"]
    members = (await slack.conversations_members(channel=SUPPORT_CHANNEL))["members"]

    assert (me["user_id"], me["bot_id"], me["team_id"]) == ("U0BOT", "B0SANDBOX", "T0SANDBOX")
    assert rita["profile"]["real_name"] == "Rita Sommer"
    assert (channel["name"], channel["is_member"]) == ("support", True)
    assert "U0OMAR" in members


async def test_a_person_can_be_written_to_directly(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    answer = await slack.chat_postMessage(channel="U0RITA", text="Nobody has claimed this")

    assert answer["channel"] == "D0RITA"
    assert sandbox.wait(channel="D0RITA", has="claimed", timeout=1)["bot"] is True


async def test_strictly_one_channel_takes_one_message_a_second(
    sandbox: SandboxClient, slack: AsyncWebClient
) -> None:
    sandbox.post("rules", strict=True)

    for number in range(3):
        await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text=str(number))
    with pytest.raises(SlackApiError) as limited:
        await slack.chat_postMessage(channel=SUPPORT_CHANNEL, text="and one more")

    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "1"


async def test_waiting_finds_words_in_blocks(sandbox: SandboxClient, slack: AsyncWebClient) -> None:
    first = await slack.chat_postMessage(
        channel=SUPPORT_CHANNEL, text="x", blocks=[section("The *chair* broke")]
    )

    found = sandbox.wait(channel=SUPPORT_CHANNEL, has="chair", timeout=1)

    assert found["ts"] == first["ts"]
    assert sandbox.get("ledger", slack=1)[0]["words"] == ["x", "The *chair* broke"]
