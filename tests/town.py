"""A lively shop: everybody in another place of their talk, on a real database, with the real delivery loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import text
from sqlalchemy.orm import Session

from activities.post import PostOffice
from complaining import MIA, RITA, Customer
from conftest import CONVERSATIONS
from feedbackbot import conversing, escalating, invariants, reviewing, sweeping
from feedbackbot.conversing.incoming import Incoming, Sender
from feedbackbot.engine.happenings import Blocked
from feedbackbot.engine.script import Library
from feedbackbot.house import House
from feedbackbot.invariants import Broken
from feedbackbot.models.database import Database
from feedbackbot.models.timer import due
from feedbackbot.reviewing import quote_card


def house_of(library: Library) -> House:
    """Answers at once, and never has enough."""
    return House(
        library=library,
        conversations=CONVERSATIONS,
        bot_username="SomaFeedbackBot",
        bot_id=1,
        slack_channels={"support": "C0SUPPORT", "marketing": "C0MARKETING", "ideas": "C0IDEAS"},
        public_url="https://feedback.example",
        text_pause=0,
        inbound_per_minute=0,
    )


class _Undone(Exception):
    """Nothing of it is kept."""


@dataclass
class Town:
    database: Database
    house: House
    now: datetime
    people: dict[str, Customer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.post = PostOffice(self.database, self.house, self.now)

    async def live(self) -> None:
        """One day in which everything happens."""
        self._ada_is_published()
        self._bo_is_answered()
        self.person("Cleo").buys_and_opens()
        self._dora_stops()
        self._eve_talks()
        await self.deliver()
        self._eve_is_erased()
        self._finn_blocks()
        self.person("Gil").buys_and_opens(delivered_at=None)
        await self.deliver()
        await self.pass_time(hours=1)

    def person(self, name: str) -> Customer:
        """They come one after the other."""
        self.now += timedelta(minutes=1)
        number = 300 + len(self.people)
        self.people[name] = Customer(
            self.database, self.house, self.now, name=name, telegram_id=number
        )
        return self.people[name]

    async def deliver(self) -> None:
        self.post.now = self.now
        await self.post.deliver()

    async def pass_time(self, **time: float) -> None:
        self.now += timedelta(**time)
        for timer in self.database.read(lambda s: due(s, self.now, 1000)):
            look = partial(sweeping.look_at, house=self.house, timer=timer, now=self.now)
            self.database.write(look)
        await self.deliver()

    def broken(self, *spoil: str | Callable[[Session], object]) -> list[Broken]:
        """What is found after the database was spoilt by hand, which is then undone."""
        found: list[Broken] = []

        def work(session: Session) -> None:
            for act in spoil:
                session.execute(text(act)) if isinstance(act, str) else act(session)
            session.flush()
            found.extend(invariants.find_broken(session, now=self.now))
            raise _Undone

        with suppress(_Undone):
            self.database.write(work)
        return found

    def _ada_is_published(self) -> None:
        ada = self.person("Ada")
        quote = ada.praises()

        def approve(session: Session) -> None:
            row = quote_card.get(session, quote)
            shown = quote_card.fingerprint(session, row)
            reviewing.approve(
                session, self.house, quote, staff=MIA, fingerprint=shown, now=self.now
            )

        self.database.write(approve)

    def _bo_is_answered(self) -> None:
        case = self.person("Bo").complains()
        self.database.write(
            lambda s: escalating.reply(
                s, self.house, case, staff=RITA, text="A new pair is on its way.", now=self.now
            )
        )

    def _dora_stops(self) -> None:
        dora = self.person("Dora")
        dora.buys_and_opens()
        dora.sends("stop")

    def _eve_talks(self) -> None:
        eve = self.person("Eve")
        eve.praises("Soft as moss.")
        eve.sends("human")
        eve.writes("And yet one lace is torn.")

    def _eve_is_erased(self) -> None:
        eve = self.people["Eve"]
        eve.now = self.now = self.now + timedelta(minutes=1)
        eve.sends("forget")
        eve.taps("yes")

    def _finn_blocks(self) -> None:
        finn = self.person("Finn")
        finn.buys_and_opens()
        incoming = Incoming(
            key="telegram:1:block", sender=Sender(telegram_id=finn.telegram_id), act=Blocked()
        )
        self.database.write(lambda s: conversing.receive(s, self.house, incoming, now=self.now))
