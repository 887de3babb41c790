"""What `feedbackbot check` finds in a folder of conversations, and how each finding is shown."""

from __future__ import annotations

from pathlib import Path

from feedbackbot.engine.reading.loader import gather, read_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in

__all__ = ["Problem", "check", "errors_in", "render_problem"]


def check(folder: Path, *, packaged: Path | None = None) -> tuple[Problem, ...]:
    """Every problem of every file at once, sorted by place; warnings among them."""
    try:
        sources = gather(folder, packaged=packaged)
    except ScriptProblems as error:
        return error.problems
    return read_library(sources).problems


def render_problem(problem: Problem) -> str:
    """The finding, the line it stands in with a caret below, and what would help."""
    lines = [problem.line, *_excerpt(problem)]
    if problem.hint:
        lines.append(f"    {problem.hint}")
    return "\n".join(lines)


def _excerpt(problem: Problem) -> list[str]:
    source = _source_line(Path(problem.place.file), problem.place.line)
    if not source.strip():
        return []
    before = source[: problem.place.column - 1]
    blank = "".join("\t" if mark == "\t" else " " for mark in before)
    return [f"    {source.rstrip()}", f"    {blank}^"]


def _source_line(path: Path, number: int) -> str:
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return lines[number - 1] if number <= len(lines) else ""
