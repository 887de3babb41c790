"""A large database out of a small one: what real conversations left is doubled until there are enough, in either database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import make_url

#: tables of a conversation, and the columns that must be different in each copy
_CHANGED: dict[str, dict[str, str]] = {
    "customers": {
        "telegram_id": "telegram_id + {far}",
        "source_customer_id": "source_customer_id || '-{step}'",
        "email_index": "email_index || '-{step}'",
    },
    "purchases": {"customer_id": "customer_id + {customers}", "order_id": "order_id || '-{step}'"},
    "invitations": {
        "purchase_id": "purchase_id + {purchases}",
        "customer_id": "customer_id + {customers}",
        "token_sha256": "token_sha256 || '-{step}'",
    },
    "conversations": {
        "customer_id": "customer_id + {customers}",
        "purchase_id": "purchase_id + {purchases}",
        "invitation_id": "invitation_id + {invitations}",
    },
    "answers": {"conversation_id": "conversation_id + {conversations}"},
    "messages": {
        "customer_id": "customer_id + {customers}",
        "conversation_id": "conversation_id + {conversations}",
        "platform_key": "platform_key || '-{step}'",
    },
    "outbox": {
        "customer_id": "customer_id + {customers}",
        "conversation_id": "conversation_id + {conversations}",
        "chat_key": "chat_key || '-{step}'",
        "platform_id": "platform_id || '-{step}'",
    },
    "timers": {"subject_id": "subject_id + {customers}"},
    "received": {"key": "\"key\" || '-{step}'"},
}
_TALKED = "SELECT id FROM customers WHERE telegram_id IS NOT NULL"
#: what is copied; purchases that nobody has talked about are left for the measurement
_WHICH = {
    "customers": "telegram_id IS NOT NULL",
    "purchases": f"customer_id IN ({_TALKED})",
    "invitations": f"customer_id IN ({_TALKED})",
    "timers": "kind = 'chat'",
    # a copy of what still waits would be sent
    "outbox": "status = 'sent'",
}
_SQLITE_INDEXES = (
    "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
)
_POSTGRES_INDEXES = (
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
)
#: between the numbers of one copy's chats and the next one's
_FAR = 10_000_000


def grow(url: str, size: int) -> int:
    """Until there are so many conversations, or a few more; returns how many."""
    with _connection(url) as database:
        have = _one(database, "SELECT count(*) FROM conversations")
        step, indexes = 0, _drop_indexes(database)
        while 0 < have < size:
            _double(database, step)
            database.commit()
            have, step = have * 2, step + 1
        for statement in indexes:
            database.execute(statement)
        database.commit()
        # not away all the time that this took, or it would ask every copy's open question again
        now = datetime.now(UTC).isoformat()
        database.execute(f"UPDATE house_facts SET value = '{now}' WHERE name = 'alive_at'")
        database.commit()
        if not url.startswith("sqlite"):
            _settle(database)
        return have


def _double(database: Any, step: int) -> None:
    tops = {
        table: _one(database, f"SELECT coalesce(max(id), 0) FROM {table}")
        for table in _CHANGED
        if table != "received"
    }
    for table, changed in _CHANGED.items():
        cursor = database.execute(f"SELECT * FROM {table} LIMIT 0")
        names = [column[0] for column in cursor.description]
        values = {name: f'"{name}"' for name in names} | changed
        which = [_WHICH.get(table, "1 = 1")]
        if table in tops:
            values["id"] = f"id + {tops[table]}"
            which.append(f"id <= {tops[table]}")
        columns = ", ".join(f'"{name}"' for name in names)
        selected = ", ".join(values[name] for name in names)
        database.execute(
            f"INSERT INTO {table} ({columns}) SELECT {selected} FROM {table} "
            f"WHERE {' AND '.join(which)}".format(step=step, far=_FAR << step, **tops)
        )


def _drop_indexes(database: Any) -> list[str]:
    """Those that can be made anew in one go afterwards; how they are made."""
    listed = _SQLITE_INDEXES if isinstance(database, sqlite3.Connection) else _POSTGRES_INDEXES
    found = [row for row in database.execute(listed).fetchall() if row[0] in _CHANGED]
    for _, name, _ in found:
        database.execute(f'DROP INDEX "{name}"')
    return [made for _, _, made in found]


def _settle(database: Any) -> None:
    """PostgreSQL counts on from where we stopped, and knows how much there is, as it would by itself after a while."""
    for table in _CHANGED:
        if table != "received":
            database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
    database.commit()
    database.autocommit = True
    database.execute("VACUUM ANALYZE")


def _one(database: Any, statement: str) -> int:
    return int(database.execute(statement).fetchone()[0])


@contextmanager
def _connection(url: str) -> Iterator[Any]:
    """Quick, as nobody minds losing it."""
    database: Any
    if url.startswith("sqlite"):
        database = sqlite3.connect(make_url(url).database or "")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("PRAGMA journal_mode=OFF")
        database.execute("PRAGMA cache_size=-1000000")
    else:
        import psycopg

        database = psycopg.connect(url)
        # references are right as they are, and need no look each
        database.execute("SET session_replication_role = replica")
        database.execute("SET synchronous_commit = off")
        database.execute("SET maintenance_work_mem = '512MB'")
    try:
        yield database
    finally:
        database.close()
