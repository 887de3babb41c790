"""What a turn changes on the customer's phone: messages, buttons, reactions, notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from feedbackbot.conversing.recording import Recording
from feedbackbot.engine import events
from feedbackbot.engine.events import Button
from feedbackbot.models.conversation import Media

#: Telegram's longest caption; a longer text follows its picture as a message of its own
LONGEST_CAPTION = 1024
_KINDS = {"photo": "photo", "voice": "voice", "video": "video"}


def _say(recording: Recording, event: events.Said) -> None:
    not_before = recording.now + event.pause if event.pause else None
    kind, file = _file(recording, event)
    captioned = file is not None and len(event.text) <= LONGEST_CAPTION
    if file is not None and not captioned:
        recording.send(kind, {**file, "caption": ""}, purpose=event.purpose, not_before=not_before)
    words = {"caption": event.text} if captioned else {"text": event.text}
    recording.send(
        kind if captioned else "text",
        {
            **words,
            **(file or {} if captioned else {}),
            "buttons": _rows(event.buttons),
            "wants_contact": event.wants_contact,
        },
        purpose=event.purpose,
        visit=event.visit,
        reply_id=event.reply_id,
        not_before=not_before,
    )


def _file(recording: Recording, event: events.Said) -> tuple[str, dict[str, Any] | None]:
    """A picture of the conversations folder, or one of the customer's own for a preview."""
    if event.photo is not None:
        return "photo", {"photo": event.photo}
    if event.media_id is not None:
        media = recording.session.get(Media, event.media_id)
        kind = _KINDS.get(media.kind if media else "", "document")
        return kind, {"media_id": event.media_id}
    return "text", None


def _change_buttons(recording: Recording, event: events.ButtonsChanged) -> None:
    """Which message bore the question is looked up when this leaves, after that message has left."""
    recording.send("buttons", {"buttons": _rows(event.buttons)}, visit=event.visit)


def _rows(rows: tuple[tuple[Button, ...], ...]) -> list[list[dict[str, Any]]]:
    return [[{"label": b.label, "choice": b.choice, "url": b.url} for b in row] for row in rows]


def _toast(recording: Recording, event: events.Toasted) -> None:
    recording.toast = event.text


def _react(recording: Recording, event: events.Reacted) -> None:
    recording.send("reaction", {"message_key": event.message_key, "emoji": event.emoji})


def _type(recording: Recording, event: events.Typed) -> None:
    del event
    recording.send("typing", {})


def _send_copy(recording: Recording, event: events.CopyAsked) -> None:
    """The file is written when it leaves, so that no second copy of everything stands in the outbox."""
    del event
    day: datetime = recording.now
    recording.send(
        "document",
        {"copy_of": recording.customer_id, "caption": "", "name": f"my-data-{day:%Y-%m-%d}.json"},
        purpose=events.Purpose.ANSWER,
    )


EFFECTS_ON_PHONE: dict[type[events.Event], Callable[[Recording, Any], None]] = {
    events.Said: _say,
    events.ButtonsChanged: _change_buttons,
    events.Toasted: _toast,
    events.Reacted: _react,
    events.Typed: _type,
    events.CopyAsked: _send_copy,
}
