"""How fast a platform may be written to: token buckets in this process, and pauses that it has asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session


@dataclass(slots=True)
class Bucket:
    """`rate` a second on average, `burst` at once; a rate of 0 is no limit."""

    rate: float
    burst: float
    left: float
    filled_at: float

    def wait(self, at: float) -> float:
        """Seconds until something may leave; 0 is now."""
        if self.rate == 0:
            return 0.0
        self.left = min(self.burst, self.left + (at - self.filled_at) * self.rate)
        self.filled_at = at
        return 0.0 if self.left >= 1 else (1 - self.left) / self.rate

    def take(self) -> None:
        self.left -= 1


class Pacing:
    """Asks one bucket for a platform as a whole and one for each chat; measured with a monotonic clock."""

    def __init__(
        self,
        *,
        per_second: float = 25,
        per_chat: float = 1,
        burst: float = 3,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ticks = ticks
        self._per_chat = per_chat
        self._burst = burst
        self._whole = Bucket(per_second, max(per_second, 1), max(per_second, 1), ticks())
        self._chats: dict[str, Bucket] = {}
        self._pauses: dict[str, float] = {}
        self._refusals: dict[str, float] = {}
        self._all_until = 0.0

    def begin(self, session: Session) -> None:
        """Messages are about to be chosen; this process alone knows all that counts."""

    def end(self) -> None:
        """They have been."""

    def wait(self, chat: str, *, light: bool = False) -> float:
        """Seconds until this chat may be written to; what is `light` adds no message to it."""
        at = self._ticks()
        paused = max(self._pauses.get(chat, 0.0), self._all_until) - at
        own = 0.0 if light else self._bucket(chat, at).wait(at)
        return max(paused, 0.0, self._whole.wait(at), own)

    def take(self, chat: str, *, light: bool = False) -> None:
        self._whole.take()
        if not light:
            self._bucket(chat, self._ticks()).take()

    def pause(self, chat: str, seconds: float) -> None:
        """The platform asked this chat to wait; when it asks several at once, it means all of them."""
        at = self._ticks()
        self._refused(chat, at, at + seconds)

    def forget_quiet(self) -> None:
        """Drop what has no bearing any more."""
        at = self._ticks()
        self._pauses = {chat: until for chat, until in self._pauses.items() if until > at}
        full = {c for c, b in self._chats.items() if b.wait(at) == 0 and b.left >= b.burst}
        self._chats = {chat: b for chat, b in self._chats.items() if chat not in full}

    def _refused(self, chat: str, at: float, until: float) -> None:
        """Heard twice it says nothing new."""
        self._pauses[chat] = max(until, self._pauses.get(chat, 0.0))
        self._refusals = {c: t for c, t in self._refusals.items() if t > at - 5} | {chat: at}
        if len(self._refusals) >= 3:
            self._all_until = max(until, self._all_until)

    def _bucket(self, chat: str, at: float) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            bucket = self._chats[chat] = Bucket(self._per_chat, self._burst, self._burst, at)
        return bucket
