"""Pictures, voice notes and the rest: what a question takes, and what is said about what it can't take."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.events import Purpose
from feedbackbot.engine.happenings import MediaTrouble, Reply, ReplyKind
from feedbackbot.engine.script import Medium
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk

_MEDIUM: Final = {
    ReplyKind.TEXT: Medium.TEXT,
    ReplyKind.PHOTO: Medium.PHOTO,
    ReplyKind.VOICE: Medium.VOICE,
    ReplyKind.VIDEO: Medium.VIDEO,
    ReplyKind.DOCUMENT: Medium.DOCUMENT,
}
_NOT_HERE: Final = {
    ReplyKind.VOICE: "media.voice_not_here",
    ReplyKind.PHOTO: "media.photo_not_here",
    ReplyKind.STICKER: "media.sticker",
    ReplyKind.VIDEO: "media.file_not_here",
    ReplyKind.DOCUMENT: "media.file_not_here",
}


def is_accepted(reply: Reply, accept: tuple[Medium, ...]) -> bool:
    return _MEDIUM.get(reply.kind) in accept and not (is_spoiled(reply) and not reply.text.strip())


def is_spoiled(reply: Reply) -> bool:
    """Nothing of what was attached can be used."""
    return bool(reply.attachments) and all(a.trouble for a in reply.attachments)


def mention_trouble(talk: Talk, reply: Reply) -> bool:
    """Says what was wrong with a file; False where nothing was."""
    trouble = next((a.trouble for a in reply.attachments if a.trouble), None)
    if trouble is None:
        return False
    if trouble is MediaTrouble.TOO_LONG:
        text = wording(talk, "media.too_long", limit=talk.scene.voice_minutes)
    else:
        text = wording(talk, f"media.{trouble.value}")
    talk.say(text, Purpose.ANSWER)
    return True


def not_here(talk: Talk, reply: Reply) -> str | None:
    """Why this kind of message does not answer a question; None for words."""
    if reply.kind in (ReplyKind.TEXT, ReplyKind.CONTACT):
        return None
    return wording(talk, _NOT_HERE.get(reply.kind, "media.cant_use"))
