"""A played chat as one more test in the script's file of tests."""

from __future__ import annotations

from pathlib import Path

from feedbackbot.engine.playing.notebook import Notebook
from feedbackbot.engine.reading.problems import ScriptProblems, errors_in
from feedbackbot.engine.rehearsing.reading import read_test_file
from feedbackbot.engine.script import Library


def add_test(file: Path, name: str, notebook: Notebook, library: Library) -> str:
    """The name that it got; a file that is not in order is left as it is."""
    before = file.read_text(encoding="utf-8-sig") if file.is_file() else ""
    taken: set[str] = set()
    if before.strip():
        written = read_test_file(str(file), before, library)
        if errors_in(written.problems):
            raise ScriptProblems(written.problems)
        taken = {test.name for test in written.tests}
    own = _free(name, taken)
    test = notebook.as_test(own, timezone=library.shop.timezone)
    between = "\n" if before.strip() else ""
    file.write_text(f"{before.rstrip()}{between and chr(10)}{between}{test}", encoding="utf-8")
    return own


def _free(name: str, taken: set[str]) -> str:
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name} ({number})"
    return own
