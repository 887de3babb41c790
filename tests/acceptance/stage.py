"""The whole product on a stage: sandbox and bot as processes of their own, and what the bot has written down."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from acceptance.asking import PATIENCE, ask, free_port, until
from acceptance.bot import API_TOKEN, Bot
from acceptance.people import Phone, Staff
from acceptance.platforms import OPENS_AT
from feedbackbot.config import Settings
from feedbackbot.invariants import find_broken
from feedbackbot.models.engines import sqlite_reader
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.sealing import hand_keys


@dataclass(slots=True, kw_only=True)
class Stage(Bot):
    #: the platforms alone are there at first: the story itself starts the bot
    bot_comes_later: bool = False
    opens_at: datetime = OPENS_AT
    _sandbox_process: subprocess.Popen[str] | None = None

    # ---------------------------------------------------------------- curtain

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *how_it_ended: object) -> None:
        self.close()

    def open(self) -> None:
        self.open_sandbox()
        if self.bot_comes_later:
            return
        self.start_bot()
        if self.over_http:
            self.play("slack/http", url=f"{self.bot}/webhooks/slack")

    def open_sandbox(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "feedbackbot.sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._sandbox_process = process
        assert process.stdout is not None
        self.sandbox = json.loads(process.stdout.readline())["url"]
        self.bot = f"http://127.0.0.1:{free_port()}"
        self.play("clock", at=self.opens_at.isoformat())

    def close(self) -> None:
        if self.is_running:
            self.kill_bot()
        if self._sandbox_process is not None:
            self._sandbox_process.terminate()
            self._sandbox_process.wait(timeout=10)
            assert self._sandbox_process.stdout is not None
            self._sandbox_process.stdout.close()

    @contextmanager
    def bot_away(self) -> Iterator[None]:
        """The bot is killed once its sends are stored; what happens inside, happens while nobody listens."""
        until(self.has_settled, "everything that left is known to have left")
        self.kill_bot()
        yield
        self.start_bot()

    # ---------------------------------------------------------------- what it has written down

    @property
    def database_file(self) -> Path:
        return self.folder / "data" / "feedbackbot.sqlite3"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What stands in the database file, read from outside."""
        with closing(sqlite3.connect(self.database_file)) as file:
            return file.execute(sql).fetchall()

    def engine(self) -> Engine:
        """The bot's database, to be read from outside."""
        return sqlite_reader(f"sqlite:///{self.database_file}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the database, and takes its time."""
        with closing(sqlite3.connect(self.database_file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def has_settled(self) -> bool:
        """Nothing is being sent, and nothing waits that could be."""
        pending = "status = 'sending' or (status = 'waiting' and not_before is null)"
        return self.rows(f"select count(*) from outbox where {pending}") == [(0,)]

    def is_quiet(self) -> bool:
        """Nothing is left to be sent, nor in doubt."""
        open_ones = "'waiting', 'sending', 'unknown'"
        return self.rows(f"select count(*) from outbox where status in ({open_ones})") == [(0,)]

    def is_done(self) -> bool:
        """Nothing is left that will be sent by itself."""
        pending = (
            "status in ('waiting', 'sending') or (status = 'unknown' and not_before is not null)"
        )
        return self.rows(f"select count(*) from outbox where {pending}") == [(0,)]

    def is_caught_up(self) -> bool:
        """Everything that is due has happened, and what follows from it has left."""
        moment = int(self.now().timestamp() * 1_000_000)
        due = self.rows(f"select count(*) from timers where due_at <= {moment}")
        return due == [(0,)] and self.is_done()

    def broken(self) -> list[str]:
        """What is in the database and may never be."""
        settings = Settings(data=self.folder / "data", key_file=self.folder / "keys" / "key")
        engine = self.engine()
        hand_keys(engine, load_keys(settings))
        with Session(engine) as session:
            found = [
                f"{one.rule} {one.subject}: {one.sentence}"
                for one in find_broken(session, now=self.now())
            ]
        engine.dispose()
        return found

    # ---------------------------------------------------------------- people and pages

    def purchase(self, order_id: str, first_name: str, **more: Any) -> str:
        """The invitation link of a purchase that was delivered long enough ago to be asked about at once."""
        body = {
            "source": "webshop",
            "order_id": order_id,
            "customer": {"id": f"c-{first_name}", "first_name": first_name},
            "items": [{"name": "Trail shoes"}],
        } | more
        answer = ask(f"{self.bot}/api/purchases", body, token=API_TOKEN)
        return str(answer["invitation"]["link"])

    def customer(self, first_name: str) -> Phone:
        found = self.play("telegram/customers", first_name=first_name)
        return Phone(stage=self, id=found["id"])

    def staff(self, user: str) -> Staff:
        return Staff(stage=self, user=user)

    def file(self, address: str) -> bytes:
        """A file as a phone or Slack shows it, or a page of the bot."""
        base = self.sandbox if address.startswith("/sandbox") else self.bot
        with urllib.request.urlopen(base + address, timeout=PATIENCE) as answer:
            content: bytes = answer.read()
        return content

    def testimonials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = ask(f"{self.bot}/api/testimonials")
        return found
