"""What is wrong with a script, where it stands, and what would put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedbackbot.engine.script import Place
from feedbackbot.errors import ScriptError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding; codes that begin with W are warnings and stop nothing."""

    place: Place
    code: str
    message: str
    hint: str = ""
    #: how it comes about: what the bot says and what is typed into `feedbackbot play` to see it
    conversation: tuple[str, ...] = ()

    @property
    def is_warning(self) -> bool:
        return self.code.startswith("W")

    @property
    def line(self) -> str:
        place = self.place
        return f"{place.file}:{place.line}:{place.column}: {self.code} {self.message}"


class ScriptProblems(ScriptError):
    """The conversations can't be used as they are; `problems` holds every finding at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(problem.line for problem in self.problems))


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sorted by place, each finding once."""
    return tuple(sorted(set(problems), key=_position))


def errors_in(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if not problem.is_warning)


def _position(problem: Problem) -> tuple[str, int, int, str, str]:
    place = problem.place
    # a script stands before its translations, which often suffer from the same slip
    return place.file.removesuffix(".yaml"), place.line, place.column, problem.code, problem.message
