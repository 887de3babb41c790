"""Prepared statements give what the general way gives, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedbackbot.models.audit import HouseFact
from feedbackbot.models.conversation import Message
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES

CUSTOMERS, FACTS, MESSAGES = TABLES["customers"], TABLES["house_facts"], TABLES["messages"]
NOTE = Prepared(insert(FACTS), columns=("name", "value"))
BLOCK = Prepared(
    update(CUSTOMERS)
    .where(CUSTOMERS.c.telegram_id == bindparam("who"))
    .values(reach=Reach.BLOCKED, first_name=None)
)
KEEP = Prepared(
    insert(MESSAGES).returning(MESSAGES.c.id),
    columns=("customer_id", "kind", "text", "received_at"),
)


def ada(session: Session, now: datetime) -> int:
    customer = Customer(telegram_id=7, first_name="Ada", created_at=now)
    session.add(customer)
    session.flush()
    return customer.id


def test_sealed_words_and_moments_come_back_as_they_went_in(
    database: Database, now: datetime
) -> None:
    values = {"kind": "text", "text": "Über 🦶 \ud83d", "received_at": now}
    read = Prepared(
        select(MESSAGES.c.text, MESSAGES.c.received_at, MESSAGES.c.edited_at, MESSAGES.c.kind)
        .where(MESSAGES.c.id == bindparam("number"))
        .limit(bindparam("most"))
    )

    def work(session: Session) -> tuple[Any, Message]:
        number = KEEP.find(session, {**values, "customer_id": ada(session, now)}).id
        found = read.find(session, {"number": number, "most": 1})
        return found, session.get_one(Message, number)

    found, general = database.write(work)

    assert (found.text, found.received_at, found.edited_at, found.kind) == (
        values["text"],
        now,
        None,
        "text",
    )
    assert (general.text, general.received_at) == (found.text, now)


def test_statuses_and_constants_of_the_statement_are_written_as_they_are_meant(
    database: Database, now: datetime
) -> None:
    def work(session: Session) -> tuple[int, int, Customer]:
        number = ada(session, now)
        touched = BLOCK.run(session, {"who": 7}), BLOCK.run(session, {"who": 8})
        session.expire_all()
        return *touched, session.get_one(Customer, number)

    one, none, customer = database.write(work)

    assert (one, none) == (1, 0)
    assert (customer.reach, customer.first_name) == (Reach.BLOCKED, None)


def test_what_is_written_out_at_each_run_is_written_out_once(database: Database) -> None:
    joined = Prepared(select(func.aggregate_strings(FACTS.c.value, "; ").label("all")))

    def work(session: Session) -> Any:
        session.query(HouseFact).delete()
        NOTE.run_for_each(session, [{"name": n, "value": n.upper()} for n in ("a", "b")])
        return joined.find(session, {})

    assert sorted(database.write(work).all.split("; ")) == ["A", "B"]


def test_a_refused_row_raises_what_it_always_raises_and_tells_no_values(
    database: Database,
) -> None:
    def twice(session: Session) -> None:
        NOTE.run_for_each(session, [{"name": "same", "value": "secret"}] * 2)

    with pytest.raises(IntegrityError) as refused:
        database.write(twice)

    assert "secret" not in str(refused.value).partition("DETAIL")[0]
    assert database.read(lambda s: s.get(HouseFact, "same")) is None


def test_listeners_of_the_engine_hear_of_it(database: Database) -> None:
    heard: list[str] = []
    engine = database._engines[0]
    event.listen(engine, "before_cursor_execute", lambda *told: heard.append(told[2]))

    database.write(lambda s: NOTE.run(s, {"name": "a", "value": "b"}))

    assert any(text.startswith("INSERT INTO house_facts") for text in heard)


def test_a_list_is_refused_when_the_statement_is_prepared(database: Database) -> None:
    listed = Prepared(select(FACTS.c.name).where(FACTS.c.name.in_(["a", "b"])))

    with pytest.raises(AssertionError, match="no fixed number"):
        database.read(lambda s: listed.all(s, {}))
