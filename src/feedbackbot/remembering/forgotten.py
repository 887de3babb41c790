"""The marks of those who asked to be erased, in the database and in a file beside it that no restored backup undoes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.house import House
from feedbackbot.inviting.identifying import marks_of, name_of
from feedbackbot.models.customer import Customer, CustomerAlias
from feedbackbot.models.marks import append, read
from feedbackbot.models.sealing import keys_of
from feedbackbot.models.tables import TABLES
from feedbackbot.models.upsert import Upsert

FILE_NAME = "erased.txt"


def remember_marks(session: Session, house: House, customer: Customer, *, now: datetime) -> None:
    """Before the row is emptied, since the marks are made of what stands in it."""
    marks = _marks(session, customer)
    connection = session.connection()
    for mark in marks:
        values = {"mark": mark, "created_at": now}
        connection.execute(_SUPPRESS.statement(session), values)
    if house.erased_file is not None:
        # before the transaction is: a wish that was written down twice does no harm
        append(house.erased_file, marks, now=now)


def find_returned(session: Session, file: Path) -> list[int]:
    """Customers whom a restored backup brought back: they were known before they asked to be erased."""
    asked_at = read(file)
    if not asked_at:
        return []
    found: list[int] = []
    for customer in session.scalars(select(Customer)):
        moments = [asked_at[mark] for mark in _marks(session, customer) if mark in asked_at]
        if moments and customer.created_at < max(moments):
            found.append(customer.id)
    return found


def _marks(session: Session, customer: Customer) -> set[str]:
    keys = keys_of(session)
    marks = marks_of(
        keys, telegram_id=customer.telegram_id, email=customer.email, name=name_of(customer)
    )
    aliases = select(CustomerAlias).where(CustomerAlias.customer_id == customer.id)
    for alias in session.scalars(aliases):
        marks |= marks_of(keys, name=(alias.source, alias.source_customer_id))
    return marks


_SUPPRESS = Upsert(TABLES["suppressions"], ("mark",), replace=("created_at",))
