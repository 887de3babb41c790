"""What stands beside the phone in the demo: whether a saved script is in use, and what is wrong with it."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TypeAlias

from feedbackbot.engine.checking import Problem, errors_in, render_problem
from feedbackbot.engine.reading.watching import read
from feedbackbot.reloading import Reloaded, Reloader
from feedbackbot.sandbox.client import SandboxClient

#: as the sandbox's control API takes it
Notes: TypeAlias = dict[str, object]
#: findings that are shown; the rest is a number
_MOST = 12


class ScriptNotes:
    """Keeps the sandbox's notes up to date with what is saved."""

    def __init__(self, address: str) -> None:
        self._sandbox = SandboxClient(address)
        self._posting: set[asyncio.Task[None]] = set()

    async def follow(self, reloader: Reloader, folder: Path) -> None:
        """What is worth a warning now, and then everything that is saved."""
        reloader.told = self._tell
        saved = await asyncio.to_thread(read, folder)
        if saved.problems:
            await self._put(notes_of_start(saved.problems))

    def _tell(self, outcome: Reloaded) -> None:
        task = asyncio.create_task(self._put(notes_of(outcome)))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def _put(self, notes: Notes) -> None:
        # at the very end the sandbox may be gone before us
        with contextlib.suppress(OSError):
            await asyncio.to_thread(lambda: self._sandbox.post("notes", **notes))


def notes_of(outcome: Reloaded) -> Notes:
    """After a save."""
    problems = outcome.problems
    if not outcome.accepted:
        return {
            "kind": "refused",
            "title": f"Not in use yet: {_to_put_right(problems)}.",
            "text": "The scripts as they were before go on.",
            "notes": _lines(problems),
        }
    names = ", ".join(outcome.changed)
    text = "New conversations use it; those that run stay on the version that they began with."
    return {
        "kind": "accepted",
        "title": f"Saved and in use: {names}."
        if names
        else "Saved and in order; nothing that is said has changed.",
        "text": text if names else "",
        "notes": _lines(problems),
    }


def notes_of_start(problems: tuple[Problem, ...]) -> Notes:
    """In use, since there is no error among them."""
    return {"kind": "accepted", "title": "Worth a look in the scripts:", "notes": _lines(problems)}


def _to_put_right(problems: tuple[Problem, ...]) -> str:
    number = len(errors_in(problems))
    return "one thing to put right" if number == 1 else f"{number} things to put right"


def _lines(problems: tuple[Problem, ...]) -> list[Notes]:
    in_turn = sorted(problems, key=lambda problem: problem.is_warning)
    lines = [_line(problem) for problem in in_turn[:_MOST]]
    if len(in_turn) > _MOST:
        more = f"and {len(in_turn) - _MOST} more; feedbackbot check shows them all"
        lines.append({"where": "", "words": more, "warning": True})
    return lines


def _line(problem: Problem) -> Notes:
    place = problem.place
    return {
        "where": f"{Path(place.file).name}:{place.line}",
        "path": f"{place.file}:{place.line}:{place.column}",
        "words": problem.message,
        "source": _source(problem),
        "hint": problem.hint,
        "warning": problem.is_warning,
    }


def _source(problem: Problem) -> str:
    """The line it stands in, as `check` prints it; below it the conversation in which it comes about."""
    lines = render_problem(problem).splitlines()
    source = lines[1].strip() if len(lines) > 2 and lines[2].strip() == "^" else ""
    return "\n".join((source, *problem.conversation)).strip()
