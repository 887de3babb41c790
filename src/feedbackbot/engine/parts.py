"""The small values that steps of a script are made of, and the place in the file where each stood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class QuestionType(StrEnum):
    #: 1 to 5, shown as stars
    RATING = "rating"
    #: 0 to 10
    NPS = "nps"
    #: 1 to 7
    CES = "ces"
    #: much worse (-2) to much better (+2) than expected
    GAP = "gap"
    #: one of several labels
    CHOICE = "choice"
    #: any number of several labels
    CHOICES = "choices"
    YESNO = "yesno"
    TEXT = "text"
    NUMBER = "number"
    EMAIL = "email"
    #: a phone number shared through Telegram's own button, or typed
    CONTACT = "contact"


#: an answer that is one tap, and so can be a slip: "Change" takes it back
CHANGEABLE: Final = frozenset(
    (
        QuestionType.RATING,
        QuestionType.NPS,
        QuestionType.CES,
        QuestionType.GAP,
        QuestionType.CHOICE,
        QuestionType.YESNO,
    )
)
#: what "yes, it is put right" looks like at the question whether it was
SOLVED: Final = ("solved", "yes")


class Medium(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a file; line and column start at 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of a `next` list; `condition` None is the `else`."""

    condition: str | None
    goto: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    after: timedelta
    times: int
    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a reply that was not understood is asked again, and where to go when it never is."""

    times: int
    say: str | None
    then: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    after: timedelta
    goto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validate:
    #: a regular expression that must match somewhere in the answer
    matches: str
    say: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What the customer hears when an escalation has waited `after` without the thing waited for."""

    after: timedelta
    say: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkButton:
    label: str
    url: str
