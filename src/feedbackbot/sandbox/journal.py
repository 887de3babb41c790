"""What has happened: numbered events for the page, the ledger of what people saw and did, every API call.

The ledger is the oracle of the tests: it holds what a person would have seen, never what a bot meant.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from feedbackbot.sandbox.clock import Bell, Clock
from feedbackbot.sandbox.wire import Json, encode

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call of the bot; both sides are kept as bytes, so that nothing can change them later."""

    seq: int
    platform: str
    method: str
    params: bytes
    answer: bytes
    status: int
    at: str


class Journal:
    """One sequence for everything, and a bell that rings at each number."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.seq = 0
        self.events: deque[Json] = deque(maxlen=20_000)
        self.calls: deque[Call] = deque(maxlen=200_000)
        self.ledger: list[Json] = []
        self.bell = Bell()
        self.closing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, kind: str, **facts: object) -> int:
        """Something changed that the page shows."""
        self.seq += 1
        self.events.append({"seq": self.seq, "kind": kind, **facts})
        self.bell.ring()
        return self.seq

    def saw(self, who: str, what: str, **facts: object) -> None:
        """`who` is a customer's id or "slack"; `what` is what that person saw or did."""
        kept = {name: value for name, value in facts.items() if value is not None}
        entry = {"seq": self.seq, "at": self.clock.iso(), "who": who, "what": what, **kept}
        self.ledger.append(entry)

    def called(
        self, platform: str, method: str, params: Json, *, status: int, answer: bytes
    ) -> None:
        self.seq += 1
        call = Call(
            seq=self.seq,
            platform=platform,
            method=method,
            params=encode(params),
            answer=answer,
            status=status,
            at=self.clock.iso(),
        )
        self.calls.append(call)
        self.bell.ring()

    async def wait_for(self, find: Callable[[], Found | None], *, at_most: float) -> Found | None:
        """The first thing found, looking again after every event, for so many real seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + at_most
        while (found := find()) is None and not self.closing:
            if (left := until - loop.time()) <= 0:
                return None
            await self.bell.wait(at_most=left)
        return found

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Wake everybody who waits, and end what runs by itself."""
        self.closing = True
        self.bell.ring()
        self.clock.bell.ring()
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
