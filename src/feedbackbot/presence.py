"""Knows for how long nothing could come in, and makes up for it: taps live 150 seconds at Telegram, messages a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from feedbackbot import clock, restoring
from feedbackbot.alarming import Alarm
from feedbackbot.building import Parts
from feedbackbot.conversing import absence
from feedbackbot.conversing.absence import TAPS_LIVE, Absence
from feedbackbot.models.away import why_away

log = structlog.get_logger(__name__)

#: seconds between two looks
_LOOK_EVERY = 2.0
#: the same until the first updates could come in, so that nobody waits for their question
_FIRST_LOOKS = 0.1
#: seconds between two signs of life in the database
_SAY_EVERY = 60.0


class Presence:
    """`run` until cancelled. A sign of life says that everything before it has come in, or has been made up for; of
    several processes the one that fetches updates gives it.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        announce: Callable[[Alarm], None],
        ticks: Callable[[], float] = clock.ticks,
        catch_up_seconds: float = 20,
    ) -> None:
        self._parts = parts
        self._announce = announce
        self._ticks = ticks
        #: with a webhook, how long what had waited at Telegram may take to come
        self._catch_up_seconds = catch_up_seconds
        #: what was found before anything was taken in
        self._at_start: Absence | None = None
        #: tick at which updates last could come in; None while that is another process's business
        self._seen_at: float | None = None
        self._said_at = float("-inf")
        #: whose open questions are still to be put again, since when
        self._to_ask: list[int] = []
        self._away: Absence | None = None

    async def look_back(self) -> None:
        """At the start; where nothing can have been missed, that is a sign of life by itself."""
        database, now = self._parts.database, self._parts.clock.now()
        away = await database.aread(lambda session: absence.look_back(session, now=now))
        self._at_start = away
        await self._tell_of_loss(away)
        if not away.lost_taps:
            await database.awrite(lambda session: absence.say_alive(session, now=now))

    async def run(self) -> None:
        while True:
            pause = _LOOK_EVERY if self._seen_at is not None else _FIRST_LOOKS
            try:
                await self.look()
            except SQLAlchemyError as error:
                reason = self._parts.database.trouble or type(error).__name__
                log.warning("database_away", reason=reason)
                pause = _LOOK_EVERY
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Raises SQLAlchemyError; the next look goes on where this one ended."""
        if self._parts.deliverer.has_fallen_back:
            await restoring.heed_again(self._parts)
            self._parts.deliverer.has_fallen_back = False
            self._parts.committed()
        if not self._parts.receives_here:
            self._seen_at = self._at_start = None
            return
        at = self._parts.could_receive_at(self._ticks())
        if at is None:
            return
        if self._away is None:
            await self._notice(await self._find_absence(at))
        await self._make_up()
        self._seen_at, self._at_start = at, None
        await self._say_alive(at)

    async def _find_absence(self, at: float) -> Absence | None:
        """In this process it is measured with a clock that nobody can move."""
        if self._seen_at is None:
            return self._at_start or await self._parts.database.aread(
                lambda session: absence.look_back(session, now=self._parts.clock.now())
            )
        lasted = timedelta(seconds=at - self._seen_at)
        if lasted <= TAPS_LIVE:
            return None
        back_at = self._parts.clock.now() - timedelta(seconds=self._ticks() - at)
        return await self._parts.database.aread(
            lambda session: absence.look_around(session, lasted, back_at=back_at)
        )

    async def _notice(self, away: Absence | None) -> None:
        if away is None or not away.lost_taps:
            return
        self._away, self._to_ask = away, list(away.open_questions)
        log.warning("was_away", seconds=round(away.lasted.total_seconds()))
        if away is not self._at_start:
            await self._tell_of_loss(away)

    async def _tell_of_loss(self, away: Absence) -> None:
        if not away.lost_messages:
            return
        is_news = await self._parts.database.awrite(
            lambda session: absence.note_loss(session, away)
        )
        if not is_news:
            return
        hours = round(away.lasted.total_seconds() / 3600)
        log.warning("messages_may_be_lost", away_hours=hours)
        text = (
            f"The bot was away for {hours} hours. Telegram keeps messages for 24 hours only, so some "
            "may be lost; open questions are asked again."
        )
        self._announce(Alarm(name="messages_may_be_lost", text=text))

    async def _make_up(self) -> None:
        """First what had waited at Telegram, then what had come due, then the questions whose taps were lost."""
        if self._away is None:
            return
        if self._to_ask:
            await self._caught_up()
            while await self._parts.sweep.sweep():
                pass
        while self._to_ask:
            await self._ask_again(self._to_ask[-1], self._away)
            self._to_ask.pop()
        self._away, self._said_at = None, float("-inf")

    async def _caught_up(self) -> None:
        if self._parts.polling is not None:
            await self._parts.polling.caught_up.wait()
        else:
            await asyncio.sleep(self._catch_up_seconds)

    async def _ask_again(self, customer_id: int, away: Absence) -> None:
        house, now = self._parts.house, self._parts.clock.now()
        try:
            await self._parts.database.awrite(
                lambda session: absence.ask_again(session, house, customer_id, away, now=now)
            )
        except Exception as error:
            if why_away(error):
                raise
            # a mistake of ours with one customer must not cost the others their question
            log.exception("not_asked_again", customer=customer_id)
        self._parts.committed()

    async def _say_alive(self, at: float) -> None:
        if at - self._said_at < _SAY_EVERY:
            return
        now = self._parts.clock.now() - timedelta(seconds=self._ticks() - at)
        await self._parts.database.awrite(lambda session: absence.say_alive(session, now=now))
        self._said_at = at
