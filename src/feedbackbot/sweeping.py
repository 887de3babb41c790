"""Looks at what is due: timers of chats, invitations and escalations, each in a transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from feedbackbot import conversing, escalating, inviting
from feedbackbot.engine.happenings import Woken
from feedbackbot.house import House
from feedbackbot.models.away import why_away
from feedbackbot.models.database import Database
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.locking import try_lock_owner
from feedbackbot.models.timer import (
    DueTimer,
    clear_timer,
    due,
    find_next_due_at,
    is_due,
    set_timer,
)
from feedbackbot.rounds import Rounds

log = structlog.get_logger(__name__)

#: seconds until customers at whom others are at work are looked at again
_LOOK_AGAIN = 0.05
#: few, so that whoever writes meanwhile waits behind no more than these
_AT_ONCE = 25
#: a timer that raised is tried again after this
_TRY_AGAIN = timedelta(minutes=10)

#: whose rows the subjects of each kind of timer are
_SUBJECTS = {"chat": "customers", "invitation": "invitations", "escalation": "escalations"}


def look_at(session: Session, house: House, timer: DueTimer, *, now: datetime) -> bool:
    """Let one timer happen; whoever set it moves or clears it. False: others are at it, or have just been."""
    table = _SUBJECTS.get(timer.kind)
    if table and not try_lock_owner(session, table, timer.subject_id):
        return False
    if not is_due(session, timer, now=now):
        return False
    _look_at(session, house, timer, now=now)
    return True


def _look_at(session: Session, house: House, timer: DueTimer, *, now: datetime) -> None:
    match timer.kind:
        case "chat":
            conversing.happen(session, house, timer.subject_id, Woken(), now=now)
        case "invitation":
            _ask(session, house, timer.subject_id, now=now)
        case "escalation":
            escalating.look(session, house, timer.subject_id, now=now)
        case _:
            clear_timer(session, timer.kind, timer.subject_id)


def _ask(session: Session, house: House, invitation_id: int, *, now: datetime) -> None:
    question = inviting.due(session, house, invitation_id, now=now)
    if question is not None:
        customer_id = session.get_one(Invitation, invitation_id).customer_id
        conversing.happen(session, house, customer_id, question, now=now)


class Sweep(Rounds):
    """Woken when the clock was moved or something was committed."""

    paused = "timers_paused"
    longest_rest = 1.0

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        now: Callable[[], datetime],
        committed: Callable[[], None],
    ) -> None:
        super().__init__()
        self._database = database
        self._house = house
        self._now = now
        self._committed = committed

    async def look(self) -> float:
        return 0.0 if await self.sweep() else await self._rest()

    async def sweep(self) -> int:
        """Everything that is due now, once; how many happened."""
        now = self._now()
        found = await self._database.aread(lambda session: due(session, now, _AT_ONCE))
        happened = sum(await asyncio.gather(*(self._look(timer) for timer in found)))
        if happened:
            self._committed()
        return happened

    async def _look(self, timer: DueTimer) -> bool:
        now = self._now()
        try:
            return await self._database.awrite(
                lambda session: look_at(session, self._house, timer, now=now)
            )
        except Exception as error:
            if why_away(error):
                raise
            log.exception("timer_failed", kind=timer.kind, subject=timer.subject_id)
            await self._database.awrite(
                lambda session: set_timer(session, timer.kind, timer.subject_id, now + _TRY_AGAIN)
            )
            return True

    async def _rest(self) -> float:
        following = await self._database.aread(find_next_due_at)
        if following is None:
            return self.longest_rest
        until = (following - self._now()).total_seconds()
        # what is due all the same is in the hands of others
        return min(until + 0.002, self.longest_rest) if until > 0 else _LOOK_AGAIN
