"""What `feedbackbot check` finds in a folder of conversations, and how each finding is shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from feedbackbot.engine.reading.loader import gather, read_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in

__all__ = [
    "Problem",
    "check",
    "errors_in",
    "lines_to_play",
    "problems_as_json",
    "render_problem",
    "render_unproved",
]

#: more of a line is not shown
_WIDEST: Final = 200
_LONGEST_LINE: Final = 4096


def check(
    folder: Path, *, packaged: Path | None = None, mode: str = "selected_quotes"
) -> tuple[Problem, ...]:
    """Every problem of every file at once, sorted by place; warnings among them.

    `mode` is how testimonials are published (`FEEDBACKBOT_PUBLICATION_MODE`); some advice depends on it.
    """
    try:
        sources = gather(folder, packaged=packaged)
    except ScriptProblems as error:
        return error.problems
    return read_library(sources, mode=mode).problems


def render_unproved(names: Iterable[str]) -> str:
    """What was left out because of the errors."""
    return f"Not walked through yet: {', '.join(names)}. The promises are proved once these errors are repaired."


def render_problem(problem: Problem) -> str:
    """The finding, the line it stands in with a caret below, what would help, and how it comes about."""
    lines = [problem.line, *_excerpt(problem)]
    if problem.hint:
        lines.append(f"    {problem.hint}")
    if problem.conversation:
        lines.append("    It happens like this (what follows “you>” can be typed into `play`):")
        lines += [f"      {line}" for line in problem.conversation]
    return "\n".join(lines)


def problems_as_json(problems: Iterable[Problem]) -> str:
    """A list for editors and other programs; `play` holds the lines that lead `feedbackbot play` there."""
    return json.dumps([_facts(problem) for problem in problems], ensure_ascii=False, indent=2)


def lines_to_play(problem: Problem) -> tuple[str, ...]:
    """What is typed, one line each, to see with `feedbackbot play` how it comes about."""
    mark = "you> "
    said = (line for line in problem.conversation if line.startswith(mark))
    return tuple(line.removeprefix(mark) for line in said)


def _facts(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "code": problem.code,
        "severity": "warning" if problem.is_warning else "error",
        "message": problem.message,
        "hint": problem.hint or None,
        "source": _source_line(Path(place.file), place.line)[:_LONGEST_LINE].rstrip() or None,
        "conversation": list(problem.conversation),
        "play": list(lines_to_play(problem)),
    }


def _excerpt(problem: Problem) -> list[str]:
    """Of a very long line only what stands around the place."""
    source = _source_line(Path(problem.place.file), problem.place.line)
    if not source.strip():
        return []
    begin = max(0, problem.place.column - 1 - _WIDEST // 2) if len(source) > _WIDEST else 0
    before = source[begin : problem.place.column - 1]
    blank = "".join("\t" if mark == "\t" else " " for mark in before)
    return [f"    {source[begin : begin + _WIDEST].rstrip()}", f"    {blank}^"]


def _source_line(path: Path, number: int) -> str:
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return lines[number - 1] if number <= len(lines) else ""
