"""Each story plays on a stage of its own, in both ways of reaching the platforms, or shares one with its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.stage import Stage


@pytest.fixture(params=["polling and Socket Mode", "webhook and signed HTTP"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    over_http = request.param == "webhook and signed HTTP"
    with Stage(folder=tmp_path, over_http=over_http) as stage:
        yield stage


@pytest.fixture
def quick_stage(tmp_path: Path) -> Iterator[Stage]:
    """One way is enough where the story is about something else."""
    with Stage(folder=tmp_path) as stage:
        yield stage


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One bot for the stories of a file; each leaves it as it found it, or has customers of its own."""
    with Stage(folder=tmp_path_factory.mktemp("shop")) as stage:
        yield stage


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same, with a public address."""
    with Stage(folder=tmp_path_factory.mktemp("hooked"), over_http=True) as stage:
        yield stage
