"""Whether the database itself can't work at present, or one statement was wrong; and the former in words."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

#: SQLite's primary result codes
_SQLITE = {
    sqlite3.SQLITE_BUSY: "The database is locked by another program.",
    sqlite3.SQLITE_LOCKED: "The database is locked by another program.",
    sqlite3.SQLITE_FULL: "The disk is full: the database takes nothing.",
    sqlite3.SQLITE_READONLY: "The database can only be read, not written to.",
    sqlite3.SQLITE_IOERR: "The disk does not take what the database writes.",
    sqlite3.SQLITE_CANTOPEN: "The database file can't be opened.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged; restore a backup.",
    sqlite3.SQLITE_NOTADB: "The database file is no database any more; restore a backup.",
}
#: PostgreSQL's classes: connection, resources, operator intervention, system, read-only, locks
_POSTGRES = ("08", "53", "57", "58", "25006", "55P03", "40")


def why_away(error: BaseException | None) -> str | None:
    """The sentence for people; None when the database works and it is the statement that was wrong."""
    while error is not None:
        if words := _why(error):
            return words
        # SQLite takes the whole transaction back when it is full, and then complains of a lost savepoint
        error = error.__context__
    return None


def _why(error: BaseException) -> str | None:
    if not isinstance(error, DBAPIError):
        return None
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _SQLITE.get(getattr(original, "sqlite_errorcode", 0) & 0xFF)
    code = getattr(original, "sqlstate", None)
    if error.connection_invalidated or (code is None and isinstance(original, Exception)):
        return "The database can't be reached."
    return "The database is not available." if str(code).startswith(_POSTGRES) else None
