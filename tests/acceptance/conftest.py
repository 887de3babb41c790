"""Each story plays on a stage of its own, in both ways of reaching the platforms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.stage import Stage


@pytest.fixture(params=["polling and Socket Mode", "webhook and signed HTTP"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(folder=tmp_path, over_http=request.param == "webhook and signed HTTP")
    try:
        yield stage.open()
    finally:
        stage.close()


@pytest.fixture
def quick_stage(tmp_path: Path) -> Iterator[Stage]:
    """One way is enough where the story is about something else."""
    stage = Stage(folder=tmp_path)
    try:
        yield stage.open()
    finally:
        stage.close()
