"""Takes one raw update at a time: applied in a transaction, quarantined when it can't be, answered after the commit."""

from __future__ import annotations

import asyncio
import json
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from telegram.error import TelegramError

from feedbackbot import conversing, crash, metrics
from feedbackbot.channels.telegram import TelegramBot
from feedbackbot.channels.telegram_errors import is_old_tap
from feedbackbot.channels.telegram_updates import Parsed, chat_of, parse
from feedbackbot.conversing import Outcome
from feedbackbot.engine.translating.speaking import common_in
from feedbackbot.engine.wording import render
from feedbackbot.house import House
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database
from feedbackbot.models.works import Line

log = structlog.get_logger(__name__)

#: found anew each time it would cost more than the counting
_SECONDS = metrics.UPDATE_SECONDS.labels("telegram")
_updates_of = cache(metrics.UPDATES.labels)


class TelegramInbox:
    """Whoever brings updates here may tell Telegram "received" once `take` has returned.

    It raises when the database is away; then Telegram must deliver again.
    """

    def __init__(
        self,
        *,
        bot: TelegramBot,
        database: Database,
        house: House,
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        self._bot = bot
        self._database = database
        self._house = house
        self._now = now
        self._committed = committed
        self._told: set[int] = set()
        self._left: set[int] = set()
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def is_crowded(self) -> bool:
        """Telegram should come again later; a poller need not ask, since it brings one batch at a time."""
        return self._database.is_crowded

    async def take_all(self, raws: list[dict[str, Any]]) -> None:
        """Different chats side by side, each chat in order."""
        chats: dict[int, list[dict[str, Any]]] = {}
        for raw in raws:
            chats.setdefault(chat_of(raw), []).append(raw)
        await _all([self._take_in_order(chat) for chat in chats.values()])

    async def take(self, raw: dict[str, Any], line: Line | None = None) -> None:
        call = await self.take_for_reply(raw, line)
        if call is None:
            return
        task = asyncio.create_task(self._answer_tap(call))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def take_for_reply(
        self, raw: dict[str, Any], line: Line | None = None
    ) -> dict[str, Any] | None:
        """The call that answers a tap is the caller's to make; a webhook's answer may carry it."""
        started = time.perf_counter()
        crash.point("received")
        try:
            parsed = parse(raw, bot_id=self._house.bot_id)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it must block nobody
            await self._keep_update(raw, error)
            return None
        outcome = await self._apply(raw, parsed, line)
        crash.point("committed")
        self._committed()
        if outcome is not None:
            _count(outcome, seconds=time.perf_counter() - started)
        if parsed.group_id is not None:
            if parsed.was_brought:
                self._left.discard(parsed.group_id)
            await self._leave(parsed.group_id, parsed.language)
        return _answer_to_tap(parsed, outcome)

    async def keep(self, text: str, error: Exception) -> None:
        """What is no update at all; raises when the database is away, so that nothing is acknowledged."""
        await self._quarantine(text, error, key=f"telegram:{self._house.bot_id}:?")

    async def drain(self) -> None:
        """Waits for answers to taps that are under way."""
        await asyncio.gather(*self._answering)

    async def _take_in_order(self, raws: list[dict[str, Any]]) -> None:
        """What could not be stored comes again, and with it all that came after it in its chat."""
        line = self._database.new_line() if len(raws) > 1 else None
        if line is not None:
            await _all([self.take(raw, line) for raw in raws])
            return
        for raw in raws:
            await self.take(raw)

    async def _apply(
        self, raw: dict[str, Any], parsed: Parsed, line: Line | None
    ) -> Outcome | None:
        incoming = parsed.incoming
        if incoming is None:
            return None
        try:
            return await self._database.awrite(
                lambda session: conversing.receive(session, self._house, incoming, now=self._now()),
                short=True,
                line=line,
            )
        except Exception as error:
            if why_away(error):
                # not acknowledged, so Telegram delivers it again
                metrics.UPDATES.labels("telegram", "later").inc()
                raise
            await self._keep_update(raw, error)
            return None

    async def _keep_update(self, raw: dict[str, Any], error: Exception) -> None:
        key = f"telegram:{self._house.bot_id}:{raw.get('update_id')}"
        await self._quarantine(json.dumps(raw), error, key=key)

    async def _quarantine(self, text: str, error: Exception, *, key: str) -> None:
        log.error("quarantined", key=key, error=type(error).__name__, place=_place(error))
        await self._database.awrite(
            lambda session: conversing.quarantine(
                session, platform="telegram", key=key, raw=text, error=error, now=self._now()
            )
        )
        metrics.UPDATES.labels("telegram", "quarantined").inc()

    async def _answer_tap(self, call: dict[str, Any]) -> None:
        try:
            await self._bot.call(**call)
        except TelegramError as error:
            if not is_old_tap(error):
                log.info("tap_not_answered", error=str(error))

    async def _leave(self, group_id: int, language: str | None) -> None:
        """What customers say stays between them and the shop; what is still there is left at its next word."""
        if group_id in self._left:
            return
        self._left.add(group_id)
        await self._tell(group_id, language)
        if not await self._try(self._bot.leave_chat(group_id)):
            self._left.discard(group_id)

    async def _tell(self, group_id: int, language: str | None) -> None:
        """Once, however often it brings us in."""
        if group_id in self._told:
            return
        self._told.add(group_id)
        library = self._house.library
        common = common_in(language, library.common, beside=None)
        names = {"shop": {"name": library.shop.name}}
        text = render(common.texts["welcome.group"], names, language=common.language)
        await self._try(self._bot.send_message(group_id, text))

    async def _try(self, call: Awaitable[object]) -> bool:
        """Groups may forbid us to speak; leaving is tried all the same."""
        try:
            await call
        except TelegramError as error:
            log.info("group_not_left", error=str(error))
            return False
        return True


async def _all(works: list[Coroutine[Any, Any, None]]) -> None:
    """Every one of them is finished when the first error is raised."""
    for outcome in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _answer_to_tap(parsed: Parsed, outcome: Outcome | None) -> dict[str, Any] | None:
    """Without it the button would go on turning."""
    if parsed.callback_id is None:
        return None
    call = {"method": "answerCallbackQuery", "callback_query_id": parsed.callback_id}
    toast = None if outcome is None else outcome.toast
    return call if not toast else {**call, "text": toast[:200]}


def _count(outcome: Outcome, *, seconds: float) -> None:
    _SECONDS.observe(seconds)
    what = "unanswered" if outcome.unanswered else "applied"
    _updates_of("telegram", "duplicate" if outcome.repeated else what).inc()


def _place(error: Exception) -> str:
    """Where it was raised; its words may be the customer's."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{last[0].filename.rpartition('/')[2]}:{last[0].lineno}" if last else ""
