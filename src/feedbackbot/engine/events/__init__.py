"""What one turn decided, as facts in the past tense; activities turn each into rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from feedbackbot.engine.events.for_people import (
    CaseTold,
    CaseWritten,
    ComplaintRaised,
    NoteTold,
    RecoveryAnswered,
    ReplyRefused,
)
from feedbackbot.engine.events.on_offers import (
    InvitationAccepted,
    InvitationDeclined,
    InvitationDeferred,
    InvitationQueued,
    Permission,
    PermissionGiven,
    TieCut,
)
from feedbackbot.engine.events.on_phone import (
    Button,
    ButtonsChanged,
    Purpose,
    Reacted,
    Said,
    Toasted,
    Typed,
)
from feedbackbot.engine.events.on_quotes import (
    ConsentGiven,
    EditDeclined,
    TestimonialDeclined,
    TestimonialOffered,
    WithdrawalAsked,
)
from feedbackbot.engine.happenings import Attachment

__all__ = [
    "AnswerAmended",
    "AnswerGiven",
    "AnswerSkipped",
    "AnswerTakenBack",
    "Button",
    "ButtonsChanged",
    "CaseTold",
    "CaseWritten",
    "ComplaintRaised",
    "ConsentGiven",
    "ConversationAbandoned",
    "ConversationExpired",
    "ConversationFinished",
    "ConversationStarted",
    "CopyAsked",
    "EditDeclined",
    "ErasureAsked",
    "Event",
    "InvitationAccepted",
    "InvitationDeclined",
    "InvitationDeferred",
    "InvitationQueued",
    "NoteTold",
    "Permission",
    "PermissionGiven",
    "Purpose",
    "QuestionAsked",
    "QuestionReminded",
    "QuestionTimedOut",
    "Reacted",
    "RecoveryAnswered",
    "ReplyNotUnderstood",
    "ReplyRefused",
    "Resumed",
    "RewardGiven",
    "Said",
    "Stopped",
    "TagsSet",
    "TestimonialDeclined",
    "TestimonialOffered",
    "TieCut",
    "Toasted",
    "Typed",
    "WithdrawalAsked",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStarted:
    invitation_id: int
    script: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    step: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReminded:
    step: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven:
    """What a reply meant at a step.

    `value` is the category (a number as text, a choice's key, "yes"); None for free words. `words` is what was
    written or, for a tap, the label.
    """

    step: str
    visit: int
    name: str | None
    metric: str | None
    value: str | None
    number: float | None = None
    words: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAmended:
    """More words, a picture or a correction for an answer that stands already; `words` is the whole new text."""

    step: str
    visit: int
    words: str
    attachments: tuple[Attachment, ...] = ()
    #: what has not left yet waits this long from now on; zero changes nothing
    pause: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTakenBack:
    """The answer no longer counts, the question is open again."""

    step: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSkipped:
    step: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionTimedOut:
    step: str
    visit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyNotUnderstood:
    """The words are kept all the same."""

    step: str
    visit: int
    words: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsSet:
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardGiven:
    """The customer was given this code of `Scene.codes`; None when the pool is empty (nothing was said)."""

    step: str
    pool: str
    code: str | None
    #: the script's `fallback`, which everybody gets once the pool is empty
    common: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAsked:
    """A copy of everything that is kept, for /mydata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAsked:
    """/forget, confirmed. The goodbye is a `Said` of the same turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """No more questions. `let_answer`: None where nothing was open or not yet asked."""

    let_answer: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """/start after a stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFinished:
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationExpired:
    """It was never finished; nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAbandoned:
    """Ended from outside the script: stopped, declined, tie cut, erased."""

    reason: str


Event: TypeAlias = (
    Said
    | ButtonsChanged
    | Toasted
    | Reacted
    | Typed
    | ConversationStarted
    | QuestionAsked
    | QuestionReminded
    | AnswerGiven
    | AnswerAmended
    | AnswerTakenBack
    | AnswerSkipped
    | QuestionTimedOut
    | ReplyNotUnderstood
    | TagsSet
    | ComplaintRaised
    | CaseWritten
    | CaseTold
    | ReplyRefused
    | RewardGiven
    | RecoveryAnswered
    | NoteTold
    | TestimonialOffered
    | TestimonialDeclined
    | ConsentGiven
    | EditDeclined
    | WithdrawalAsked
    | CopyAsked
    | ErasureAsked
    | Stopped
    | Resumed
    | InvitationAccepted
    | InvitationDeferred
    | InvitationQueued
    | InvitationDeclined
    | TieCut
    | PermissionGiven
    | ConversationFinished
    | ConversationExpired
    | ConversationAbandoned
)
