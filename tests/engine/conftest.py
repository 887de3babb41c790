"""Small folders of conversations, written for one test each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.checking import check
from feedbackbot.engine.problems import Problem

#: a whole script around the steps that a test is about
FRAME = """\
script: visit
spec: 1
start: {{on: manual}}
timeout: {{after: 1d, goto: quiet}}
steps:
{steps}
  - {{id: bye, end: done}}
  - {{id: quiet, end: no_answer}}
"""
WriteFolder = Callable[..., Path]
CheckSteps = Callable[[str], tuple[Problem, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> WriteFolder:
    """Files by name (without .yaml) into a fresh folder."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def check_steps(folder: WriteFolder) -> CheckSteps:
    """What is wrong with these steps, set into a script that is right."""

    def found(steps: str) -> tuple[Problem, ...]:
        return check(folder(visit=FRAME.format(steps=steps.strip("\n"))))

    return found
