"""Many processes at one PostgreSQL: each gives signs of life, and what a dead one was doing is taken over by the others.

There is no queue beside the outbox and no leader: a waiting row is the job, its chat's order is kept by the statement
that claims it, and a row that is being sent names the process that sends it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot.models.database import Database
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

#: seconds between two signs of life
BEAT_EVERY = 1.5
#: seconds without one after which a process is dead for the others; with the next beat that makes less than ten
DEAD_AFTER = 7.0
#: seconds after its last sign of life in which a process acts, so that it stops before the others begin
_TRUSTED_FOR = DEAD_AFTER - 1.0


class Together:
    """`recover` looks for sends of processes that are no longer there."""

    def __init__(
        self,
        database: Database,
        *,
        polls: bool,
        recover: Callable[[Session], int],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._polls = polls
        self._recover = recover
        self._ticks = ticks
        self._number: int | None = None
        self._beat_at = 0.0
        self._is_first = self._is_eldest = False

    @property
    def number(self) -> int | None:
        return self._number

    @property
    def may_send(self) -> bool:
        """A process that was stopped for a while finds out here, before it knows that it was."""
        return self._number is not None and self._ticks() - self._beat_at < _TRUSTED_FOR

    @property
    def may_poll(self) -> bool:
        return self._is_first and self.may_send

    @property
    def is_eldest(self) -> bool:
        return self._is_eldest and self.may_send

    async def join(self) -> int:
        return await self.beat()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            try:
                rescued = await self.beat()
            except SQLAlchemyError as error:
                log.warning("no_sign_of_life", error=type(error).__name__)
                continue
            if rescued:
                log.warning("interrupted_sends", messages=rescued)

    async def leave(self) -> None:
        number, self._number = self._number, None
        if number is None:
            return
        try:
            await self._database.awrite(lambda s: s.connection().execute(_LEAVE, {"me": number}))
        except SQLAlchemyError as error:
            # the others will notice
            log.warning("not_signed_off", error=type(error).__name__)

    async def beat(self) -> int:
        """One sign of life, and a look at the others; how many sends of dead ones were found."""
        # measured before the database looks at its clock, so that we never trust ourselves for longer than others do
        at = self._ticks()
        # in a thread of its own: work that waits for locks must not make this process look dead
        number, first = await asyncio.to_thread(self._database.write, self._beat)
        if self._number not in {None, number}:
            log.warning("taken_for_dead", was=self._number, now=number)
        self._number, self._beat_at = number, at
        self._is_eldest, self._is_first = (number == one for one in first)
        # by itself, since whatever it meets must not take back the sign of life
        try:
            return await asyncio.to_thread(self._database.write, self._recover)
        except SQLAlchemyError as error:
            log.warning("not_taken_over", error=type(error).__name__)
            return 0

    def _beat(self, session: Session) -> tuple[int, tuple[int | None, int | None]]:
        """Our number, and those of the eldest of all and of all that poll."""
        connection = session.connection()
        number = self._number
        if connection.execute(_BEAT, {"me": number}).rowcount == 0:
            name = f"{socket.gethostname()}:{os.getpid()}"
            joined = connection.execute(_JOIN, {"name": name, "polls": self._polls})
            number = int(joined.scalar_one())
        assert number is not None
        connection.execute(_NOT_YET, {"me": number})
        connection.execute(_BURY, {"me": number})
        eldest, first = connection.execute(_FIRST).one()
        return number, (eldest, first)


_PROCESSES = TABLES["processes"]
#: microseconds since 1970, as all moments are kept
_CLOCK = cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
_BEAT = update(_PROCESSES).where(_PROCESSES.c.id == bindparam("me")).values(beat_at=_CLOCK)
_JOIN = (
    insert(_PROCESSES)
    .values(name=bindparam("name"), polls=bindparam("polls"), beat_at=_CLOCK)
    .returning(_PROCESSES.c.id)
)
_LEAVE = delete(_PROCESSES).where(_PROCESSES.c.id == bindparam("me"))
_BEAT_AT = cast(_PROCESSES.c.beat_at, BigInteger)
_PATIENCE = int(DEAD_AFTER * 1_000_000)


def _others(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """But those that have frozen in the middle of a sign of life, which nobody must wait for."""
    found = select(_PROCESSES.c.id).where(_PROCESSES.c.id != bindparam("me"), which)
    return _PROCESSES.c.id.in_(found.with_for_update(skip_locked=True))


# The clock was put back: from now on these have as long as everybody to give another sign.
_NOT_YET = update(_PROCESSES).where(_others(_BEAT_AT > _CLOCK + _PATIENCE)).values(beat_at=_CLOCK)
_BURY = delete(_PROCESSES).where(_others(_BEAT_AT < _CLOCK - _PATIENCE))
_FIRST = select(
    func.min(_PROCESSES.c.id), func.min(_PROCESSES.c.id).filter(_PROCESSES.c.polls.is_(True))
)
