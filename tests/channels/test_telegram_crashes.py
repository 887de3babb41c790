"""The process dies at a named place, as `kill -9` would have it; another one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from feedbackbot import inviting, sandbox
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.house import House
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.sandbox.client import SandboxClient

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(
    platforms: SandboxClient, keys: KeyRing, database_url: str, tmp_path: Path
) -> Iterator[Start]:
    """`feedbackbot run` in a process of its own; returns once it is ready, or has died."""
    key_file = tmp_path / "key"
    key_file.write_text(keys.dump())
    environment = {
        **os.environ,
        "TELEGRAM_BOT_TOKEN": sandbox.TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": platforms.telegram_url,
        "FEEDBACKBOT_DATABASE_URL": database_url,
        "FEEDBACKBOT_KEY_FILE": str(key_file),
        "FEEDBACKBOT_DATA": str(tmp_path),
        "FEEDBACKBOT_TEXT_PAUSE": "0",
        "FEEDBACKBOT_CLOCK_URL": f"{platforms.url}/sandbox/clock",
    }
    running: list[subprocess.Popen[str]] = []

    def begin(crash_at: str = "") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "feedbackbot", "run", "--port", "0"],
            env={**environment, "FEEDBACKBOT_CRASH_AT": crash_at},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=tmp_path,
        )
        running.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready"):
                break
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def secret(database_url: str, keys: KeyRing, house: House) -> str:
    """Of Ada's link."""
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    database = open_database(database_url, keys, now=now)
    house.library = load_library(house.conversations)
    recorded = database.write(
        lambda s: inviting.invite(s, house, order_id="1042", item="Trail shoes", now=now)
    )
    database.close()
    return str(recorded.link).partition("start=")[2]


def statuses(database_url: str) -> list[str]:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = connection.execute(text("select status from outbox order by id")).scalars()
        rows = [str(status) for status in found]
    engine.dispose()
    return rows


@pytest.mark.parametrize("place", ["received", "before_commit", "committed"])
def test_dying_around_the_commit_loses_nothing_and_doubles_nothing(
    start: Start, platforms: SandboxClient, secret: str, place: str
) -> None:
    process = start(place)
    ada = platforms.customer("Ada", start=secret)
    assert process.wait(timeout=10) == 137

    start()

    platforms.wait(customer=ada, has="Trail shoes", timeout=10)
    platforms.says(ada, "/help")
    platforms.wait(customer=ada, has="/privacy", timeout=10)
    said = [m for m in platforms.phone(ada) if m["from"] == "bot"]
    assert sum("I am the feedback bot" in str(m.get("text")) for m in said) == 1


@pytest.mark.parametrize("place", ["claimed", "sent_not_stored"])
def test_dying_while_sending_is_known_as_unknown_and_sent_once_more_at_most(
    start: Start, platforms: SandboxClient, secret: str, database_url: str, place: str
) -> None:
    process = start(place)
    ada = platforms.customer("Ada", start=secret)
    assert process.wait(timeout=10) == 137
    assert statuses(database_url) == ["sending"]

    start()
    platforms.advance(31)
    platforms.says(ada, "/help")
    platforms.wait(customer=ada, has="/privacy", timeout=10)
    platforms.wait(customer=ada, has="Trail shoes", timeout=10)

    wanted = 1 if place == "claimed" else 2
    for _ in range(100):
        if statuses(database_url)[0] == "sent":
            break
        time.sleep(0.05)
    said = [m for m in platforms.phone(ada) if m["from"] == "bot"]
    assert sum("I am the feedback bot" in str(m.get("text")) for m in said) == wanted


def test_sigterm_stops_in_good_order(start: Start, platforms: SandboxClient) -> None:
    process = start()

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=20) == 0


def test_without_a_token_it_says_where_to_get_one(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TELEGRAM", "SLACK"))}

    ended = subprocess.run(
        [sys.executable, "-m", "feedbackbot", "run"],
        env={**environment, "FEEDBACKBOT_DATA": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert "BotFather" in ended.stdout
