"""What can happen to a chat: the customer writes or taps, staff act, time passes, a purchase comes due."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from feedbackbot.engine.script import Script


class ReplyKind(StrEnum):
    TEXT = "text"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    CONTACT = "contact"
    #: anything else a phone can send: polls, places, games
    OTHER = "other"


class MediaTrouble(StrEnum):
    #: over 20 MB, more than Telegram hands out
    TOO_LARGE = "too_large"
    #: a voice note or clip over the limit
    TOO_LONG = "too_long"
    #: Telegram did not hand it out
    LOST = "lost"


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A photo, voice note, clip or file; `media_id` is our row, the bytes may still be on their way."""

    media_id: int
    kind: ReplyKind
    seconds: int | None = None
    trouble: MediaTrouble | None = None


class Reply(Struct, frozen=True, kw_only=True):
    """One message of the customer (a caption counts as its text)."""

    kind: ReplyKind
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: the platform's name for the message, such as "123:45"; reactions and edits point to it
    message_key: str
    #: several pictures sent at once share it
    album: str | None = None
    #: True when an earlier message with this key was changed
    edited: bool = False
    #: the customer's words are a reply to this question of ours
    replies_to_visit: int | None = None


class Tap(Struct, frozen=True, kw_only=True):
    """A button; `visit` names the question that bore it, `choice` the button."""

    visit: int
    choice: str
    message_key: str


class Command(Struct, frozen=True, kw_only=True):
    """`/stop`, `/human` … without the slash, lower case."""

    name: str
    message_key: str


class LinkState(StrEnum):
    #: a purchase of this customer that has not been talked about
    NEW = "new"
    #: the conversation about it is running
    RUNNING = "running"
    #: it has been talked about, or was declined
    DONE = "done"
    #: bound to another Telegram account
    TAKEN = "taken"
    #: too old, cancelled, or not a link of ours; these look alike from outside
    EXPIRED = "expired"
    #: /start without a link
    NONE = "none"


class LinkOpened(Struct, frozen=True, kw_only=True):
    state: LinkState
    message_key: str
    #: which offer, when NEW; when NONE, the one that waits for its day
    invitation_id: int | None = None
    #: with an offer: the script that would ask, and when; None while the day of delivery is unknown
    script: Script | None = None
    due_at: datetime | None = None
    #: no link was opened: the customer sent the command that begins the script
    by_command: bool = False


class QuestionDue(Struct, frozen=True, kw_only=True):
    """The day has come: the conversation about an accepted invitation (or a permitted next one) may begin."""

    invitation_id: int
    script: Script


class Woken(Struct, frozen=True, kw_only=True):
    """Time has passed; the chat looks at its own timers."""


class Blocked(Struct, frozen=True, kw_only=True):
    """The customer blocked the bot (or the account is gone): say nothing, keep no timers."""


class Unblocked(Struct, frozen=True, kw_only=True):
    """The customer may be written to again; nothing is sent before they act."""


class WasAway(Struct, frozen=True, kw_only=True):
    """The bot was out of order for so long that taps were lost: the open question is offered again."""


class TooMuch(Struct, frozen=True, kw_only=True):
    """More messages came at once than are listened to; this one and what follows are kept, and that is all."""


class MediaLost(Struct, frozen=True, kw_only=True):
    """A file of the customer could not be fetched after all; their words have arrived."""

    media_id: int


class CaseClaimed(Struct, frozen=True, kw_only=True):
    escalation_id: int
    staff_name: str


class CaseReleased(Struct, frozen=True, kw_only=True):
    """Whoever had it has given it back to the team."""

    escalation_id: int


class CaseReplied(Struct, frozen=True, kw_only=True):
    """Addressed words of staff; `reply_id` is our row, so that delivery can be shown on the staff's message."""

    escalation_id: int
    reply_id: int
    staff_name: str
    text: str


class CaseTyping(Struct, frozen=True, kw_only=True):
    """The Reply form was opened."""

    escalation_id: int


class CaseResolved(Struct, frozen=True, kw_only=True):
    escalation_id: int
    staff_name: str
    cause: str
    outcome: str
    #: the moment at which the script goes on
    check_on: datetime
    #: from opening to resolving
    minutes: int
    #: whether everything that the customer wrote has had an answer of staff
    answered: bool


class CaseReopened(Struct, frozen=True, kw_only=True):
    """Staff reopened it (a customer who writes reopens it by that)."""

    escalation_id: int
    staff_name: str


class Neglect(StrEnum):
    #: nobody has claimed it for the script's `unclaimed` time
    UNCLAIMED = "unclaimed"
    #: nobody has answered for the script's `nobody` time
    NOBODY = "nobody"


class CaseNeglected(Struct, frozen=True, kw_only=True):
    escalation_id: int
    how: Neglect


class EditSuggested(Struct, frozen=True, kw_only=True):
    """Marketing would like a changed text; only the customer's yes makes it valid."""

    testimonial_id: int
    before: str
    after: str
    #: full_name | first_name | initials | anonymous
    credit: str
    uses: tuple[str, ...]
    media_id: int | None = None
    #: the signature as agreed before; made from the customer's name when empty
    credit_name: str = ""
    #: a code was given for the purchase
    thanked: bool = False


class TestimonialPublished(Struct, frozen=True, kw_only=True):
    testimonial_id: int
    link: str


class TestimonialNotUsed(Struct, frozen=True, kw_only=True):
    """Marketing does not publish it; most shops say nothing of that."""

    testimonial_id: int


Happening: TypeAlias = (
    Reply
    | Tap
    | Command
    | LinkOpened
    | QuestionDue
    | Woken
    | Blocked
    | Unblocked
    | WasAway
    | TooMuch
    | MediaLost
    | CaseClaimed
    | CaseReleased
    | CaseReplied
    | CaseTyping
    | CaseResolved
    | CaseReopened
    | CaseNeglected
    | EditSuggested
    | TestimonialPublished
    | TestimonialNotUsed
)
