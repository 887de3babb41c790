"""The Telegram side of sending: one message of ours becomes one call, and its answer says what became of it."""

from __future__ import annotations

import contextlib
from typing import Any

from telegram import Bot, InputFile, Message, TelegramObject
from telegram.error import BadRequest, TelegramError

from feedbackbot.channels.base import Outgoing, Receipt
from feedbackbot.channels.telegram_errors import judge, leaves_things_as_wanted
from feedbackbot.channels.telegram_request import OwnRequest, PlatformDown
from feedbackbot.errors import DeliveryError, MaybeSent, NotSent, TokenRefused

_Json = dict[str, Any]
_NO_PREVIEW: _Json = {"is_disabled": True}


class TelegramBot(Bot):
    """The library's API client on our transport, with updates as raw JSON."""

    def __init__(self, token: str, api_url: str) -> None:
        base = api_url.rstrip("/")
        self._calls = OwnRequest()
        self._methods = f"{base}/bot{token}"
        super().__init__(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._calls,
            get_updates_request=OwnRequest(connections=2),
        )

    async def call(self, method: str, **values: Any) -> Any:
        """For what is called all the time: the library's own wrappers cost more than all the rest of a call."""
        return await self._calls.call(f"{self._methods}/{method}", values)

    async def get_raw_updates(
        self, *, offset: int | None, wait_seconds: int, allowed: list[str]
    ) -> list[dict[str, Any]]:
        """`get_updates` raises for a whole batch when one update in it is malformed; this can't."""
        wanted = {"offset": offset, "timeout": wait_seconds, "allowed_updates": allowed}
        found = None
        with contextlib.suppress(KeyError):
            found = await self._post("getUpdates", wanted, read_timeout=wait_seconds + 10)
        if not isinstance(found, list) or not all(map(_is_update, found)):
            raise PlatformDown("an answer without updates")
        return found


