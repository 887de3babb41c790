"""A small Slack app on the real library, which keeps what it hears and acknowledges only after its listener ran."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.sandbox import SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET
from feedbackbot.sandbox.client import SandboxClient


@dataclass
class SlackBot:
    app: AsyncApp
    client: AsyncWebClient
    sandbox: SandboxClient
    #: Bodies of events, as they came.
    heard: list[dict[str, Any]] = field(default_factory=list)
    #: How many of the next events fail in the listener, and so get no acknowledgement.
    failing: int = 0
    #: What the Reply button opens.
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def events(self) -> list[dict[str, Any]]:
        """In the order in which they happened: the library hears of several at once."""
        return sorted((body["event"] for body in self.heard), key=lambda event: event["event_ts"])

    async def do(self, path: str, **wanted: object) -> Any:
        """A person's act, while this bot's loop goes on answering."""
        return await asyncio.to_thread(self.sandbox.post, path, **wanted)

    async def hears(self, count: int, seconds: float = 4) -> list[dict[str, Any]]:
        await until(lambda: len(self.heard) >= count, seconds)
        return self.heard

    async def note(self, body: dict[str, Any]) -> None:
        self.heard.append(body)
        if self.failing:
            self.failing -= 1
            raise RuntimeError("The database is away.")

    async def open_form(self, ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=self.form)


async def until(condition: Callable[[], bool], seconds: float = 4) -> None:
    """Sleep until it is so; TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is another thread's
            await asyncio.sleep(0.01)


def slack_bot(sandbox: SandboxClient) -> SlackBot:
    """Without any connection yet, as HTTP needs it."""
    client = AsyncWebClient(token=SLACK_BOT_TOKEN, base_url=sandbox.slack_url)
    app = AsyncApp(client=client, signing_secret=SLACK_SIGNING_SECRET, process_before_response=True)
    bot = SlackBot(app=app, client=client, sandbox=sandbox)
    for kind in ("message", "app_mention", "reaction_added", "reaction_removed"):
        app.event(kind)(bot.note)
    return bot


@contextlib.asynccontextmanager
async def connected(sandbox: SandboxClient) -> AsyncIterator[SlackBot]:
    """Over Socket Mode."""
    bot = slack_bot(sandbox)
    handler: Any = AsyncSocketModeHandler(bot.app, SLACK_APP_TOKEN, ping_interval=1)
    await handler.connect_async()
    try:
        yield bot
    finally:
        await handler.close_async()
