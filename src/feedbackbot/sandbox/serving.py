"""The sandbox behind uvicorn, stopping at once: what waits is woken before the server counts its connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import uvicorn

from feedbackbot.sandbox.app import create_app
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.rules import Rules
from feedbackbot.sandbox.world import World


class SandboxServer(uvicorn.Server):
    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        config = uvicorn.Config(
            create_app(self.world),
            log_level="warning",
            access_log=False,
            # the platforms date their answers by the sandbox's own clock
            date_header=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=2,
            timeout_keep_alive=75,
        )
        super().__init__(config)

    async def main_loop(self) -> None:
        """As uvicorn's, but looking five times as often, since tests start and stop many of these."""
        while not await self.on_tick(0):  # noqa: ASYNC110 - a signal handler sets should_exit
            await asyncio.sleep(0.02)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.world.close()
        await super().shutdown(sockets)


@contextlib.contextmanager
def running(rules: Rules | None = None) -> Iterator[SandboxClient]:
    """A sandbox on a free port, in a thread of its own, for as long as the block lasts."""
    server = SandboxServer(World(rules))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield SandboxClient(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join(timeout=10)
