"""Several processes send from one outbox: one that dies is replaced within ten seconds, one that sleeps does no harm."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from activities.post import PostOffice
from activities.test_delivering import add_customer, add_reply
from feedbackbot.delivering import Deliverer
from feedbackbot.delivering.pacing import Window
from feedbackbot.delivering.recovering import recover
from feedbackbot.delivering.shared_pacing import SharedPacing
from feedbackbot.errors import DeliveryError
from feedbackbot.house import House
from feedbackbot.models import outbox
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.processes import Alone, Together
from feedbackbot.processes.together import BEAT_EVERY, DEAD_AFTER


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


class Ticks:
    """A clock that nobody can move but the test."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


class Host(PostOffice):
    """A process with its own connections, channels and clock."""

    def __init__(self, database: Database, house: House, now: datetime) -> None:
        super().__init__(database, house, now)
        self.ticks = Ticks()
        self.processes = Together(
            database,
            polls=True,
            recover=lambda session: recover(session, house, now=self.now),
            ticks=self.ticks,
        )

    def loop(self) -> Deliverer:
        return Deliverer(
            database=self.database,
            house=self.house,
            channels={"telegram": self.pigeon},
            pacing={"telegram": self.pacing},
            processes=self.processes,
            now=lambda: self.now,
        )

    def ages(self, seconds: float) -> None:
        """Its last sign of life was so long ago."""
        self.database.write(
            lambda session: session.execute(
                text("update processes set beat_at = beat_at - :ago where id = :me"),
                {"ago": int(seconds * 1_000_000), "me": self.processes.number},
            )
        )


@pytest.fixture
async def hosts(
    database: Database, database_url: str, house: House, keys: KeyRing, now: datetime
) -> AsyncIterator[tuple[Host, Host]]:
    other = open_database(database_url, keys, now=now)
    first, second = Host(database, house, now), Host(other, house, now)
    await first.processes.join()
    await second.processes.join()
    yield first, second
    other.close()


def test_death_is_noticed_within_ten_seconds() -> None:
    assert DEAD_AFTER + BEAT_EVERY < 10


async def test_both_share_the_work_and_nothing_is_sent_twice(hosts: tuple[Host, Host]) -> None:
    words = [f"{chat} {part}" for part in ("one", "two") for chat in range(220)]
    hosts[0].database.write(
        lambda session: [
            outbox.put(
                session,
                channel="telegram",
                chat_key=f"telegram:{word.split()[0]}",
                kind="text",
                payload={"text": word},
                now=hosts[0].now,
            )
            for word in words
        ]
    )

    for _ in range(3):
        await asyncio.gather(*(host.deliver() for host in hosts))

    sent = [text for host in hosts for text in host.pigeon.texts()]
    assert sorted(sent) == sorted(words)
    assert all(host.pigeon.sent for host in hosts)


async def test_a_chat_keeps_its_order_whoever_sends(hosts: tuple[Host, Host]) -> None:
    words = [f"part {n}" for n in range(12)]
    for word in words:
        hosts[0].put(word)
    order: list[str] = []
    for host in hosts:
        send = host.pigeon.send

        async def noted(message: object, send: Callable[..., object] = send) -> object:
            receipt = await send(message)  # type: ignore[misc]
            order.append(message.payload["text"])  # type: ignore[attr-defined]
            return receipt

        host.pigeon.send = noted  # type: ignore[assignment, method-assign]

    while len(order) < len(words):
        await asyncio.gather(*(host.deliver() for host in hosts))

    assert order == words


async def test_what_a_living_process_sends_is_not_touched(hosts: tuple[Host, Host]) -> None:
    row = hosts[0].put("hello")
    hosts[0].rows("select 1")
    hosts[0].database.write(
        lambda s: s.execute(
            text("update outbox set status = 'sending', process_id = :me"),
            {"me": hosts[0].processes.number},
        )
    )

    assert await hosts[1].processes.beat() == 0
    hosts[0].ages(DEAD_AFTER - 1)
    assert await hosts[1].processes.beat() == 0
    assert hosts[1].status(row) == "sending"


