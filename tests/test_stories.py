"""Plays every golden story through the engine; `--update-stories` rewrites what the bot says in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedbackbot.engine.script import Library
from storytelling import tell

_HERE = Path(__file__).parent
_STORIES = sorted((_HERE / "stories").glob("*.txt"))


@pytest.mark.parametrize("path", _STORIES, ids=lambda path: path.stem)
def test_a_story_goes_as_it_is_written(
    path: Path, library: Library, request: pytest.FixtureRequest
) -> None:
    written = path.read_text(encoding="utf-8")

    told = tell(written, library)

    if request.config.getoption("--update-stories"):
        path.write_text(told, encoding="utf-8")
        return
    assert told == written


def test_there_are_stories() -> None:
    assert len(_STORIES) >= 25
