"""Fetches updates from Telegram; a batch is confirmed only after all of it has been committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram.error import Conflict, InvalidToken, TelegramError

from feedbackbot import clock
from feedbackbot.channels.telegram import TelegramBot
from feedbackbot.channels.telegram_inbox import TelegramInbox
from feedbackbot.channels.telegram_request import Patience
from feedbackbot.channels.telegram_updates import ALLOWED

log = structlog.get_logger(__name__)

_BATCH = 100
_LONGEST_PAUSE = 30.0
#: seconds between two looks whether it is this process that fetches
_LOOK_FOR_TURN = 0.5
#: looks in a row at updates that nobody fetches, before we take over
_LOOKS = 3


class TelegramPolling:
    """`run` until `stop`; the offset lives in memory, since what comes twice is recognised."""

    def __init__(
        self,
        *,
        bot: TelegramBot,
        inbox: TelegramInbox,
        wait_seconds: int = 30,
        look_every_seconds: float = 5,
        may_poll: Callable[[], bool] = lambda: True,
        ticks: Callable[[], float] = clock.ticks,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._wait_seconds = wait_seconds
        self._look_every_seconds = look_every_seconds
        self._may_poll = may_poll
        self._ticks = ticks
        self._offset: int | None = None
        self._failures = 0
        self._fetching: asyncio.Task[list[dict[str, Any]]] | None = None
        self._stopping = asyncio.Event()
        #: set while everything that had waited at Telegram has been applied
        self.caught_up = asyncio.Event()
        #: the tick at which Telegram last said what there is; None before that, and while it is not our turn
        self.fetched_at: float | None = None
        #: why nothing comes in at present
        self.trouble: str | None = None
        #: the token has been revoked or changed
        self.is_refused = False

    async def run(self) -> None:
        while not self._stopping.is_set():
            if not self._may_poll():
                # what keeps it from fetching is the trouble of whoever fetches
                self.trouble, self.is_refused, self.fetched_at = None, False, None
                await self._sleep(_LOOK_FOR_TURN)
                continue
            try:
                await self._round()
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
            except (TelegramError, SQLAlchemyError) as error:
                await self._rest(error)

    def stop(self) -> None:
        """Ends a waiting fetch; a batch that is being applied is finished first."""
        self._stopping.set()
        if self._fetching is not None:
            self._fetching.cancel()

    async def _round(self) -> None:
        raws = await self._fetch()
        at = self._ticks()
        await self._inbox.take_all(raws)
        if raws:
            self._offset = max(_update_id(raw) for raw in raws) + 1
        if len(raws) < _BATCH:
            self.caught_up.set()
        else:
            self.caught_up.clear()
        self.fetched_at = at
        self._failures = 0
        self.trouble, self.is_refused = None, False

    async def _fetch(self) -> list[dict[str, Any]]:
        # The first fetches after an absence don't wait, so that "caught up" is known soon.
        wait = self._wait_seconds if self.caught_up.is_set() else 0
        self._fetching = asyncio.create_task(
            self._bot.get_raw_updates(offset=self._offset, wait_seconds=wait, allowed=ALLOWED)
        )
        try:
            return await self._fetching
        finally:
            self._fetching = None

    async def _rest(self, error: Exception) -> None:
        trouble = _in_words(error)
        if trouble != self.trouble:
            log.error("telegram_polling_paused", reason=trouble)
        self.trouble, self.is_refused = trouble, isinstance(error, InvalidToken)
        self.caught_up.clear()
        self._failures += 1
        if isinstance(error, Conflict):
            await self._stand_by()
        else:
            await self._sleep(_pause(error, self._failures))

    async def _stand_by(self) -> None:
        """Fetching would only end the other program's fetch; updates that are left lying mean that it has gone."""
        looks, before = 0, 0
        # it may be a process of ours, which has the turn now
        while looks < _LOOKS and self._may_poll() and not self._stopping.is_set():
            await self._sleep(self._look_every_seconds)
            lying = await self._count_lying()
            looks = looks + 1 if lying and lying >= before else 0
            before = lying

    async def _count_lying(self) -> int:
        try:
            return (await self._bot.get_webhook_info()).pending_update_count
        except TelegramError:
            return 0

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _update_id(raw: dict[str, Any]) -> int:
    return int(raw["update_id"])


def _pause(error: Exception, failures: int) -> float:
    if isinstance(error, Patience):
        return error.seconds
    if isinstance(error, InvalidToken):
        return _LONGEST_PAUSE
    return float(min(0.5 * 2 ** min(failures - 1, 6), _LONGEST_PAUSE))


def _in_words(error: Exception) -> str:
    if isinstance(error, Conflict):
        return (
            "Another program is fetching this bot's updates with the same token; "
            "this one stands by until the other has ended."
        )
    if isinstance(error, InvalidToken):
        return "Telegram does not accept the bot's token (TELEGRAM_BOT_TOKEN)."
    if isinstance(error, SQLAlchemyError):
        return f"The database does not take updates ({type(error).__name__})."
    return f"Telegram can't be reached ({error})."
