"""What a round had claimed when its commit failed waits again; what was sent meanwhile is stored all the same."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import datetime

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from activities.post import PostOffice
from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.delivering.putting_back import put_back
from feedbackbot.delivering.receipts import _guarded
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


class Messenger:
    """Takes its time over whatever is addressed to one chat, until it is let go."""

    def __init__(self, *, slow: str) -> None:
        self.name = "telegram"
        self.sent: list[str] = []
        self.go_on = asyncio.Event()
        self._slow = slow

    async def send(self, message: Outgoing) -> Receipt:
        self.sent.append(message.address)
        if message.address == self._slow:
            await self.go_on.wait()
        return Receipt(platform_id=message.address)

    async def find(self, message: Outgoing) -> Receipt | None:
        del message
        return None


def claimed(row: int, now: datetime, *, look_first: bool = False, attempts: int = 1) -> Claimed:
    message = Outgoing(
        id=row, channel="telegram", address="7", kind="text", payload={}, attempts=attempts
    )
    return Claimed(
        message=message,
        chat_key="telegram:7",
        purpose=None,
        customer_id=None,
        reply_id=None,
        created_at=now,
        look_first=look_first,
    )


def being_sent(post: PostOffice, status: str = "sending", by: int | None = None) -> int:
    values = {"channel": "telegram", "chat_key": "telegram:7", "kind": "text", "priority": 0}
    more = {"status": status, "process_id": by, "attempts": 3, "created_at": post.now}

    def add(session: Session) -> int:
        key = session.execute(insert(OutgoingMessage).values({**values, **more}))
        return int(key.inserted_primary_key[0])  # type: ignore[attr-defined]

    return post.database.write(add)


@pytest.mark.parametrize(("look_first", "after"), [(False, "waiting"), (True, "unknown")])
def test_what_was_claimed_and_not_sent_is_again_what_it_was(
    post: PostOffice, look_first: bool, after: str
) -> None:
    row = being_sent(post)
    ours = claimed(row, post.now, look_first=look_first, attempts=3)

    post.database.write(lambda session: put_back(session, [ours], now=post.now))

    assert post.rows("select status, attempts, not_before is null from outbox") == [
        (after, 2, False)
    ]


@pytest.mark.parametrize(("status", "by"), [("sent", None), ("cancelled", None), ("sending", 99)])
def test_what_is_not_in_our_hands_is_left_alone(
    post: PostOffice, status: str, by: int | None
) -> None:
    row = being_sent(post, status, by)

    post.database.write(lambda session: put_back(session, [claimed(row, post.now)], now=post.now))

    assert post.rows("select status, attempts from outbox") == [(status, 3)]


async def test_at_a_stop_the_slowest_send_costs_nobody_elses_receipt(post: PostOffice) -> None:
    slow, quick = post.put("slow", chat=7), post.put("quick", chat=8)
    post.pigeon = messenger = Messenger(slow="7")  # type: ignore[assignment]
    loop = post.loop()
    running = asyncio.create_task(loop.run())
    await until(lambda: len(messenger.sent) == 2)
    loop.stop()

    await until(lambda: post.status(quick) == "sent")
    assert post.status(slow) == "sending"
    messenger.go_on.set()
    await running

    assert post.status(slow) == "sent"


async def test_one_platforms_slow_answers_take_no_place_of_the_other(post: PostOffice) -> None:
    def add(session: Session) -> None:
        for chat in range(200):
            session.execute(
                insert(OutgoingMessage).values(
                    channel="telegram",
                    chat_key=f"telegram:{chat}",
                    kind="text",
                    priority=0,
                    status="waiting",
                    attempts=0,
                    payload={"text": "hello"},
                    created_at=post.now,
                )
            )

    post.database.write(add)
    stuck = asyncio.Event()
    post.pigeon.send = lambda _message: stuck.wait()  # type: ignore[assignment, method-assign, return-value]
    loop = post.loop()
    running = asyncio.create_task(loop.run())
    await until(lambda: len(loop._under_way) >= 128)

    card = post.put("", channel="slack", chat_key="slack:x", kind="direct", payload={"text": "!"})
    loop.wake()
    await until(lambda: post.status(card) == "sent")

    running.cancel()
    for task in loop._under_way:
        task.cancel()


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_receipt_that_could_not_be_stored_at_a_stop_is_stored_a_moment_later(
    post: PostOffice,
) -> None:
    row = post.put("hello", chat=7)
    post.pigeon = messenger = Messenger(slow="7")  # type: ignore[assignment]
    loop = post.loop()
    running = asyncio.create_task(loop.run())
    await until(lambda: messenger.sent)
    read_only(post, 1)
    loop.stop()
    messenger.go_on.set()
    await asyncio.sleep(0.3)
    assert not running.done()

    read_only(post, 0)
    await running

    assert post.status(row) == "sent"


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_rounds_that_fail_for_hours_keep_each_message_once(post: PostOffice) -> None:
    """On a full disk it is often the commit itself that fails."""
    post.put("hello")
    loop = post.loop()
    engine = post.database._engines[0]

    def refuse(_connection: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    event.listen(engine, "commit", refuse)
    for _ in range(5):
        with pytest.raises(sqlite3.OperationalError):
            await loop._round()
    event.remove(engine, "commit", refuse)
    assert len(loop._in_doubt) == 1
    await loop.drain()

    assert post.pigeon.texts() == ["hello"]
    assert loop._in_doubt == {}


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_follows_a_transaction_that_was_taken_back_is_not_stored_by_itself(
    post: PostOffice,
) -> None:
    """A full disk makes SQLite take back everything, and store each statement by itself from then on."""

    def work(session: Session) -> None:
        audit.set_fact(session, "before", "1")
        fill = lambda: audit.set_fact(session, "huge", "x" * 5_000_000)  # noqa: E731
        _guarded(session, fill, what="delivered")
        audit.set_fact(session, "after", "1")

    few_pages(post, 150)
    with pytest.raises(OperationalError):
        post.database.write(work)
    few_pages(post, 100_000)

    kept = post.database.read(lambda s: [audit.fact(s, name) for name in ("before", "after")])
    assert kept == [None, None]


def few_pages(post: PostOffice, pages: int) -> None:
    post.database.write(lambda s: s.execute(text(f"PRAGMA max_page_count={pages}")))


async def until(holds, *, tries: int = 500) -> None:  # type: ignore[no-untyped-def]
    for _ in range(tries):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def read_only(post: PostOffice, on: int) -> None:
    connection = post.database._engines[0].raw_connection()
    connection.cursor().execute(f"PRAGMA query_only={on}")
    connection.close()
