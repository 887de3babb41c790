"""The same stage with PostgreSQL behind it."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine

from acceptance.stage import Stage
from feedbackbot.models.engines import postgres_engine, postgres_reader


@dataclass(slots=True, kw_only=True)
class StageOnPostgres(Stage):
    database: str

    def open_sandbox(self) -> None:
        # many processes may share a database, so that its key must be given
        (self.folder / "keys").mkdir()
        (self.folder / "keys" / "key").write_text(base64.b64encode(os.urandom(32)).decode())
        # `super()` does not find its way in a class with slots
        Stage.open_sandbox(self)

    def settings(self) -> dict[str, str]:
        return {"FEEDBACKBOT_DATABASE_URL": self.database} | Stage.settings(self)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql.encode()).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(self.database) as other:
            other.execute("LOCK TABLE customers, outbox IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()

    def engine(self) -> Engine:
        return postgres_reader(postgres_engine(self.database, connections=1))
