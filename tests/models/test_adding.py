"""Rows that are added many at once are the rows that a flush would have made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from feedbackbot.models.adding import insert_new
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database


def ada_and_bo(now: datetime) -> list[Customer]:
    return [
        Customer(first_name="Ada", email="ada@example.com", created_at=now),
        Customer(first_name="Bo", tags="vip", reach=Reach.BLOCKED, created_at=now),
    ]


def all_in(session: Session) -> list[dict[str, Any]]:
    names = Customer.__table__.columns.keys()
    rows = session.scalars(select(Customer).order_by(Customer.id))
    return [{name: getattr(one, name) for name in names} for one in rows]


def test_they_hold_what_flushed_rows_hold_and_count_on(database: Database, now: datetime) -> None:
    def add(session: Session) -> None:
        session.add_all(ada_and_bo(now))
        session.flush()
        session.add_all(ada_and_bo(now))
        insert_new(session, Customer)
        session.add_all(ada_and_bo(now))

    database.write(add)

    rows = database.read(all_in)
    first = rows[0]["id"]
    assert [one.pop("id") for one in rows] == list(range(first, first + 6))
    assert rows[:2] == rows[2:4] == rows[4:]


def test_what_is_changed_afterwards_is_stored(database: Database, now: datetime) -> None:
    def add(session: Session) -> None:
        ada, bo = ada_and_bo(now)
        session.add_all([ada, bo])
        insert_new(session, Customer)
        ada.language = "en"
        session.delete(bo)

    database.write(add)

    (ada,) = database.read(all_in)
    assert (ada["first_name"], ada["language"]) == ("Ada", "en")


def test_columns_that_nobody_filled_are_known_without_another_look(
    database: Database, now: datetime
) -> None:
    def add(session: Session) -> tuple[Customer, list[str]]:
        ada = ada_and_bo(now)[0]
        session.add(ada)
        insert_new(session, Customer)
        asked: list[str] = []
        event.listen(
            session.get_bind(), "before_cursor_execute", lambda *told: asked.append(told[2])
        )
        assert (ada.telegram_id, ada.tags, ada.reach) == (None, "", Reach.UNKNOWN)
        return ada, asked

    _, asked = database.write(add)

    assert [one for one in asked if one.startswith("SELECT")] == []
