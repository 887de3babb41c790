"""What people would read in Slack of a played conversation, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from feedbackbot.engine.events import (
    CaseTold,
    CaseWritten,
    ComplaintRaised,
    ConsentGiven,
    ConversationAbandoned,
    ConversationExpired,
    ConversationFinished,
    Event,
    NoteTold,
)
from feedbackbot.engine.playing import Player

_MARKETING: Final = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    channel: str
    text: str


def post_of(event: Event, player: Player) -> Post | None:
    """A thread stands in the channel of its escalation."""
    if isinstance(event, ComplaintRaised):
        return Post(channel=event.to, text=f"{event.summary}\n{event.words}".rstrip())
    if isinstance(event, NoteTold):
        return Post(channel=event.to, text=event.text)
    if isinstance(event, (CaseWritten, CaseTold)):
        text = event.words if isinstance(event, CaseWritten) else event.note
        return Post(channel=_channel(player, event.escalation_id), text=text)
    if isinstance(event, ConsentGiven):
        return Post(channel=_MARKETING, text=f"{event.text}\n{event.credit_name}")
    return None


def end_of(event: Event) -> str | None:
    match event:
        case ConversationFinished():
            return event.outcome
        case ConversationAbandoned():
            return event.reason
        case ConversationExpired():
            return "expired"
        case _:
            return None


def as_text(value: object) -> str | None:
    """A saved value as a test writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return None if value is None else str(value)


def _channel(player: Player, escalation_id: int) -> str:
    case = player.cases.get(escalation_id)
    return case.complaint.to if case else ""
