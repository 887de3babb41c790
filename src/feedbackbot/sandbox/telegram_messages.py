"""Everything a customer can send, made into a Bot API message: words, pictures, voices, and what no bot expects."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from feedbackbot.sandbox import samples
from feedbackbot.sandbox.telegram_files import FileStore, NotAPictureError, photo_json
from feedbackbot.sandbox.telegram_sending import file_json
from feedbackbot.sandbox.telegram_text import plain
from feedbackbot.sandbox.wire import Json, Upload

_MIMES = {
    "voice": "audio/ogg",
    "video": "video/mp4",
    "video_note": "video/mp4",
    "audio": "audio/mpeg",
    "sticker": "image/webp",
}
_FACTS: dict[str, Json] = {
    "voice": {"duration": 3},
    "audio": {"duration": 3},
    "video": {"width": 640, "height": 360, "duration": 5},
    "video_note": {"length": 240, "duration": 5},
    "sticker": {
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
}


def content_of(wanted: Json, files: FileStore) -> Json:
    """The parts of the message; ValueError when nothing is asked for or a file can't be read."""
    makers: dict[str, Callable[[Json, FileStore], Json]] = {
        "photo": _photo,
        "document": _document,
        "contact": _contact,
        "poll": _poll,
        "location": _location,
        **dict.fromkeys(_FACTS, _media),
    }
    kind = next((kind for kind in makers if wanted.get(kind)), "text")
    content = _text(wanted) if kind == "text" else makers[kind]({**wanted, "kind": kind}, files)
    if wanted.get("media_group_id"):
        content["media_group_id"] = str(wanted["media_group_id"])
    extra = wanted.get("extra")
    return {**content, **(extra if isinstance(extra, dict) else {})}


def unpacked(value: object, sample: bytes) -> bytes:
    """Bytes of base64 (a data: address too) or of "sample"."""
    text = str(value)
    if text == "sample" or value is True:
        return sample
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("A file is base64, or the word sample.") from None


def _text(wanted: Json) -> Json:
    text = str(wanted.get("text") or "")
    if not text.strip():
        raise ValueError("There is nothing to send.")
    if len(text) > 4096:
        raise ValueError("A phone cuts a text into pieces of 4096 characters.")
    return plain("text", text)


def _photo(wanted: Json, files: FileStore) -> Json:
    data = unpacked(wanted["photo"], samples.photo())
    upload = Upload(name="photo.jpg", mime="image/jpeg", data=data)
    try:
        sizes = files.keep_photo(upload, size=wanted.get("big"))
    except NotAPictureError:
        raise ValueError("These bytes are no picture.") from None
    return {"photo": photo_json(sizes), **_caption(wanted)}


def _media(wanted: Json, files: FileStore) -> Json:
    kind = str(wanted["kind"])
    sample = samples.voice() if kind in {"voice", "audio"} else b"\0\0\0\x18ftypmp42" + bytes(64)
    data = unpacked(wanted[kind], sample) if kind != "sticker" else b"RIFF\0\0\0\0WEBP"
    facts: Json = dict(_FACTS[kind])
    if wanted.get("seconds"):
        facts["duration"] = int(wanted["seconds"])
    upload = Upload(name=f"{kind}.bin", mime=_MIMES[kind], data=data)
    stored = files.keep(upload, kind=kind, size=wanted.get("big"), facts=facts)
    shown = file_json(stored, kind)
    if kind == "sticker":
        shown["emoji"] = str(wanted["sticker"]) if wanted["sticker"] is not True else "👍"
    return {kind: shown, **_caption(wanted)}


def _document(wanted: Json, files: FileStore) -> Json:
    given = wanted["document"]
    if not isinstance(given, dict):
        raise ValueError("A document is {name, mime, data}.")  # noqa: TRY004 - one way to refuse
    upload = Upload(
        name=str(given.get("name") or "document.bin"),
        mime=str(given.get("mime") or "application/octet-stream"),
        data=unpacked(given.get("data", "sample"), samples.photo()),
    )
    stored = files.keep(upload, kind="document", size=wanted.get("big"))
    return {"document": file_json(stored, "document"), **_caption(wanted)}


def _contact(wanted: Json, _files: FileStore) -> Json:
    given = wanted["contact"] if isinstance(wanted["contact"], dict) else {}
    return {"contact": {"phone_number": "+4366000000", "first_name": "Contact", **given}}


def _location(wanted: Json, _files: FileStore) -> Json:
    given = wanted["location"] if isinstance(wanted["location"], dict) else {}
    return {"location": {"latitude": 48.2082, "longitude": 16.3725, **given}}


def _poll(wanted: Json, _files: FileStore) -> Json:
    given = wanted["poll"] if isinstance(wanted["poll"], dict) else {}
    options = [str(option) for option in given.get("options", ["Yes", "No"])]
    return {
        "poll": {
            "id": "5432109876543210",
            "question": str(given.get("question", "What do you think?")),
            "options": [
                {"persistent_id": str(index), "text": option, "voter_count": 0}
                for index, option in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    }


def _caption(wanted: Json) -> Json:
    caption = str(wanted.get("caption") or "")
    return plain("caption", caption) if caption.strip() else {}
