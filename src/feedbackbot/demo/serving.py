"""The one server of the demo: it stops at once, and nothing it shows is kept by the browser."""

from __future__ import annotations

from typing import Any

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedbackbot.running import QuietServer
from feedbackbot.sandbox.world import World


class DemoServer(QuietServer):
    """Wakes everybody who waits in the sandbox, so that it stops at once."""

    def __init__(self, site: ASGIApp, world: World) -> None:
        super().__init__(
            uvicorn.Config(
                Fresh(site),
                log_config=None,
                lifespan="off",
                access_log=False,
                date_header=False,
                ws="websockets-sansio",
                timeout_graceful_shutdown=2,
            )
        )
        self._world = world

    async def shutdown(self, sockets: list[Any] | None = None) -> None:
        await self._world.close()
        await super().shutdown(sockets)


class Fresh:
    """The wall may be a minute old for the public; whoever plays both sides wants to see it change."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_fresh(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        await self._site(scope, receive, send_fresh)
