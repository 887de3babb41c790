"""What time it is: the machine's own, or the sandbox's, which can be moved."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.error import URLError
from urllib.request import urlopen

import structlog

_log = structlog.get_logger(__name__)

#: seconds that one question to the sandbox may stay open
_ASK_AGAIN_AFTER = 25
_RETRY_SECONDS = 0.5
#: less is what time servers do every day
_A_JUMP = timedelta(seconds=30)


def ticks() -> float:
    """Seconds that nobody can move, and that also pass while the machine sleeps, where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class Clock:
    """The machine's."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def on_change(self, callback: Callable[[], None]) -> None:
        """`callback` is called, from another thread, whenever the clock was moved: timers may be due."""

    def close(self) -> None:
        """Nobody listens any more."""


class Jumps:
    """Finds out that somebody moved the clock, by comparing it with one that nobody can move."""

    def __init__(
        self, now: Callable[[], datetime], *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._now = now
        self._ticks = ticks
        self._before = now(), ticks()

    def find(self) -> timedelta | None:
        """By how much since the last look; None when it only went on."""
        now, at = self._now(), self._ticks()
        (then, tick), self._before = self._before, (now, at)
        jump = now - then - timedelta(seconds=at - tick)
        return jump if abs(jump) > _A_JUMP else None


class SandboxClock(Clock):
    """Follows GET `url`?after=N&timeout=25 -> {"offset_seconds", "changed"} in a thread of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._offset = timedelta()
        self._changed = -1
        self._callbacks: list[Callable[[], None]] = []
        self._closed = threading.Event()
        # the first look comes before anybody asks for the time
        self._follow_safely(timeout=0)
        threading.Thread(target=self._run, name="feedbackbot-clock", daemon=True).start()

    def now(self) -> datetime:
        return super().now() + self._offset

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def close(self) -> None:
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            if not self._follow_safely(timeout=_ASK_AGAIN_AFTER):
                self._closed.wait(_RETRY_SECONDS)

    def _follow_safely(self, *, timeout: int) -> bool:
        """False when the sandbox is away; the clock goes on as it stands."""
        try:
            self._follow(timeout)
        except (URLError, OSError, ValueError, KeyError) as error:
            if not self._closed.is_set():
                _log.warning("clock_unreachable", error=type(error).__name__)
            return False
        return True

    def _follow(self, timeout: int) -> None:
        address = f"{self._url}?after={self._changed}&timeout={timeout}"
        # config refuses everything but http(s), and this clock anywhere but in front of the sandbox
        with urlopen(address, timeout=timeout + 10) as answer:  # noqa: S310
            told = json.load(answer)
        if int(told["changed"]) != self._changed and not self._closed.is_set():
            self._changed = int(told["changed"])
            self._offset = timedelta(seconds=float(told["offset_seconds"]))
            for callback in list(self._callbacks):
                callback()
