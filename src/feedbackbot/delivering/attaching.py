"""The bytes that go with a message, put together when it leaves: pictures of ours, files of customers, /mydata."""

from __future__ import annotations

import json
import mimetypes
from typing import Any

from msgspec.structs import replace
from sqlalchemy.orm import Session

from feedbackbot import remembering
from feedbackbot.channels.base import Bytes, Outgoing
from feedbackbot.errors import DeliveryError, NotSent
from feedbackbot.house import House
from feedbackbot.models.conversation import Media, MediaStatus

#: tries, in half a minute altogether, for which a file that is being fetched or can't be read is waited for
_WAITS = 5
_NAMES = {"photo": "photo", "voice": "voice", "video": "video"}


def needs_bytes(payload: dict[str, Any]) -> bool:
    return any(name in payload for name in ("photo", "media_id", "copy_of"))


def with_bytes(session: Session, house: House, message: Outgoing) -> Outgoing:
    """Words whose file is missing go alone; NotSent while it may still come, DeliveryError where there are no words."""
    payload = message.payload
    if "photo" in payload:
        return replace(message, attachment=_picture(house, message))
    if "copy_of" in payload:
        return replace(message, attachment=_copy(session, payload))
    media = session.get(Media, int(payload["media_id"]))
    if media is not None and media.content is not None:
        return replace(message, attachment=_file(media, media.content))
    if media is not None and media.status == MediaStatus.WANTED and message.attempts <= _WAITS:
        raise NotSent("The file has not been fetched yet.")
    words = payload.get("caption")
    if not words:
        raise DeliveryError("The file is no longer there.")
    return replace(message, kind="text", payload={**payload, "text": words})


def _copy(session: Session, payload: dict[str, Any]) -> Bytes:
    copy = remembering.copy_of(session, int(payload["copy_of"]))
    content = json.dumps(copy, ensure_ascii=False, indent=2).encode()
    return Bytes(name=payload["name"], mime="application/json", content=content)


def _picture(house: House, message: Outgoing) -> Bytes:
    path = str(message.payload["photo"])
    folder = house.conversations.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise DeliveryError(f"There is no picture {path} in the conversations folder.")
    mime = mimetypes.guess_type(file.name)[0] or "image/jpeg"
    try:
        return Bytes(name=file.name, mime=mime, content=file.read_bytes())
    except OSError as error:
        final = NotSent if message.attempts <= _WAITS else DeliveryError
        raise final(f"The picture {path} can't be read ({error.strerror}).") from error


def _file(media: Media, content: bytes) -> Bytes:
    mime = media.mime or "application/octet-stream"
    name = f"{_NAMES.get(media.kind, 'file')}-{media.id}{mimetypes.guess_extension(mime) or ''}"
    return Bytes(name=name, mime=mime, content=content)
