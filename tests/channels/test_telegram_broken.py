"""What pretends to be Telegram and says nothing, or takes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from telegram import InputFile
from telegram.error import TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from channels.test_telegram_wire import Server, _counted
from feedbackbot.channels.base import Outgoing
from feedbackbot.channels.telegram import TelegramBot, TelegramChannel
from feedbackbot.channels.telegram_inbox import TelegramInbox
from feedbackbot.channels.telegram_polling import TelegramPolling
from feedbackbot.channels.telegram_request import OwnRequest
from feedbackbot.errors import MaybeSent
from feedbackbot.house import House
from feedbackbot.models.database import Database

ME = {"id": 1, "is_bot": True, "first_name": "Bot", "username": "bot"}


def says(found: object) -> bytes:
    return _counted(json.dumps(found).encode())


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[TelegramBot]:
    server.answers = [says({"ok": True, "result": ME})]
    async with TelegramBot("1:x", f"http://127.0.0.1:{server.port}") as bot:
        yield bot


@pytest.mark.parametrize(
    "broken",
    [
        {"ok": True},
        {"ok": False, "description": "Not today"},
        [],
        None,
        {"ok": True, "result": 5},
        {"ok": True, "result": [{"message": {}}]},
    ],
    ids=["no result", "a no", "a list", "nothing", "no list", "no number"],
)
async def test_fetching_goes_on_after_an_answer_without_updates(
    server: Server, bot: TelegramBot, database: Database, house: House, broken: object
) -> None:
    inbox = TelegramInbox(
        bot=bot,
        database=database,
        house=house,
        now=lambda: datetime.now(UTC),
        committed=lambda: None,
    )
    polling = TelegramPolling(bot=bot, inbox=inbox)
    server.answers = [says(broken)]
    running = asyncio.create_task(polling.run())
    async with asyncio.timeout(5):
        while not polling.trouble:  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.01)
    assert polling.trouble.startswith("Telegram can't be reached (an answer")

    server.answers = [says({"ok": True, "result": []})]
    async with asyncio.timeout(5):
        await polling.caught_up.wait()

    assert polling.trouble is None
    polling.stop()
    await running


async def test_a_send_whose_answer_says_nothing_may_have_arrived(
    server: Server, bot: TelegramBot
) -> None:
    server.answers = [says({"ok": True})]
    message = Outgoing(id=1, channel="telegram", address="7", kind="text", payload={"text": "Hi"})

    with pytest.raises(MaybeSent):
        await TelegramChannel(bot).send(message)


async def test_a_file_that_nobody_takes_is_given_up_and_may_have_arrived() -> None:
    over = asyncio.Event()

    async def take_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()

    photo = RequestParameter.from_input("photo", InputFile(bytes(20 * 1024 * 1024)))
    request = OwnRequest(read_timeout=0.1, file_timeout=0.2)
    async with await asyncio.start_server(take_nothing, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        async with request, asyncio.timeout(5):
            with pytest.raises(TimedOut):
                await request.post(
                    f"http://127.0.0.1:{port}/bot1:x/sendPhoto", RequestData([photo])
                )
        over.set()
        await asyncio.sleep(0.05)
