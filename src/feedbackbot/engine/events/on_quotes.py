"""What a turn decided about words for publication."""

from __future__ import annotations

from dataclasses import dataclass

from feedbackbot.engine.happenings import Attachment


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
