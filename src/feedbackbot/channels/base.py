"""What delivering asks of a channel: send one message, and say truly what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from msgspec import Struct


@dataclass(frozen=True, slots=True, kw_only=True)
class Bytes:
    """A picture, voice note or file that goes out."""

    name: str
    mime: str
    content: bytes


class Outgoing(Struct, frozen=True, kw_only=True):
    """One outbox row as a channel sees it.

    Kinds and their payloads, all JSON-clean and platform-neutral:

    to customers (channel "telegram"; `address` is the chat id)
      text       {"text", "buttons": [[{"label", "choice", "url"}]], "wants_contact": bool}; `visit` numbers the question
      photo, voice, video, document   {"caption", "buttons"}; the bytes in `attachment`
      buttons    {"buttons"}; edits the message named by `about`, or several, with commas between them
      reaction   {"message_key": "<chat>:<message>", "emoji"}
      typing     {}
    to staff (channel "slack"; `address` is the Slack channel id)
      card       {"card": "escalation" | "testimonial" | "note", …facts}; posts it, or, with `about`, updates that post
      thread     {"text", "by"?: customer's name, "quoted": bool}; into the thread of `about`
      file       {"title"}; the bytes in `attachment`, into the thread of `about`
      ephemeral  {"user", "text", "actions"?: [{"label", "action", "value"}], "thread_ts"?}
      mark       {"ts"?, "name", "remove": bool}; a reaction on `ts`, or on the message named by `about`
      direct     {"user", "text"}; a direct message to a staff member
    """

    id: int
    channel: str
    address: str
    kind: str
    payload: dict[str, Any]
    visit: int | None = None
    #: platform id of the message that this one edits or in whose thread it stands
    about: str | None = None
    attachment: Bytes | None = None
    attempts: int = 0


class Receipt(Struct, frozen=True, kw_only=True):
    """What the platform calls the message; None where it has no name (reactions, typing)."""

    platform_id: str | None = None


class Channel(Protocol):
    """A way to reach people."""

    name: str

    async def send(self, message: Outgoing) -> Receipt:
        """Send it once; raises a DeliveryError of the kind that says what is known."""
        ...

    async def find(self, message: Outgoing) -> Receipt | None:
        """Look for a message that may have arrived; None when it surely did not, or when nobody can tell."""
        ...
