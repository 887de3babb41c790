"""The Slack side of sending: one message of ours becomes one post, update, reaction, whisper or file."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.channels.slack_api import SlackApi, SlackRefusal
from feedbackbot.channels.slack_blocks import plain_text
from feedbackbot.channels.slack_cards import Drawn, draw, draw_line, draw_whisper
from feedbackbot.channels.slack_words import escaped
from feedbackbot.errors import DeliveryError

_EVENT = "feedbackbot"
#: pages of a thread in which a message that may have arrived is looked for
_PAGES = 5
#: what we wanted is so already
_DONE = {"already_reacted", "no_reaction", "file_not_found", "file_deleted"}


class SlackChannel:
    """A `Channel`; every post bears the number of its outbox row, so that it can be found again."""

    name = "slack"

    def __init__(self, api: SlackApi) -> None:
        self.api = api
        self._senders = {
            "card": self._card,
            "thread": self._line,
            "file": self._file,
            "ephemeral": self._whisper,
            "mark": self._mark,
            "direct": self._direct,
        }

    @property
    def trouble(self) -> str | None:
        """Why nothing can be sent at present, for health reports."""
        return self.api.trouble

    async def send(self, message: Outgoing) -> Receipt:
        sender = self._senders.get(message.kind)
        if sender is None:
            raise DeliveryError(f"Slack has no messages of the kind {message.kind}.")
        try:
            return await sender(message)
        except SlackRefusal as refusal:
            if refusal.code in _DONE:
                return Receipt()
            raise

    async def find(self, message: Outgoing) -> Receipt | None:
        """A card among the newest of its channel, a line or a file in its thread."""
        if message.kind == "card" and message.about is None:
            answer = await self._read("conversations.history", message, limit=100)
            return _among(answer, message)
        if message.kind not in {"thread", "file"} or message.about is None:
            return None
        cursor: str | None = None
        for _ in range(_PAGES):
            answer = await self._read(
                "conversations.replies", message, ts=message.about, limit=200, cursor=cursor
            )
            found = _among(answer, message)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if found is not None or cursor is None:
                return found
        return None

    async def _card(self, message: Outgoing) -> Receipt:
        if message.payload.get("of") == "file":
            await self.api.call("files.delete", file=message.about)
            return Receipt()
        drawn = draw(message.payload)
        if message.about is None:
            return await self._post(message, drawn)
        await self.api.call(
            "chat.update",
            channel=_place(message),
            ts=message.about,
            text=drawn.text,
            blocks=drawn.blocks,
        )
        return Receipt(platform_id=message.about)

    async def _line(self, message: Outgoing) -> Receipt:
        if message.about is None:
            raise DeliveryError("The card of this thread has not been posted.")
        drawn = draw_line(message.payload)
        broadcast = True if message.payload.get("broadcast") else None
        return await self._post(message, drawn, thread_ts=message.about, reply_broadcast=broadcast)

    async def _file(self, message: Outgoing) -> Receipt:
        if message.attachment is None:
            raise DeliveryError("There is no file to send.")
        content = message.attachment.content
        name = _numbered(message.attachment.name, message.id)
        place = await self.api.call(
            "files.getUploadURLExternal", filename=name, length=len(content)
        )
        await self.api.upload(str(place["upload_url"]), content)
        title = str(message.payload.get("title") or name)
        await self.api.call(
            "files.completeUploadExternal",
            may_repeat=False,
            files=[{"id": place["file_id"], "title": title}],
            channel_id=_place(message),
            thread_ts=message.about,
        )
        return Receipt(platform_id=str(place["file_id"]))

    async def _whisper(self, message: Outgoing) -> Receipt:
        drawn = draw_whisper(message.payload)
        await self.api.call(
            "chat.postEphemeral",
            may_repeat=False,
            channel=_place(message),
            user=message.payload["user"],
            thread_ts=message.payload.get("thread_ts"),
            text=drawn.text,
            blocks=drawn.blocks,
        )
        return Receipt()

    async def _mark(self, message: Outgoing) -> Receipt:
        remove = bool(message.payload.get("remove"))
        await self.api.call(
            "reactions.remove" if remove else "reactions.add",
            channel=_place(message),
            timestamp=message.payload.get("ts") or message.about,
            name=message.payload["name"],
        )
        return Receipt()

    async def _direct(self, message: Outgoing) -> Receipt:
        text = str(message.payload["text"])
        blocks = [{"type": "section", "text": plain_text(text)}]
        return await self._post(message, Drawn(text=escaped(text), blocks=blocks))

    async def _post(self, message: Outgoing, drawn: Drawn, **more: Any) -> Receipt:
        answer = await self.api.call(
            "chat.postMessage",
            may_repeat=False,
            channel=message.payload["user"] if message.kind == "direct" else _place(message),
            text=drawn.text,
            blocks=drawn.blocks,
            metadata={"event_type": _EVENT, "event_payload": {"outbox_id": message.id}},
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            **more,
        )
        return Receipt(platform_id=str(answer["ts"]))

    async def _read(self, method: str, message: Outgoing, **more: Any) -> dict[str, Any]:
        return await self.api.call(
            method, channel=_place(message), include_all_metadata=True, **more
        )


def _place(message: Outgoing) -> str:
    return str(message.payload.get("channel") or message.address)


def _among(answer: dict[str, Any], message: Outgoing) -> Receipt | None:
    for post in answer.get("messages") or []:
        metadata = post.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == _EVENT and payload.get("outbox_id") == message.id:
            return Receipt(platform_id=str(post["ts"]))
        for file in post.get("files") or []:
            if message.kind == "file" and PurePath(str(file.get("name"))).stem.endswith(
                f"-{message.id}"
            ):
                return Receipt(platform_id=str(file["id"]))
    return None


def _numbered(name: str, number: int) -> str:
    """Uploads take no metadata, so a file's name bears the number."""
    path = PurePath(name)
    return f"{path.stem}-{number}{path.suffix}"
