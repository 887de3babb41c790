"""Each break is planted in a lively, healthy database, and has to be called by its name."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from conftest import NOW
from feedbackbot.engine.script import Library
from feedbackbot.invariants import Rule
from feedbackbot.models import audit, reward
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.reward import RewardCode
from feedbackbot.models.testimonial import Testimonial
from invariants.planted import PLANTED
from town import Town, house_of


@pytest.fixture(scope="module")
def lively(migrated_file: Path, keys: KeyRing, library: Library) -> Town:
    """Built once; each test works on a copy."""
    file = migrated_file.with_name("lively.sqlite3")
    shutil.copy(migrated_file, file)
    database = open_database(f"sqlite:///{file}", keys, now=NOW)
    town = Town(database, house_of(library), NOW)
    asyncio.run(town.live())
    database.close()
    return town


@pytest.fixture
def town(lively: Town, keys: KeyRing, tmp_path: Path) -> Iterator[Town]:
    file = tmp_path / "town.sqlite3"
    shutil.copy(lively.database.url.removeprefix("sqlite:///"), file)
    database = open_database(f"sqlite:///{file}", keys, now=lively.now)
    yield replace(lively, database=database)
    database.close()


def test_a_lively_shop_is_in_order(town: Town) -> None:
    assert town.broken() == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_break_is_called_by_its_name(town: Town, planted: str) -> None:
    statement, subject, rule = PLANTED[planted]
    names = _names(town)

    town.spoil(statement.format(**names))

    assert (rule, subject.format(**names)) in {(one.rule, one.subject) for one in town.broken()}


def test_nothing_is_said_that_a_customer_said(town: Town) -> None:
    for statement, _, _ in PLANTED.values():
        town.spoil(statement.format(**_names(town)))

    told = " ".join(one.sentence for one in town.broken())
    assert "sole" not in told
    assert "Ada" not in told


def test_a_chat_that_waits_for_nothing_is_stuck(town: Town) -> None:
    cleo = _customer(town, "Cleo")

    def forget_timers(chat: str) -> str:
        return json.dumps(json.loads(chat) | {"timers": []})

    _change_chat(town, cleo, forget_timers)

    said = [one.sentence for one in town.broken() if one.subject == f"customer:{cleo}"]
    assert any("waits for nothing" in sentence for sentence in said)


def test_words_that_are_public_without_having_been_agreed_to_are_named(town: Town) -> None:
    def change(session: Session) -> None:
        session.get_one(Testimonial, 1).text = "The best shoes in the world!"

    town.database.write(change)

    assert [one.rule for one in town.broken()] == [Rule.PUBLIC_WITH_CONSENT]


def test_a_chat_that_can_not_be_read_is_named(town: Town) -> None:
    cleo = _customer(town, "Cleo")

    _change_chat(town, cleo, lambda chat: chat[: len(chat) // 2])

    assert [one.rule for one in town.broken()] == [Rule.NOTHING_HALF_APPLIED]


def test_a_code_that_was_given_twice_is_named(town: Town) -> None:
    def twice(session: Session) -> None:
        reward.add(session, "thanks", {"MOSS-1": None, "MOSS-2": None}, now=town.now)
        for number, row in enumerate(session.scalars(select(RewardCode))):
            row.code, row.purchase_id, row.given_at = "MOSS-1", number + 1, town.now

    town.database.write(twice)

    assert [(one.rule, one.subject) for one in town.broken()] == [
        (Rule.CODES_GIVEN_ONCE, "reward_code:2")
    ]


async def test_a_message_behind_one_that_is_tried_again_waits_with_reason(town: Town) -> None:
    later = town.now + timedelta(hours=2)
    town.post.put("first", chat=304, not_before=later)
    town.post.put("second", chat=304)
    town.now = later - timedelta(minutes=1)
    town.spoil("update outbox set attempts = 5 where not_before is not null")

    waiting = [one for one in town.broken() if one.subject.startswith("outbox:")]
    assert waiting == []


def test_the_trail_of_what_was_ignored_keeps_the_key_from_looking_lost(town: Town) -> None:
    at = town.now + timedelta(seconds=7)

    def ignore(session: Session) -> None:
        audit.remember(session, "telegram:1:77", now=at)

    town.database.write(ignore)
    assert [one.subject for one in town.broken()] == ["received:telegram:1:77"]

    town.database.write(
        lambda s: audit.record(s, actor="customer", act="blocked", subject="nobody", now=at)
    )
    assert town.broken() == []


def _names(town: Town) -> dict[str, object]:
    """Numbers of rows, for statements to speak of."""
    people = {name: _customer(town, name) for name in town.people}

    def one(query: str) -> object:
        return town.post.rows(query.format(**people))[0][0]

    return {
        **people,
        "phone": town.people["Cleo"].telegram_id,
        "message": one("select min(id) from messages where customer_id = {Cleo}"),
        "second": one("select min(id) + 1 from messages where customer_id = {Bo}"),
        "offer": one("select id from invitations where customer_id = {Gil}"),
        "case": one("select id from escalations where customer_id = {Bo}"),
        "doras_first": one("select min(id) from outbox where customer_id = {Dora}"),
        "eves_first": one("select min(id) from outbox where customer_id = {Eve}"),
        "eves_message": one("select min(id) from messages where customer_id = {Eve}"),
        "first_card": one("select min(id) from outbox where channel = 'slack'"),
        "bos_first": one(_SENT_TO_BO),
        "bos_second": one(f"{_SENT_TO_BO} and id > ({_SENT_TO_BO})"),
        "tomorrow": int((town.now + timedelta(days=1)).timestamp() * 1_000_000),
    }


_SENT_TO_BO = (
    "select min(id) from outbox where status = 'sent' and channel = 'telegram'"
    " and customer_id = {Bo}"
)


def _customer(town: Town, name: str) -> int:
    """The row of whoever has, or had, this phone."""
    order = f"10{town.people[name].telegram_id % 100}"
    asked = f"select customer_id from purchases where order_id = '{order}'"
    erased = "select customer_id from purchases where order_id like 'erased:%'"
    return int(town.post.rows(erased if name == "Eve" else asked)[0][0])


def _change_chat(town: Town, customer_id: int, change: Callable[[str], str]) -> None:
    def work(session: Session) -> None:
        customer = session.get_one(Customer, customer_id)
        customer.chat = change(customer.chat or "")

    town.database.write(work)
