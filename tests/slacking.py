"""An office on the sandbox's Slack: the real adapter on real sockets, a phone that only collects, and hands for staff."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from complaining import Customer
from feedbackbot import sandbox as platforms
from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.channels.slack import SlackChannel
from feedbackbot.channels.slack_api import SlackApi
from feedbackbot.channels.slack_app import SlackInbox
from feedbackbot.channels.slack_sockets import SlackSockets
from feedbackbot.channels.slack_webhook import PATH, slack_webhook
from feedbackbot.delivering import Deliverer
from feedbackbot.errors import DeliveryError
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.sandbox.client import SandboxClient

T = TypeVar("T")
Json = dict[str, Any]

SUPPORT, MARKETING = platforms.SUPPORT_CHANNEL, platforms.MARKETING_CHANNEL
RITA, OMAR, MIA = "U0RITA", "U0OMAR", "U0MIA"
PATIENCE = 8.0


@dataclass
class Phone:
    """Takes the place of Telegram: every message arrives, or fails as told."""

    name: str = "telegram"
    sent: list[Outgoing] = field(default_factory=list)
    failure: DeliveryError | None = None

    async def send(self, message: Outgoing) -> Receipt:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)
        return Receipt(platform_id=str(len(self.sent)))

    async def find(self, message: Outgoing) -> Receipt | None:
        del message
        return None

    def texts(self) -> list[str]:
        return [str(one.payload["text"]) for one in self.sent if one.kind == "text"]


@dataclass
class Office:
    sandbox: SandboxClient
    database: Database
    house: House
    inbox: SlackInbox
    deliverer: Deliverer
    phone: Phone
    url: str = ""

    def customer(self, name: str = "Bo", telegram_id: int = 222_000_222) -> Customer:
        return Customer(self.database, self.house, datetime.now(UTC), name, telegram_id)

    async def lets(self, work: Callable[[], T]) -> T:
        """Something outside of Slack happens; what it queued leaves."""
        done = await asyncio.to_thread(work)
        self.deliverer.wake()
        return done

    async def plays(self, path: str, **wanted: object) -> Any:
        return await asyncio.to_thread(lambda: self.sandbox.post(path, **wanted))

    async def posts(self, channel: str = SUPPORT) -> list[Json]:
        return await asyncio.to_thread(self.sandbox.channel, channel)

    async def sees(self, has: str, channel: str = SUPPORT) -> Json:
        """The first post that shows these words."""
        return await asyncio.to_thread(
            lambda: self.sandbox.wait(channel=channel, has=has, timeout=PATIENCE)
        )

    async def clicks(self, user: str, post: Json, label: str) -> Json:
        found: Json = await self.plays(
            "slack/click", user=user, channel=post["channel"], ts=post["ts"], label=label
        )
        return found

    async def fills(self, user: str, post: Json, label: str, **values: str) -> Json:
        """Press, fill the form, and send it."""
        opened = await self.clicks(user, post, label)
        found: Json = await self.plays("slack/submit", view_id=opened["view_id"], values=values)
        return found

    async def says(self, user: str, post: Json, text: str) -> str:
        """Write into the thread of a post; returns the message's ts."""
        sent = await self.plays(
            "slack/send", user=user, channel=post["channel"], thread_ts=post["ts"], text=text
        )
        return str(sent["ts"])

    async def fresh(self, post: Json) -> Json:
        """The post as it looks now."""
        return next(one for one in await self.posts(post["channel"]) if one["ts"] == post["ts"])

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Waits for something that must come true; its value."""
        for _ in range(int(PATIENCE / 0.02)):
            outcome = holds()
            if asyncio.iscoroutine(outcome):
                outcome = await outcome
            if outcome:
                return outcome
            await asyncio.sleep(0.02)
        raise AssertionError("it never came true")

    async def hears(self, words: str) -> str:
        """The first text on the customer's phone with these words."""
        found: str = await self.until(
            lambda: next((text for text in self.phone.texts() if words in text), None)
        )
        return found

    async def settles(self) -> None:
        """Everything that waits to leave has left."""
        from feedbackbot.models.outbox import OutgoingMessage

        on_their_way = OutgoingMessage.status.in_(["waiting", "sending"])
        await self.until(
            lambda: (
                not self.database.read(
                    lambda s: s.query(OutgoingMessage).where(on_their_way).count()
                )
            )
        )


@contextlib.asynccontextmanager
async def opened(
    sandbox: SandboxClient, database: Database, house: House, *, over_http: bool = False
) -> AsyncIterator[Office]:
    """Slack by Socket Mode or by signed HTTP, and a deliverer at work."""
    house.text_pause = 0
    house.inbound_per_minute = 0
    api, phone = SlackApi(platforms.SLACK_BOT_TOKEN, sandbox.slack_url), Phone()
    deliverer: Deliverer
    inbox = SlackInbox(
        api=api,
        database=database,
        house=house,
        now=_now,
        committed=lambda: deliverer.wake(),  # noqa: PLW0108 - there is no deliverer yet
    )
    deliverer = Deliverer(
        database=database,
        house=house,
        channels={"slack": SlackChannel(api), "telegram": phone},
        pacing={},
        now=_now,
    )
    office = Office(sandbox, database, house, inbox, deliverer, phone)
    delivering = asyncio.create_task(deliverer.run())
    try:
        async with _over_http(office) if over_http else _over_sockets(inbox):
            yield office
    finally:
        deliverer.stop()
        await delivering
        await api.close()


@contextlib.asynccontextmanager
async def _over_sockets(inbox: SlackInbox) -> AsyncIterator[None]:
    sockets = SlackSockets(inbox, platforms.SLACK_APP_TOKEN)
    await sockets.start()
    try:
        yield
    finally:
        await sockets.close()


@contextlib.asynccontextmanager
async def _over_http(office: Office) -> AsyncIterator[None]:
    endpoint = slack_webhook(office.inbox, [platforms.SLACK_SIGNING_SECRET])
    app = Starlette(routes=[Route(PATH, endpoint, methods=["POST"])])
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    office.url = f"http://127.0.0.1:{port}{PATH}"
    await office.plays("slack/http", url=office.url)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _now() -> datetime:
    return datetime.now(UTC)
