"""Tells Telegram who the bot is and how it is reached, until that has worked, and sees that it stays so."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import WebhookInfo

from feedbackbot.channels.telegram import TelegramChannel
from feedbackbot.channels.telegram_commands import introduce
from feedbackbot.channels.telegram_webhook import address_of, find_webhook, register
from feedbackbot.config import Settings
from feedbackbot.errors import ChannelBusy, DeliveryError
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database

log = structlog.get_logger(__name__)

#: the fact in which the bot's name is kept
USERNAME = "bot_username"
#: seconds until the next try after the first one that failed; twice as many after each other
_AGAIN_AFTER = 5.0
_LONGEST_PAUSE = 300.0
#: seconds between two looks at the webhook
_LOOK_EVERY = 60.0
#: an error of Telegram's in delivering updates counts for so long
_RECENT = timedelta(minutes=2)


class Introduction:
    """`meet` and `begin` at the start; `look_again` as often as one likes."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        house: House,
        telegram: TelegramChannel,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._database = database
        self._house = house
        self._telegram = telegram
        self._ticks = ticks
        self._is_done = False
        self._failures = 0
        self._next_at = 0.0
        #: why nothing comes in by the webhook
        self.trouble: str | None = None

    async def meet(self) -> None:
        """Learn the bot's own name, which links bear; when Telegram is away, the one from last time is kept."""
        try:
            name = await self._telegram.meet()
        except DeliveryError as error:
            log.warning("telegram_not_met", reason=str(error))
            return
        self._house.bot_username = name
        await self._database.awrite(lambda session: audit.set_fact(session, USERNAME, name))

    async def begin(self) -> None:
        """Telegram being away must not keep the rest from working."""
        try:
            await self._choose_mode()
            await introduce(self._telegram.bot, self._house)
        except DeliveryError as error:
            self._fail(error)
        else:
            self._is_done, self._failures = bool(self._house.bot_username), 0
            self._next_at = self._ticks() + _LOOK_EVERY

    async def look_again(self) -> None:
        """Does nothing before its time."""
        if self._ticks() < self._next_at or self._telegram.trouble is not None:
            return
        try:
            if not self._is_done:
                await self.meet()
                await self.begin()
            elif self._settings.telegram_mode == "webhook":
                await self._look_at_webhook()
        except (DeliveryError, SQLAlchemyError) as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Telegram's own wish for a pause is heeded."""
        wished = error.retry_after if isinstance(error, ChannelBusy) else 0.0
        pause = min(_AGAIN_AFTER * 2**self._failures, _LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 10)
        self._next_at = self._ticks() + max(pause, wished)
        reason = str(error) if isinstance(error, DeliveryError) else type(error).__name__
        log.warning("telegram_not_introduced", reason=reason)

    async def _choose_mode(self) -> None:
        if self._settings.telegram_mode == "polling":
            await self._telegram.stop_webhook()
        else:
            await self._register()

    async def _register(self) -> None:
        settings = self._settings
        if settings.telegram_webhook_secret is not None:
            secret = settings.telegram_webhook_secret.get_secret_value()
            await register(self._telegram, public_url=settings.public_url, secret=secret)

    async def _look_at_webhook(self) -> None:
        """Whoever uses the same token can take it away, and then nothing comes in."""
        info = await find_webhook(self._telegram)
        ours = address_of(self._settings.public_url)
        self.trouble = _stolen(info.url) if info.url != ours else _unreachable(info, ours)
        if info.url != ours:
            log.error("webhook_taken_away", host=urlsplit(info.url).netloc)
            await self._register()
        self._next_at = self._ticks() + _LOOK_EVERY


def _stolen(url: str) -> str:
    where = f"had been set to {urlsplit(url).netloc}" if url else "had been taken away"
    return (
        f"The webhook at Telegram {where}; it is registered again. Another program uses the same "
        "token: end it, or get a new one from @BotFather."
    )


def _unreachable(info: WebhookInfo, ours: str) -> str | None:
    failed_at = info.last_error_date
    if not info.pending_update_count or failed_at is None:
        return None
    if datetime.now(UTC) - failed_at > _RECENT:
        return None
    return f"Telegram can't deliver to {urlsplit(ours).netloc}: {info.last_error_message}."
