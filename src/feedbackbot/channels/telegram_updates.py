"""Telegram's JSON -> Incoming, one update at a time, so that a malformed one spoils nothing but itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, ChatMemberUpdated, Message, Update, User

from feedbackbot.conversing.incoming import Act, Incoming, IncomingFile, Sender, Started, Written
from feedbackbot.engine.happenings import Blocked, Command, ReplyKind, Tap, Unblocked

#: what is asked for; everything else Telegram keeps to itself
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`incoming` is None where nothing is to be done for a customer."""

    incoming: Incoming | None = None
    #: answered after the commit, so that the phone stops its little clock
    callback_id: str | None = None
    #: a group that the bot was brought into
    group_id: int | None = None
    #: of whoever wrote or acted in that group
    language: str | None = None


def parse(raw: dict[str, Any], bot: Bot, *, bot_id: int) -> Parsed:
    """May raise anything on nonsense: the caller keeps the update and goes on."""
    update = Update.de_json(raw, bot)
    key = f"telegram:{bot_id}:{int(raw['update_id'])}"
    if update.callback_query is not None:
        return _callback(key, update.callback_query)
    if update.my_chat_member is not None:
        return _member(key, update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        return Parsed()
    if message.chat.type != "private":
        return Parsed(group_id=message.chat.id, language=_language(message.from_user))
    part = raw.get("message") or raw.get("edited_message") or {}
    act = _act(message, part, edited=update.message is None)
    return Parsed(incoming=_incoming(key, message.from_user, act))


def chat_of(raw: dict[str, Any]) -> int:
    """What keeps one customer's updates in order, guessed without parsing; 0 for the rest."""
    for name in ("message", "edited_message", "my_chat_member"):
        if isinstance(part := raw.get(name), dict):
            return _id_in(part.get("chat"))
    tap = raw.get("callback_query")
    return _id_in(tap.get("from")) if isinstance(tap, dict) else 0


def _id_in(part: object) -> int:
    number = part.get("id") if isinstance(part, dict) else None
    return number if isinstance(number, int) else 0


def _incoming(key: str, user: User | None, act: Act | None) -> Incoming | None:
    if user is None or act is None or user.is_bot:
        return None
    sender = Sender(
        telegram_id=user.id,
        first_name=user.first_name or None,
        last_name=user.last_name,
        username=user.username,
        language=user.language_code,
    )
    return Incoming(key=key, sender=sender, act=act)


def _callback(key: str, query: CallbackQuery) -> Parsed:
    message = query.message
    if message is None or message.chat.type != "private":
        return Parsed(callback_id=query.id)
    visit, _, choice = (query.data or "").partition(":")
    act = None
    if visit.isdecimal() and choice:
        act = Tap(visit=int(visit), choice=choice, message_key=_message_key(message))
    return Parsed(incoming=_incoming(key, query.from_user, act), callback_id=query.id)


def _member(key: str, change: ChatMemberUpdated) -> Parsed:
    status = change.new_chat_member.status
    if change.chat.type != "private":
        gone = status in {"left", "kicked"}
        group_id = None if gone else change.chat.id
        return Parsed(group_id=group_id, language=_language(change.from_user))
    act = Blocked() if status in {"left", "kicked"} else Unblocked()
    return Parsed(incoming=_incoming(key, change.from_user, act))


def _language(user: User | None) -> str | None:
    return None if user is None else user.language_code


def _act(message: Message, raw: dict[str, Any], *, edited: bool) -> Act | None:
    text = message.text or ""
    if text.startswith("/") and not edited:
        return _command(text, _message_key(message))
    files = _files(message, raw)
    if not files and _is_service(message):
        return None
    return Written(
        kind=_kind(message),
        message_key=_message_key(message),
        text=_words(message),
        files=files,
        album=message.media_group_id,
        edited=edited,
        replies_to=_replied(message),
    )


def _command(text: str, message_key: str) -> Act:
    head, _, rest = text[1:].partition(" ")
    name = head.partition("@")[0].strip().lower()
    if name == "start":
        return Started(payload=rest.strip() or None, message_key=message_key)
    return Command(name=name, message_key=message_key)


def _message_key(message: Any) -> str:
    return f"{message.chat.id}:{message.message_id}"


def _kind(message: Message) -> ReplyKind:
    if message.text is not None:
        return ReplyKind.TEXT
    for name in ("photo", "voice", "sticker", "contact"):
        if getattr(message, name):
            return ReplyKind(name)
    if message.video or message.video_note or message.animation:
        return ReplyKind.VIDEO
    if message.audio or message.document:
        return ReplyKind.DOCUMENT
    return ReplyKind.OTHER


def _words(message: Message) -> str:
    if message.contact is not None:
        return message.contact.phone_number
    if message.sticker is not None:
        return message.sticker.emoji or ""
    return message.text or message.caption or ""


def _files(message: Message, raw: dict[str, Any]) -> tuple[IncomingFile, ...]:
    if message.photo:
        largest = message.photo[-1]
        found = IncomingFile(
            kind=ReplyKind.PHOTO, file_id=largest.file_id, mime="image/jpeg", size=largest.file_size
        )
        return (found,)
    kind = _kind(message)
    for name in ("voice", "video", "video_note", "animation", "audio", "document"):
        part = getattr(message, name)
        if part is not None:
            return (_file(kind, part, raw.get(name, {})),)
    return ()


def _file(kind: ReplyKind, part: Any, raw: dict[str, Any]) -> IncomingFile:
    # The library's `duration` warns of its own coming change, so it is read from the JSON.
    seconds = raw.get("duration")
    return IncomingFile(
        kind=kind,
        file_id=part.file_id,
        mime=getattr(part, "mime_type", None),
        size=part.file_size,
        seconds=seconds if isinstance(seconds, int) else None,
    )


def _is_service(message: Message) -> bool:
    """Pins, timers and the like: nothing that a person said."""
    said = (
        message.text,
        message.caption,
        message.sticker,
        message.contact,
        message.location,
        message.venue,
        message.poll,
        message.dice,
        message.game,
        message.story,
        message.invoice,
    )
    return not any(said)


def _replied(message: Message) -> str | None:
    answered = message.reply_to_message
    if answered is None or answered.from_user is None or not answered.from_user.is_bot:
        return None
    return str(answered.message_id)
