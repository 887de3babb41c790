"""Telegram and Slack as people see them: what stands on each screen, and what went wrong on the way there."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.errors import (
    ChannelBusy,
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    PlatformAway,
)


class Fault(StrEnum):
    #: no connection
    REFUSED = "refused"
    #: 429, come back in 35 s
    BUSY = "busy"
    #: 5xx
    DOWN = "down"
    #: time-out, and it never arrived
    LOST = "lost"
    #: time-out, and it had arrived
    ACCEPTED = "accepted"
    #: the bot dies before it arrives
    DIES_BEFORE = "dies_before"
    #: the bot dies after it has arrived, before it knows
    DIES_AFTER = "dies_after"


#: nobody can tell after these whether it arrived
IN_DOUBT = {Fault.ACCEPTED, Fault.DIES_AFTER}


@dataclass(slots=True)
class Post:
    """One message on a screen."""

    row: int
    name: str
    kind: str
    payload: dict[str, Any]
    visit: int | None
    at: datetime

    @property
    def buttons(self) -> list[str]:
        """The choices under it."""
        rows = self.payload.get("buttons") or []
        return [str(b["choice"]) for row in rows for b in row if b.get("choice")]


@dataclass(repr=False)
class Platform:
    """A channel whose faults are set beforehand, or drawn by `chance` each time."""

    name: str
    now: Callable[[], datetime]
    #: called when the bot is to die; never returns to its caller
    die: Callable[[], None]
    chance: Callable[[str], Fault | None] = lambda _kind: None
    faults: deque[Fault] = field(default_factory=deque)
    screens: dict[str, list[Post]] = field(default_factory=lambda: defaultdict(list))
    #: outbox row -> how often it was shown
    shown: Counter[int] = field(default_factory=Counter)
    #: rows of which the bot could not know
    doubtful: Counter[int] = field(default_factory=Counter)
    #: chats that have blocked the bot
    blocked: set[str] = field(default_factory=set)
    met: Counter[Fault] = field(default_factory=Counter)
    _names: int = 1000

    async def send(self, message: Outgoing) -> Receipt:
        if message.address in self.blocked:
            raise CustomerUnreachable("Forbidden: bot was blocked by the user")
        fault = self.faults.popleft() if self.faults else self.chance(message.kind)
        if fault is None:
            return self._show(message)
        self.met[fault] += 1
        if fault in IN_DOUBT:
            self.doubtful[message.id] += 1
            self._show(message)
        if fault in {Fault.DIES_BEFORE, Fault.DIES_AFTER}:
            self.die()
            await asyncio.Event().wait()
        raise _error_of(fault)

    async def find(self, message: Outgoing) -> Receipt | None:
        """Slack finds posts by the number that they bear; Telegram can't be asked."""
        if self.name != "slack" or message.kind not in {"card", "thread", "file"}:
            return None
        fault = self.faults.popleft() if self.faults else None
        if fault in {Fault.REFUSED, Fault.BUSY, Fault.DOWN, Fault.LOST}:
            self.met[fault] += 1
            raise _error_of(fault)
        posts = (post for post in self.screens[message.address] if post.row == message.id)
        found = next(posts, None)
        return Receipt(platform_id=found.name) if found else None

    def of_visit(self, address: str, visit: int) -> list[Post]:
        return [post for post in self.screens[address] if post.visit == visit]

    def _show(self, message: Outgoing) -> Receipt:
        edited = message.about if message.kind in {"buttons", "card"} else None
        if edited is not None:
            self._edit(message, edited)
            return Receipt(platform_id=edited if message.kind == "card" else None)
        self.shown[message.id] += 1
        if message.kind in {"reaction", "typing", "mark"}:
            return Receipt()
        self._names += 1
        post = Post(
            message.id, str(self._names), message.kind, message.payload, message.visit, self.now()
        )
        self.screens[message.address].append(post)
        return Receipt(platform_id=post.name)

    def _edit(self, message: Outgoing, names: str) -> None:
        for post in self.screens[message.address]:
            if post.name in names.split(","):
                post.payload = post.payload | message.payload


def _error_of(fault: Fault) -> DeliveryError:
    match fault:
        case Fault.REFUSED:
            return PlatformAway("connection refused")
        case Fault.BUSY:
            return ChannelBusy(35)
        case Fault.DOWN:
            return PlatformAway("502 Bad Gateway")
        case _:
            return MaybeSent("timed out")
