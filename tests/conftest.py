"""What the tests share: a moment, a key, a fresh database file, and a house with the packaged scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedbackbot.engine.script import Library
from feedbackbot.house import House
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keys import KeyRing
from postgres import Postgres, postgres_server

pytest_plugins = ["no_skips"]

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CONVERSATIONS = Path(__file__).parent.parent / "conversations"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-stories", action="store_true", help="Rewrite tests/stories.")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def keys() -> KeyRing:
    return KeyRing.generate()


@pytest.fixture(scope="session")
def migrated_file(keys: KeyRing, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is migrated once and copied for each test."""
    file = tmp_path_factory.mktemp("migrated") / "feedbackbot.sqlite3"
    open_database(f"sqlite:///{file}", keys, now=NOW).close()
    return file


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres, keys: KeyRing) -> str:
    """The same on PostgreSQL, emptied for each test."""
    url = postgres.create()
    open_database(url, keys, now=NOW).close()
    return url


@pytest.fixture
def database_kind() -> str:
    """What the tests of activities and models run on twice is overridden in their folders."""
    return "sqlite"


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing
) -> Iterator[str]:
    if database_kind == "sqlite":
        file = tmp_path / "feedbackbot.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
    else:
        url = request.getfixturevalue("migrated_postgres")
        request.getfixturevalue("postgres").empty(url)
        open_database(url, keys, now=NOW).close()
        yield url


@pytest.fixture
def database(database_url: str, keys: KeyRing, now: datetime) -> Iterator[Database]:
    opened = open_database(database_url, keys, now=now)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def library() -> Library:
    from feedbackbot.engine.reading.loader import load_library

    return load_library(CONVERSATIONS)


@pytest.fixture
def house(library: Library) -> House:
    return House(
        library=library,
        conversations=CONVERSATIONS,
        bot_username="SomaFeedbackBot",
        bot_id=7_000_000_001,
        slack_channels={"support": "C0SUPPORT", "marketing": "C0MARKETING", "ideas": "C0IDEAS"},
        public_url="https://feedback.example",
    )
