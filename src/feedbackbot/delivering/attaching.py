"""The bytes that go with a message, put together when it leaves: pictures of ours, files of customers, /mydata."""

from __future__ import annotations

import json
import mimetypes
from typing import Any

from sqlalchemy.orm import Session

from feedbackbot import remembering
from feedbackbot.channels.base import Bytes
from feedbackbot.errors import DeliveryError
from feedbackbot.house import House
from feedbackbot.models.conversation import Media

_NAMES = {"photo": "photo", "voice": "voice", "video": "video"}


def needs_bytes(payload: dict[str, Any]) -> bool:
    return any(name in payload for name in ("photo", "media_id", "copy_of"))


def attachment_of(session: Session, house: House, payload: dict[str, Any]) -> Bytes:
    """Raises DeliveryError when it is not there any more."""
    if "photo" in payload:
        return _picture(house, str(payload["photo"]))
    if "copy_of" in payload:
        copy = remembering.copy_of(session, int(payload["copy_of"]))
        content = json.dumps(copy, ensure_ascii=False, indent=2).encode()
        return Bytes(name=payload["name"], mime="application/json", content=content)
    return _media(session, int(payload["media_id"]))


def _picture(house: House, path: str) -> Bytes:
    folder = house.conversations.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise DeliveryError(f"There is no picture {path} in the conversations folder.")
    mime = mimetypes.guess_type(file.name)[0] or "image/jpeg"
    return Bytes(name=file.name, mime=mime, content=file.read_bytes())


def _media(session: Session, media_id: int) -> Bytes:
    media = session.get(Media, media_id)
    if media is None or media.content is None:
        raise DeliveryError("The file is no longer there.")
    mime = media.mime or "application/octet-stream"
    name = f"{_NAMES.get(media.kind, 'file')}-{media.id}{mimetypes.guess_extension(mime) or ''}"
    return Bytes(name=name, mime=mime, content=media.content)
