"""Counts what the delivery loop does, for /metrics."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import cache

from feedbackbot import metrics
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.errors import ChannelBusy, CustomerUnreachable, DeliveryError, MaybeSent, NotSent

#: a metric of these labels; found anew it would cost more than the counting
_seconds_of = cache(metrics.SEND_SECONDS.labels)
_sends_of = cache(metrics.SENDS.labels)
_first_reply_of = cache(metrics.FIRST_REPLY_SECONDS.labels)

#: chats whose last turn is remembered; forgetting one costs a number, not a message
_CHATS = 5000


class Counting:
    """One for a delivery loop; every method is cheap enough for each message."""

    def __init__(self, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        #: chat -> the turn whose first message has been counted
        self._turns: dict[str, datetime] = {}
        #: platform -> since when something waits for our own rate limits
        self._paced: dict[str, float] = {}

    def sent(
        self, claimed: Claimed, error: DeliveryError | None, *, seconds: float, now: datetime
    ) -> None:
        message = claimed.message
        _seconds_of(message.channel, message.kind).observe(seconds)
        _sends_of(message.channel, _outcome(error)).inc()
        if isinstance(error, ChannelBusy):
            metrics.RATE_LIMITED_SECONDS.labels(message.channel).inc(error.retry_after)
        elif error is None and self._is_first(claimed):
            waited = max((now - claimed.created_at).total_seconds(), 0.0)
            _first_reply_of(message.channel).observe(waited)

    def held_back(self, channel: str) -> None:
        """Our own pace said no to a message; until the next round comes, it waits."""
        if channel not in self._paced:
            self._paced[channel] = self._ticks()
            metrics.PACED.labels(channel).inc()

    def round_begins(self) -> None:
        """What is still held back says so again in this round."""
        at = self._ticks()
        for channel, since in self._paced.items():
            metrics.PACED_SECONDS.labels(channel).inc(at - since)
        self._paced.clear()

    def _is_first(self, claimed: Claimed) -> bool:
        """What the bot begins by itself answers nobody."""
        if claimed.priority or self._turns.get(claimed.chat_key) == claimed.created_at:
            return False
        if len(self._turns) >= _CHATS:
            self._turns.clear()
        self._turns[claimed.chat_key] = claimed.created_at
        return True


def _outcome(error: DeliveryError | None) -> str:
    match error:
        case None:
            return "sent"
        case ChannelBusy():
            return "busy"
        case NotSent():
            return "later"
        case MaybeSent():
            return "unknown"
        case CustomerUnreachable():
            return "unreachable"
        case _:
            return "failed"
