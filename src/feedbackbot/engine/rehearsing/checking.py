"""What `feedbackbot check` finds in a folder of conversations together with the tests beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from feedbackbot.engine.reading.loader import Reading, gather, read_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in, in_order
from feedbackbot.engine.rehearsing.reading import SUFFIX, read_test_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    problems: tuple[Problem, ...]
    #: scripts whose every path is walked only once their errors are repaired
    unproved: tuple[str, ...] = ()


def check_with_tests(folder: Path) -> tuple[Problem, ...]:
    """Every problem of every file at once, as `checking.check` finds them, and those of the tests."""
    return look_through(folder).problems


def look_through(
    folder: Path, *, packaged: Path | None = None, mode: str = "selected_quotes"
) -> Checked:
    """The same, and what could not be looked at yet."""
    try:
        sources = gather(folder, packaged=packaged)
    except ScriptProblems as error:
        return Checked(problems=error.problems)
    reading = read_library(sources, mode=mode)
    found = (*reading.problems, *_of_tests(sources, reading))
    problems = in_order(list(dict.fromkeys(found)))
    return Checked(problems=problems, unproved=reading.unproved)


def _of_tests(sources: Mapping[str, str], reading: Reading) -> Iterator[Problem]:
    """What stands in a script that can't be read is not known to its tests either."""
    broken = {Path(problem.place.file).name for problem in errors_in(reading.problems)}
    for file, text in sources.items():
        if file.endswith(SUFFIX) and Path(file).name.replace(SUFFIX, ".yaml") not in broken:
            yield from read_test_file(file, text, reading.library).problems
