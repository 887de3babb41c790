"""The look whether somebody has moved the clock, which has no end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feedbackbot.building import Parts
from feedbackbot.clock import Jumps
from feedbackbot.delivering.recovering import catch_up

log = structlog.get_logger(__name__)

#: seconds between two looks
_LOOK_EVERY = 2.0


async def watch_clock(parts: Parts) -> None:
    jumps = Jumps(parts.clock.now)
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        if jump := jumps.find():
            await _after_jump(parts, jump)


async def _after_jump(parts: Parts, jump: timedelta) -> None:
    """Timers stand at moments and wait for them; only pauses of seconds must not become hours."""
    log.warning("clock_jumped", seconds=round(jump.total_seconds()))
    now = parts.clock.now()
    try:
        await parts.database.awrite(lambda session: catch_up(session, jump, now=now))
    except SQLAlchemyError as error:
        log.warning("pauses_not_shortened", error=type(error).__name__)
    parts.committed()
