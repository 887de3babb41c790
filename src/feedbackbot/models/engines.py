"""How connections are opened: SQLite for one writer and many readers, or a PostgreSQL pool."""

from __future__ import annotations

import random
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from feedbackbot.errors import ConfigError

#: seconds to wait for another process's transaction
_PATIENCE = 10
_OPTION = "feedbackbot_patience"
#: execution options with which nobody is waited for
AT_ONCE: Any = {_OPTION: 0}
_POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    # milliseconds after which a network that swallows everything counts as broken
    "tcp_user_timeout": 8000,
    "options": "-c lock_timeout=10s -c statement_timeout=30s "
    "-c idle_in_transaction_session_timeout=30s -c timezone=UTC",
    "application_name": "feedbackbot",
}


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def engine_for(url: str) -> Engine:
    """One that may write, for migrations."""
    return sqlite_writer(url) if is_sqlite(url) else postgres_engine(url, connections=1)


def sqlite_writer(url: str) -> Engine:
    """Takes the write lock when a transaction begins: a later upgrade of a read lock can't be waited for."""
    # secure_delete: who is forgotten must not live on in the file's unused places
    pragmas = ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
    engine = _sqlite(url, begin="BEGIN IMMEDIATE", pragmas=pragmas)
    event.listen(engine, "connect", _write_ahead)
    event.listen(engine, "connect", _wait_by_ourselves)
    return engine


def sqlite_reader(url: str) -> Engine:
    """Sees one snapshot for each transaction, and is refused every change."""
    return _sqlite(url, begin="BEGIN", pragmas=("query_only=ON",))


def postgres_engine(url: str, *, connections: int) -> Engine:
    """Nothing waits for ever: neither for a host that is gone, nor for a lock, nor for whoever holds one and sleeps."""
    try:
        from feedbackbot.models.postgres_connection import PatientConnection
    except ImportError as error:
        raise ConfigError(
            "PostgreSQL needs the extra [postgres]: pip install 'feedbackbot[postgres]'"
        ) from error
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=_POSTGRES,
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, args: Any, settings: Any) -> object:
        return PatientConnection.connect(*args, **settings)

    return engine


def postgres_reader(engine: Engine) -> Engine:
    """The same connections; sees one snapshot for each transaction, and is refused every change."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite(url: str, *, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        url,
        # values must not stand in errors, which are logged
        hide_parameters=True,
        pool_size=4,
        max_overflow=-1,
        connect_args={"timeout": _PATIENCE, "check_same_thread": False},
    )

    # compiling them anew took a quarter of the time of a small transaction
    engine.dialect.do_savepoint = _savepoint  # type: ignore[method-assign]
    engine.dialect.do_release_savepoint = _release_savepoint  # type: ignore[method-assign]

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # the driver's own BEGIN is deferred and comes too late; ours stands below
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        _begin(connection, begin)

    return engine


def _wait_by_ourselves(connection: Any, _record: object) -> None:
    """The last of what is set: everything before waits in SQLite's own way."""
    connection.execute("PRAGMA busy_timeout=0")


def _begin(connection: Connection, words: str) -> None:
    """SQLite's own waiting looks every 100 ms, and never meets the short gaps between the works of a busy process."""
    driver: Any = connection.connection.dbapi_connection
    patience: float = connection.get_execution_options().get(_OPTION, _PATIENCE)
    patient_until = time.monotonic() + patience
    while time.monotonic() < patient_until:
        try:
            driver.execute(words)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break
            time.sleep(random.uniform(0.0005, 0.002))
        else:
            return
    connection.exec_driver_sql(words)


def _write_ahead(connection: Any, _record: object) -> None:
    """SQLite does not wait by itself when several processes change a new file to it at once."""
    patient_until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > patient_until:
                raise
            time.sleep(0.02)
        else:
            return


def _savepoint(connection: Connection, name: str) -> None:
    _execute(connection, f"SAVEPOINT {name}")


def _release_savepoint(connection: Connection, name: str) -> None:
    _execute(connection, f"RELEASE SAVEPOINT {name}")


def _execute(connection: Connection, statement: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(statement)
    except sqlite3.Error as error:
        raise OperationalError(statement, None, error) from error
