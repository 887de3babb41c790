"""Thousands of customers and a small team over one day, as a seeded random generator leads them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import select

from feedbackbot.conversing.incoming import Incoming
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.testimonial import Testimonial, TestimonialStatus
from simulated.people import Person
from simulated.platforms import Post
from simulated.staff import TEAM, Desk
from simulated.world import World

_Act = Callable[[], Coroutine[Any, Any, None]]
_WORDS = (
    *("The sole came off after two days.", "Light as a feather!", "They fit, that is all."),
    *("thanks", "❤️", "5", "yes", "Where is my parcel?"),
)
#: what a customer does on looking at the phone, and how often
_HABITS: dict[str, float] = {
    "answers": 80,
    "answers twice": 3,
    "taps something old": 2,
    "writes something": 4,
    "corrects something": 1,
    "shows a photo": 2,
    "calls for a person": 1,
    "says stop": 0.7,
    "starts again": 0.7,
    "asks for everything": 0.3,
    "wants to be forgotten": 0.5,
    "blocks the bot": 0.7,
    "looks away": 4,
}
_COMMANDS = {
    "calls for a person": "human",
    "says stop": "stop",
    "asks for everything": "mydata",
    "wants to be forgotten": "forget",
}


@dataclass(order=True)
class _Entry:
    at: datetime
    number: int
    act: _Act = field(compare=False)


@dataclass(repr=False)
class Crowd:
    """`agenda` holds who does what when; each act puts the next one on it."""

    world: World
    random: Random
    people: list[Person] = field(default_factory=list)
    agenda: list[_Entry] = field(default_factory=list)
    #: updates over which the bot is to die, with whether it had committed them
    fatal: list[tuple[Person, Incoming, bool]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.desk = Desk(self.world)
        self._numbers = count()

    def plan(self, *, purchases: int, hours: float) -> None:
        """A tenth of all purchases comes from people who buy again, a tenth within one minute at noon."""
        start, length = self.world.now, timedelta(hours=hours)
        for number in range(purchases):
            person = self._buyer(number)
            share = 0.5 if number % 10 == 0 else self.random.random() * 0.85
            spread = timedelta(seconds=60 * self.random.random())
            self.at(start + length * share + spread, self._buys(person, str(number)))
        for minute in range(int(hours * 60)):
            self.at(start + timedelta(minutes=minute), self._work)

    def at(self, moment: datetime, act: _Act) -> None:
        heapq.heappush(self.agenda, _Entry(moment, next(self._numbers), act))

    def due(self) -> list[_Act]:
        """What is done by now."""
        found: list[_Act] = []
        while self.agenda and self.agenda[0].at <= self.world.now:
            found.append(heapq.heappop(self.agenda).act)
        return found

    def _buyer(self, number: int) -> Person:
        if self.people and self.random.random() < 0.1:
            return self.random.choice(self.people)
        self.people.append(Person(self.world, 100_000 + number, f"Customer {number}"))
        return self.people[-1]

    def _later(self, act: _Act, *, seconds: float) -> None:
        wait = self.random.expovariate(1 / seconds)
        self.at(self.world.now + timedelta(seconds=2 + wait), act)

    def _buys(self, person: Person, order: str) -> _Act:
        async def buy() -> None:
            self.done["purchases"] += 1
            delivered = self.world.now - timedelta(days=4)
            told = await person.buys(order, delivered_at=delivered)
            if told.link is not None and self.random.random() < 0.85:
                self._later(self._opens(person, order), seconds=900)
            if self.random.random() < 0.03:
                self._later(self._is_refunded(person, order), seconds=1800)

        return buy

    def _opens(self, person: Person, order: str) -> _Act:
        async def open_link() -> None:
            await self._sends(person, person.opens(person.links.get(order)))
            self._later(self._looks(person, self.random.randint(3, 10)), seconds=90)

        return open_link

    def _is_refunded(self, person: Person, order: str) -> _Act:
        async def refund() -> None:
            await person.news(order, refunded_at=self.world.now)

        return refund

    def _looks(self, person: Person, times: int) -> _Act:
        """At the phone, again and again."""

        async def look() -> None:
            habit = self.random.choices(list(_HABITS), list(_HABITS.values()))[0]
            if person.has_blocked:
                await self._sends(person, person.unblocks())
                habit = "starts again"
            await self._acts(person, habit)
            if times > 1:
                self._later(self._looks(person, times - 1), seconds=120)

        return look

    async def _acts(self, person: Person, habit: str) -> None:
        if habit in _COMMANDS:
            await self._sends(person, person.commands(_COMMANDS[habit]))
            return
        match habit:
            case "answers" | "answers twice":
                await self._answers(person, twice=habit == "answers twice")
            case "taps something old":
                asked = [post for post in person.screen() if post.visit and post.buttons]
                if asked:
                    await self._taps(person, self.random.choice(asked))
            case "writes something":
                await self._sends(person, person.writes(self.random.choice(_WORDS)))
            case "corrects something" if person.said:
                key = list(person.said)[-1]
                await self._sends(person, person.corrects(key, f"Corrected {person.moves}."))
            case "shows a photo":
                await self._sends(person, person.shows(""))
            case "starts again":
                await self._sends(person, person.opens(None))
            case "blocks the bot":
                await self._sends(person, person.blocks())

    async def _answers(self, person: Person, *, twice: bool) -> None:
        """The newest question; in words where it has no buttons."""
        asked = [post for post in person.screen() if post.visit is not None]
        if not asked:
            return
        if asked[-1].buttons and self.random.random() < 0.9:
            await self._taps(person, asked[-1], twice=twice)
        else:
            await self._sends(person, person.writes(self.random.choice(_WORDS)))

    async def _taps(self, person: Person, post: Post, *, twice: bool = False) -> None:
        tap = person.taps(post.visit or 0, self.random.choice(post.buttons))
        await self._sends(person, tap)
        if twice:
            await self._sends(person, person.again(tap))

    async def _sends(self, person: Person, incoming: Incoming) -> None:
        """Most of it arrives once and in order."""
        self.done["updates"] += 1
        luck = self.random.random()
        if luck < 0.003:
            self.fatal.append((person, incoming, luck < 0.0015))
        elif luck < 0.013:
            self.done["came late"] += 1
            person.hold(incoming)
            self._later(person.release, seconds=60)
        else:
            await person.sends(incoming)
            if luck > 0.98:
                self.done["delivered again"] += 1
                assert (await self.world.receive(incoming)).repeated

    async def _work(self) -> None:
        """A minute of the team's day."""
        waiting = select(Escalation.id).where(Escalation.status != EscalationStatus.RESOLVED)
        for case in await self.world.read(lambda s: list(s.scalars(waiting.limit(30)))):
            await self._sees_to(case)
        pending = select(Testimonial.id).where(Testimonial.status == TestimonialStatus.PENDING)
        for quote in await self.world.read(lambda s: list(s.scalars(pending.limit(10)))):
            decide = self.random.choice((self.desk.approves, self.desk.approves, self.desk.edits))
            await decide(quote, self.random.choice(TEAM))
            self.done["decided"] += 1

    async def _sees_to(self, case: int) -> None:
        who = self.random.choice(TEAM)
        acts = (
            *(self.desk.claims, self.desk.replies, self.desk.mentions, self.desk.mentions),
            *(self.desk.releases, self.desk.resolves, self.desk.resolves),
        )
        self.done["staff acts"] += 1
        await self.random.choice(acts)(case, who)
