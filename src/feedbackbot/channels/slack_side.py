"""Slack put together from the settings: sending, listening over sockets or signed HTTP, and its health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError

from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.channels.slack import SlackChannel
from feedbackbot.channels.slack_api import SlackApi
from feedbackbot.channels.slack_app import SlackInbox
from feedbackbot.channels.slack_sockets import SlackSockets
from feedbackbot.channels.slack_webhook import slack_webhook
from feedbackbot.config import Settings
from feedbackbot.errors import DeliveryError, MaybeSent, PlaceClosed
from feedbackbot.house import House
from feedbackbot.models.database import Database

log = structlog.get_logger(__name__)

#: seconds until Slack is tried again that could not be reached at start
_AGAIN = 5.0


class SlackSide:
    """A `Channel` with its listening part; Slack being away keeps nothing else from working."""

    name = "slack"

    def __init__(
        self,
        channel: SlackChannel,
        *,
        house: House,
        sockets: SlackSockets | None,
        webhook: Callable[..., object] | None,
    ) -> None:
        self._channel = channel
        self._house = house
        self._sockets = sockets
        self._connecting: asyncio.Task[None] | None = None
        self.webhook = webhook

    @property
    def trouble(self) -> str | None:
        if self._channel.trouble:
            return self._channel.trouble
        if self._sockets is not None and not self._sockets.is_connected:
            return "Slack is not connected: no socket is open."
        return None

    async def send(self, message: Outgoing) -> Receipt:
        return await self._channel.send(message)

    async def find(self, message: Outgoing) -> Receipt | None:
        return await self._channel.find(message)

    async def alarm(self, text: str) -> None:
        """Tell the support channel, or the lead where that takes nothing; past the outbox, which may be the trouble."""
        with contextlib.suppress(MaybeSent):
            try:
                await self._channel.send(self._note(text))
            except PlaceClosed:
                lead = self._house.library.shop.lead
                if lead is None or lead.slack_user_id is None:
                    raise
                await self._channel.send(_direct(lead.slack_user_id, text))

    def _note(self, text: str) -> Outgoing:
        channel = self._house.slack_channels.get("support", "")
        payload = {"card": "note", "text": text, "channel": channel}
        return Outgoing(id=0, channel="slack", address=channel, kind="card", payload=payload)

    async def look_again(self) -> None:
        """Whether a refusal of the token still holds, since nobody may be writing; `trouble` tells."""
        if self._channel.trouble is not None:
            with contextlib.suppress(DeliveryError):
                await self._channel.api.call("auth.test")

    async def start(self) -> None:
        await self._channel.api.open()
        if self._sockets is not None and not await self._connect():
            self._connecting = asyncio.create_task(self._keep_trying())

    async def stop(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._connecting
        if self._sockets is not None:
            await self._sockets.close()

    async def close(self) -> None:
        """After the last message has been sent."""
        await self._channel.api.close()

    async def _connect(self) -> bool:
        assert self._sockets is not None
        try:
            await self._sockets.start()
        except (SlackClientError, aiohttp.ClientError, OSError) as error:
            log.warning("slack_not_connected", error=type(error).__name__)
            return False
        return True

    async def _keep_trying(self) -> None:
        while not await self._connect():  # noqa: ASYNC110 no event tells when Slack is back
            await asyncio.sleep(_AGAIN)


def _direct(user: str, text: str) -> Outgoing:
    payload = {"user": user, "text": text}
    return Outgoing(id=0, channel="slack", address=user, kind="direct", payload=payload)


def build(
    *,
    settings: Settings,
    database: Database,
    house: House,
    now: Callable[[], datetime],
    committed: Callable[[], None],
) -> SlackSide:
    """The bot token must be set, and one of app token (which wins) and signing secret."""
    assert settings.slack_bot_token is not None
    api = SlackApi(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    inbox = SlackInbox(api=api, database=database, house=house, now=now, committed=committed)
    sockets = None
    webhook: Callable[..., object] | None = None
    if settings.slack_app_token is not None:
        sockets = SlackSockets(inbox, settings.slack_app_token.get_secret_value())
    elif settings.slack_signing_secret is not None:
        webhook = slack_webhook(inbox, [settings.slack_signing_secret.get_secret_value()])
    return SlackSide(SlackChannel(api), house=house, sockets=sockets, webhook=webhook)
