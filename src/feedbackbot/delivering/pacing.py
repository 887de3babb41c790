"""How fast a platform may be written to: what has just left, in this process, and pauses that it has asked for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

#: a little less than a fifth of a second: what a round comes late is made up for
_A_FIFTH = 0.18


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
        self.left = min(self.burst, self.left + max(at - self.filled_at, 0.0) * self.rate)
        self.filled_at = at
        return 0.0 if self.left >= 1 else (1 - self.left) / self.rate

    def take(self) -> None:
        self.left -= 1


class Window:
    """At most `rate` within any one second; of these a fifth at once, so that who talks waits for no whole second.

    A bucket as large as a second's share would let nearly twice the rate leave in its first second.
    """

    def __init__(self, rate: float) -> None:
        self._most = max(int(rate), 1)
        self._seconds = max(1 / rate, 1.0) if rate else 0.0
        self._at_once = max(self._most // 5, 1)
        self._left_at: deque[float] = deque(maxlen=self._most)

    def wait(self, at: float) -> float:
        """Seconds until something may leave; 0 is now."""
        if not self._seconds:
            return 0.0
        first = self._free_at(self._most, self._seconds)
        return max(first - at, self._free_at(self._at_once, _A_FIFTH) - at, 0.0)

    def take(self, at: float) -> None:
        self._left_at.append(at)

    def left_since(self, at: float) -> list[float]:
        """When whatever still counts has left."""
        return [moment for moment in self._left_at if moment > at - self._seconds]

    def restore(self, left_at: Iterable[float], at: float) -> None:
        """A clock that was put back since must hold nothing back for long."""
        self._left_at = deque((min(moment, at) for moment in left_at), maxlen=self._most)

    def _free_at(self, many: int, seconds: float) -> float:
        """When no more than `many` will have left within so many seconds."""
        return self._left_at[-many] + seconds if len(self._left_at) >= many else 0.0


class Pacing:
    """Asks one window for a platform as a whole and a bucket for each chat; measured with a monotonic clock."""

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
        self._whole = Window(per_second)
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
        at = self._ticks()
        self._whole.take(at)
        if not light:
            self._bucket(chat, at).take()

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
        """Heard twice, and however late, it says nothing new."""
        self._pauses[chat] = max(until, self._pauses.get(chat, 0.0))
        refusals = {**self._refusals, chat: max(at, self._refusals.get(chat, at))}
        newest = max(refusals.values())
        self._refusals = {c: t for c, t in refusals.items() if t > newest - 5}
        if chat in self._refusals and len(self._refusals) >= 3:
            self._all_until = max(until, self._all_until)

    def _bucket(self, chat: str, at: float) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            bucket = self._chats[chat] = Bucket(self._per_chat, self._burst, self._burst, at)
        return bucket
