"""The tests that come with the shipped scripts: all go as written, and nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedbackbot.engine.chat import Passed
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.engine.rehearsing.covering import measure
from feedbackbot.engine.rehearsing.reading import read_test_file
from feedbackbot.engine.rehearsing.rehearsing import rehearse
from feedbackbot.engine.script import Library

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


def test_after_purchase_is_among_them() -> None:
    assert "after_purchase.test.yaml" in [file.name for file in FILES]
