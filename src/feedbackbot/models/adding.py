"""Many new rows of one table at once, as an import brings them: the unit of work would cost twice as much."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session, make_transient_to_detached

from feedbackbot.models.base import Base

_COUNTED: Final = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
_COUNT_ON: Final = text(
    "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :many)"
)


def insert_new(session: Session, kind: type[Base]) -> None:
    """What `session.flush()` does, for the new rows of one table; rows that they refer to must be stored already."""
    rows = [one for one in session.new if type(one) is kind]
    if not rows:
        return
    for row, number in zip(rows, _next_ids(session, kind.__tablename__, len(rows)), strict=True):
        session.expunge(row)
        values = vars(row)
        values.update(_blanks(kind) | values | {"id": number})
    session.bulk_save_objects(rows)
    for row in rows:
        make_transient_to_detached(row)
    session.add_all(rows)


def _next_ids(session: Session, table: str, many: int) -> Iterable[int]:
    """Given out beforehand: a database that makes them tells of one row after the other."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return connection.execute(_COUNT_ON, {"table": table, "many": many}).scalars().all()
    # whoever writes to SQLite is alone
    last = connection.execute(_COUNTED, {"table": table}).scalar() or 0
    return range(last + 1, last + 1 + many)


@cache
def _blanks(kind: type[Base]) -> dict[str, Any]:
    """What stands in a column that nobody has filled; left out, it would be looked up row by row."""
    columns = {one.key: one.columns[0] for one in inspect(kind).column_attrs}
    return {
        key: column.default.arg if column.default is not None else None
        for key, column in columns.items()
    }
