"""What `feedbackbot check` finds in a folder of conversations together with the tests beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from feedbackbot.engine.reading.loader import Reading, gather, read_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in, in_order
from feedbackbot.engine.rehearsing.reading import SUFFIX, read_test_file


def check_with_tests(
    folder: Path, *, packaged: Path | None = None, mode: str = "selected_quotes"
) -> tuple[Problem, ...]:
    """Every problem of every file at once, as `checking.check` finds them, and those of the tests."""
    try:
        sources = gather(folder, packaged=packaged)
    except ScriptProblems as error:
        return error.problems
    reading = read_library(sources, mode=mode)
    found = (*reading.problems, *_of_tests(sources, reading))
    return in_order(list(dict.fromkeys(found)))


def _of_tests(sources: Mapping[str, str], reading: Reading) -> Iterator[Problem]:
    """What stands in a script that can't be read is not known to its tests either."""
    broken = {Path(problem.place.file).name for problem in errors_in(reading.problems)}
    for file, text in sources.items():
        if file.endswith(SUFFIX) and Path(file).name.replace(SUFFIX, ".yaml") not in broken:
            yield from read_test_file(file, text, reading.library).problems
