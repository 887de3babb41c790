"""The sandbox's time: the real time plus an offset that can be moved, and sleeping by it."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime
from email.utils import formatdate

_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


class Bell:
    """Wakes everybody who waits at the moment it rings."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, *, at_most: float) -> None:
        try:
            async with asyncio.timeout(at_most):
                await self._event.wait()
        except TimeoutError:
            return


class Clock:
    """Moments are seconds since 1970, as both platforms stamp them."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0
        #: Counts every move, so that somebody who polls notices each.
        self.changed = 0
        #: Whether somebody at the page or a test has moved it.
        self.pushed = False
        self.bell = Bell()

    def now(self) -> float:
        return time.time() + self.offset_seconds

    def date(self) -> int:
        return int(self.now())

    def iso(self) -> str:
        return iso(self.now())

    def move_to(self, offset_seconds: float) -> None:
        self.offset_seconds = offset_seconds
        self.changed += 1
        self.bell.ring()

    async def until(self, moment: float) -> None:
        """Sleep until that moment of this clock; moving the clock past it ends the sleep."""
        while (left := moment - self.now()) > 0:
            await self.bell.wait(at_most=min(left, 3600))


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def http_date(moment: float) -> str:
    """As a web server stamps its answers."""
    return formatdate(moment, usegmt=True)


def duration(words: str | float) -> float:
    """Seconds of "2d4h", "90", "1h30m" or a number; ValueError for anything else."""
    if isinstance(words, int | float) and not isinstance(words, bool):
        return float(words)
    text = str(words).replace(" ", "").lower()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    parts = re.findall(r"(\d+(?:\.\d+)?)([wdhms]?)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"'{words}' is no duration; write for example 2d4h, 30m or 90.")
    return sign * sum(float(number) * _UNITS[unit or "s"] for number, unit in parts)
