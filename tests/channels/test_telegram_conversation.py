from __future__ import annotations

import asyncio

from sqlalchemy import text

from channels.conftest import Running


async def rows(bot: Running, query: str) -> list[tuple[object, ...]]:
    database = bot.app.parts.database
    return await database.aread(lambda session: [tuple(r) for r in session.execute(text(query))])


async def asked(bot: Running) -> int:
    """Ada has opened her link and asked to be asked now."""
    ada = await bot.customer("Ada", start=await bot.invite())
    await bot.hears(ada, "Trail shoes")
    await bot.taps(ada, "Ask me now")
    await bot.hears(ada, "Has it reached you?")
    return ada


async def test_a_link_is_answered_at_once_and_ask_me_now_asks_at_once(bot: Running) -> None:
    ada = await asked(bot)

    shown = await bot.phone(ada)
    welcome, question = [m for m in shown if m["from"] == "bot"]
    assert "I am the feedback bot" in welcome["text"]
    assert [row[0]["text"] for row in welcome["buttons"]] == ["✓ Ask me now"]
    assert question["buttons"][0][0]["text"] == "Yes, it is here"


async def test_a_tapped_answer_is_kept_and_brings_the_next_question(bot: Running) -> None:
    ada = await asked(bot)

    await bot.taps(ada, "Yes, it is here")

    await bot.hears(ada, "how satisfied")
    assert await rows(bot, "select step, value from answers") == [("arrived", "here")]


async def test_one_update_delivered_five_times_has_one_effect(bot: Running) -> None:
    ada = await asked(bot)
    await bot.taps(ada, "Yes, it is here")
    await bot.hears(ada, "how satisfied")
    key = await rows(bot, "select key from received order by rowid desc limit 1")
    update_id = int(str(key[0][0]).rpartition(":")[2])

    await bot.post("telegram/redeliver", update_id=update_id, times=5)
    await bot.says(ada, "5")
    await bot.hears(ada, "main reason")

    assert await rows(bot, "select count(*) from answers where step = 'arrived'") == [(1,)]
    said = await bot.heard(ada)
    assert sum("how satisfied" in words for words in said) == 1


async def test_a_photo_comes_home_cleaned_and_sealed(bot: Running) -> None:
    ada = await asked(bot)
    await bot.taps(ada, "Yes, it is here")
    await bot.hears(ada, "how satisfied")
    await bot.says(ada, "1")
    await bot.hears(ada, "main reason")

    await bot.sends(ada, photo="sample", caption="The sole came off")

    for _ in range(100):
        stored = await rows(bot, "select status, mime, content from media")
        if stored and stored[0][0] == "stored":
            break
        await asyncio.sleep(0.02)
    status, mime, content = stored[0]
    assert (status, mime) == ("stored", "image/jpeg")
    assert isinstance(content, bytes)
    assert not content.startswith(b"\xff\xd8")


async def test_a_poisoned_update_is_kept_and_blocks_nobody(bot: Running) -> None:
    ada = await bot.customer("Ada")
    await bot.hears(ada, "I am the feedback bot")

    broken = {"message": {"message_id": "no number", "chat": {"id": ada}, "date": "never"}}
    await bot.post("telegram/update", **broken)
    await bot.says(ada, "/help")

    await bot.hears(ada, "/human")
    assert await rows(bot, "select platform, replayed_at from quarantine") == [("telegram", None)]


def in_group(number: int) -> dict[str, object]:
    return {
        "message_id": number,
        "date": 1,
        "chat": {"id": -100123, "type": "group", "title": "Friends"},
        "from": {"id": 5, "is_bot": False, "first_name": "Bo", "language_code": "de"},
        "text": "hello bot",
    }


async def leaves(bot: Running, witness: str = "Ada") -> int:
    """How often so far; what came in before the witness has been dealt with."""
    customer = await bot.customer(witness)
    await bot.hears(customer, "I am the feedback bot")
    return len(await asyncio.to_thread(bot.platforms.calls, "leaveChat"))


async def test_a_group_is_told_once_and_left(bot: Running) -> None:
    await bot.post("telegram/update", message=in_group(1))
    await bot.post("telegram/update", message=in_group(2))

    assert await leaves(bot) == 1
    told = await asyncio.to_thread(bot.platforms.calls, "sendMessage")
    assert told[0]["params"]["text"].startswith("Ich spreche nur in privaten Chats")


async def test_a_group_that_could_not_be_left_or_brings_the_bot_in_again_is_left_without_a_word(
    bot: Running,
) -> None:
    await bot.post("faults", platform="telegram", method="leaveChat", status=500)
    await bot.post("telegram/update", message=in_group(1))
    assert await leaves(bot) == 1

    await bot.post("telegram/update", message=in_group(2))
    assert await leaves(bot, "Cleo") == 2

    brought = {"new_chat_member": {"status": "member"}}
    await bot.post("telegram/update", my_chat_member=in_group(3) | brought)
    assert await leaves(bot, "Dora") == 3
    told = await asyncio.to_thread(bot.platforms.calls, "sendMessage")
    assert [call["params"]["chat_id"] for call in told].count("-100123") == 1


async def test_the_menu_and_the_descriptions_speak_every_language(bot: Running) -> None:
    said = {
        method: await asyncio.to_thread(bot.platforms.calls, method)
        for method in ("setMyCommands", "setMyDescription", "setMyShortDescription")
    }

    menus = {
        call["params"].get("language_code", ""): call["params"] for call in said["setMyCommands"]
    }
    assert set(menus) == {"", "ar", "de", "es", "pt"}
    assert "Mit einem Menschen sprechen" in menus["de"]["commands"]
    assert all(len(calls) == 5 for calls in said.values())


async def test_blocking_cancels_what_waits_and_start_resumes(bot: Running) -> None:
    ada = await asked(bot)

    await bot.post("telegram/block", customer=ada)
    for _ in range(100):
        if await rows(bot, "select reach from customers") == [("blocked",)]:
            break
        await asyncio.sleep(0.02)

    assert await rows(bot, "select reach from customers") == [("blocked",)]
    assert await rows(bot, "select count(*) from timers where kind = 'chat'") == [(0,)]

    await bot.post("telegram/unblock", customer=ada)
    await bot.says(ada, "/help")
    await bot.hears(ada, "/privacy")
    assert await rows(bot, "select reach from customers") == [("reachable",)]


async def test_a_copy_of_everything_is_sent_as_a_file(bot: Running) -> None:
    ada = await asked(bot)

    await bot.says(ada, "/mydata")

    await bot.hears(ada, "everything we keep")
    shown = await bot.phone(ada)
    documents = [m["document"] for m in shown if m.get("document")]
    assert documents[0]["name"].startswith("my-data-")


async def test_forgetting_leaves_no_word_and_still_says_goodbye(bot: Running) -> None:
    ada = await asked(bot)
    await bot.says(ada, "what a strange question, said the fox")
    await bot.says(ada, "/forget")
    await bot.hears(ada, "Shall I?")

    await bot.taps(ada, "Yes, delete everything")

    await bot.hears(ada, "Goodbye")
    assert await rows(bot, "select count(*) from messages where text is not null") == [(0,)]
    assert await rows(bot, "select telegram_id, chat from customers") == [(None, None)]
    assert (await rows(bot, "select count(*) from suppressions"))[0][0]
    assert bot.app.parts.settings.data_folder.joinpath("erased.txt").read_text().strip()
