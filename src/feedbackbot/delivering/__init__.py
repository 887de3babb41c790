"""Empties the outbox: different chats side by side, each chat in order, and every receipt stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from msgspec.structs import replace
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot import crash
from feedbackbot.channels.base import Channel
from feedbackbot.delivering.breaking import Breaker
from feedbackbot.delivering.claiming import Claim, Claimed, claim
from feedbackbot.delivering.counting import Counting
from feedbackbot.delivering.handing_over import HandingOver
from feedbackbot.delivering.high_water import HighWater, repeat_nothing
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.delivering.putting_back import put_back
from feedbackbot.delivering.receipts import Attempt, settle, tell_dropped
from feedbackbot.delivering.recovering import recover
from feedbackbot.delivering.turns import address_of, next_at
from feedbackbot.errors import ChannelBusy
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.processes import Alone, Processes

__all__ = ["Deliverer", "address_of"]

log = structlog.get_logger(__name__)

#: messages under way at once on each platform, so that none takes another's places
_AT_ONCE = 128
#: seconds that a receipt waits for others, and for the next message
_TOGETHER = 0.005
#: seconds of rest at most, so that what another process queued is found as well
_LONGEST_REST = 1.0


class Deliverer:
    """`run` until `stop`; `wake` after every commit that may have queued something."""

    def __init__(
        self,
        *,
        database: Database,
        house: House,
        channels: Mapping[str, Channel],
        pacing: Mapping[str, Pacing],
        processes: Processes | None = None,
        now: Callable[[], datetime],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._house = house
        self._channels = channels
        self._pacing = pacing
        self._processes = processes or Alone(
            database, recover=lambda session: recover(session, house, now=now())
        )
        self._breakers = {name: Breaker(ticks=ticks) for name in channels}
        #: Slack channels into which something is being posted: there, what was queued first stands first
        self._busy: set[str] = set()
        #: channels and addresses of what the transaction under way has claimed
        self._taking: set[tuple[str, str]] = set()
        self._high_water = HighWater(house.sent_file)
        # one that has taken over may not have heard of the last commits, and so of what has been sent
        database.look_first(self._repeat_nothing)
        self._handing_over = HandingOver(
            database=database, house=house, channels=channels, processes=self._processes
        )
        self._now = now
        self._counting = Counting()
        self._changed = asyncio.Event()
        self._stopping = False
        #: what is being sent, and the platform of each
        self._under_way: dict[asyncio.Task[None], str] = {}
        #: what the round under way has claimed, and what others had whose commit may or may not have been applied
        self._choosing: list[Claimed] = []
        self._in_doubt: dict[int, Claimed] = {}
        self._done: list[Attempt] = []
        self._storing: asyncio.TimerHandle | None = None
        self._rest = 0.0
        self._recovered = False
        #: the database has forgotten commits; whoever has heeded it sets it back
        self.has_fallen_back = False
        #: when the loop last came round, on the monotonic clock
        self.round_at = time.monotonic()
        #: a message that is dropped makes way for the next one at once
        self._dropped = 0

    def wake(self) -> None:
        self._changed.set()

    def stop(self) -> None:
        """Claims nothing more; what is under way is finished and stored."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        await self.recover()
        while not self._stopping:
            if not await self._round_safely():
                await self._wait()
        await self._finish()

    async def recover(self) -> None:
        """Once, before anything is claimed: find what was being sent when the process last ended."""
        if self._recovered:
            return
        await self._database.awrite(lambda session: self._repeat_nothing(session.connection()))
        found = await self._processes.join()
        self._recovered = True
        if found:
            log.warning("interrupted_sends", messages=found)

    def may_leave(self, channel: str, address: str, *, light: bool) -> bool:
        """Where the pace says no, the next round comes when it will say yes."""
        if not self._is_its_turn(channel, address):
            return False
        pacing = self._pacing.get(channel)
        wait = 0.0 if pacing is None else pacing.wait(address, light=light)
        if wait > 0:
            self._counting.held_back(channel)
        wait = max(wait, self._breakers[channel].wait())
        if wait > 0:
            self._rest = min(self._rest, wait)
        return wait <= 0

    def take(self, channel: str, address: str, *, light: bool) -> None:
        self._taking.add((channel, address))
        pacing = self._pacing.get(channel)
        if pacing is not None:
            pacing.take(address, light=light)

    def _is_its_turn(self, channel: str, address: str) -> bool:
        """One post after the other in a Slack channel; and one message at all while the breaker is open."""
        if self._breakers[channel].is_open:
            return channel not in {taking for taking, _ in self._taking}
        return channel != "slack" or not (
            address in self._busy or (channel, address) in self._taking
        )

    async def drain(self) -> None:
        """Deliver all that may leave now, and return (for tests and for one-off commands)."""
        while True:
            claimed = await self._round()
            if not claimed and not self._under_way and not self._done:
                return
            if self._under_way:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _round_safely(self) -> bool:
        """True when there may be more to do at once."""
        try:
            return await self._round() > 0
        except SQLAlchemyError as error:
            log.warning("outbox_paused", error=type(error).__name__)
            await asyncio.sleep(_LONGEST_REST)
            return True

    async def _round(self) -> int:
        """One transaction: store what is known by now, and take what may leave."""
        self.round_at = time.monotonic()
        self._counting.round_begins()
        self._changed.clear()
        done, self._done = self._done, []
        self._rest, self._dropped, self._choosing = _LONGEST_REST, 0, []
        try:
            taken = await self._database.awrite(
                lambda session: self._write(session, done), short=True
            )
        except BaseException:
            self._done = [*done, *self._done]
            self._in_doubt |= {one.message.id: one for one in self._choosing}
            raise
        self._in_doubt.clear()
        if done:
            crash.point("stored")
        if taken:
            self._high_water.raise_to(max(one.message.id for one in taken))
            crash.point("claimed")
        for one in taken:
            self._breakers[one.message.channel].take()
            if one.message.channel == "slack":
                self._busy.add(one.message.address)
            task = asyncio.create_task(self._deliver(one))
            self._under_way[task] = one.message.channel
            task.add_done_callback(self._under_way.pop)
        return len(taken) + self._dropped

    def _write(self, session: Session, done: list[Attempt]) -> list[Claimed]:
        now = self._now()
        self._taking.clear()
        settle(session, self._house, done, now=now)
        session.flush()
        put_back(session, self._in_doubt.values(), now=now)
        taken = self._choosing = []
        for channel in self._channels:
            free = self._free(channel)
            if free > 0:
                found = self._claim(session, channel, free, now=now)
                tell_dropped(session, self._house, found.dropped, now=now)
                taken.extend(found.taken)
                self._dropped += len(found.dropped)
        following = next_at(session, now=now)
        if following is not None:
            # 5 ms more, so that it is surely due then
            self._rest = min(self._rest, (following - now).total_seconds() + 0.005)
        return taken

    def _free(self, channel: str) -> int:
        """None while others may take this process for dead: what it claims would be in doubt at once."""
        if self._stopping or not self._processes.may_send:
            return 0
        return _AT_ONCE - list(self._under_way.values()).count(channel)

    def _repeat_nothing(self, connection: Connection) -> None:
        if repeat_nothing(connection, self._house.sent_file, now=self._now()):
            self.has_fallen_back = True

    def _claim(self, session: Session, channel: str, limit: int, *, now: datetime) -> Claim:
        pacing = self._pacing.get(channel)
        if pacing is not None:
            pacing.begin(session)
        found = claim(
            session,
            self._house,
            channel=channel,
            limit=limit,
            pace=self,
            process_id=self._processes.number,
            now=now,
        )
        if pacing is not None:
            pacing.end()
        return found

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._changed.wait(), max(self._rest, 0.001))
        except TimeoutError:
            for pacing in self._pacing.values():
                pacing.forget_quiet()

    async def _deliver(self, claimed: Claimed) -> None:
        started = time.perf_counter()
        attempt = await self._handing_over.attempt(claimed)
        crash.point("sent_not_stored")
        seconds = time.perf_counter() - started
        self._counting.sent(claimed, attempt.error, seconds=seconds, now=self._now())
        if claimed.message.channel == "slack":
            self._busy.discard(claimed.message.address)
        self._note(attempt)
        if isinstance(attempt.error, ChannelBusy):
            pacing = self._pacing.get(claimed.message.channel)
            if pacing is not None:
                pacing.pause(claimed.message.address, attempt.error.retry_after)
        self._done.append(replace(attempt, away=self._breakers[claimed.message.channel].is_open))
        # a receipt costs a commit of its own, unless it is stored together with what comes right after it
        if self._storing is None:
            self._storing = asyncio.get_running_loop().call_later(_TOGETHER, self._store)

    def _store(self) -> None:
        self._storing = None
        self._changed.set()

    def _note(self, attempt: Attempt) -> None:
        channel = attempt.claimed.message.channel
        breaker = self._breakers[channel]
        if not attempt.asked:
            breaker.give_way()
            return
        was_open = breaker.is_open
        if breaker.note(attempt.error):
            log.warning("platform_back", channel=channel)
        elif breaker.is_open and not was_open:
            log.error("platform_away", channel=channel, reason=str(attempt.error))

    async def _finish(self) -> None:
        """Each receipt is stored as it comes: a send that takes long must not cost those of the others.

        It takes as long as the database does; whoever stops us knows how long may be waited.
        """
        while self._under_way or self._done or self._in_doubt:
            await self._round_safely()
            if self._under_way:
                await asyncio.wait(
                    self._under_way, timeout=_LONGEST_REST, return_when=asyncio.FIRST_COMPLETED
                )
        self._high_water.close()
