"""INSERT … ON CONFLICT, prebuilt for both databases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import Insert


class Upsert:
    """Built once at import; `statement(session)` is the one for the session's database."""

    def __init__(self, table: Table, key: Sequence[str], *, replace: Sequence[str] = ()) -> None:
        self.statements: dict[str, Insert] = {
            "sqlite": _sqlite(table, key, replace),
            "postgresql": _postgres(table, key, replace),
        }

    def statement(self, session: Session) -> Insert:
        return self.statements[session.get_bind().dialect.name]


def _sqlite(table: Table, key: Sequence[str], replace: Sequence[str]) -> Insert:
    insert = sqlite.insert(table)
    if not replace:
        return insert.on_conflict_do_nothing(index_elements=key)
    new = {name: insert.excluded[name] for name in replace}
    return insert.on_conflict_do_update(index_elements=key, set_=new)


def _postgres(table: Table, key: Sequence[str], replace: Sequence[str]) -> Insert:
    # who asks whether the row was new reads the count, which would not be kept by itself
    insert = postgresql.insert(table).execution_options(preserve_rowcount=True)
    if not replace:
        return insert.on_conflict_do_nothing(index_elements=key)
    new = {name: insert.excluded[name] for name in replace}
    return insert.on_conflict_do_update(index_elements=key, set_=new)
