"""Telegram's JSON -> Incoming, one update at a time, so that a malformed one spoils nothing but itself.

Read as it is: of the hundreds of things that the library would make objects of, a dozen are wanted.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from feedbackbot.conversing.incoming import Act, Incoming, IncomingFile, Sender, Started, Written
from feedbackbot.engine.happenings import Blocked, Command, ReplyKind, Tap, Unblocked

Json = dict[str, Any]
#: what is asked for; everything else Telegram keeps to itself
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]


class Parsed(Struct, frozen=True, kw_only=True):
    """`incoming` is None where nothing is to be done for a customer."""

    incoming: Incoming | None = None
    #: answered after the commit, so that the phone stops its little clock
    callback_id: str | None = None
    #: a group that the bot was brought into
    group_id: int | None = None
    #: just now, be it anew
    was_brought: bool = False
    #: of whoever wrote or acted in that group
    language: str | None = None


def parse(raw: Json, *, bot_id: int) -> Parsed:
    """May raise anything on nonsense: the caller keeps the update and goes on."""
    key = f"telegram:{bot_id}:{int(raw['update_id'])}"
    if raw.get("callback_query"):
        return _callback(key, raw["callback_query"])
    if raw.get("my_chat_member"):
        return _member(key, raw["my_chat_member"])
    message = raw.get("message") or raw.get("edited_message")
    if message is None:
        return Parsed()
    if message["chat"]["type"] != "private":
        return Parsed(group_id=int(message["chat"]["id"]), language=_language(message.get("from")))
    act = _act(message, edited=not raw.get("message"))
    return Parsed(incoming=_incoming(key, message.get("from"), act))


def chat_of(raw: Json) -> int:
    """What keeps one customer's updates in order, guessed without parsing; 0 for the rest."""
    for name in ("message", "edited_message", "my_chat_member"):
        if isinstance(part := raw.get(name), dict):
            return _id_in(part.get("chat"))
    tap = raw.get("callback_query")
    return _id_in(tap.get("from")) if isinstance(tap, dict) else 0


def _id_in(part: object) -> int:
    number = part.get("id") if isinstance(part, dict) else None
    return number if isinstance(number, int) else 0


def _incoming(key: str, user: Json | None, act: Act | None) -> Incoming | None:
    if user is None or act is None or user.get("is_bot"):
        return None
    sender = Sender(
        telegram_id=int(user["id"]),
        first_name=user.get("first_name") or None,
        last_name=user.get("last_name"),
        username=user.get("username"),
        language=user.get("language_code"),
    )
    return Incoming(key=key, sender=sender, act=act)


def _callback(key: str, query: Json) -> Parsed:
    # looked at first: a tap by nobody is nonsense, wherever it was made
    user = {"id": int(query["from"]["id"]), **query["from"]}
    message = query.get("message")
    if message is None or message["chat"]["type"] != "private":
        return Parsed(callback_id=query["id"])
    visit, _, choice = (query.get("data") or "").partition(":")
    act = None
    if visit.isdecimal() and choice:
        act = Tap(visit=int(visit), choice=choice, message_key=_message_key(message))
    return Parsed(incoming=_incoming(key, user, act), callback_id=query["id"])


def _member(key: str, change: Json) -> Parsed:
    is_gone = change["new_chat_member"]["status"] in {"left", "kicked"}
    if change["chat"]["type"] != "private":
        group_id = None if is_gone else int(change["chat"]["id"])
        language = _language(change["from"])
        return Parsed(group_id=group_id, was_brought=not is_gone, language=language)
    act = Blocked() if is_gone else Unblocked()
    return Parsed(incoming=_incoming(key, change["from"], act))


def _language(user: Json | None) -> str | None:
    return None if user is None else user.get("language_code")


def _act(message: Json, *, edited: bool) -> Act | None:
    text = message.get("text") or ""
    if text.startswith("/") and not edited:
        return _command(text, _message_key(message))
    files = _files(message)
    if not files and not any(message.get(name) for name in _SAID):
        return None
    return Written(
        kind=_kind(message),
        message_key=_message_key(message),
        text=_words(message),
        files=files,
        album=message.get("media_group_id"),
        edited=edited,
        replies_to=_replied(message),
    )


def _command(text: str, message_key: str) -> Act:
    head, _, rest = text[1:].partition(" ")
    name = head.partition("@")[0].strip().lower()
    if name == "start":
        return Started(payload=rest.strip() or None, message_key=message_key)
    return Command(name=name, message_key=message_key)


def _message_key(message: Json) -> str:
    return f"{int(message['chat']['id'])}:{int(message['message_id'])}"


def _kind(message: Json) -> ReplyKind:
    if message.get("text") is not None:
        return ReplyKind.TEXT
    for name, kind in _KINDS.items():
        if message.get(name):
            return kind
    return ReplyKind.OTHER


def _words(message: Json) -> str:
    if contact := message.get("contact"):
        return str(contact["phone_number"])
    if sticker := message.get("sticker"):
        return str(sticker.get("emoji") or "")
    return str(message.get("text") or message.get("caption") or "")


def _files(message: Json) -> tuple[IncomingFile, ...]:
    if message.get("photo"):
        largest = message["photo"][-1]
        found = IncomingFile(
            kind=ReplyKind.PHOTO,
            file_id=largest["file_id"],
            mime="image/jpeg",
            size=largest.get("file_size"),
        )
        return (found,)
    for name in _FILES:
        if message.get(name) is not None:
            return (_file(_kind(message), message[name]),)
    return ()


def _file(kind: ReplyKind, part: Json) -> IncomingFile:
    seconds = part.get("duration")
    return IncomingFile(
        kind=kind,
        file_id=part["file_id"],
        mime=part.get("mime_type"),
        size=part.get("file_size"),
        seconds=seconds if isinstance(seconds, int) else None,
    )


def _replied(message: Json) -> str | None:
    answered = message.get("reply_to_message")
    if answered is None or not (answered.get("from") or {}).get("is_bot"):
        return None
    return str(int(answered["message_id"]))


_KINDS = {
    "photo": ReplyKind.PHOTO,
    "voice": ReplyKind.VOICE,
    "sticker": ReplyKind.STICKER,
    "contact": ReplyKind.CONTACT,
    "video": ReplyKind.VIDEO,
    "video_note": ReplyKind.VIDEO,
    "animation": ReplyKind.VIDEO,
    "audio": ReplyKind.DOCUMENT,
    "document": ReplyKind.DOCUMENT,
}
_FILES = ("voice", "video", "video_note", "animation", "audio", "document")
#: what a person says; pins, timers and the like have none of it
_SAID = (
    "text",
    "caption",
    "sticker",
    "contact",
    "location",
    "venue",
    "poll",
    "dice",
    "game",
    "story",
    "invoice",
)
