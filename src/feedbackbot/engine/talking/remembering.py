"""A chat as text and back, complete and exact; fields at their defaults are left out."""

from __future__ import annotations

import msgspec

from feedbackbot.engine.chat import Chat
from feedbackbot.quick_json import from_json
from feedbackbot.quick_json import to_json as as_json

_READER = msgspec.json.Decoder(Chat)


def to_json(chat: Chat) -> str:
    return as_json(chat).decode()


def chat_from_json(text: str) -> Chat:
    """Raises msgspec.ValidationError for what is no chat."""
    try:
        return _READER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        # half an emoji, or something worse
        return msgspec.convert(from_json(text), Chat)
