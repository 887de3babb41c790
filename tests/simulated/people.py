"""A customer at a phone: presses what stands on the screen, writes, and remembers what was written."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select

from feedbackbot import inviting
from feedbackbot.conversing.incoming import (
    Act,
    Incoming,
    IncomingFile,
    Sender,
    Started,
    Written,
)
from feedbackbot.engine.happenings import Blocked, Command, ReplyKind, Tap, Unblocked
from feedbackbot.errors import PurchaseRefused
from feedbackbot.inviting import RecordedPurchase
from feedbackbot.models.conversation import Message
from feedbackbot.models.customer import Customer
from simulated.platforms import Post
from simulated.world import World

#: Telegram forgets taps and messages after this
_TAPS_LIVE = timedelta(seconds=150)
_WORDS_LIVE = timedelta(hours=24)


@dataclass(repr=False)
class Person:
    world: World
    telegram_id: int
    name: str
    #: order number -> link
    links: dict[str, str] = field(default_factory=dict)
    #: message key -> the words as they were last
    said: dict[str, str] = field(default_factory=dict)
    #: everything that the platform was told to be received
    applied: list[Incoming] = field(default_factory=list)
    #: on its way to the bot, with the moment at which it was sent
    held: list[tuple[datetime, Incoming]] = field(default_factory=list)
    row: int | None = None
    has_blocked: bool = False
    #: whoever has ever blocked the bot may have missed a question, and gets it again only on acting
    missed_some: bool = False
    moves: int = 0

    @property
    def address(self) -> str:
        return str(self.telegram_id)

    def screen(self) -> list[Post]:
        return self.world.telegram.screens[self.address]

    async def buys(self, order: str, **news: Any) -> RecordedPurchase:
        """The shop tells of it, or of what is new about it."""
        now = self.world.now
        purchase = {
            "source": "webshop",
            "order_id": order,
            "customer": {"id": f"c-{self.telegram_id}", "first_name": self.name},
            "items": [{"name": "Trail shoes"}],
            "total": 129.5,
            "currency": "GBP",
            "purchased_at": now.isoformat(),
            **{name: moment.isoformat() for name, moment in news.items()},
        }
        incoming = inviting.parse_purchase(purchase)
        told = await self.world.write(
            lambda s: inviting.record_purchase(s, self.world.house, incoming, now=now)
        )
        if told.link is not None:
            self.links[order] = told.link.partition("=")[2]
        return told

    async def news(self, order: str, **moments: datetime) -> None:
        """Delivered, refunded, cancelled."""
        told = {name: moment.isoformat() for name, moment in moments.items()}
        purchase: dict[str, Any] = {
            "source": "webshop",
            "order_id": order,
            "customer": {"id": f"c-{self.telegram_id}"},
        }
        incoming = inviting.parse_purchase(purchase | told)
        # an order that somebody else has opened since is not this customer's to change
        with contextlib.suppress(PurchaseRefused):
            await self.world.write(
                lambda s: inviting.record_purchase(
                    s, self.world.house, incoming, now=self.world.now
                )
            )

    def opens(self, secret: str | None) -> Incoming:
        return self._act(lambda key: Started(payload=secret, message_key=key))

    def writes(self, text: str) -> Incoming:
        return self._act(lambda key: Written(kind=ReplyKind.TEXT, text=text, message_key=key))

    def corrects(self, key: str, text: str) -> Incoming:
        return self._act(
            lambda _: Written(kind=ReplyKind.TEXT, text=text, message_key=key, edited=True)
        )

    def shows(self, caption: str) -> Incoming:
        file = IncomingFile(kind=ReplyKind.PHOTO, file_id=f"photo-{self.moves}", size=1000)
        return self._act(
            lambda key: Written(kind=ReplyKind.PHOTO, text=caption, message_key=key, files=(file,))
        )

    def commands(self, name: str) -> Incoming:
        return self._act(lambda key: Command(name=name, message_key=key))

    def taps(self, visit: int, choice: str) -> Incoming:
        return self._act(lambda key: Tap(visit=visit, choice=choice, message_key=key))

    def blocks(self) -> Incoming:
        self.has_blocked = self.missed_some = True
        self.world.telegram.blocked.add(self.address)
        return self._act(lambda _: Blocked())

    def unblocks(self) -> Incoming:
        self.has_blocked = False
        self.world.telegram.blocked.discard(self.address)
        return self._act(lambda _: Unblocked())

    async def sends(self, incoming: Incoming) -> None:
        """The platform delivers until it hears that it was received."""
        await self.world.receive(incoming)
        await self.note(incoming)

    async def note(self, incoming: Incoming) -> None:
        """It has been received; a wish to be forgotten takes everything before it along."""
        self.applied.append(incoming)
        row = await self._row()
        if row != self.row:
            self.said.clear()
            self.row = row
        if isinstance(incoming.act, Written) and row is not None:
            self.said[incoming.act.message_key] = incoming.act.text

    async def _row(self) -> int | None:
        """The customer that this phone is, to the bot; another one after having been forgotten."""
        mine = select(Customer.id).where(Customer.telegram_id == self.telegram_id)
        return await self.world.read(lambda s: s.scalar(mine))

    def hold(self, incoming: Incoming) -> None:
        """It is late: what is sent after it comes first."""
        self.held.append((self.world.now, incoming))

    async def release(self) -> None:
        held, self.held = self.held, []
        for since, incoming in held:
            lives = _TAPS_LIVE if isinstance(incoming.act, Tap) else _WORDS_LIVE
            if self.world.now - since <= lives:
                await self.sends(incoming)

    async def transcript(self) -> dict[str, list[str | None]]:
        """Message key -> what is kept under it."""
        rows = (
            select(Message.platform_key, Message)
            .join(Customer, Customer.id == Message.customer_id)
            .where(Customer.telegram_id == self.telegram_id)
            .order_by(Message.id)
        )
        kept: dict[str, list[str | None]] = {}
        for key, message in await self.world.read(lambda s: s.execute(rows).all()):
            kept.setdefault(str(key), []).append(message.text)
        return kept

    def again(self, incoming: Incoming) -> Incoming:
        """The same move a second time, as another update."""
        self.moves += 1
        return replace(incoming, key=f"telegram:1:{self.telegram_id}{self.moves:05}")

    def _act(self, act: Any) -> Incoming:
        self.moves += 1
        made: Act = act(f"{self.telegram_id}:{self.moves}")
        return Incoming(
            key=f"telegram:1:{self.telegram_id}{self.moves:05}",
            sender=Sender(telegram_id=self.telegram_id, first_name=self.name, language="en"),
            act=made,
        )