async def test_what_a_dead_process_was_sending_is_taken_over(hosts: tuple[Host, Host]) -> None:
    row = hosts[0].put("How was it?", purpose="question")
    hosts[0].database.write(
        lambda s: s.execute(
            text("update outbox set status = 'sending', process_id = :me"),
            {"me": hosts[0].processes.number},
        )
    )
    hosts[0].ages(DEAD_AFTER + 1)

    assert await hosts[1].processes.beat() == 1
    assert hosts[1].status(row) == "unknown"
    hosts[1].pass_time(60)
    await hosts[1].deliver()

    assert hosts[1].pigeon.texts() == ["How was it?"]
    assert hosts[1].status(row) == "sent"


async def test_a_process_that_slept_past_its_time_sends_nothing_more(
    hosts: tuple[Host, Host],
) -> None:
    asleep, awake = hosts
    row = asleep.put("hello")
    asleep.ticks.at += DEAD_AFTER
    asleep.ages(DEAD_AFTER + 1)
    await awake.processes.beat()

    await asyncio.wait_for(_one_round(asleep), 10)
    assert asleep.pigeon.sent == []
    assert not asleep.processes.may_send

    before = asleep.processes.number
    await asleep.processes.beat()
    assert asleep.processes.number != before
    assert asleep.processes.may_send
    for host in hosts:
        host.pass_time(120)
    await asleep.processes.beat()
    await asyncio.gather(*(host.deliver() for host in hosts))
    assert asleep.status(row) == "sent"


async def test_who_was_taken_for_dead_claims_nothing_that_others_would_call_doubtful(
    hosts: tuple[Host, Host],
) -> None:
    asleep, awake = hosts
    row = asleep.put("Rita: a new pair is on its way.", purpose="case")
    asleep.ticks.at += DEAD_AFTER
    asleep.ages(DEAD_AFTER + 1)
    await awake.processes.beat()

    await asleep.loop()._round()

    assert asleep.status(row) == "waiting"
    assert await awake.processes.beat() == 0


async def test_a_receipt_that_comes_after_the_others_took_over_makes_no_second_send(
    hosts: tuple[Host, Host],
) -> None:
    asleep, awake = hosts
    row = asleep.put("How was it?", purpose="question")
    send, reached, go_on = asleep.pigeon.send, asyncio.Event(), asyncio.Event()

    async def slow(message: object) -> object:
        receipt = await send(message)  # type: ignore[arg-type]
        reached.set()
        await go_on.wait()
        return receipt

    asleep.pigeon.send = slow  # type: ignore[assignment, method-assign]
    delivering = asyncio.create_task(asleep.deliver())
    await asyncio.wait_for(reached.wait(), 10)
    asleep.ages(DEAD_AFTER + 1)
    assert await awake.processes.beat() == 1
    assert awake.status(row) == "unknown"
    go_on.set()
    await delivering

    assert awake.status(row) == "sent"
    awake.pass_time(120)
    await awake.deliver()
    assert awake.pigeon.sent == []


async def test_an_error_that_comes_late_changes_nothing_of_what_another_is_sending(
    hosts: tuple[Host, Host],
) -> None:
    asleep, awake = hosts
    row = asleep.put("How was it?", purpose="question")
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def slow(message: object) -> object:
        reached.set()
        await go_on.wait()
        raise DeliveryError("Bad request")

    asleep.pigeon.send = slow  # type: ignore[assignment, method-assign]
    delivering = asyncio.create_task(asleep.deliver())
    await asyncio.wait_for(reached.wait(), 10)
    awake.database.write(
        lambda s: s.execute(
            text("update outbox set process_id = :other where id = :row"),
            {"other": awake.processes.number, "row": row},
        )
    )
    go_on.set()
    await delivering

    assert awake.rows("select status, process_id from outbox") == [
        ("sending", awake.processes.number)
    ]


async def test_a_frozen_customer_keeps_nobody_from_giving_signs_of_life(
    hosts: tuple[Host, Host],
) -> None:
    """The dead one holds the lock of the very customer whom its send was for."""
    frozen, awake = hosts
    ada = add_customer(frozen)
    reply = add_reply(frozen, ada)
    row = frozen.put("Rita: …", purpose="case", customer_id=ada, reply_id=reply)
    frozen.database.write(
        lambda s: s.execute(
            text("update outbox set status = 'sending', process_id = :me"),
            {"me": frozen.processes.number},
        )
    )
    frozen.ages(DEAD_AFTER + 1)

    with frozen.database._engines[0].begin() as holding:
        holding.execute(text("select id from customers for update"))
        assert await asyncio.wait_for(awake.processes.beat(), 10) == 0
        assert awake.rows("select id from processes") == [(awake.processes.number,)]
        assert awake.status(row) == "sending"

    assert await awake.processes.beat() == 1
    assert awake.status(row) == "unknown"


