"""The queue of updates: what waits for the bot, how long it waits, and what an offset confirms."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from feedbackbot.sandbox.clock import Bell, Clock
from feedbackbot.sandbox.wire import Json, copied

#: Kinds that a bot gets only when it asks for them.
_ASKED_FOR = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    body: Json
    #: Webhooks deliver one lane in order: messages of one chat, taps of one person.
    lane: str
    expires_at: float

    @property
    def id(self) -> int:
        return int(self.body["update_id"])


class UpdateQueue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next_id = random.randint(100_000_000, 800_000_000)
        self.waiting: dict[int, Update] = {}
        #: Lanes that something was put on since a webhook last looked.
        self.touched: set[str] = set()
        self._lanes: dict[str, deque[Update]] = {}
        self._first_expiry = float("inf")
        #: Everything ever queued, for a test that wants it delivered again.
        self.history: dict[int, Update] = {}
        #: Copies that are handed out once more whatever the offset says.
        self.repeats: list[Update] = []
        self.allowed: list[str] = []
        self.bell = Bell()

    def add(self, kind: str, content: Json, *, lane: str, lives: float) -> int | None:
        """Queue one; None when the bot has not asked for this kind."""
        wanted = kind in self.allowed if self.allowed else kind not in _ASKED_FOR
        if not wanted:
            return None
        return self.inject({kind: copied(content)}, lane=lane, lives=lives)

    def inject(self, body: Json, *, lane: str, lives: float) -> int:
        """Queue any JSON as an update, however odd; the id is added when missing."""
        whole = {"update_id": self._next_id, **body}
        self._next_id = max(self._next_id, int(whole["update_id"])) + 1
        update = Update(body=whole, lane=lane, expires_at=self._clock.now() + lives)
        self.waiting[update.id] = update
        self.touched.add(lane)
        self._lanes.setdefault(lane, deque()).append(update)
        self._first_expiry = min(self._first_expiry, update.expires_at)
        self.history[update.id] = update
        self.bell.ring()
        return update.id

    def repeat(self, update_id: int, times: int) -> list[Update]:
        """Hand an update out so many times more; ValueError when there was no such update."""
        if update_id not in self.history:
            raise ValueError(f"There was no update {update_id}.")
        copies = [self.history[update_id]] * times
        self.repeats += copies
        self.bell.ring()
        return copies

    def confirm(self, offset: int) -> None:
        """Forget everything below the offset; a negative one keeps only so many of the newest."""
        self.forget_expired()
        if offset < 0:
            kept = sorted(self.waiting)[offset:]
            offset = kept[0] if kept else 0
        if offset > 0:
            self.waiting = {key: one for key, one in self.waiting.items() if key >= offset}

    def due(self, limit: int) -> list[Json]:
        self.forget_expired()
        repeats, self.repeats = self.repeats[:limit], self.repeats[limit:]
        fresh = [self.waiting[key] for key in sorted(self.waiting)[: limit - len(repeats)]]
        return [update.body for update in [*repeats, *fresh]]

    def first_of(self, lane: str) -> Update | None:
        """What this lane must deliver next."""
        self.forget_expired()
        queue = self._lanes.get(lane, deque())
        while queue and self.waiting.get(queue[0].id) is not queue[0]:
            queue.popleft()
        return queue[0] if queue else None

    def done(self, update: Update) -> None:
        """A webhook took it."""
        if self.waiting.get(update.id) is update:
            del self.waiting[update.id]

    def forget_expired(self) -> None:
        now = self._clock.now()
        if now < self._first_expiry:
            return
        self.waiting = {key: one for key, one in self.waiting.items() if one.expires_at > now}
        expiries = (update.expires_at for update in self.waiting.values())
        self._first_expiry = min(expiries, default=float("inf"))

    def clear(self) -> None:
        self.waiting.clear()
        self.repeats.clear()
