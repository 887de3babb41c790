"""Stages for faults; after each test the platforms are mended, and nothing in the database may be broken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.stage import Stage
from acceptance.stage_on_postgres import StageOnPostgres
from postgres import Postgres

#: what happens on SQLite in `make test` happens on PostgreSQL in `make faults`
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.matrix)]


def _stage(request: pytest.FixtureRequest, folder: Path, *, over_http: bool = False) -> Stage:
    if request.param == "sqlite":
        return Stage(folder=folder, over_http=over_http)
    postgres: Postgres = request.getfixturevalue("postgres")
    return StageOnPostgres(folder=folder, over_http=over_http, database=postgres.create())


@pytest.fixture(scope="module", params=BOTH)
def _polled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with _stage(request, tmp_path_factory.mktemp("polled")) as stage:
        yield stage


@pytest.fixture(scope="module", params=BOTH)
def _hooked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with _stage(request, tmp_path_factory.mktemp("hooked"), over_http=True) as stage:
        yield stage


@pytest.fixture
def polled(_polled: Stage) -> Iterator[Stage]:
    """Fetches its updates, Slack through sockets; shared by the tests of a file, so each has its own customers."""
    yield _polled
    assert_whole(_polled)


@pytest.fixture
def hooked(_hooked: Stage) -> Iterator[Stage]:
    """Has a public address for both; shared as well."""
    yield _hooked
    assert_whole(_hooked)


@pytest.fixture(params=BOTH)
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage for one test, which may leave it in ruins."""
    with _stage(request, tmp_path) as stage:
        yield stage
        assert_whole(stage)


def assert_whole(stage: Stage) -> None:
    """The fault is over: everything that waits leaves, and no invariant is broken."""
    stage.mend()
    if not stage.is_running:
        stage.start_bot()
    stage.while_time_passes(stage.is_caught_up, "everything has happened and left")
    assert stage.broken() == []