async def test_what_can_not_be_taken_over_just_now_takes_back_no_sign_of_life(
    hosts: tuple[Host, Host],
) -> None:
    processes = Together(
        hosts[0].database,
        polls=True,
        recover=lambda session: session.execute(text("select 1 / 0")).scalar_one(),
        ticks=hosts[0].ticks,
    )

    with capture_logs() as logs:
        assert await processes.join() == 0

    assert processes.may_send
    assert [line["event"] for line in logs] == ["not_taken_over"]


async def test_one_that_froze_in_the_middle_of_a_sign_of_life_stops_no_other(
    hosts: tuple[Host, Host],
) -> None:
    frozen, awake = hosts
    frozen.ages(DEAD_AFTER + 1)

    with frozen.database._engines[0].begin() as holding:
        mine = {"me": frozen.processes.number}
        holding.execute(text("update processes set polls = polls where id = :me"), mine)
        await asyncio.wait_for(awake.processes.beat(), 10)

    await awake.processes.beat()
    assert awake.rows("select id from processes") == [(awake.processes.number,)]


async def test_after_a_clock_that_was_put_back_the_living_live_and_the_dead_are_noticed(
    hosts: tuple[Host, Host],
) -> None:
    alive, other = hosts
    other.ages(-3600)

    await alive.processes.beat()
    assert alive.rows("select count(*) from processes") == [(2,)]
    other.ages(DEAD_AFTER + 1)
    await alive.processes.beat()

    assert alive.rows("select id from processes") == [(alive.processes.number,)]


