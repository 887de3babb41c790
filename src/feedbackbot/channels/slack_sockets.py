"""Socket Mode: connections that overlap, so that one can be renewed while the other listens."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from feedbackbot.channels.slack_app import SlackInbox

log = structlog.get_logger(__name__)

_CONNECTIONS = 2
#: seconds that the house waits for Slack when it opens
_WELCOME = 3.0
#: seconds that listeners get to finish when the house closes
_FAREWELL = 5.0
#: seconds between two looks at one connection, and between two tries to make it
_PULSE = 10.0
#: seconds after which an address that led nowhere is not tried any more
_ADDRESS_LIVES = 60.0


class SlackSockets:
    """`run` until `stop`; an envelope is acknowledged after its listener has committed."""

    def __init__(
        self,
        inbox: SlackInbox,
        app_token: str,
        *,
        connections: int = _CONNECTIONS,
        pulse: float = _PULSE,
        address_lives: float = _ADDRESS_LIVES,
    ) -> None:
        self._inbox = inbox
        self._app_token = app_token
        self._number = connections
        self._pulse = pulse
        self._address_lives = address_lives
        self._clients: list[SocketModeClient] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return any(_stands(client) for client in self._clients)

    async def start(self) -> None:
        """Returns once one connection stands, or after a while; it goes on trying for as long as it takes."""
        await self._inbox.api.open()
        self._clients = [self._client() for _ in range(self._number)]
        connecting = {asyncio.create_task(_connected(client)) for client in self._clients}
        self._connecting = {*connecting, asyncio.create_task(self._forget_addresses())}
        await asyncio.wait(connecting, timeout=_WELCOME, return_when=asyncio.FIRST_COMPLETED)

    async def run(self) -> None:
        try:
            await self.start()
            await self._stopping.wait()
        finally:
            await self.close()

    def stop(self) -> None:
        self._stopping.set()

    async def close(self) -> None:
        """Listeners that have begun may finish and be acknowledged."""
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_FAREWELL)
        for client in self._clients:
            await client.close()  # type: ignore[no-untyped-call]
        self._clients = []

    async def _forget_addresses(self) -> None:
        """The library tries one address for ever, and Slack honours it for some seconds; without one it asks anew."""
        while True:
            await asyncio.sleep(self._address_lives)
            for client in self._clients:
                if not _stands(client):
                    client.wss_uri = None

    def _client(self) -> SocketModeClient:
        api = self._inbox.api.client
        client = SocketModeClient(
            app_token=self._app_token,
            web_client=AsyncWebClient(base_url=api.base_url, retry_handlers=[]),
            ping_interval=self._pulse,
        )
        client.socket_mode_request_listeners.append(self._take)  # type: ignore[arg-type]
        return client

    async def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        started = asyncio.get_running_loop().time()
        answer = await run_async_bolt_app(self._inbox.bolt, request)
        try:
            await send_async_response(client, request, answer, started)
        except (aiohttp.ClientError, ConnectionError, AttributeError) as error:
            # the work is done; Slack delivers once more, and that has no second effect
            log.warning("ack_not_sent", error=type(error).__name__)


def _stands(client: SocketModeClient) -> bool:
    session = client.current_session
    return session is not None and not session.closed


async def _connected(client: SocketModeClient) -> None:
    await client.connect()  # type: ignore[no-untyped-call]