class TelegramChannel:
    """A `Channel`; text goes out as it is, never as markup."""

    name = "telegram"

    def __init__(self, bot: TelegramBot) -> None:
        self.bot = bot
        #: why nothing can be sent at present, for health reports
        self.trouble: str | None = None
        #: the token has been revoked or changed
        self.is_refused = False
        self._senders = {
            "text": self._send_text,
            "photo": self._send_file,
            "voice": self._send_file,
            "video": self._send_file,
            "document": self._send_file,
            "buttons": self._change_buttons,
            "reaction": self._react,
            "typing": self._type,
        }

    async def send(self, message: Outgoing) -> Receipt:
        sender = self._senders.get(message.kind)
        if sender is None:
            raise DeliveryError(f"Telegram has no messages of the kind {message.kind}.")
        try:
            sent = await sender(message)
        except TelegramError as error:
            if leaves_things_as_wanted(error, kind=message.kind):
                return Receipt()
            refusal = judge(error)
            self._noted(refusal)
            raise refusal from error
        self._noted(None)
        return Receipt(platform_id=None if sent is None else str(sent))

    async def find(self, message: Outgoing) -> Receipt | None:
        """A bot can't read its own messages, so nobody can tell."""
        del message
        return None

    async def fetch(self, file_id: str) -> bytes:
        """The bytes of a customer's file; the address they come from bears the token, so it is never kept."""
        try:
            file = await self.bot.get_file(file_id)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            if "temporarily unavailable" in str(error):
                raise NotSent(str(error)) from error
            raise judge(error) from error

    async def meet(self) -> str:
        """The bot's own username; opens the connections."""
        try:
            await self.bot.initialize()
        except TelegramError as error:
            refusal = judge(error)
            self._noted(refusal)
            raise refusal from error
        self._noted(None)
        return self.bot.username

    async def look_again(self) -> None:
        """Whether a refusal still holds, since nobody may be writing; `trouble` tells."""
        if self.trouble is None:
            return
        try:
            await self.bot.get_me()
        except TelegramError as error:
            self._noted(judge(error))
        else:
            self._noted(None)

    async def stop_webhook(self) -> None:
        """Telegram refuses polling while a webhook stands."""
        try:
            await self.bot.delete_webhook()
        except TelegramError as error:
            raise judge(error) from error

    def _noted(self, error: DeliveryError | None) -> None:
        if isinstance(error, MaybeSent):
            # a connection that breaks off does not say that Telegram is back
            return
        self.trouble = str(error) if isinstance(error, NotSent) else None
        self.is_refused = isinstance(error, TokenRefused)

    async def _send_text(self, message: Outgoing) -> int:
        sent = await self.bot.call(
            "sendMessage",
            chat_id=int(message.address),
            text=message.payload["text"],
            link_preview_options=_NO_PREVIEW,
            reply_markup=_markup(message),
        )
        return int(sent["message_id"])

    async def _send_file(self, message: Outgoing) -> int:
        attachment = message.attachment
        if attachment is None:
            raise DeliveryError("The file of this message is gone.")
        file = InputFile(attachment.content, filename=attachment.name)
        caption = message.payload.get("caption") or None
        send: Any = getattr(self.bot, f"send_{message.kind}")
        sent: Message = await send(
            int(message.address),
            file,
            caption=caption,
            reply_markup=_Markup(made) if (made := _markup(message)) else None,
        )
        return sent.message_id

    async def _change_buttons(self, message: Outgoing) -> None:
        """The newest message of the question gets them; earlier ones lose theirs."""
        newest, *earlier = sorted(map(int, (message.about or "").split(",")), reverse=True)
        for number in earlier:
            await self._edit_keyboard(message, number, None)
        await self._edit_keyboard(message, newest, _keyboard(message))

    async def _edit_keyboard(self, message: Outgoing, number: int, keyboard: _Json | None) -> None:
        try:
            await self.bot.call(
                "editMessageReplyMarkup",
                chat_id=int(message.address),
                message_id=number,
                reply_markup=keyboard,
            )
        except TelegramError as error:
            if not leaves_things_as_wanted(error, kind=message.kind):
                raise

    async def _react(self, message: Outgoing) -> None:
        chat, _, number = str(message.payload["message_key"]).partition(":")
        reaction = [{"type": "emoji", "emoji": message.payload["emoji"]}]
        await self.bot.call(
            "setMessageReaction", chat_id=int(chat), message_id=int(number), reaction=reaction
        )

    async def _type(self, message: Outgoing) -> None:
        await self.bot.call("sendChatAction", chat_id=int(message.address), action="typing")


def _is_update(raw: object) -> bool:
    """What has no number could never be confirmed."""
    return isinstance(raw, dict) and isinstance(raw.get("update_id"), int)


def _markup(message: Outgoing) -> _Json | None:
    if message.payload.get("wants_contact"):
        return _contact_keyboard(message)
    return _keyboard(message)


def _keyboard(message: Outgoing) -> _Json | None:
    rows = message.payload.get("buttons") or []
    if not rows:
        return None
    return {"inline_keyboard": [[_button(message, button) for button in row] for row in rows]}


def _button(message: Outgoing, button: dict[str, Any]) -> _Json:
    if button.get("url"):
        return {"text": button["label"], "url": button["url"]}
    data = f"{message.visit or 0}:{button['choice']}"
    if len(data.encode()) > 64:
        raise BadRequest(f"the button {button['choice']!r} has too long a name")
    return {"text": button["label"], "callback_data": data}


def _contact_keyboard(message: Outgoing) -> _Json:
    """Telegram shares a phone number only from this kind of keyboard; its other buttons send their label."""
    rows: list[list[_Json]] = [[{"text": "📱", "request_contact": True}]]
    buttons = message.payload.get("buttons") or []
    rows += [[{"text": button["label"]} for button in row] for row in buttons]
    return {"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True}


class _Markup(TelegramObject):
    """Made already; for the library's own methods."""

    def __init__(self, made: _Json) -> None:
        super().__init__()
        self._made = made

    def to_dict(self, recursive: bool = True) -> _Json:  # noqa: ARG002 - the library's signature
        return self._made
