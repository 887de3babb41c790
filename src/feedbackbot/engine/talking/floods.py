"""Too much at once: said once for each flood, since every answer would only add to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Chat
from feedbackbot.engine.events import Purpose
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk

_ONE_FLOOD: Final = timedelta(minutes=10)


def is_told(chat: Chat, *, now: datetime) -> bool:
    """The customer knows already that these messages are kept and not answered."""
    return chat.flood_told_at is not None and now - chat.flood_told_at < _ONE_FLOOD


def tell(talk: Talk) -> None:
    if is_told(talk.chat, now=talk.now):
        return
    talk.chat = replace(talk.chat, flood_told_at=talk.now)
    if not (talk.chat.stopped or talk.chat.blocked):
        talk.say(wording(talk, "too_much"), Purpose.ANSWER)
