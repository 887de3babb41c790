"""What one turn decided, as facts in the past tense; activities turn each into rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

from msgspec import Struct

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
    EditLapsed,
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
    "EditLapsed",
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


class ConversationStarted(Struct, frozen=True, kw_only=True):
    invitation_id: int
    script: str
    version: str


class QuestionAsked(Struct, frozen=True, kw_only=True):
    step: str
    visit: int


class QuestionReminded(Struct, frozen=True, kw_only=True):
    step: str
    visit: int


class AnswerGiven(Struct, frozen=True, kw_only=True):
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


class AnswerAmended(Struct, frozen=True, kw_only=True):
    """More words, a picture or a correction for an answer that stands already; `words` is the whole new text."""

    step: str
    visit: int
    words: str
    attachments: tuple[Attachment, ...] = ()
    #: what has not left yet waits this long from now on; zero changes nothing
    pause: timedelta = timedelta(0)


class AnswerTakenBack(Struct, frozen=True, kw_only=True):
    """The answer no longer counts, the question is open again."""

    step: str
    visit: int


class AnswerSkipped(Struct, frozen=True, kw_only=True):
    step: str
    visit: int


class QuestionTimedOut(Struct, frozen=True, kw_only=True):
    step: str
    visit: int


class ReplyNotUnderstood(Struct, frozen=True, kw_only=True):
    """The words are kept all the same."""

    step: str
    visit: int
    words: str
    attachments: tuple[Attachment, ...] = ()


class TagsSet(Struct, frozen=True, kw_only=True):
    tags: tuple[str, ...]


class RewardGiven(Struct, frozen=True, kw_only=True):
    """The customer was given this code of `Scene.codes`; None when the pool is empty (nothing was said)."""

    step: str
    pool: str
    code: str | None
    #: the script's `fallback`, which everybody gets once the pool is empty
    common: bool = False


class CopyAsked(Struct, frozen=True, kw_only=True):
    """A copy of everything that is kept, for /mydata."""


class ErasureAsked(Struct, frozen=True, kw_only=True):
    """/forget, confirmed. The goodbye is a `Said` of the same turn."""


class Stopped(Struct, frozen=True, kw_only=True):
    """No more questions. `let_answer`: None where nothing was open or not yet asked."""

    let_answer: bool | None = None


class Resumed(Struct, frozen=True, kw_only=True):
    """/start after a stop."""


class ConversationFinished(Struct, frozen=True, kw_only=True):
    outcome: str


class ConversationExpired(Struct, frozen=True, kw_only=True):
    """It was never finished; nothing is said."""


class ConversationAbandoned(Struct, frozen=True, kw_only=True):
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
    | EditLapsed
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
