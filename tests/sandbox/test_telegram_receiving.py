"""Polling as the real library does it: nothing is lost before it is confirmed, and nobody polls twice."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot, Update
from telegram.error import Conflict

from feedbackbot.sandbox.client import ControlError, SandboxClient


async def test_a_customer_who_presses_start_reaches_the_bot(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada", start="abc-123_X", language_code="de")

    [update] = await bot.get_updates()

    assert update.message is not None
    assert update.message.text == "/start abc-123_X"
    assert update.message.chat.id == ada
    assert update.message.from_user is not None
    assert update.message.from_user.language_code == "de"
    assert update.message.entities[0].type == "bot_command"


async def test_an_update_comes_again_until_the_offset_passes_it(
    sandbox: SandboxClient, bot: Bot
) -> None:
    sandbox.customer("Ada")

    [first] = await bot.get_updates()
    [again] = await bot.get_updates()
    nothing = await bot.get_updates(offset=first.update_id + 1)

    assert again.update_id == first.update_id
    assert nothing == ()


async def test_a_negative_offset_forgets_all_but_the_newest(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    sandbox.says(ada, "one")
    sandbox.says(ada, "two")

    updates = await bot.get_updates(offset=-1)

    assert [update.effective_message.text for update in updates if update.effective_message] == [
        "two"
    ]
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_answers_as_soon_as_somebody_writes(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    [start] = await bot.get_updates()
    polling = asyncio.create_task(bot.get_updates(offset=start.update_id + 1, timeout=20))
    await asyncio.sleep(0.1)

    sandbox.says(ada, "Hello")
    [update] = await asyncio.wait_for(polling, 3)

    assert update.message is not None
    assert update.message.text == "Hello"


async def test_moving_the_clock_does_not_end_a_waiting_poll(
    sandbox: SandboxClient, bot: Bot
) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)

    sandbox.advance("2d")
    await asyncio.sleep(0.2)

    assert not polling.done()
    sandbox.customer("Ada")
    assert len(await asyncio.wait_for(polling, 3)) == 1


async def test_a_second_poller_ends_the_first_with_a_conflict(
    sandbox: SandboxClient, bot: Bot
) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.1)

    async with Bot(bot.token, base_url=f"{sandbox.telegram_url}/bot") as other:
        second = asyncio.create_task(other.get_updates(timeout=1))

        with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
            await asyncio.wait_for(first, 3)
        assert await second == ()


async def test_a_tap_is_lost_after_150_seconds_while_words_wait_a_day(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    await _ask(bot, ada)
    sandbox.taps(ada, "Great")
    sandbox.says(ada, "It is great")

    sandbox.advance(151)
    kinds = [_kind(update) for update in await bot.get_updates()]
    sandbox.advance("1d")

    assert kinds == ["message", "message"]
    assert await bot.get_updates() == ()


async def test_a_button_that_is_not_there_cannot_be_tapped(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    message = await _ask(bot, ada)

    with pytest.raises(ControlError, match="has no button with 'bad'"):
        sandbox.post("telegram/tap", customer=ada, message_id=message, data="bad")

    sandbox.post("telegram/tap", customer=ada, message_id=message, data="bad", stale=True)
    update = (await bot.get_updates())[-1]
    assert update.callback_query is not None
    assert update.callback_query.data == "bad"


async def test_only_the_kinds_asked_for_are_queued_and_the_choice_stays(
    sandbox: SandboxClient, bot: Bot
) -> None:
    await bot.get_updates(allowed_updates=["message"])
    ada = sandbox.customer("Ada")
    await _ask(bot, ada)
    sandbox.taps(ada, "Great")

    assert [_kind(update) for update in await bot.get_updates()] == ["message"]

    await bot.get_updates(allowed_updates=["message_reaction"])
    sandbox.post("telegram/react", customer=ada, message_id=1, emoji="❤")
    assert [_kind(update) for update in await bot.get_updates()] == ["message", "message_reaction"]


async def test_blocking_and_unblocking_are_told_as_membership(
    sandbox: SandboxClient, bot: Bot
) -> None:
    ada = sandbox.customer("Ada")
    sandbox.post("telegram/block", customer=ada)
    sandbox.post("telegram/open_link", customer=ada, start="again")

    updates = await bot.get_updates()

    assert [_kind(update) for update in updates] == [
        "message",
        "my_chat_member",
        "my_chat_member",
        "message",
    ]
    assert updates[1].my_chat_member is not None
    assert updates[1].my_chat_member.new_chat_member.status == "kicked"


async def test_an_edit_comes_as_an_edited_message(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    number = sandbox.says(ada, "It is borken")
    sandbox.post("telegram/edit", customer=ada, message_id=number, text="It is broken")

    update = (await bot.get_updates())[-1]

    assert update.edited_message is not None
    assert update.edited_message.text == "It is broken"
    assert update.edited_message.edit_date is not None
    with pytest.raises(ControlError, match="no message 999"):
        sandbox.post("telegram/edit", customer=ada, message_id=999, text="x")


async def test_the_same_update_can_be_delivered_again_though_it_was_confirmed(
    sandbox: SandboxClient, bot: Bot
) -> None:
    sandbox.customer("Ada")
    [update] = await bot.get_updates()
    await bot.get_updates(offset=update.update_id + 1)

    sandbox.post("telegram/redeliver", update_id=update.update_id, times=3)
    again = await bot.get_updates(offset=update.update_id + 1)

    assert [one.update_id for one in again] == [update.update_id] * 3


async def test_anything_can_be_injected_as_an_update(sandbox: SandboxClient, bot: Bot) -> None:
    sandbox.post("telegram/update", update_id=42, novelty={"from": {"id": 7}})

    [update] = await bot.get_updates()

    assert update.update_id == 42
    assert update.effective_message is None


async def test_entities_are_counted_in_utf16_units(sandbox: SandboxClient, bot: Bot) -> None:
    ada = sandbox.customer("Ada")
    sandbox.says(ada, "🎉🎉 /help at https://example.com/a.")

    message = (await bot.get_updates())[-1].message

    assert message is not None
    found = message.parse_entities()
    assert sorted(found.values()) == ["/help", "https://example.com/a"]
    assert message.entities[0].offset == 5


async def _ask(bot: Bot, customer: int) -> int:
    keyboard = {"inline_keyboard": [[{"text": "Great", "callback_data": "good"}]]}
    sent = await bot.send_message(customer, "How was it?", reply_markup=keyboard)  # type: ignore[arg-type]
    return sent.message_id


def _kind(update: Update) -> str:
    return next(name for name in update.to_dict() if name != "update_id")
