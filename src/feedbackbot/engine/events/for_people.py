"""What a turn hands to the people of the shop: escalations, words for them, notes."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from feedbackbot.engine.happenings import Attachment


class ComplaintRaised(Struct, frozen=True, kw_only=True):
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


class CaseWritten(Struct, frozen=True, kw_only=True):
    """The customer wrote while people have it: into the thread; `reopens` when it was resolved."""

    escalation_id: int
    words: str
    attachments: tuple[Attachment, ...]
    message_key: str
    reopens: bool = False
    edited: bool = False
    #: nobody waits for an answer to it
    only_thanks: bool = False


class CaseTold(Struct, frozen=True, kw_only=True):
    """A line for the thread that is not the customer's words: stopped, may still be answered, blocked."""

    escalation_id: int
    note: str
    #: it was resolved, and the customer wants a person again
    reopens: bool = False


class ReplyRefused(Struct, frozen=True, kw_only=True):
    """A person's words may not go out; `reason` is stopped or blocked."""

    escalation_id: int
    reply_id: int
    reason: str


class RecoveryAnswered(Struct, frozen=True, kw_only=True):
    """The customer said whether it was put right."""

    escalation_id: int
    solved: bool


class NoteTold(Struct, frozen=True, kw_only=True):
    """`tell`: a note to a Slack channel that opens nothing."""

    to: str
    text: str