async def test_one_of_all_fetches_updates_and_another_follows_it(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    await second.processes.beat()
    assert (first.processes.may_poll, second.processes.may_poll) == (True, False)
    assert (first.processes.is_eldest, second.processes.is_eldest) == (True, False)

    # cut off from the database it stops by itself, before the other begins
    first.ticks.at += DEAD_AFTER
    assert not first.processes.may_poll
    assert not first.processes.is_eldest
    first.ages(DEAD_AFTER + 1)
    await second.processes.beat()
    assert second.processes.may_poll
    assert second.processes.is_eldest

    await first.processes.beat()
    assert not first.processes.may_poll
    await second.processes.leave()
    await first.processes.beat()
    assert first.processes.may_poll


async def test_one_that_is_told_of_updates_fetches_none_and_leaves_it_to_the_next(
    hosts: tuple[Host, Host],
) -> None:
    first, second = hosts
    first.database.write(
        lambda s: s.execute(
            text("update processes set polls = false where id = :me"),
            {"me": first.processes.number},
        )
    )
    for host in hosts:
        await host.processes.beat()

    assert (first.processes.may_poll, second.processes.may_poll) == (False, True)


async def test_alone_whatever_was_being_sent_was_left_behind(
    database: Database, house: House, now: datetime
) -> None:
    office = PostOffice(database, house, now)
    row = office.put("hello")
    database.write(lambda s: s.execute(text("update outbox set status = 'sending'")))
    alone = Alone(database, recover=lambda session: recover(session, house, now=now))

    assert await alone.join() == 1
    assert office.status(row) == "unknown"


async def test_all_processes_together_keep_the_limits(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.pacing = SharedPacing("telegram", per_second=10, per_chat=0)
    for chat in range(30):
        hosts[0].put("hello", chat=chat)

    begun = time.monotonic()
    while time.monotonic() < begun + 0.8:
        await asyncio.gather(*(host.deliver() for host in hosts))

    sent = sum(len(host.pigeon.sent) for host in hosts)
    assert 2 < sent <= 10 * math.ceil(time.monotonic() - begun)


def test_a_clock_of_the_database_that_was_put_back_holds_nothing_up_for_long() -> None:
    window = Window(25)

    window.restore([3600.0] * 25, 100.0)

    assert 0 < window.wait(100.0) <= 1


async def test_one_chat_is_not_written_to_too_fast_by_two(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.pacing = SharedPacing("telegram", per_second=0, per_chat=1, burst=3)
    for part in range(8):
        hosts[0].put(f"{part}")

    for host in hosts * 3:
        await host.deliver()

    assert 3 <= sum(len(host.pigeon.sent) for host in hosts) <= 5


async def test_a_pause_that_one_was_asked_for_is_kept_by_all(hosts: tuple[Host, Host]) -> None:
    for host in hosts:
        host.pacing = SharedPacing("telegram", per_second=100, per_chat=0)
    for chat in (1, 2, 3):
        hosts[0].pacing.pause(str(chat), 30)
    hosts[0].put("to somebody", chat=4)
    await hosts[0].deliver()
    hosts[1].put("to somebody else", chat=5)
    await hosts[1].deliver()

    assert [host.pigeon.sent for host in hosts] == [[], []]


async def test_a_refusal_of_long_ago_stops_nobody_when_others_are_refused(
    hosts: tuple[Host, Host],
) -> None:
    """Chat 1 must wait for long; only what is refused within five seconds means everybody."""
    pacing = SharedPacing("telegram", per_second=0, per_chat=0)
    hosts[0].pacing = pacing
    pacing.pause("1", 300)
    at, until_ = pacing._asked["1"]
    pacing._asked["1"] = at - 60, until_
    for chat in ("2", "3"):
        pacing.pause(chat, 1)
    hosts[0].put("to somebody", chat=4)

    for _ in range(2):
        await hosts[0].deliver()

    assert hosts[0].pigeon.texts() == ["to somebody"]


async def test_a_pause_of_long_ago_is_not_everybodys_when_three_others_are_refused(
    hosts: tuple[Host, Host],
) -> None:
    pacing = SharedPacing("telegram", per_second=0, per_chat=0)
    hosts[0].pacing = pacing
    pacing.pause("1", 300)
    at, until_ = pacing._asked["1"]
    pacing._asked["1"] = at - 60, until_
    for chat in ("2", "3", "4"):
        pacing.pause(chat, 0.3)
    hosts[0].put("to somebody", chat=5)

    await hosts[0].deliver()
    assert hosts[0].pigeon.texts() == []
    await asyncio.sleep(0.4)
    await hosts[0].deliver()

    assert hosts[0].pigeon.texts() == ["to somebody"]


async def test_a_database_whose_clock_is_put_back_holds_nothing_back(
    hosts: tuple[Host, Host],
) -> None:
    host = hosts[0]
    host.pacing = SharedPacing("telegram", per_second=50, per_chat=1, burst=1)
    host.pacing.pause("8", 0.5)
    host.put("one")
    await host.deliver()
    state = json.loads(host.rows("select state from send_limits")[0][0])
    later = json.dumps(_moved(state, 3600))
    host.database.write(
        lambda s: s.execute(text("update send_limits set state = :later"), {"later": later})
    )
    # of a start since then, which remembers nothing of its own
    host.pacing = SharedPacing("telegram", per_second=50, per_chat=1, burst=1)
    host.put("two")
    host.put("to who had to wait", chat=8)

    # how long ago that was nobody can tell, so each waits its whole time from now on
    await host.deliver()
    await asyncio.sleep(1.1)
    await host.deliver()

    assert sorted(host.pigeon.texts()) == ["one", "to who had to wait", "two"]


def _moved(state: Any, seconds: float) -> Any:
    """As it would have been stored by a clock that was so much ahead."""
    chats = {chat: [left, at + seconds] for chat, (left, at) in state["chats"].items()}
    return {
        "left_at": [at + seconds for at in state["left_at"]],
        "chats": chats,
        "pauses": {chat: at + seconds for chat, at in state["pauses"].items()},
        "refusals": {chat: at + seconds for chat, at in state["refusals"].items()},
        "all_until": state["all_until"],
        "stored_at": state["stored_at"] + seconds,
    }


async def _one_round(host: Host) -> None:
    loop = host.loop()
    await loop._round()
    await asyncio.gather(*loop._under_way)
    await loop._round()
