"""Buttons and modals, pressed and filled by staff, opened and answered by the real library."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.sandbox import SUPPORT_CHANNEL
from feedbackbot.sandbox.client import ControlError
from sandbox.slackbot import SlackBot, until

RITA = {"user": "U0RITA", "channel": SUPPORT_CHANNEL}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


WORDS = {
    "type": "input",
    "block_id": "words",
    "label": plain("Your reply"),
    "element": {"type": "plain_text_input", "action_id": "words", "max_length": 20},
}
KIND = {
    "type": "input",
    "block_id": "kind",
    "optional": True,
    "label": plain("Kind"),
    "element": {
        "type": "static_select",
        "action_id": "kind",
        "initial_option": {"text": plain("Refund"), "value": "refund"},
        "options": [
            {"text": plain("Refund"), "value": "refund"},
            {"text": plain("New pair"), "value": "new"},
        ],
    },
}
FORM = {
    "type": "modal",
    "callback_id": "reply",
    "private_metadata": "escalation 7",
    "title": plain("Reply to Ada"),
    "submit": plain("Send"),
    "blocks": [WORDS, KIND],
}


async def card(bot: SlackBot) -> str:
    elements = [
        {"type": "button", "action_id": name.lower(), "value": "7", "text": plain(name)}
        for name in ("Claim", "Reply")
    ]
    posted = await bot.client.chat_postMessage(
        channel=SUPPORT_CHANNEL,
        text="Ada is unhappy",
        blocks=[{"type": "actions", "block_id": "acts", "elements": elements}],
    )
    return str(posted["ts"])


async def form(bot: SlackBot, view: dict[str, Any] = FORM) -> str:
    """The id of an open modal."""

    bot.form = view
    bot.app.action("reply")(bot.open_form)
    clicked = await bot.do("slack/click", **RITA, ts=await card(bot), label="Reply", wait=2)
    return str(clicked["view_id"])


async def test_a_click_reaches_the_bot_with_its_message(slackbot: SlackBot) -> None:
    bodies: list[Any] = []

    @slackbot.app.action("claim")
    async def _claim(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        bodies.append(body)
        await respond("Rita has this", replace_original=True)

    ts = await card(slackbot)
    answer = await slackbot.do("slack/click", **RITA, ts=ts, action_id="claim")

    [body] = bodies
    assert answer == {"ok": True}
    assert body["actions"][0]["value"] == "7"
    assert body["container"]["message_ts"] == body["message"]["ts"] == ts
    assert slackbot.sandbox.channel(SUPPORT_CHANNEL)[0]["text"] == "Rita has this"


async def test_a_click_that_nobody_acknowledges_says_so(slackbot: SlackBot) -> None:
    slackbot.sandbox.post("rules", ack_seconds=0.2)

    @slackbot.app.action("claim")
    async def _claim(ack: Any) -> None:
        raise RuntimeError("The database is away.")

    answer = await slackbot.do("slack/click", **RITA, ts=await card(slackbot), label="Claim")

    assert (answer["ok"], answer["reason"]) == (False, "timeout")


async def test_a_button_that_is_not_there_cannot_be_pressed(slackbot: SlackBot) -> None:
    ts = await card(slackbot)

    with pytest.raises(ControlError, match="There is no button 'Resolve' here"):
        await slackbot.do("slack/click", **RITA, ts=ts, label="Resolve")


async def test_a_form_is_opened_filled_and_sent(slackbot: SlackBot) -> None:
    views: list[Any] = []

    @slackbot.app.view("reply")
    async def _sent(ack: Any, view: Any) -> None:
        views.append(view)
        await ack()

    view_id = await form(slackbot)
    values = {"Your reply": "We send a new pair", "kind": "New pair"}
    answer = await slackbot.do("slack/submit", view_id=view_id, values=values)

    [view] = views
    assert answer == {"closed": True, "errors": {}}
    assert view["private_metadata"] == "escalation 7"
    state = view["state"]["values"]
    assert state["words"]["words"] == {"type": "plain_text_input", "value": "We send a new pair"}
    assert state["kind"]["kind"]["selected_option"]["value"] == "new"
    assert slackbot.sandbox.get("state")["slack"]["views"] == []


async def test_slack_itself_refuses_an_empty_or_overlong_field(slackbot: SlackBot) -> None:
    view_id = await form(slackbot)

    empty = await slackbot.do("slack/submit", view_id=view_id, values={})
    long = await slackbot.do("slack/submit", view_id=view_id, values={"words": "x" * 21})

    assert empty["errors"] == {"words": "Please complete this required field."}
    assert long["errors"] == {"words": "Please enter at most 20 characters."}


async def test_the_bot_may_refuse_a_field_and_the_form_stays(slackbot: SlackBot) -> None:
    @slackbot.app.view("reply")
    async def _sent(ack: Any) -> None:
        await ack(response_action="errors", errors={"words": "Somebody was faster."})

    view_id = await form(slackbot)
    answer = await slackbot.do("slack/submit", view_id=view_id, values={"words": "Hi"})

    assert answer == {"closed": False, "errors": {"words": "Somebody was faster."}}
    [shown] = slackbot.sandbox.get("state")["slack"]["views"]
    assert shown["errors"] == {"words": "Somebody was faster."}


async def test_the_answer_may_replace_the_form(slackbot: SlackBot) -> None:
    done = {"type": "modal", "title": plain("Sent"), "blocks": [{"type": "divider"}]}

    @slackbot.app.view("reply")
    async def _sent(ack: Any) -> None:
        await ack(response_action="update", view=done)

    view_id = await form(slackbot)
    answer = await slackbot.do("slack/submit", view_id=view_id, values={"words": "Hi"})

    assert answer["updated_view"]["title"]["text"] == "Sent"
    assert answer["updated_view"]["id"] == view_id


async def test_cancelling_is_told_only_where_it_was_asked_for(slackbot: SlackBot) -> None:
    closed: list[Any] = []

    @slackbot.app.view_closed("reply")
    async def _closed(ack: Any, view: Any) -> None:
        await ack()
        closed.append(view["id"])

    silent = await form(slackbot)
    await slackbot.do("slack/close", view_id=silent)
    told = await form(slackbot, {**FORM, "notify_on_close": True})
    await slackbot.do("slack/close", view_id=told)

    assert closed == [told]
    assert slackbot.sandbox.get("state")["slack"]["views"] == []


async def test_a_trigger_opens_one_modal_within_three_seconds(slackbot: SlackBot) -> None:
    triggers: list[str] = []

    @slackbot.app.action("claim")
    async def _claim(ack: Any, body: Any) -> None:
        await ack()
        triggers.append(body["trigger_id"])

    ts = await card(slackbot)
    for _ in range(2):
        await slackbot.do("slack/click", **RITA, ts=ts, label="Claim", wait=0)
    await slackbot.client.views_open(trigger_id=triggers[0], view=FORM)
    slackbot.sandbox.advance(3.5)

    assert await _error(slackbot.client, triggers[0]) == "exchanged_trigger_id"
    assert await _error(slackbot.client, triggers[1]) == "expired_trigger_id"
    assert await _error(slackbot.client, "made.up") == "invalid_trigger_id"


async def test_an_update_with_an_old_hash_is_refused(slackbot: SlackBot) -> None:
    view_id = await form(slackbot)
    old = slackbot.sandbox.get("state")["slack"]["views"][0]["view"]["hash"]
    changed = {**FORM, "title": plain("Changed")}

    await slackbot.client.views_update(view_id=view_id, view=changed, hash=old)
    with pytest.raises(SlackApiError) as late:
        await slackbot.client.views_update(view_id=view_id, view=FORM, hash=old)
    with pytest.raises(SlackApiError) as lost:
        await slackbot.client.views_update(view_id="V404", view=FORM)

    assert late.value.response["error"] == "hash_conflict"
    assert lost.value.response["error"] == "not_found"


async def test_a_button_in_a_form_may_put_another_form_on_top(slackbot: SlackBot) -> None:
    button = {"type": "button", "action_id": "more", "value": "1", "text": plain("More")}
    bodies: list[Any] = []

    @slackbot.app.action("more")
    async def _more(ack: Any, body: Any, client: Any) -> None:
        await ack()
        bodies.append(body)
        await client.views_push(trigger_id=body["trigger_id"], view=FORM)

    blocks = [*FORM["blocks"], {"type": "actions", "elements": [button]}]
    below = await form(slackbot, {**FORM, "blocks": blocks})
    pressed = {"user": "U0RITA", "view_id": below, "label": "More", "wait": 2}
    above = await slackbot.do("slack/click", **pressed, values={"words": "half a wo"})

    views = {one["view_id"]: one["view"] for one in slackbot.sandbox.get("state")["slack"]["views"]}
    assert views[above["view_id"]]["previous_view_id"] == below
    assert views[above["view_id"]]["root_view_id"] == below
    assert bodies[0]["view"]["state"]["values"]["words"]["words"]["value"] == "half a wo"
    assert bodies[0]["container"] == {"type": "view", "view_id": below}


async def test_clearing_closes_the_whole_stack(slackbot: SlackBot) -> None:
    @slackbot.app.view("reply")
    async def _sent(ack: Any, view: Any) -> None:
        if view["previous_view_id"]:
            await ack(response_action="clear")
        else:
            await ack(response_action="push", view=FORM)

    below = await form(slackbot)
    above = await slackbot.do("slack/submit", view_id=below, values={"words": "One"})
    answer = await slackbot.do("slack/submit", view_id=above["view_id"], values={"words": "Two"})

    assert answer["closed"] is True
    assert slackbot.sandbox.get("state")["slack"]["views"] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": plain("x" * 25)}, "must be less than 25 characters [json-pointer:/view/title"),
        ({"submit": None}, "must define `submit` to use an `input` block in modals"),
        ({"private_metadata": "x" * 3001}, "[json-pointer:/view/private_metadata]"),
        ({"blocks": [{"type": "divider"}] * 101}, "no more than 100 items allowed"),
        ({"blocks": [WORDS, WORDS]}, "already exists"),
        ({"type": "dialog"}, "must be a valid view type"),
    ],
)
async def test_a_wrong_view_is_refused_with_a_pointer(
    slackbot: SlackBot, change: dict[str, Any], words: str
) -> None:
    view_id = await form(slackbot)

    with pytest.raises(SlackApiError) as refused:
        await slackbot.client.views_update(view_id=view_id, view={**FORM, **change})

    assert refused.value.response["error"] == "invalid_arguments"
    assert any(words in one for one in refused.value.response["response_metadata"]["messages"])


async def test_a_response_url_is_good_for_five_answers(slackbot: SlackBot) -> None:
    urls: list[str] = []

    @slackbot.app.action("claim")
    async def _claim(ack: Any, body: Any) -> None:
        await ack()
        urls.append(body["response_url"])

    await slackbot.do("slack/click", **RITA, ts=await card(slackbot), label="Claim", wait=0)
    await until(lambda: bool(urls))
    async with aiohttp.ClientSession() as session:
        statuses = []
        for _ in range(6):
            async with session.post(urls[0], json={"text": "Only for you"}) as answer:
                statuses.append(answer.status)

    assert statuses == [200] * 5 + [404]


async def _error(client: AsyncWebClient, trigger_id: str) -> str:
    with pytest.raises(SlackApiError) as refused:
        await client.views_open(trigger_id=trigger_id, view=FORM)
    return str(refused.value.response["error"])
