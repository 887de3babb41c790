"""Codes to thank customers with: each goes to one purchase, and a purchase gets one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from activities.post import PostOffice
from feedbackbot import conversing, inviting
from feedbackbot.conversing.incoming import Incoming, Sender, Started
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import Reward
from feedbackbot.errors import MaybeSent
from feedbackbot.house import House
from feedbackbot.invariants import find_broken
from feedbackbot.models import reward
from feedbackbot.models.audit import AuditEntry
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.outbox import OutgoingMessage
from feedbackbot.models.reward import CodeTaken, RewardCode

SCRIPT = """
script: gifts
spec: 1
start: {{on: purchase.placed, after: 0s}}
expire: 30d
steps:
  - id: gift
    reward: {{pool: thank_you, say: "Your code is {{{{ reward.code }}}}."{more}}}
    next: bye
  - {{id: bye, end: done}}
"""


def gifts(house: House, folder: Path, more: str = "") -> House:
    """A shop whose only script gives a code to whoever opens the link."""
    (folder / "gifts.yaml").write_text(SCRIPT.format(more=more), encoding="utf-8")
    return replace(house, library=load_library(folder), versions={}, called={}, text_pause=0)


@pytest.fixture
def shop(house: House, tmp_path: Path) -> Callable[..., House]:
    folder = tmp_path / "scripts"
    folder.mkdir()
    return lambda more="": gifts(house, folder, more)


def fill(database: Database, now: datetime, *codes: str, until: datetime | None = None) -> int:
    return database.write(
        lambda s: reward.add(s, "thank_you", dict.fromkeys(codes, until), now=now)
    )


def link_for(database: Database, house: House, order: str, now: datetime) -> str:
    made = database.write(
        lambda s: inviting.invite(s, house, order_id=order, item="Shoes", now=now)
    )
    return str(made.link)


def open_link(database: Database, house: House, customer: int, order: str, now: datetime) -> None:
    opens(database, house, customer, link_for(database, house, order, now), now)


def opens(database: Database, house: House, customer: int, link: str, now: datetime) -> None:
    key = f"telegram:1:{customer}:{link[-8:]}"
    act = Started(payload=link.partition("start=")[2], message_key=f"{customer}:1")
    sender = Sender(telegram_id=customer, first_name="Ada", language="en")
    incoming = Incoming(key=key, sender=sender, act=act)
    database.write(lambda s: conversing.receive(s, house, incoming, now=now))


def codes_said(database: Database) -> list[str]:
    rows = database.read(lambda s: list(s.scalars(select(OutgoingMessage))))
    said = [str((row.payload or {}).get("text")) for row in rows if row.channel == "telegram"]
    return [text for text in said if "code is" in text]


def given_codes(database: Database) -> list[tuple[str, int | None]]:
    rows = database.read(lambda s: list(s.scalars(select(RewardCode))))
    return [(row.code, row.purchase_id) for row in rows if row.given_at is not None]


def test_a_code_is_said_and_taken_in_one_transaction(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    fill(database, now, "TY-1", "TY-2")

    open_link(database, shop(), 7, "1042", now)

    assert codes_said(database)[0].startswith("Your code is TY-1.\nIt has nothing to do with")
    assert [code for code, _ in given_codes(database)] == ["TY-1"]


async def test_a_code_in_doubt_is_said_once_more_and_is_the_same_one_counted_once(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    fill(database, now, "TY-1", "TY-2")
    house = shop()
    open_link(database, house, 7, "1042", now)
    post = PostOffice(database, house, now)
    post.pigeon.troubles = [MaybeSent("time-out"), MaybeSent("time-out")]

    for _ in range(5):
        await post.deliver()
        post.pass_time(60)

    said = [text for text in post.pigeon.texts() if "code is" in text]
    assert len(said) == 2
    assert set(said) == set(codes_said(database))
    stock = database.read(lambda s: reward.stock(s, now=now))
    assert [(pool.given, pool.free) for pool in stock] == [(1, 1)]
    assert database.read(lambda s: find_broken(s, now=post.now)) == []


def test_a_turn_that_fails_gives_its_code_back(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    fill(database, now, "TY-1")
    house = shop()
    act = Started(
        payload=link_for(database, house, "1042", now).partition("start=")[2], message_key="7:1"
    )
    incoming = Incoming(key="k", sender=Sender(telegram_id=7, first_name="Ada"), act=act)

    def fails(session: object) -> None:
        conversing.receive(session, house, incoming, now=now)  # type: ignore[arg-type]
        raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError, match="power"):
        database.write(fails)

    assert given_codes(database) == []
    assert codes_said(database) == []


def test_an_empty_pool_gives_what_everybody_gets_and_tells_marketing_once_a_day(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    house = shop(', fallback: "THANKS10"')
    fill(database, now, "TY-1")

    for customer in range(3):
        open_link(database, house, customer + 7, f"{customer}", now)

    assert [text[13:].partition(".")[0] for text in codes_said(database)] == [
        "TY-1",
        "THANKS10",
        "THANKS10",
    ]
    notes = database.read(
        lambda s: [m.payload for m in s.scalars(select(OutgoingMessage)) if m.channel == "slack"]
    )
    assert len(notes) == 1
    assert "no code left in the pool thank_you" in str(notes[0])


def test_without_a_code_for_everybody_nothing_is_promised(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    open_link(database, shop(), 7, "1042", now)

    acts = database.read(lambda s: list(s.scalars(select(AuditEntry.act))))
    assert codes_said(database) == []
    assert "reward_missing" in acts


def test_one_purchase_gets_one_code_however_often_it_is_talked_about(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    house = shop(', fallback: "THANKS10"')
    fill(database, now, "TY-1", "TY-2")
    open_link(database, house, 7, "1042", now)
    again = replace(house.library.scripts["gifts"], name="again")
    scripts = {**house.library.scripts, "again": again}
    house.library = replace(house.library, scripts=scripts)

    made = database.write(lambda s: inviting.invite_to(s, house, "again", 1, now=now))
    assert made is not None
    due = database.write(lambda s: inviting.due(s, house, made.id, now=now))
    assert due is not None
    database.write(lambda s: conversing.happen(s, house, 1, due, now=now))

    assert len(codes_said(database)) == 1
    assert [code for code, _ in given_codes(database)] == ["TY-1"]


def test_a_code_that_has_run_out_is_passed_over_and_the_day_is_named(
    database: Database, shop: Callable[..., House], now: datetime
) -> None:
    fill(database, now, "OLD", until=now - timedelta(days=1))
    fill(database, now, "NEW", until=datetime(2027, 1, 1, tzinfo=UTC))
    house = shop()
    script = house.library.scripts["gifts"]
    step = script.steps["gift"]
    assert isinstance(step, Reward)
    gift = replace(step, say="")
    steps = {**script.steps, "gift": gift}
    scripts = {"gifts": replace(script, steps=steps)}
    house.library = replace(house.library, scripts=scripts)

    open_link(database, house, 7, "1042", now)

    texts = database.read(lambda s: [m.payload for m in s.scalars(select(OutgoingMessage))])
    assert "NEW (good until 31 December 2026)" in str(texts)


def test_the_same_file_twice_adds_nothing(database: Database, now: datetime) -> None:
    assert fill(database, now, "A", "B") == 2
    assert fill(database, now, "A", "b", "C") == 1
    assert database.read(lambda s: reward.stock(s, now=now))[0].free == 3


def test_a_code_that_somebody_else_took_undoes_the_turn(database: Database, now: datetime) -> None:
    fill(database, now, "A")

    def take(session: object) -> None:
        reward.give(
            session,  # type: ignore[arg-type]
            "thank_you",
            "A",
            purchase_id=None,
            conversation_id=1,
            now=now,
        )

    database.write(take)

    with pytest.raises(CodeTaken):
        database.write(take)


_ORDERS = st.lists(st.integers(0, 11), min_size=1, max_size=24)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(orders=_ORDERS, stock=st.integers(0, 8))
def test_no_two_purchases_ever_get_the_same_code(
    migrated_file: Path, keys: KeyRing, house: House, now: datetime, orders: list[int], stock: int
) -> None:
    """Two processes with the same file, four threads each, and links opened again and again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "feedbackbot.sqlite3"
        file.write_bytes(migrated_file.read_bytes())
        shop = gifts(house, folder)
        databases = [open_database(f"sqlite:///{file}", keys, now=now) for _ in range(2)]
        fill(databases[0], now, *(f"TY-{number}" for number in range(stock)))
        links = {order: link_for(databases[0], shop, f"{order}", now) for order in set(orders)}

        def one(index: int) -> None:
            order = orders[index]
            opens(databases[index % 2], shop, 100 + order, links[order], now)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(one, range(len(orders))))

        given_now = given_codes(databases[0])
        said = codes_said(databases[0])
        for database in databases:
            database.close()

    codes = [code for code, _ in given_now]
    purchases = [purchase for _, purchase in given_now]
    assert len(set(codes)) == len(codes) == min(stock, len(links))
    assert len(set(purchases)) == len(purchases)
    assert len(said) == len(set(said)) == len(codes)
