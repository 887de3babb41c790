"""What the bot may send, in the words of the real library; and every refusal with Telegram's own sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from feedbackbot.sandbox import TELEGRAM_TOKEN
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.telegram_editing import NOT_MODIFIED, REACTIONS

Sends = Callable[[Bot, int], Awaitable[object]]
STARS = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Good", callback_data="5"),
            InlineKeyboardButton("Bad", callback_data="1"),
        ]
    ]
)

REFUSALS: dict[str, Sends] = {
    "Message text is empty": lambda bot, ada: bot.send_message(ada, " \n "),
    "Message is too long": lambda bot, ada: bot.send_message(ada, "x" * 4097),
    "Chat not found": lambda bot, ada: bot.send_message(999, "Hello"),
    'Can\'t parse entities: Unsupported start tag "x" at byte offset 3': (
        lambda bot, ada: bot.send_message(ada, "ä <x>b</x>", parse_mode="HTML")
    ),
    "Can't parse entities: Unmatched end tag at byte offset 4": (
        lambda bot, ada: bot.send_message(ada, "<b>a</i>", parse_mode="HTML")
    ),
    "Can't parse entities: Can't find end tag corresponding to start tag": (
        lambda bot, ada: bot.send_message(ada, "<b>a", parse_mode="HTML")
    ),
    r"Character '\.' is reserved and must be escaped": (
        lambda bot, ada: bot.send_message(ada, "Hello.", parse_mode="MarkdownV2")
    ),
    "Can't find end of Bold entity at byte offset 6": (
        lambda bot, ada: bot.send_message(ada, "Hello *you", parse_mode="MarkdownV2")
    ),
    "Message to be replied not found": lambda bot, ada: bot.send_message(
        ada, "Hello", reply_parameters=ReplyParameters(message_id=999)
    ),
    "Button_data_invalid": lambda bot, ada: bot.send_message(
        ada, "Hello", reply_markup=_keyboard(InlineKeyboardButton("a", callback_data="ä" * 33))
    ),
    "Text buttons are not allowed in the inline keyboard": lambda bot, ada: bot.send_message(
        ada, "Hello", reply_markup=_keyboard(InlineKeyboardButton("a"))
    ),
    "Reply markup is too long": lambda bot, ada: bot.send_message(
        ada,
        "Hello",
        reply_markup=_keyboard(*[InlineKeyboardButton("a", callback_data="b")] * 101),
    ),
    r"Inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL": (
        lambda bot, ada: bot.send_message(
            ada,
            "Hello",
            reply_markup=_keyboard(InlineKeyboardButton("a", url="http://localhost/x")),
        )
    ),
    "Message to edit not found": lambda bot, ada: bot.edit_message_text("x", ada, 999),
    "Message can't be edited": lambda bot, ada: bot.edit_message_text("x", ada, 1),
    "Query is too old and response timeout expired or query id is invalid": (
        lambda bot, ada: bot.answer_callback_query("123")
    ),
    "Message caption is too long": lambda bot, ada: bot.send_document(
        ada, b"data", caption="x" * 1025
    ),
    "Image_process_failed": lambda bot, ada: bot.send_photo(ada, b"no picture"),
    "Wrong file identifier/http url specified": lambda bot, ada: bot.send_photo(ada, "x" * 30),
    "Wrong parameter action in request": lambda bot, ada: bot.send_chat_action(ada, "dancing"),
    "Bot_command_invalid": lambda bot, ada: bot.set_my_commands([("Help", "What I do")]),
    "Reaction_invalid": lambda bot, ada: bot.set_message_reaction(ada, 1, "🦖"),
    "Message to delete not found": lambda bot, ada: bot.delete_message(ada, 999),
    "Invalid file_id": lambda bot, ada: bot.get_file("short"),
    "Wrong file_id or the file is temporarily unavailable": lambda bot, ada: bot.get_file("x" * 30),
}


async def test_a_message_with_buttons_shows_on_the_phone(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")

    sent = await bot.send_message(ada, "How was the <b>chair</b>?", "HTML", reply_markup=STARS)

    shown = sandbox.phone(ada)[-1]
    assert shown["text"] == "How was the chair?"
    assert shown["from"] == "bot"
    assert shown["buttons"] == [[{"text": "Good", "data": "5"}, {"text": "Bad", "data": "1"}]]
    assert sent.message_id == shown["message_id"]
    assert sent.parse_entities() == {sent.entities[0]: "chair"}


@pytest.mark.parametrize("words", REFUSALS)
async def test_telegram_refuses_with_its_own_words(
    sandbox: SandboxClient, bot: Bot, words: str
) -> None:
    ada = sandbox.customer("Ada")

    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await REFUSALS[words](bot, ada)


async def test_a_text_may_be_long_in_markup_but_not_in_words(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")

    sent = await bot.send_message(ada, f"<b>{'x' * 4090}</b>", parse_mode="HTML")

    assert len(sent.text or "") == 4090


async def test_nobody_is_written_to_who_has_not_started_or_has_gone(
    sandbox: SandboxClient, bot: Bot
) -> None:
    stranger = sandbox.post("telegram/customers", first_name="Bo")["id"]
    blocked, gone = sandbox.customer("Cleo"), sandbox.customer("Dan")
    sandbox.post("telegram/block", customer=blocked)
    sandbox.post("telegram/delete_account", customer=gone)

    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(stranger, "Hello")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(blocked, "Hello")
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(gone, "Hello")


async def test_an_edit_without_keyboard_takes_the_buttons_away(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    sent = await bot.send_message(ada, "How was it?", reply_markup=STARS)

    await bot.edit_message_text("How was it? Good", ada, sent.message_id)

    shown = sandbox.phone(ada)[-1]
    assert shown["text"] == "How was it? Good"
    assert "buttons" not in shown
    assert shown["edit_date"] >= shown["date"]


async def test_an_edit_that_changes_nothing_is_refused(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    sent = await bot.send_message(ada, "How was it?", reply_markup=STARS)

    with pytest.raises(BadRequest) as refused:
        await bot.edit_message_text("How was it?", ada, sent.message_id, reply_markup=STARS)
    assert refused.value.message.lower() == NOT_MODIFIED.lower()
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(ada, sent.message_id, reply_markup=STARS)
    await bot.edit_message_reply_markup(ada, sent.message_id)


async def test_a_tap_is_answered_once_and_soon(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    await bot.send_message(ada, "How was it?", reply_markup=STARS)
    sandbox.taps(ada, "Good")
    sandbox.taps(ada, "Bad")
    first, second = [one.callback_query for one in (await bot.get_updates())[-2:]]
    assert first is not None
    assert second is not None

    await first.answer("Noted!")
    with pytest.raises(BadRequest, match="Query is too old"):
        await first.answer()
    sandbox.advance(16)
    with pytest.raises(BadRequest, match="Query is too old"):
        await second.answer()

    toasts = [e for e in sandbox.get("ledger", customer=ada) if e["what"] == "toast"]
    assert [toast["text"] for toast in toasts] == ["Noted!"]


async def test_reactions_typing_commands_and_name_show(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    number = sandbox.says(ada, "It is broken")

    await bot.set_message_reaction(ada, number, "👀")
    await bot.send_chat_action(ada, "typing")
    await bot.set_my_commands([("help", "What I do")])
    await bot.set_my_name("Anna from the shop")
    await bot.set_my_short_description("I ask how it went.")

    state = sandbox.get("state")["telegram"]
    assert state["customers"][0]["messages"][-1]["reaction"] == "👀"
    assert state["customers"][0]["typing_until"] > 0
    assert state["bot"]["commands"] == [{"command": "help", "description": "What I do"}]
    assert (await bot.get_my_commands())[0].description == "What I do"
    assert (await bot.get_my_name()).name == (await bot.get_me()).first_name == "Anna from the shop"
    assert (await bot.get_my_description()).description == ""


async def test_a_deleted_message_leaves_the_phone_for_two_days_only(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    first, second = await bot.send_message(ada, "one"), await bot.send_message(ada, "two")

    await bot.delete_message(ada, first.message_id)
    sandbox.advance("49h")
    with pytest.raises(BadRequest, match="can't be deleted"):
        await bot.delete_message(ada, second.message_id)

    assert [one.get("text") for one in sandbox.phone(ada)] == ["/start", "two"]


async def test_captions_are_edited_as_captions_and_pins_show(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    sent = await bot.send_document(ada, b"%PDF", filename="card.pdf", caption="Draft")

    await bot.edit_message_caption(ada, sent.message_id, caption="Your card")
    await bot.pin_chat_message(ada, sent.message_id)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", ada, sent.message_id)

    assert sandbox.phone(ada)[-1]["caption"] == "Your card"
    assert sandbox.get("state")["telegram"]["customers"][0]["pinned"] == sent.message_id


@pytest.mark.parametrize(
    ("words", "mode", "shown", "kinds"),
    [
        ("<b>a &amp; <i>b</i></b>", "HTML", "a & b", ["bold", "italic"]),
        ('<a href="https://x.example">x</a>', "HTML", "x", ["text_link"]),
        (r"*a* _b_ \. [c](https://x.example)", "MarkdownV2", "a b . c", None),
        ("*a* `b`", "Markdown", "a b", ["bold", "code"]),
    ],
)
async def test_markup_becomes_words_and_entities(
    sandbox: SandboxClient, bot: Bot, words: str, mode: str, shown: str, kinds: list[str] | None
) -> None:
    ada = sandbox.customer("Ada")

    sent = await bot.send_message(ada, words, parse_mode=mode)

    assert sent.text == shown
    assert [one.type for one in sent.entities] == (kinds or ["bold", "italic", "text_link"])


async def test_a_flood_is_met_with_retry_after(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")

    sends = (bot.send_message(ada, str(number)) for number in range(150))
    results = await asyncio.gather(*sends, return_exceptions=True)

    refused = [one for one in results if isinstance(one, RetryAfter)]
    assert 30 <= len(results) - len(refused) < 150
    assert {one.retry_after for one in refused} == {timedelta(seconds=1)}


async def test_strictly_one_chat_takes_one_message_a_second(
    sandbox: SandboxClient, bot: Bot
) -> None:
    sandbox.post("rules", strict=True)
    ada, bo = sandbox.customer("Ada"), sandbox.customer("Bo")
    for number in range(3):
        await bot.send_message(ada, str(number))

    with pytest.raises(RetryAfter):
        await bot.send_message(ada, "and one more")
    await bot.send_message(bo, "Another chat is not held up")


async def test_a_token_of_somebody_else_opens_nothing(sandbox: SandboxClient) -> None:
    stranger = Bot(TELEGRAM_TOKEN[:-4] + "BBBB", base_url=f"{sandbox.telegram_url}/bot")

    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_parameters_come_in_every_form_and_methods_in_any_case(
    sandbox: SandboxClient, way: str
) -> None:
    ada = sandbox.customer("Ada")
    values = {"chat_id": str(ada), "text": way, "reply_markup": json.dumps(STARS.to_dict())}

    answer = await _call(sandbox, "SENDmessage", values, way)

    assert answer["ok"] is True
    assert sandbox.phone(ada)[-1]["text"] == way
    assert len(sandbox.phone(ada)[-1]["buttons"][0]) == 2


async def test_an_unknown_method_is_not_found_and_logged(sandbox: SandboxClient) -> None:
    answer = await _call(sandbox, "sendCake", {}, "json")

    assert answer == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert sandbox.calls("sendCake")[0]["status"] == 404


def test_the_list_of_reactions_is_the_one_bots_may_use() -> None:
    assert {emoji.value.replace("\ufe0f", "") for emoji in ReactionEmoji} == REACTIONS


def _keyboard(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button] for button in buttons])


async def _call(sandbox: SandboxClient, method: str, values: dict[str, str], way: str) -> Any:
    form = aiohttp.FormData(values)
    if way == "multipart":
        form.add_field("unused", b"x", filename="x.txt")
    ways: dict[str, Any] = {
        "query": {"params": values},
        "form": {"data": values},
        "json": {"json": values},
        "multipart": {"data": form},
    }
    url = f"{sandbox.telegram_url}/bot{TELEGRAM_TOKEN}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, **ways[way]) as answer:
        return await answer.json()
