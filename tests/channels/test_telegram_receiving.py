from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from channels.conftest import Running, with_webhook
from feedbackbot.app import build
from feedbackbot.channels.telegram import TelegramChannel
from feedbackbot.channels.telegram_polling import TelegramPolling
from feedbackbot.channels.telegram_updates import parse
from feedbackbot.config import Settings
from feedbackbot.conversing import absence
from feedbackbot.conversing.incoming import Started, Written
from feedbackbot.engine.happenings import Blocked, Command, ReplyKind, Tap
from feedbackbot.models.audit import Quarantined
from feedbackbot.sandbox.client import SandboxClient

ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": "es"}
CHAT = {"id": 7, "type": "private", "first_name": "Ada"}


def act_of(**part: Any) -> Any:
    """What a raw message of Ada's is taken for."""
    message = {"message_id": 45, "date": 1, "chat": CHAT, "from": ADA, **part}
    parsed = parse({"update_id": 9, "message": message}, bot_id=1)
    return parsed.incoming and parsed.incoming.act


def test_a_link_brings_its_secret() -> None:
    assert act_of(text="/start abc_DEF-1") == Started(payload="abc_DEF-1", message_key="7:45")


def test_a_command_loses_its_slash_and_the_bots_name() -> None:
    assert act_of(text="/Stop@feedback_demo_bot now") == Command(name="stop", message_key="7:45")


def test_the_largest_size_of_a_photo_is_taken_and_its_caption_is_its_text() -> None:
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": 1, "height": 1, "file_size": size}
        for name, size in (("small", 10), ("large", 1000))
    ]

    written = act_of(photo=sizes, caption="Look", media_group_id="a1")

    assert isinstance(written, Written)
    assert (written.kind, written.text, written.album) == (ReplyKind.PHOTO, "Look", "a1")
    assert written.files[0].file_id == "large"


def test_a_voice_note_knows_how_long_it_is() -> None:
    voice = {"file_id": "v", "file_unique_id": "v", "duration": 12, "mime_type": "audio/ogg"}

    written = act_of(voice=voice)

    assert (written.kind, written.files[0].seconds) == (ReplyKind.VOICE, 12)


def test_a_pinned_message_is_nothing_that_anybody_said() -> None:
    assert act_of(group_chat_created=True) is None


def test_a_tap_names_question_and_choice() -> None:
    raw = {
        "update_id": 9,
        "callback_query": {
            "id": "q",
            "from": ADA,
            "chat_instance": "c",
            "data": "12:very:good",
            "message": {"message_id": 3, "date": 1, "chat": CHAT},
        },
    }

    parsed = parse(raw, bot_id=1)

    assert parsed.callback_id == "q"
    assert parsed.incoming is not None
    assert parsed.incoming.key == "telegram:1:9"
    assert parsed.incoming.act == Tap(visit=12, choice="very:good", message_key="7:3")


def test_blocking_is_told_by_the_membership() -> None:
    member = {"user": {"id": 1, "is_bot": True, "first_name": "Bot"}}
    raw = {
        "update_id": 9,
        "my_chat_member": {
            "chat": CHAT,
            "from": ADA,
            "date": 1,
            "old_chat_member": {**member, "status": "member"},
            "new_chat_member": {**member, "status": "kicked", "until_date": 0},
        },
    }

    parsed = parse(raw, bot_id=1)

    assert parsed.incoming is not None
    assert parsed.incoming.act == Blocked()


@pytest.fixture
async def hooked(settings: Settings, platforms: SandboxClient) -> AsyncIterator[Running]:
    """The bot in webhook mode; its endpoint is called by the test itself."""
    running = Running(await build(with_webhook(settings)), platforms)
    yield running
    await running.end()
    if running.task is None:
        await running.app.parts.close()


async def deliver(running: Running, body: bytes, secret: str = "a-secret-of-256-bits") -> int:
    """The status with which Telegram's request is answered."""
    return (await answered(running, body, secret))[0]


