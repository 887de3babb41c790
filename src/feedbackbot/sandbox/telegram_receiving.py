"""The Bot API's methods that bring updates to the bot: getUpdates, and the registration of a webhook."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from feedbackbot.sandbox.outbound import Outbound
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_state import TelegramRefusalError, TelegramState, bad_request
from feedbackbot.sandbox.telegram_webhook import Reply, Webhook
from feedbackbot.sandbox.wire import Json

LONGEST_POLL_SECONDS = 50
CONFLICT_PAUSE_SECONDS = 3.0
AWAY_AFTER_SECONDS = 5.0
_PORTS = frozenset({443, 80, 88, 8443})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
WEBHOOK_IS_ACTIVE = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
Gone = Callable[[], Awaitable[bool]]


@dataclass(slots=True)
class _Poll:
    ended_by: str = ""


class Receiving:
    def __init__(self, state: TelegramState, outbound: Outbound) -> None:
        self.reply: Reply | None = None
        self._state = state
        self._outbound = outbound
        self._webhook: Webhook | None = None
        self._poll: _Poll | None = None
        self._polled_at = float("-inf")
        self._next_conflict_at = float("-inf")

    @property
    def mode(self) -> str:
        """How the bot is listening: polling, webhook or away."""
        if self.webhook is not None:
            return "webhook"
        recently = time.monotonic() - self._polled_at < AWAY_AFTER_SECONDS
        return "polling" if self._poll or recently else "away"

    @property
    def webhook(self) -> Webhook | None:
        return self._webhook if self._webhook and self._webhook.url else None

    async def get_updates(self, params: Params, gone: Gone) -> list[Json]:
        if self.webhook is not None:
            await self._conflict(WEBHOOK_IS_ACTIVE)
        self._allow(params)
        limit = max(1, min(params.integer("limit", 100), 100))
        self._state.updates.confirm(params.integer("offset"))
        self._end_poll(OTHER_POLLER)
        poll = self._poll = _Poll()
        try:
            patience = min(params.integer("timeout"), LONGEST_POLL_SECONDS)
            return await self._wait(poll, limit, patience=patience, gone=gone)
        finally:
            self._polled_at = time.monotonic()
            self._poll = None if self._poll is poll else self._poll

    def set_webhook(self, params: Params) -> tuple[bool, str]:
        url = params.text("url").strip()
        if not url:
            return self.delete_webhook(params)
        _check_url(url)
        secret = _checked_secret(params.text("secret_token"))
        self._allow(params)
        self._end_poll("terminated by setWebhook request")
        self._drop_pending(params)
        same = self.webhook and (self.webhook.url, self.webhook.secret) == (url, secret)
        if same:
            return True, "Webhook is already set"
        self._replace(Webhook(self._state, self._outbound, url=url, secret=secret), params)
        return True, "Webhook was set"

    def delete_webhook(self, params: Params) -> tuple[bool, str]:
        was_set = self.webhook is not None
        if self._webhook is not None:
            self._webhook.close()
        self._webhook = None
        self._drop_pending(params)
        return True, "Webhook was deleted" if was_set else "Webhook is already deleted"

    def get_webhook_info(self, _params: Params) -> Json:
        hook = self.webhook
        waiting = len(self._state.updates.waiting)
        info: Json = {"url": hook.url if hook else "", "has_custom_certificate": False}
        info["pending_update_count"] = waiting
        if hook:
            info |= {"max_connections": hook.most_at_once, "ip_address": "127.0.0.1"}
        if hook and hook.last_error:
            when, what = hook.last_error
            info |= {"last_error_date": when, "last_error_message": what}
        if self._state.updates.allowed:
            info["allowed_updates"] = self._state.updates.allowed
        return info

    def redeliver(self, update_id: int, times: int) -> None:
        """The same update again: beside the queue for a webhook, in the next batch for a poller."""
        copies = self._state.updates.repeat(update_id, times)
        if self.webhook is not None:
            self.webhook.push_again(copies)

    def _replace(self, hook: Webhook, params: Params) -> None:
        if self._webhook is not None:
            self._webhook.close()
        hook.limit(max(1, min(params.integer("max_connections", 40), 100)))
        hook.reply = self.reply
        self._webhook = hook
        hook.start()

    async def _wait(self, poll: _Poll, limit: int, *, patience: float, gone: Gone) -> list[Json]:
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        token = self._state.token
        while not (found := self._due(limit)):
            left = until - loop.time()
            if left <= 0 or self._state.journal.closing or await gone():
                return []
            await self._state.updates.bell.wait(at_most=min(left, 1.0))
            if poll.ended_by:
                await self._conflict(poll.ended_by)
            if self._state.token != token:
                raise TelegramRefusalError(401, "Unauthorized")
        return found

    def _due(self, limit: int) -> list[Json]:
        """Nothing, while Telegram is out: not even to a poll that waited already."""
        is_out = self._state.faults.is_out("telegram")
        return [] if is_out else self._state.updates.due(limit)

    async def _conflict(self, what: str) -> None:
        """409, and slowly when it happens again and again."""
        now = time.monotonic()
        if now < self._next_conflict_at:
            await asyncio.sleep(CONFLICT_PAUSE_SECONDS)
        else:
            self._next_conflict_at = now + CONFLICT_PAUSE_SECONDS
        raise TelegramRefusalError(409, f"Conflict: {what}")

    def _end_poll(self, why: str) -> None:
        if self._poll is not None:
            self._poll.ended_by = why
            self._poll = None
            self._state.updates.bell.ring()

    def _allow(self, params: Params) -> None:
        if "allowed_updates" not in params.values:
            return
        wanted = params.parsed("allowed_updates")
        self._state.updates.allowed = (
            [str(one) for one in wanted] if isinstance(wanted, list) else []
        )

    def _drop_pending(self, params: Params) -> None:
        if params.flag("drop_pending_updates"):
            self._state.updates.clear()


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.hostname in _LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _checked_secret(secret: str) -> str:
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    return secret
