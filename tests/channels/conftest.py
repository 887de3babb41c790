"""The bot as it runs, and the platforms' stand-in that it talks to over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from feedbackbot import inviting, sandbox
from feedbackbot.app import App, build
from feedbackbot.channels.telegram import TelegramBot, TelegramChannel
from feedbackbot.config import Settings
from feedbackbot.models.keys import KeyRing
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.serving import running


@pytest.fixture
def platforms() -> Iterator[SandboxClient]:
    with running() as client:
        yield client


@pytest.fixture
def settings(
    platforms: SandboxClient, keys: KeyRing, database_url: str, tmp_path: Path
) -> Settings:
    key_file = tmp_path / "key"
    key_file.write_text(keys.dump())
    return Settings(
        telegram_bot_token=SecretStr(sandbox.TELEGRAM_TOKEN),
        telegram_api_url=platforms.telegram_url,
        telegram_sends_per_chat=0,
        database=database_url,
        data=tmp_path,
        key_file=key_file,
        text_pause=0,
        inbound_per_minute=0,
    )


@pytest.fixture
async def channel(platforms: SandboxClient) -> AsyncIterator[TelegramChannel]:
    """The sending side alone."""
    bot = TelegramBot(sandbox.TELEGRAM_TOKEN, platforms.telegram_url)
    async with bot:
        yield TelegramChannel(bot)


@dataclass
class Stopwatch:
    """Moved by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


def with_webhook(settings: Settings) -> Settings:
    changed = {
        "telegram_webhook_secret": "a-secret-of-256-bits",
        "public_url": "https://feedback.example",
    }
    return Settings.model_validate({**settings.model_dump(), **changed})


class Running:
    """The whole bot in this event loop, and the customer's hands."""

    def __init__(self, app: App, platforms: SandboxClient) -> None:
        self.app = app
        self.platforms = platforms
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        ready = asyncio.Event()
        self.task = asyncio.create_task(self.app.run(self.stop, ready=ready.set))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([self.task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if not ready.is_set():
            waiting.cancel()
            await self.task

    async def end(self) -> None:
        self.stop.set()
        if self.task is not None:
            await self.task

    async def invite(self, order: str = "1042", item: str = "Trail shoes") -> str:
        """The secret of a new link."""
        parts = self.app.parts
        recorded = await parts.database.awrite(
            lambda session: inviting.invite(
                session, parts.house, order_id=order, item=item, now=parts.clock.now()
            )
        )
        assert recorded.link is not None
        return str(recorded.link).partition("start=")[2]

    async def customer(self, name: str = "Ada", *, start: str | None = None) -> int:
        return await asyncio.to_thread(self.platforms.customer, name, start=start)

    async def says(self, customer: int, text: str) -> int:
        return await asyncio.to_thread(self.platforms.says, customer, text)

    async def taps(self, customer: int, label: str) -> None:
        await asyncio.to_thread(self.platforms.taps, customer, label)

    async def sends(self, customer: int, **what: object) -> int:
        sent = await asyncio.to_thread(
            self.platforms.post, "telegram/send", customer=customer, **what
        )
        return int(sent["message_id"])

    async def hears(self, customer: int, words: str) -> dict[str, Any]:
        """Waits for the bot to say it."""
        return await asyncio.to_thread(self.platforms.wait, customer=customer, has=words, timeout=5)

    async def post(self, path: str, **wanted: object) -> Any:
        return await asyncio.to_thread(self.platforms.post, path, **wanted)

    async def phone(self, customer: int) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self.platforms.phone, customer)

    async def heard(self, customer: int) -> list[str]:
        """Everything that the bot has said so far."""
        shown = await self.phone(customer)
        return [str(m.get("text") or "") for m in shown if m["from"] == "bot"]


@pytest.fixture
async def bot(settings: Settings, platforms: SandboxClient) -> AsyncIterator[Running]:
    running_bot = Running(await build(settings), platforms)
    await running_bot.start()
    yield running_bot
    await running_bot.end()