async def answered(
    running: Running, body: bytes, secret: str = "a-secret-of-256-bits"
) -> tuple[int, bytes]:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/webhooks/telegram",
        "query_string": b"",
        "headers": [(b"x-telegram-bot-api-secret-token", secret.encode("latin-1"))],
    }
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    await Starlette(routes=running.app.parts.routes())(scope, receive, send)
    return int(answers[0]["status"]), b"".join(part.get("body", b"") for part in answers[1:])


HELP = (
    b'{"update_id": 9, "message": {"message_id": 1, "date": 1, "text": "/help",'
    b'"chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": false, "first_name": "Ada"}}}'
)

PHOTO = HELP.replace(
    b'"text": "/help",',
    b'"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}],',
)
PHOTO = PHOTO.replace(b'"update_id": 9', b'"update_id": 8')


async def counted(running: Running, table: str) -> int:
    database = running.app.parts.database
    return int(
        await database.aread(
            lambda s: s.execute(text(f"select count(*) from {table}")).scalar() or 0
        )
    )


async def test_a_webhook_is_answered_after_the_commit(hooked: Running) -> None:
    assert await deliver(hooked, HELP) == 200
    assert await counted(hooked, "messages") == 1


async def test_the_answer_to_a_tap_travels_back_with_the_webhooks_own(hooked: Running) -> None:
    tap = (
        b'{"update_id": 9, "callback_query": {"id": "q7", "chat_instance": "c", "data": "1:5",'
        b'"from": {"id": 7, "is_bot": false, "first_name": "Ada"},'
        b'"message": {"message_id": 3, "date": 1, "chat": {"id": 7, "type": "private"}}}}'
    )

    status, body = await answered(hooked, tap)

    assert status == 200
    call = json.loads(body)
    assert (call["method"], call["callback_query_id"]) == ("answerCallbackQuery", "q7")
    assert await answered(hooked, HELP) == (200, b"")


@pytest.mark.parametrize("secret", ["", "wrong", "a-secret-of-256-bitsX", "é"])
async def test_a_wrong_secret_changes_nothing(hooked: Running, secret: str) -> None:
    assert await deliver(hooked, HELP, secret) == 401
    assert await counted(hooked, "received") == 0


async def test_nonsense_with_the_right_secret_is_kept_and_not_sent_again(hooked: Running) -> None:
    assert await deliver(hooked, b'{"update_id": 9, ') == 200
    assert await counted(hooked, "quarantine") == 1


async def test_words_that_can_be_read_and_not_applied_are_kept_and_those_after_them_pass(
    hooked: Running,
) -> None:
    """A table was away for a while, which only photos need."""
    database = hooked.app.parts.database
    await database.awrite(lambda s: s.execute(text("alter table media rename to away")))

    assert await deliver(hooked, PHOTO) == 200
    assert await deliver(hooked, HELP) == 200

    assert await counted(hooked, "quarantine") == 1
    assert await counted(hooked, "messages") == 1
    assert await counted(hooked, "outbox where chat_key = 'telegram:7'") > 0


async def test_more_than_four_megabytes_are_not_read_and_noted(hooked: Running) -> None:
    assert await deliver(hooked, b" " * ((4 << 20) + 1)) == 200
    assert await counted(hooked, "quarantine") == 1


async def test_webhook_mode_registers_its_address_with_the_secret(
    hooked: Running, platforms: SandboxClient
) -> None:
    await hooked.start()

    call = (await asyncio.to_thread(platforms.calls, "setWebhook"))[-1]

    assert call["params"]["url"] == "https://feedback.example/webhooks/telegram"
    assert "message" in str(call["params"]["allowed_updates"])


