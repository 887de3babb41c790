"""What a customer's phone sent, as a channel tells it: platform-neutral, nothing looked up yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from feedbackbot.engine.happenings import Blocked, Command, ReplyKind, Tap, Unblocked


class Sender(Struct, frozen=True, kw_only=True):
    """The person as the platform describes them; the private chat's id is the person's id."""

    telegram_id: int
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingFile:
    """A photo, voice note, clip or file that the platform still holds under `file_id`."""

    kind: ReplyKind
    file_id: str
    mime: str | None = None
    size: int | None = None
    seconds: int | None = None


class Written(Struct, frozen=True, kw_only=True):
    """One message of the customer; a caption counts as its text."""

    kind: ReplyKind
    message_key: str
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    album: str | None = None
    edited: bool = False
    #: the platform's id of the message of ours that this one answers
    replies_to: str | None = None


class Started(Struct, frozen=True, kw_only=True):
    """/start, with the secret of a link or without."""

    payload: str | None
    message_key: str


Act: TypeAlias = Written | Started | Tap | Command | Blocked | Unblocked


class Incoming(Struct, frozen=True, kw_only=True):
    """`key` is the platform's own id of the delivery: a second one has no second effect."""

    key: str
    sender: Sender
    act: Act
