"""Webhook delivery: a lane per chat, the next update only after the last was taken, and doubling back-off."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from feedbackbot.sandbox.journal import Journal
from feedbackbot.sandbox.outbound import HttpAnswer, Outbound
from feedbackbot.sandbox.telegram_state import TelegramState
from feedbackbot.sandbox.telegram_updates import Update
from feedbackbot.sandbox.wire import Json, encode

LONGEST_RETRY_AFTER = 3600
GONE_SECONDS = 23 * 3600
Reply = Callable[[str, Json], Awaitable[object]]


class Webhook:
    """One registered address; `reply` runs a method that a 200 carries in its body."""

    def __init__(self, state: TelegramState, outbound: Outbound, *, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret
        self.most_at_once = 40
        self.last_error: tuple[int, str] | None = None
        self.reply: Reply | None = None
        self.is_open = True
        self._state = state
        self._outbound = outbound
        self._journal: Journal = state.journal
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(self.most_at_once)
        self._gone_since: float | None = None

    def limit(self, most_at_once: int) -> None:
        self.most_at_once = most_at_once
        self._room = asyncio.Semaphore(most_at_once)

    def start(self) -> None:
        self._journal.spawn(self._watch())

    def close(self) -> None:
        self.is_open = False
        self._state.updates.bell.ring()
        self._state.clock.bell.ring()

    def push_again(self, copies: list[Update]) -> None:
        """Deliver these once more, side by side, whatever lane they are in."""
        for update in copies:
            self._journal.spawn(self._post_quietly(update))

    async def _watch(self) -> None:
        """Keep one worker for each lane that has something waiting."""
        updates = self._state.updates
        updates.touched |= {update.lane for update in updates.waiting.values()}
        while self.is_open and not self._journal.closing:
            while updates.touched:
                if (lane := updates.touched.pop()) not in self._lanes:
                    self._lanes[lane] = self._journal.spawn(self._serve(lane))
            updates.repeats.clear()
            await self._state.updates.bell.wait(at_most=60)

    async def _serve(self, lane: str) -> None:
        try:
            while self.is_open and (update := self._state.updates.first_of(lane)) is not None:
                await self._insist(update)
        finally:
            self._lanes.pop(lane, None)

    async def _insist(self, update: Update) -> None:
        """Post until it is taken or expires; nothing else of this lane passes it."""
        pause = 0.0
        while self.is_open and update.id in self._state.updates.waiting:
            answer = await self._post(update)
            if answer.is_good:
                self._state.updates.done(update)
                await self._obey(answer)
                return
            self._note(answer)
            asked = _retry_after(answer)
            wait = min(pause, random.uniform(60, 120)) if asked is None else asked
            pause = pause * 2 if pause else 2.0
            await self._rest(update, wait)

    async def _rest(self, update: Update, seconds: float) -> None:
        clock = self._state.clock
        until = min(clock.now() + seconds, update.expires_at)
        while self.is_open and clock.now() < until:
            await clock.bell.wait(at_most=min(until - clock.now(), 60))
        self._state.updates.forget_expired()

    async def _post_quietly(self, update: Update) -> None:
        await self._post(update)

    async def _post(self, update: Update) -> HttpAnswer:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        async with self._room:
            await self._state.faults.until_back("telegram")
            return await self._outbound.post(
                self.url,
                encode(update.body),
                headers=headers,
                timeout_seconds=self._state.rules.webhook_timeout_seconds,
            )

    async def _obey(self, answer: HttpAnswer) -> None:
        try:
            body = json.loads(answer.body or b"{}")
        except ValueError:
            return
        if isinstance(body, dict) and body.get("method") and self.reply:
            await self.reply(str(body.pop("method")), body)

    def _note(self, answer: HttpAnswer) -> None:
        now = self._state.clock.now()
        self.last_error = (int(now), _words(answer))
        self._gone_since = (self._gone_since or now) if answer.status == HTTPStatus.GONE else None
        if self._gone_since is not None and now - self._gone_since > GONE_SECONDS:
            self.close()
            self.url = ""


def _words(answer: HttpAnswer) -> str:
    if answer.status:
        return f"Wrong response from the webhook: {answer.status} {answer.reason}".strip()
    return "Read timeout expired" if answer.reason == "timeout" else "Connection refused"


def _retry_after(answer: HttpAnswer) -> float | None:
    asked = answer.headers.get("retry-after", "")
    return float(min(int(asked), LONGEST_RETRY_AFTER)) if asked.isdigit() else None
