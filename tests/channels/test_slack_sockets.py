"""Sockets whose host is away for longer than an address to it is good for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from feedbackbot.channels.slack_api import SlackApi
from feedbackbot.channels.slack_app import SlackInbox
from feedbackbot.channels.slack_sockets import SlackSockets
from feedbackbot.house import House
from feedbackbot.models.database import Database


class Slack:
    """Gives out numbered addresses; only those from `good_from` on lead anywhere."""

    def __init__(self) -> None:
        self.given = 0
        self.tried: list[int] = []
        self.good_from = 1
        self.port = 0

    async def give(self, _request: web.Request) -> web.Response:
        self.given += 1
        url = f"ws://127.0.0.1:{self.port}/socket/{self.given}"
        return web.json_response({"ok": True, "url": url})

    async def connect(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        self.tried.append(number)
        if number < self.good_from:
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        async for _ in socket:
            pass
        return socket


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    slack = Slack()
    app = web.Application()
    app.router.add_post("/api/apps.connections.open", slack.give)
    app.router.add_get("/socket/{number}", slack.connect)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.port = runner.addresses[0][1]
    yield slack
    await runner.cleanup()


@pytest.fixture
async def sockets(slack: Slack, database: Database, house: House) -> AsyncIterator[SlackSockets]:
    api = SlackApi("xoxb-1", f"http://127.0.0.1:{slack.port}/api/")
    inbox = SlackInbox(
        api=api,
        database=database,
        house=house,
        now=lambda: datetime.now(UTC),
        committed=lambda: None,
    )
    sockets = SlackSockets(inbox, "xapp-1", connections=1, pulse=0.1, address_lives=1.0)
    yield sockets
    await sockets.close()
    await api.close()


async def test_an_address_that_leads_nowhere_is_exchanged_for_a_new_one(
    slack: Slack, sockets: SlackSockets
) -> None:
    slack.good_from = 2

    await sockets.start()
    async with asyncio.timeout(5):
        while not sockets.is_connected:  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.01)

    assert slack.tried[:2] == [1, 1]
    assert slack.tried[-1] == 2


async def test_an_address_that_leads_somewhere_is_kept(slack: Slack, sockets: SlackSockets) -> None:
    await sockets.start()
    await asyncio.sleep(1.2)

    assert slack.tried == [1]
