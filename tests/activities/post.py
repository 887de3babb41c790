"""A post office for tests: a channel that does what it is told to, and the delivery loop in front of it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.delivering import Deliverer
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.errors import DeliveryError
from feedbackbot.house import House
from feedbackbot.models import outbox
from feedbackbot.models.database import Database


class Pigeon:
    """A channel; the next answers are set beforehand, and everything that was sent stays visible."""

    def __init__(self, name: str = "telegram") -> None:
        self.name = name
        self.sent: list[Outgoing] = []
        self.looked_for: list[Outgoing] = []
        self.troubles: list[DeliveryError | None] = []
        self.found: Receipt | None = None
        #: the process ends while the next message is on its way
        self.dies = False
        self.reached = asyncio.Event()
        self.most_at_once = 0
        self._at_once = 0

    async def send(self, message: Outgoing) -> Receipt:
        self.sent.append(message)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1
        if self.dies:
            self.reached.set()
            await asyncio.Event().wait()
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        return Receipt(platform_id=str(1000 + len(self.sent)))

    async def find(self, message: Outgoing) -> Receipt | None:
        self.looked_for.append(message)
        return self.found

    def texts(self) -> list[str]:
        return [str(message.payload.get("text")) for message in self.sent]


class PostOffice:
    def __init__(self, database: Database, house: House, now: datetime) -> None:
        self.database = database
        self.house = house
        self.now = now
        self.pigeon = Pigeon()
        self.slack = Pigeon("slack")
        self.pacing = Pacing(per_second=0, per_chat=0)

    def loop(self) -> Deliverer:
        return Deliverer(
            database=self.database,
            house=self.house,
            channels={"telegram": self.pigeon, "slack": self.slack},
            pacing={"telegram": self.pacing},
            now=lambda: self.now,
        )

    async def deliver(self) -> None:
        await self.loop().drain()

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def put(self, words: str, *, chat: int = 7, **more: Any) -> int:
        """A message for a customer of that number."""
        values: dict[str, Any] = {
            "channel": "telegram",
            "chat_key": f"telegram:{chat}",
            "kind": "text",
            "payload": {"text": words},
            "now": self.now,
            **more,
        }
        return self.database.write(lambda session: outbox.put(session, **values))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.read(lambda session: [tuple(r) for r in session.execute(text(query))])

    def status(self, row: int) -> str:
        return str(self.rows(f"select status from outbox where id = {row}")[0][0])
