"""What a turn decided about words for publication."""

from __future__ import annotations

from msgspec import Struct

from feedbackbot.engine.happenings import Attachment


class TestimonialOffered(Struct, frozen=True, kw_only=True):
    step: str


class TestimonialDeclined(Struct, frozen=True, kw_only=True):
    step: str


class ConsentGiven(Struct, frozen=True, kw_only=True):
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


class EditDeclined(Struct, frozen=True, kw_only=True):
    """`keep_mine`: publish only as written; otherwise the customer wants nothing published."""

    testimonial_id: int
    keep_mine: bool


class EditLapsed(Struct, frozen=True, kw_only=True):
    """The suggested text was neither agreed to nor refused, and is not asked about any more."""

    testimonial_id: int


class WithdrawalAsked(Struct, frozen=True, kw_only=True):
    testimonial_id: int
