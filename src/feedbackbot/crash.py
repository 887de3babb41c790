"""Named places at which a test may end the process as `kill -9` would; nothing happens unless one is armed."""

from __future__ import annotations

import os
from typing import ClassVar

from feedbackbot.errors import ConfigError

#: every place there is
POINTS = (
    "received",
    "half_recorded",
    "before_commit",
    "committed",
    "claimed",
    "before_send",
    "sent_not_stored",
    "stored",
)


class _Armed:
    name: ClassVar[str] = ""
    countdown: ClassVar[int] = 0


def arm(wanted: str) -> None:
    """`name`, or `name:3` for the third time that the place is passed; config refuses it outside the sandbox."""
    name, _, times = wanted.partition(":")
    if name and name not in POINTS:
        raise ConfigError(f"FEEDBACKBOT_CRASH_AT knows {', '.join(POINTS)}; not {name!r}.")
    _Armed.name = name
    _Armed.countdown = int(times or 1)


def point(name: str) -> None:
    """Pass a place."""
    if name != _Armed.name:
        return
    _Armed.countdown -= 1
    if _Armed.countdown <= 0:
        os._exit(137)
