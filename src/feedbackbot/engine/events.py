"""What one turn decided, as facts in the past tense; activities turn each into rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from feedbackbot.engine.happenings import Attachment


class Purpose(StrEnum):
    """Why a message goes out; decides what may still be sent after a stop, and what is sent twice."""

    #: a question of the script, a reminder, or something else that the bot begins by itself
    QUESTION = "question"
    #: words of the script without a question
    STATEMENT = "statement"
    #: the bot's direct answer to something that the customer just did
    ANSWER = "answer"
    #: words of a person, or news about an open escalation
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`choice` comes back in a `Tap`; a button with a `url` opens it instead."""

    label: str
    choice: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message to the customer. Several texts of one turn are one message."""

    text: str
    purpose: Purpose
    #: rows of buttons
    buttons: tuple[tuple[Button, ...], ...] = ()
    #: the question that this message asks, when it asks one
    visit: int | None = None
    #: may leave only after this pause, so that words which follow can still be added
    pause: timedelta = timedelta(0)
    #: path of a picture in the conversations folder
    photo: str | None = None
    #: a picture or voice note of ours (`media_id`), for previews
    media_id: int | None = None
    #: `CaseReplied.reply_id`: whose delivery this is
    reply_id: int | None = None
    #: ask Telegram for the phone's contact button
    wants_contact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsChanged:
    """The buttons under the message that asked `visit` become these; none takes them away."""

    visit: int
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Toasted:
    """A short notice over the phone's screen in answer to a tap."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """The bot's reaction on a message of the customer, such as eyes."""

    message_key: str
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """`typing…` is shown to the customer."""


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
class ComplaintRaised:
    """People must answer this. `words` and `attachments` are the customer's own."""

    #: the step that raised it; None when the customer asked for a person outside a script
    step: str | None
    #: script | human | nothing_open | problem | link_taken | reopened
    origin: str
    to: str
    priority: str
    summary: str
    words: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: business time until a person should have answered
    first_reply: timedelta | None = None
    unclaimed_after: timedelta | None = None
    nobody_after: timedelta | None = None
    #: the escalation that opens again instead of a new one; set exactly when the origin is "reopened"
    reopens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWritten:
    """The customer wrote while people have it: into the thread; `reopens` when it was resolved."""

    escalation_id: int
    words: str
    attachments: tuple[Attachment, ...]
    message_key: str
    reopens: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTold:
    """A line for the thread that is not the customer's words: stopped, may still be answered, blocked."""

    escalation_id: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRefused:
    """A person's words may not go out; `reason` is stopped or blocked."""

    escalation_id: int
    reply_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardGiven:
    """The customer was given this code of `Scene.codes`; None when the pool is empty (nothing was said)."""

    step: str
    pool: str
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryAnswered:
    """The customer said whether it was put right."""

    escalation_id: int
    solved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTold:
    """`tell`: a note to a Slack channel that opens nothing."""

    to: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonialOffered:
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonialDeclined:
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven:
    """The customer agreed to exactly this text, for these uses, in this sentence.

    `testimonial_id` is set when the yes covers an edit of an existing one.
    """

    text: str
    #: the sentence that was shown and agreed to
    wording: str
    language: str
    uses: tuple[str, ...]
    #: full_name | first_name | initials | anonymous
    credit: str
    #: the signature as it will appear
    credit_name: str
    message_key: str
    attachments: tuple[Attachment, ...] = ()
    testimonial_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditDeclined:
    """`keep_mine`: publish only as written; otherwise the customer wants nothing published."""

    testimonial_id: int
    keep_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalAsked:
    testimonial_id: int


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
class InvitationAccepted:
    """The link was opened and the welcome shown; asked at `due_at` (None: when the day becomes known)."""

    invitation_id: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDeferred:
    invitation_id: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationQueued:
    """Another purchase is being talked about; this one comes afterwards."""

    invitation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDeclined:
    invitation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TieCut:
    """Not their order: the invitation no longer belongs to this chat."""

    invitation_id: int


class Permission(StrEnum):
    #: not asked yet
    UNASKED = "unasked"
    #: after every purchase
    EACH = "each"
    #: twice a year at most
    SOMETIMES = "sometimes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionGiven:
    """Whether the next purchase may be asked about without a new link."""

    permission: Permission


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
