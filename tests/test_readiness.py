"""What the watch over the bot finds on a real database, by its own stopwatch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import select, update

from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingStatus, put
from feedbackbot.models.tables import TABLES
from feedbackbot.readiness import Readiness, find_reported

OUTBOX = TABLES["outbox"]


@dataclass
class Watch:
    """The watch with its surroundings as the test wants them."""

    database: Database
    now: datetime
    tick: float = 1000.0
    delivered_at: float = 1000.0
    parts: list[str | None] = field(default_factory=list)
    asked_again: int = 0

    def __post_init__(self) -> None:
        self.readiness = Readiness(
            database=self.database,
            now=lambda: self.now,
            parts=lambda: self.parts,
            look_again=self._look_again,
            delivered_at=lambda: self.delivered_at,
            ticks=lambda: self.tick,
        )

    async def sees(self) -> list[str]:
        await self.readiness.look()
        return self.readiness.troubles()

    async def sees_after(self, seconds: float) -> list[str]:
        self.tick += seconds
        self.delivered_at = self.tick
        return await self.sees()

    def queue(self, chat: str = "1", *, priority: int = 0) -> int:
        return self.database.write(
            lambda session: put(
                session,
                channel="telegram",
                chat_key=f"telegram:{chat}",
                kind="text",
                payload={"text": "Hello"},
                priority=priority,
                now=self.now,
            )
        )

    def pragma(self, words: str) -> None:
        """For the connection that writes."""
        self.database.write(lambda session: session.connection().exec_driver_sql(f"PRAGMA {words}"))

    async def _look_again(self) -> None:
        self.asked_again += 1


@pytest.fixture
def watch(database: Database, now: datetime) -> Watch:
    return Watch(database, now)


async def test_before_the_first_look_nobody_is_ready(watch: Watch) -> None:
    assert watch.readiness.troubles() == ["The bot is still starting."]
    assert await watch.sees() == []


async def test_what_the_parts_say_is_told_at_once_and_platforms_are_asked_again(
    watch: Watch,
) -> None:
    await watch.sees()

    watch.parts = [None, "Telegram does not accept the bot's token."]

    assert watch.readiness.troubles() == ["Telegram does not accept the bot's token."]
    assert watch.asked_again == 1


async def test_a_disk_without_room_for_the_database_is_told_until_there_is_some(
    watch: Watch,
) -> None:
    watch.pragma("max_page_count=1")
    assert await watch.sees() == ["The disk is full: the database takes nothing."]

    watch.pragma("max_page_count=1000000")

    assert await watch.sees() == []


async def test_a_database_that_can_only_be_read_is_told(watch: Watch) -> None:
    watch.pragma("query_only=ON")

    assert await watch.sees() == ["The database can only be read, not written to."]


async def test_looking_leaves_nothing_in_the_database_but_what_was_found(watch: Watch) -> None:
    await watch.sees()
    watch.parts = ["Slack is not connected."]
    await watch.sees()

    facts = watch.database.read(lambda s: s.scalars(select(TABLES["house_facts"].c.name)).all())

    assert watch.database.read(find_reported) == ["Slack is not connected."]
    assert set(facts) == {"key_fingerprint", "troubles"}


async def test_a_delivery_loop_that_stands_still_is_told(watch: Watch) -> None:
    await watch.sees()

    watch.tick += 40

    assert await watch.sees() == ["Nothing is being delivered: the delivery loop stands still."]


async def test_a_message_that_does_not_leave_is_told_and_no_moved_clock(watch: Watch) -> None:
    number = watch.queue()
    watch.queue("2", priority=1)
    assert await watch.sees() == []
    watch.now = watch.now.replace(year=2030)
    assert await watch.sees_after(60) == []

    assert await watch.sees_after(70) == [
        f"Message {number} of the outbox has been due for minutes and does not leave."
    ]

    sent = update(OUTBOX).where(OUTBOX.c.id == number).values(status=OutgoingStatus.SENT)
    watch.database.write(lambda session: session.execute(sent))
    assert await watch.sees_after(20) == []


async def test_a_message_behind_one_that_waits_for_its_hour_is_not_late(watch: Watch) -> None:
    first = watch.queue()
    watch.queue()
    later = watch.now.replace(year=2030)
    paused = update(OUTBOX).where(OUTBOX.c.id == first).values(not_before=later)
    watch.database.write(lambda session: session.execute(paused))

    assert [await watch.sees_after(50) for _ in range(5)] == [[]] * 5


async def test_a_queue_that_moves_is_no_trouble_however_long_it_is(watch: Watch) -> None:
    for step in range(5):
        number = watch.queue(str(step))
        assert await watch.sees_after(100) == []
        sent = update(OUTBOX).where(OUTBOX.c.id == number).values(status=OutgoingStatus.SENT)
        watch.database.write(lambda session, done=sent: session.execute(done))  # type: ignore[misc]
