"""What a turn recorded besides what it said, in one line each, for whoever plays or reviews a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import fields

from feedbackbot.engine.events import (
    AnswerAmended,
    AnswerGiven,
    AnswerSkipped,
    ButtonsChanged,
    ConversationStarted,
    Event,
    QuestionAsked,
    QuestionTimedOut,
    ReplyNotUnderstood,
    Said,
    Typed,
)
from feedbackbot.engine.happenings import Attachment

#: seen in the conversation itself
_UNSAID: Final = (Said, QuestionAsked, Typed)
#: of use to machines alone
_LEFT_OUT: Final = frozenset(
    ("visit", "message_key", "version", "language", "metric", "only_thanks")
)


def side_note(event: Event) -> str | None:
    """None for what is seen anyway."""
    if isinstance(event, _UNSAID):
        return None
    if isinstance(event, ButtonsChanged):
        return _buttons(event)
    if isinstance(event, AnswerGiven):
        return _answer(event)
    return _facts(event)


def _buttons(event: ButtonsChanged) -> str | None:
    if not event.buttons:
        return None
    labels = " ".join(f"[{button.label}]" for row in event.buttons for button in row)
    return f"the buttons of question {event.visit} are now {labels}"


def _answer(event: AnswerGiven) -> str:
    value = event.value if event.value is not None else _quoted(event.words)
    typed = ""
    if event.value is not None and event.words and event.number is None:
        typed = f" ({event.words})"
    return f"AnswerGiven {event.name or event.step}={value}{typed}{_pictures(event.attachments)}"


def _facts(event: Event) -> str:
    name = type(event).__name__
    if isinstance(event, (AnswerSkipped, QuestionTimedOut)):
        return f"{name} {event.step}"
    if isinstance(event, (AnswerAmended, ReplyNotUnderstood)):
        return f"{name} {event.step}={_quoted(event.words)}{_pictures(event.attachments)}"
    if isinstance(event, ConversationStarted):
        return f"{name} {event.script}"
    parts = [
        f"{field.name}={_shown(value)}"
        for field in fields(event)
        if field.name not in _LEFT_OUT and (value := getattr(event, field.name)) not in (None, ())
    ]
    return " ".join((name, *parts))


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value if value.isidentifier() else _quoted(value)
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime):
        return f"{value:%a %d %b %H:%M}"
    if isinstance(value, Attachment):
        return value.kind.value
    if isinstance(value, tuple):
        return "+".join(_shown(item) for item in value)
    return str(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\n", " / ")
    return f'"{escaped}"'


def _pictures(attachments: Sequence[Attachment]) -> str:
    return f" +{'+'.join(one.kind.value for one in attachments)}" if attachments else ""


def _duration(value: timedelta) -> str:
    minutes, _ = divmod(int(value.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0"
