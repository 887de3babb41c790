"""One thing that `feedbackbot doctor` looked at: how it stands, and what would put it right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    #: it works, and should be looked at
    WARNING = "warning"
    #: something of the promise is not kept while it lasts
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`about` is the place (Telegram, Slack, disk …), `says` the sentence, `fix` what to do."""

    level: Level
    about: str
    says: str
    fix: str = ""


def ok(about: str, says: str) -> Finding:
    return Finding(level=Level.OK, about=about, says=says)


def warning(about: str, says: str, fix: str) -> Finding:
    return Finding(level=Level.WARNING, about=about, says=says, fix=fix)


def problem(about: str, says: str, fix: str) -> Finding:
    return Finding(level=Level.PROBLEM, about=about, says=says, fix=fix)
