"""Notices that somebody has saved a script, by looking at the folder now and then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in
from feedbackbot.engine.script import Library, Place

_Print: TypeAlias = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What stands in the folder now; `library` is None where it can't be used."""

    library: Library | None
    #: warnings among them
    problems: tuple[Problem, ...] = ()


class FolderWatch:
    """Knows the folder as it was when this was made; each `look` compares with the one before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen = _fingerprint(folder)

    def look(self) -> Saved | None:
        """None while nothing was saved, and while somebody is just saving."""
        before = _fingerprint(self.folder)
        if before == self._seen:
            return None
        saved = read(self.folder)
        if _fingerprint(self.folder) != before:
            return None
        self._seen = before
        return saved


def read(folder: Path) -> Saved:
    """Everything that is wrong, and the library where nothing is."""
    try:
        problems = check(folder)
        library = None if errors_in(problems) else load_library(folder)
    except ScriptProblems as error:
        return Saved(library=None, problems=error.problems)
    except Exception as error:  # noqa: BLE001 - whatever was saved, who runs must go on running
        return Saved(library=None, problems=(_problem(folder, "E112", _sentence(error)),))
    if library is not None and not library.scripts:
        # somebody is just putting a file in the place of another, or has taken too much away
        return Saved(library=None, problems=(_problem(folder, "E113", "There is no script here."),))
    return Saved(library=library, problems=problems)


def _problem(folder: Path, code: str, message: str) -> Problem:
    return Problem(place=Place(file=str(folder), line=1, column=1), code=code, message=message)


def _sentence(error: Exception) -> str:
    return f"The scripts can't be read ({type(error).__name__})."


def _fingerprint(folder: Path) -> _Print:
    """A saved file has another moment, size or inode; editors often put a new file in the old one's place."""
    found = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
