"""Opens the database and runs work in it: one transaction each, the outcome after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from feedbackbot.errors import ConfigError, KeyMismatch
from feedbackbot.models import audit
from feedbackbot.models.away import why_away
from feedbackbot.models.engines import (
    is_sqlite,
    postgres_engine,
    postgres_reader,
    sqlite_reader,
    sqlite_writer,
)
from feedbackbot.models.locking import ONLY_READS
from feedbackbot.models.migrations import upgrade_engine
from feedbackbot.models.pool_writing import PoolWriter
from feedbackbot.models.sealing import KeyRing, hand_keys
from feedbackbot.models.works import Line
from feedbackbot.models.writing import GroupWriter

T = TypeVar("T")

_READERS = 4
_POSTGRES_THREADS = 8
#: works in front of the database from which on no more are asked for; a quarter of a second, or some MB
_CROWD = 500
#: milliseconds for which emptying the journal waits for whoever is reading
_READERS_MAY_TAKE = 10_000
_FINGERPRINT = "key_fingerprint"
_LOOKED = "feedbackbot_looked"
_PROOF = "takes_changes"


class Writer(Protocol):
    def write(self, work: Callable[[Session], T]) -> T: ...
    async def awrite(
        self, work: Callable[[Session], T], *, short: bool = False, line: Line | None = None
    ) -> T: ...
    def new_line(self) -> Line | None: ...
    def close(self) -> None: ...


class Database:
    """Where everything is kept. Rows that come out are detached: read them, don't wait to load more."""

    def __init__(self, *, url: str, keys: KeyRing, writer: Writer, engines: list[Engine]) -> None:
        self.url = url
        self.keys = keys
        self._writer = writer
        self._engines = engines
        self._reader = engines[-1]
        #: why nothing can be stored at present, for health reports
        self.trouble: str | None = None
        self._waiting = 0
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="feedbackbot-reader")

    @property
    def is_crowded(self) -> bool:
        """So much waits for its commit that whoever brings more should come again a little later."""
        return self._waiting >= _CROWD

    def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction and return after the commit; if it raises, nothing is left of it."""
        return self._writer.write(work)

    def new_line(self) -> Line | None:
        """For works that may be handed in at once and keep their order all the same; None where they can't."""
        return self._writer.new_line()

    async def awrite(
        self, work: Callable[[Session], T], *, short: bool = False, line: Line | None = None
    ) -> T:
        """`short` is what takes some milliseconds at most: with SQLite the event loop runs it itself."""
        self._waiting += 1
        try:
            outcome = await self._writer.awrite(work, short=short, line=line)
        except DBAPIError as error:
            self.trouble = why_away(error) or self.trouble
            raise
        finally:
            self._waiting -= 1
        if self.trouble:
            await self._find_out()
        return outcome

    async def _find_out(self) -> None:
        """What changed nothing went well on a full disk too: only a change shows that the trouble is over."""
        try:
            await self._writer.awrite(lambda session: audit.set_fact(session, _PROOF, ""))
        except DBAPIError as error:
            self.trouble = why_away(error) or self.trouble
        else:
            self.trouble = None

    def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on one consistent view of what is committed; it can't change anything."""
        with Session(self._reader, expire_on_commit=False, info={ONLY_READS: True}) as session:
            return work(session)

    async def aread(self, work: Callable[[Session], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read, work)

    def look_first(self, look: Callable[[Connection], object]) -> None:
        """Have `look` run, in a transaction of its own, before the first work that writes on each new connection.

        Behind it may stand another server than before. With SQLite, which has none, it is never run.
        """
        if is_sqlite(self.url):
            return

        @event.listens_for(self._engines[0], "engine_connect")
        def first(connection: Connection) -> None:
            reads_only = connection.get_execution_options().get("postgresql_readonly")
            if reads_only or _LOOKED in connection.info:
                return
            with connection.begin():
                look(connection)
            connection.info[_LOOKED] = True

    def empty_journal(self) -> None:
        """Write SQLite's journal back into the file and empty it: what was erased must not live on in it.

        Does nothing for PostgreSQL, and less than all while somebody reads; the next call does the rest.
        """
        if not is_sqlite(self.url):
            return
        with self._engines[0].connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_READERS_MAY_TAKE}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA busy_timeout=0")
            cursor.close()

    def close(self) -> None:
        """Waits for what has been submitted."""
        self._writer.close()
        self._threads.shutdown()
        for engine in self._engines:
            engine.dispose()


def open_database(url: str, keys: KeyRing, *, now: datetime) -> Database:
    """Migrate, check that this is the key that sealed it, and open it."""
    try:
        database = _open_sqlite(url, keys) if is_sqlite(url) else _open_postgres(url, keys)
    except DBAPIError as error:
        if words := why_away(error):
            raise ConfigError(f"{words} See to it, and start again.") from error
        raise
    try:
        database.write(lambda session: _check_key(session, keys, now=now))
    except BaseException:
        database.close()
        raise
    return database


def _open_sqlite(url: str, keys: KeyRing) -> Database:
    _make_file(url)
    writer = sqlite_writer(url)
    upgrade_engine(writer)
    engines = [writer, sqlite_reader(url)]
    for engine in engines:
        hand_keys(engine, keys)
    return Database(url=url, keys=keys, writer=GroupWriter(writer), engines=engines)


def _make_file(url: str) -> None:
    """The file, and with it the -wal and -shm beside it, is nobody else's to read."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise ConfigError(
            "A SQLite database must be a file: sqlite:////path/to/feedbackbot.sqlite3"
        )
    file = Path(name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.touch(mode=0o600)
    except OSError as error:
        raise ConfigError(
            f"The database {file} can't be opened or made ({error.strerror}). Set FEEDBACKBOT_DATA "
            "to a folder that can be written to."
        ) from error


def _open_postgres(url: str, keys: KeyRing) -> Database:
    # one more for the signs of life
    engine = postgres_engine(url, connections=_POSTGRES_THREADS + _READERS + 1)
    try:
        upgrade_engine(engine)
    except BaseException:
        engine.dispose()
        raise
    hand_keys(engine, keys)
    writer = PoolWriter(engine, threads=_POSTGRES_THREADS)
    return Database(url=url, keys=keys, writer=writer, engines=[engine, postgres_reader(engine)])


def _check_key(session: Session, keys: KeyRing, *, now: datetime) -> None:
    if audit.set_fact_once(session, _FINGERPRINT, keys.fingerprint()):
        audit.record(session, actor="system", act="key_bound", subject="database", now=now)
        return
    known = audit.fact(session, _FINGERPRINT) or ""
    if known != keys.fingerprint():
        raise KeyMismatch(_other_key(known, keys))


def _other_key(known: str, keys: KeyRing) -> str:
    held = f" (in {keys.place})" if keys.place else ""
    return (
        f"This database was sealed with another key: it knows {known}, the key given{held} is "
        f"{keys.fingerprint()}. Set FEEDBACKBOT_KEY_FILE or FEEDBACKBOT_SECRET_KEY to the key it "
        "was made with; nothing has been changed."
    )
