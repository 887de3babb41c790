"""The bare floor: a webhook in, one durable SQLite commit, one message out; no framework, no state, no promise."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3

import aiohttp
from aiohttp import web

QUESTION, REASON, AGAIN, THANKS = (
    "All in all, how satisfied or dissatisfied are you with your order?",
    "Thank you. What is the main reason for your score?",
    "Would you buy from us again?",
    "That was all about this order. Thank you.",
)
API = f"{os.environ['TELEGRAM_API_URL']}/bot{os.environ['TELEGRAM_BOT_TOKEN']}"
STARS = [[{"text": str(n), "callback_data": str(n)}] for n in range(1, 6)]
YES = [[{"text": "Yes", "callback_data": "yes"}]]


class Floor:
    def __init__(self) -> None:
        self._database = sqlite3.connect(os.environ["BOT_DATABASE"], isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE answers (id INTEGER PRIMARY KEY, chat, value)")
        self._sending: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession = None  # type: ignore[assignment]

    async def take(self, request: web.Request) -> web.Response:
        update = json.loads(await request.read())
        query = update.get("callback_query")
        message = query["message"] if query else update["message"]
        words = query["data"] if query else message["text"]
        chat = message["chat"]["id"]
        self._database.execute("INSERT INTO answers (chat, value) VALUES (?, ?)", (chat, words))
        task = asyncio.create_task(self._send(chat, *_next(words, tapped=bool(query))))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return web.Response()

    async def _send(self, chat: int, text: str, buttons: list[object]) -> None:
        body = {"chat_id": chat, "text": text, "reply_markup": {"inline_keyboard": buttons}}
        async with self._session.post(f"{API}/sendMessage", json=body) as answer:
            await answer.read()

    async def run(self) -> None:
        self._session = aiohttp.ClientSession()
        app = web.Application()
        app.router.add_post("/", self.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        port = int(os.environ["BOT_PORT"])
        await web.TCPSite(runner, "127.0.0.1", port).start()
        url = {"url": f"http://127.0.0.1:{port}/"}
        await (await self._session.post(f"{API}/setWebhook", json=url)).read()
        await asyncio.Event().wait()


def _next(words: str, *, tapped: bool) -> tuple[str, list[object]]:
    if words.startswith("/start"):
        return QUESTION, [*STARS]
    if not tapped:
        return AGAIN, [*YES]
    return (THANKS, []) if words == "yes" else (REASON, [])


if __name__ == "__main__":
    asyncio.run(Floor().run())
