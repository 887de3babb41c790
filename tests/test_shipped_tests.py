"""The tests that come with the shipped scripts: all go as written, and nothing is left out."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from feedbackbot.commands.script_tests import Wish, run_tests
from feedbackbot.engine.chat import Passed
from feedbackbot.engine.describing import rehearsals
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.engine.rehearsing.covering import measure
from feedbackbot.engine.rehearsing.reading import read_test_file
from feedbackbot.engine.rehearsing.reading_turns import KINDS
from feedbackbot.engine.rehearsing.rehearsing import rehearse
from feedbackbot.engine.script import Library

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
FILES = sorted(packaged_folder().glob("*.test.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_shipped_script_is_tested_in_every_branch(file: Path, library: Library) -> None:
    read = read_test_file(str(file), file.read_text(encoding="utf-8"), library)
    assert read.problems == ()

    passed: set[Passed] = set()
    for test in read.tests:
        rehearsed = rehearse(library, test)
        assert rehearsed.failure is None, test.name
        passed |= rehearsed.trail

    coverage = measure(library.scripts[read.script], library, passed)
    assert (coverage.missed_steps, coverage.missed_ways) == ((), ())


def test_every_shipped_script_has_tests(library: Library) -> None:
    assert {file.name for file in FILES} == {f"{name}.test.yaml" for name in library.scripts}


def test_the_tests_in_the_documents_go_as_they_are_written() -> None:
    screen = StringIO()

    code = run_tests(Wish(paths=(EXAMPLES,)), Console(file=screen, soft_wrap=True))

    assert code == 0, screen.getvalue()


def test_editors_offer_the_turns_that_there_are() -> None:
    schema: Any = rehearsals.test_schema()

    turn = schema["items"]["properties"]["turns"]["items"]

    assert set(turn["properties"]) == set(KINDS)
