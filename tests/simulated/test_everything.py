"""Whatever customers, staff, the shop, the clock, the platforms and death do, in whatever order: every promise holds."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import CONVERSATIONS, NOW
from feedbackbot.conversing.incoming import Incoming
from feedbackbot.engine.script import Library
from feedbackbot.models.keys import KeyRing
from postgres import Postgres
from simulated.people import Person
from simulated.platforms import Fault
from simulated.staff import TEAM, Desk
from simulated.truth import untrue
from simulated.world import World

T = TypeVar("T")
_NAMES = ("Ada", "Bo", "Cleo")
_WORDS = (
    *("The sole came off after two days.", "Light as a feather!", "5", "yes", "thanks", "❤️"),
    *("stop", "human", "I want to talk to a person", "Not yet", "x" * 400),
)
_COMMANDS = ("stop", "start", "help", "human", "mydata", "withdraw", "forget", "privacy")
#: each commit waits for the disk, which proves nothing here
_IN_MEMORY = Path("/dev/shm")
_COMPLAINS = ("1", "…", "swap", "…")
_AGREES = ("5", "…", "2", "yes", "first_name", "agree")
who = st.integers(0, len(_NAMES) - 1)
number = st.integers(0, 9)


class Life(RuleBasedStateMachine):
    """Three customers, two members of staff, one shop."""

    #: set by the test; hypothesis makes the machines
    library: ClassVar[Library]
    keys: ClassVar[KeyRing]
    #: a fresh, migrated database in this folder
    fresh: ClassVar[Callable[[Path], str]]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)
        folder = Path(self.folder.name)
        self.world = World(
            url=type(self).fresh(folder),
            keys=self.keys,
            library=self.library,
            conversations=CONVERSATIONS,
            now=NOW,
            erased_file=folder / "erased.txt",
        )
        self.do(self.world.start())
        self.people = [Person(self.world, 7001 + place, name) for place, name in enumerate(_NAMES)]
        self.desk = Desk(self.world)
        self.orders = 0

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def live(self, person: Person, incoming: Incoming) -> None:
        """It arrives, and the bot answers."""
        self.do(person.sends(incoming))
        self.then()

    def then(self) -> None:
        """Nobody does two things at once."""
        self.do(self.world.deliver())
        self.world.now += timedelta(seconds=4)

    # the shop

    @initialize()
    def everybody_has_bought(self) -> None:
        for who in range(len(self.people)):
            self.somebody_buys(who, delivered=True, opens=True)

    @rule(who=who, delivered=st.booleans(), opens=st.booleans())
    def somebody_buys(self, who: int, *, delivered: bool, opens: bool) -> None:
        person = self.people[who]
        self.orders += 1
        news = {"delivered_at": self.world.now - timedelta(days=4)} if delivered else {}
        told = self.do(person.buys(str(self.orders), **news))
        if opens and told.link is not None:
            self.live(person, person.opens(person.links[str(self.orders)]))
        self.then()

    @precondition(lambda self: self.orders)
    @rule(
        who=who,
        number=number,
        what=st.sampled_from(("delivered_at", "refunded_at", "cancelled_at")),
    )
    def the_shop_has_news(self, who: int, number: int, what: str) -> None:
        person = self.people[who]
        if orders := list(person.links):
            order = orders[number % len(orders)]
            self.do(person.news(order, **{what: self.world.now}))
            self.then()

    # customers

    @rule(who=who, whose=who, number=number)
    def somebody_opens_a_link(self, who: int, whose: int, number: int) -> None:
        links = [*self.people[whose].links.values(), "guessed", None]
        person = self.people[who]
        self.live(person, person.opens(links[number % len(links)]))

    @rule(who=who, back=st.sampled_from((0, 0, 0, 0, 1, 2, 5)), number=number, twice=st.booleans())
    def somebody_taps(self, who: int, back: int, number: int, *, twice: bool) -> None:
        person = self.people[who]
        posts = [post for post in person.screen() if post.visit is not None and post.buttons]
        if not posts:
            return
        post = posts[max(0, len(posts) - 1 - back)]
        visit, choices = post.visit or 0, post.buttons
        tap = person.taps(visit, choices[number % len(choices)])
        self.do(person.sends(tap))
        if twice:
            self.do(person.sends(person.again(tap)))
        self.then()

    @rule(who=who, choices=st.sampled_from((_COMPLAINS, _AGREES)), far=st.integers(2, 9))
    def somebody_talks_on(self, who: int, choices: tuple[str, ...], far: int) -> None:
        """As most customers do: one answer after the other."""
        person = self.people[who]
        for choice in choices[:far]:
            posts = [post for post in person.screen() if post.visit is not None]
            if choice == "…":
                self.live(person, person.writes(f"In my own words, {person.moves}."))
            elif posts and choice in posts[-1].buttons:
                self.live(person, person.taps(posts[-1].visit or 0, choice))

    @rule(who=who)
    def somebody_changes_an_answer(self, who: int) -> None:
        person = self.people[who]
        for post in reversed(person.screen()):
            if "~change" in post.buttons and post.visit is not None:
                self.live(person, person.taps(post.visit, "~change"))
                return

    @rule(who=who, text=st.sampled_from(_WORDS))
    def somebody_writes(self, who: int, text: str) -> None:
        person = self.people[who]
        self.live(person, person.writes(text))

    @rule(who=who, text=st.sampled_from(("first this", "")), more=st.booleans())
    def somebody_shows_a_photo(self, who: int, text: str, *, more: bool) -> None:
        person = self.people[who]
        self.do(person.sends(person.shows(text)))
        if more:
            self.do(person.sends(person.writes("and then that")))
        self.then()

    @rule(who=who, number=number)
    def somebody_corrects_a_message(self, who: int, number: int) -> None:
        person = self.people[who]
        if keys := list(person.said)[-3:]:
            key = keys[number % len(keys)]
            self.live(person, person.corrects(key, f"corrected {person.moves}"))

    @rule(who=who, name=st.sampled_from(_COMMANDS))
    def somebody_sends_a_command(self, who: int, name: str) -> None:
        person = self.people[who]
        self.live(person, person.commands(name))

    @rule(who=who)
    def somebody_wants_to_be_forgotten(self, who: int) -> None:
        person = self.people[who]
        self.live(person, person.commands("forget"))
        asked = [post for post in person.screen() if "yes" in post.buttons]
        if asked and not person.has_blocked:
            self.live(person, person.taps(asked[-1].visit or 0, "yes"))

    @rule(who=who, told=st.booleans())
    def somebody_blocks_the_bot(self, who: int, *, told: bool) -> None:
        person = self.people[who]
        blocked = person.blocks()
        if told:
            self.live(person, blocked)

    @rule(who=who)
    def somebody_unblocks_the_bot(self, who: int) -> None:
        person = self.people[who]
        if person.has_blocked:
            self.live(person, person.unblocks())

    # staff

    @rule(number=number, who=st.sampled_from(TEAM), act=st.integers(0, 8))
    def staff_see_to_a_complaint(self, number: int, who: Any, act: int) -> None:
        cases = self.do(self.desk.cases())
        if not cases:
            return
        case = cases[number % len(cases)]
        acts = (
            partial(self.desk.claims, case, who),
            partial(self.desk.claims, case, who, take_over=True),
            partial(self.desk.replies, case, who),
            partial(self.desk.mentions, case, who),
            partial(self.desk.mentions, case, who, addressed=False),
            partial(self.desk.releases, case, who),
            partial(self.desk.resolves, case, who),
            partial(self.desk.resolves, case, who, last_words="We have sent a new pair."),
            partial(self.desk.reopens, case, who),
        )
        self.do(acts[act]())
        self.then()

    @rule(number=number, who=st.sampled_from(TEAM), act=st.integers(0, 3))
    def marketing_decides(self, number: int, who: Any, act: int) -> None:
        quotes = self.do(self.desk.quotes())
        if not quotes:
            return
        quote = quotes[number % len(quotes)]
        acts = (self.desk.approves, self.desk.approves, self.desk.rejects, self.desk.edits)
        self.do(acts[act](quote, who))
        self.then()

    # time, trouble and death

    @rule(seconds=st.sampled_from((5, 40, 400, 4_000, 40_000, 100_000, 400_000)))
    def time_passes(self, seconds: int) -> None:
        self.do(self.world.pass_time(timedelta(seconds=seconds)))

    @rule(
        faults=st.lists(st.sampled_from(Fault), min_size=1, max_size=4),
        on_slack=st.booleans(),
    )
    def a_platform_is_in_trouble(self, faults: list[Fault], *, on_slack: bool) -> None:
        platform = self.world.slack if on_slack else self.world.telegram
        platform.faults.extend(faults)

    @rule(who=who, back=number)
    def something_is_delivered_again(self, who: int, back: int) -> None:
        person = self.people[who]
        if person.applied:
            old = person.applied[-1 - back % len(person.applied)]
            assert self.do(self.world.receive(old)).repeated
            self.then()

    @rule(who=who, text=st.sampled_from(_WORDS), number=number)
    def something_comes_late(self, who: int, text: str, number: int) -> None:
        person = self.people[who]
        posts = [post for post in person.screen() if post.visit is not None and post.buttons]
        late = person.writes(text)
        if posts and number % 2:
            choices = posts[-1].buttons
            late = person.taps(posts[-1].visit or 0, choices[number % len(choices)])
        person.hold(late)

    @rule(who=who)
    def what_was_late_comes(self, who: int) -> None:
        self.do(self.people[who].release())
        self.then()

    @rule(who=who, text=st.sampled_from(_WORDS), committed=st.booleans())
    def the_bot_dies_over_a_message(self, who: int, text: str, *, committed: bool) -> None:
        person = self.people[who]
        incoming = person.writes(text)
        self.do(self.world.receive_and_die(incoming, committed=committed))
        assert self.do(self.world.receive(incoming)).repeated == committed
        self.do(person.note(incoming))
        self.then()

    @rule(minutes=st.sampled_from((0, 1, 10, 100, 1_800)))
    def the_bot_is_down(self, minutes: int) -> None:
        async def down() -> None:
            await self.world.die("down")
            self.world.now += timedelta(minutes=minutes)
            await self.world.start()

        self.do(down())
        self.then()

    def teardown(self) -> None:
        try:
            for person in self.people:
                self.do(person.release())
            self.do(self.world.calm_down())
            if found := self.do(untrue(self.world, self.people)):
                raise AssertionError("\n".join(found))
        finally:
            self.world.database.close()
            self.loop.close()
            self.folder.cleanup()


def test_every_promise_holds_whatever_happens(
    library: Library, keys: KeyRing, migrated_file: Path
) -> None:
    def fresh(folder: Path) -> str:
        file = folder / "feedbackbot.sqlite3"
        shutil.copy(migrated_file, file)
        return f"sqlite:///{file}"

    _live_often(library, keys, fresh)


def test_every_promise_holds_on_postgresql(
    library: Library, keys: KeyRing, postgres: Postgres, migrated_postgres: str
) -> None:
    def fresh(_folder: Path) -> str:
        postgres.empty(migrated_postgres)
        return migrated_postgres

    _live_often(library, keys, fresh, share=5)


def _live_often(
    library: Library, keys: KeyRing, fresh: Callable[[Path], str], *, share: int = 1
) -> None:
    """Always the same few lives, of which each share counts; `make soak` asks for many others."""
    Life.library, Life.keys, Life.fresh = library, keys, fresh
    wanted = os.environ.get("FEEDBACKBOT_LIVES")
    lives = int(wanted or 15)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=max(lives // share, 1),
            stateful_step_count=30,
            deadline=None,
            derandomize=wanted is None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
