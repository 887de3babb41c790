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
from feedbackbot.channels.base import Channel, Receipt
from feedbackbot.delivering.attaching import needs_bytes, with_bytes
from feedbackbot.delivering.breaking import Breaker
from feedbackbot.delivering.claiming import Claim, Claimed, claim
from feedbackbot.delivering.counting import Counting
from feedbackbot.delivering.high_water import HighWater, repeat_nothing
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.delivering.receipts import Attempt, settle, tell_dropped
from feedbackbot.delivering.recovering import recover
from feedbackbot.delivering.turns import address_of, next_at
from feedbackbot.errors import ChannelBusy, DeliveryError, NotSent
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.processes import Alone, Processes

__all__ = ["Deliverer", "address_of"]

log = structlog.get_logger(__name__)

#: messages under way at once
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
        self._now = now
        self._counting = Counting()
        self._changed = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._done: list[Attempt] = []
        self._storing: asyncio.TimerHandle | None = None
        self._rest = 0.0
        self._recovered = False
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
            await self._round_safely()
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

    async def _round_safely(self) -> None:
        try:
            claimed = await self._round()
        except SQLAlchemyError as error:
            log.warning("outbox_paused", error=type(error).__name__)
            await asyncio.sleep(_LONGEST_REST)
            return
        if not claimed:
            await self._wait()

    async def _round(self) -> int:
        """One transaction: store what is known by now, and take what may leave."""
        self.round_at = time.monotonic()
        self._counting.round_begins()
        self._changed.clear()
        done, self._done = self._done, []
        self._rest, self._dropped = _LONGEST_REST, 0
        try:
            taken = await self._database.awrite(
                lambda session: self._write(session, done), short=True
            )
        except BaseException:
            self._done = [*done, *self._done]
            raise
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
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return len(taken) + self._dropped

    def _write(self, session: Session, done: list[Attempt]) -> list[Claimed]:
        now = self._now()
        self._taking.clear()
        settle(session, self._house, done, now=now)
        session.flush()
        taken: list[Claimed] = []
        for channel in self._channels:
            free = 0 if self._stopping else _AT_ONCE - len(self._under_way) - len(taken)
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

    def _repeat_nothing(self, connection: Connection) -> None:
        repeat_nothing(connection, self._house.sent_file, now=self._now())

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
        attempt = await self._attempt(claimed)
        crash.point("sent_not_stored")
        seconds = time.perf_counter() - started
        self._counting.sent(claimed, attempt.error, seconds=seconds, now=self._now())
        if claimed.message.channel == "slack":
            self._busy.discard(claimed.message.address)
        self._note(claimed.message.channel, attempt.error)
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

    def _note(self, channel: str, error: DeliveryError | None) -> None:
        breaker = self._breakers[channel]
        was_open = breaker.is_open
        if breaker.note(error):
            log.warning("platform_back", channel=channel)
        elif breaker.is_open and not was_open:
            log.error("platform_away", channel=channel, reason=str(error))

    async def _attempt(self, claimed: Claimed) -> Attempt:
        try:
            receipt = await self._hand_over(claimed)
        except DeliveryError as error:
            return Attempt(claimed=claimed, error=error)
        except Exception as error:
            # A mistake of ours; another try would make it again.
            log.exception("send_failed", row=claimed.message.id, kind=claimed.message.kind)
            return Attempt(claimed=claimed, error=DeliveryError(f"{type(error).__name__}: {error}"))
        return Attempt(claimed=claimed, receipt=receipt)

    async def _hand_over(self, claimed: Claimed) -> Receipt:
        message = claimed.message
        channel = self._channels[message.channel]
        if claimed.look_first:
            found = await channel.find(message)
            if found is not None:
                return found
        if needs_bytes(message.payload):
            without = message
            message = await self._database.aread(
                lambda session: with_bytes(session, self._house, without)
            )
        if not self._processes.may_send:
            raise NotSent("The other processes have not heard of this one for a while.")
        crash.point("before_send")
        return await channel.send(message)

    async def _finish(self) -> None:
        while self._under_way or self._done:
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self._round()
        self._high_water.close()
