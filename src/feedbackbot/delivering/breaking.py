"""When a platform is away, one message at a time finds out whether it is back, instead of all of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from feedbackbot.errors import DeliveryError, MaybeSent, PlatformAway

#: failures in a row, whoever the messages are for, that mean the platform itself
ENOUGH = 10
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
#: while one message is on its way to find out, the others look again after this
_LOOK_AGAIN = 1.0


class Breaker:
    """Closed while all is well; measured with a monotonic clock."""

    def __init__(self, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._failures >= ENOUGH

    def wait(self) -> float:
        """Seconds until a message may leave; 0 is now."""
        if not self.is_open:
            return 0.0
        return _LOOK_AGAIN if self._trying else max(self._until - self._ticks(), 0.0)

    def take(self) -> None:
        """A message leaves; while the breaker is open it is the only one."""
        self._trying = self.is_open

    def give_way(self) -> None:
        """It never came to the platform, so nothing was learned; the next one may try."""
        self._trying = False

    def note(self, error: DeliveryError | None) -> bool:
        """What became of a message; True when the platform is back."""
        was_open, tried = self.is_open, self._trying
        self._trying = False
        if not isinstance(error, PlatformAway | MaybeSent):
            # a refusal is an answer too
            self._failures = 0
            return was_open
        if was_open and not tried:
            # it had left before the others were held back
            return False
        self._failures += 1
        pause = min(_FIRST_PAUSE * 2.0 ** min(self._failures - ENOUGH, 9), _LONGEST_PAUSE)
        self._until = self._ticks() + pause
        return False