async def test_a_second_poller_stands_by_and_says_why(
    bot: Running, channel: TelegramChannel
) -> None:
    second = TelegramPolling(bot=channel.bot, inbox=bot.app.parts.inbox)

    running = asyncio.create_task(second.run())
    for _ in range(200):
        if second.trouble or bot.app.parts.polling.trouble:  # type: ignore[union-attr]
            break
        await asyncio.sleep(0.01)
    told = second.trouble or bot.app.parts.polling.trouble  # type: ignore[union-attr]
    second.stop()
    await running

    assert told is not None
    assert "Another program" in told


async def test_who_has_lost_the_turn_to_another_process_has_no_trouble_with_it(
    channel: TelegramChannel, bot: Running
) -> None:
    """Two that sign on at the same moment may both think that it is theirs."""
    turns = {"first": True, "second": True}
    first, second = (
        TelegramPolling(
            bot=channel.bot,
            inbox=bot.app.parts.inbox,
            look_every_seconds=0.1,
            may_poll=lambda name=name: turns[name],  # type: ignore[misc]
        )
        for name in turns
    )
    bot.app.parts.polling.stop()  # type: ignore[union-attr]
    running = [asyncio.create_task(one.run()) for one in (first, second)]
    async with asyncio.timeout(10):
        while not (first.trouble or second.trouble):  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.01)
        name, loser = ("first", first) if first.trouble else ("second", second)

        turns[name] = False
        while loser.trouble:  # noqa: ASYNC110 - nor for this
            await asyncio.sleep(0.01)

    assert not loser.is_refused
    first.stop()
    second.stop()
    await asyncio.gather(*running)


async def test_after_ten_minutes_away_the_open_question_is_offered_again_once(
    settings: Settings, platforms: SandboxClient
) -> None:
    first = Running(await build(settings), platforms)
    await first.start()
    ada = await first.customer("Ada", start=await first.invite())
    bo = await first.customer("Bo", start=await first.invite(order="1043"))
    for person in (ada, bo):
        await first.hears(person, "Trail shoes")
        await first.taps(person, "Ask me now")
        await first.hears(person, "Has it reached you?")
    long_ago = first.app.parts.clock.now() - timedelta(minutes=10)
    await first.end()

    again = Running(await build(settings), platforms)
    await again.app.parts.database.awrite(lambda s: absence.say_alive(s, now=long_ago))
    await again.says(bo, "Yes, it is here")
    await again.start()

    await again.hears(ada, "out of order")
    await again.hears(bo, "how satisfied")
    assert not any("out of order" in words for words in await again.heard(bo))
    await again.end()


def written(update_id: int, words: str, *, chat: int = 7) -> dict[str, Any]:
    sender = ADA | {"id": chat}
    place = CHAT | {"id": chat}
    message = {"message_id": update_id, "date": 1, "chat": place, "from": sender, "text": words}
    return {"update_id": update_id, "message": message}


async def test_after_what_could_not_be_stored_nothing_of_its_chat_overtakes_it(
    settings: Settings,
) -> None:
    parts = (await build(settings)).parts
    pages = parts.database.read(lambda s: s.execute(text("PRAGMA page_count")).scalar_one())
    first = written(3, "of another, at the same time", chat=8)
    long, short = written(1, "long " * 1_000_000), written(2, "short")

    await parts.database.awrite(lambda s: s.execute(text(f"PRAGMA max_page_count={pages + 40}")))
    with pytest.raises(OperationalError):
        await parts.inbox.take_all([first, long, short])
    await parts.database.awrite(lambda s: s.execute(text("PRAGMA max_page_count=1000000")))
    await parts.inbox.take_all([long, short])

    kept = "SELECT platform_key FROM messages WHERE platform_key LIKE 'telegram:7:%' ORDER BY id"
    keys = parts.database.read(lambda s: list(s.execute(text(kept)).scalars()))
    assert keys == ["telegram:7:1", "telegram:7:2"]
    assert parts.database.read(lambda s: list(s.scalars(select(Quarantined)))) == []
    await parts.close()
