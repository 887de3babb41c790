"""Signs of life in the database, and the look whether somebody has moved the clock; both loops have no end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feedbackbot.building import Parts
from feedbackbot.clock import Jumps
from feedbackbot.conversing import absence
from feedbackbot.delivering.recovering import catch_up

log = structlog.get_logger(__name__)

#: seconds between two signs of life
_ALIVE_EVERY = 60.0
#: seconds until something that was wrong is looked at again
_LOOK_AGAIN = 2.0


async def say_alive(parts: Parts) -> None:
    """Also finds out that a database which took nothing takes something again."""
    while True:
        pause = _ALIVE_EVERY
        try:
            await parts.database.awrite(
                lambda session: absence.say_alive(session, now=parts.clock.now())
            )
        except SQLAlchemyError as error:
            reason = parts.database.trouble or type(error).__name__
            log.warning("database_away", reason=reason)
            pause = _LOOK_AGAIN
        await _rest(parts, pause)


async def watch_clock(parts: Parts) -> None:
    jumps = Jumps(parts.clock.now)
    while True:
        await asyncio.sleep(_LOOK_AGAIN)
        if jump := jumps.find():
            await _after_jump(parts, jump)


async def _rest(parts: Parts, seconds: float) -> None:
    """Shorter as soon as the database is in trouble."""
    rested = 0.0
    while rested < seconds and not (parts.database.trouble and rested >= _LOOK_AGAIN):
        await asyncio.sleep(_LOOK_AGAIN)
        rested += _LOOK_AGAIN


async def _after_jump(parts: Parts, jump: timedelta) -> None:
    """Timers stand at moments and wait for them; only pauses of seconds must not become hours."""
    log.warning("clock_jumped", seconds=round(jump.total_seconds()))
    now = parts.clock.now()
    try:
        await parts.database.awrite(lambda session: catch_up(session, jump, now=now))
    except SQLAlchemyError as error:
        log.warning("pauses_not_shortened", error=type(error).__name__)
    parts.committed()
