"""The Bot API's sending methods: who can be reached, what a message may hold, and what the phone then shows."""

from __future__ import annotations

from feedbackbot.sandbox.telegram_files import NotAPictureError, StoredFile, measured, photo_json
from feedbackbot.sandbox.telegram_keyboard import buttons_of, inline_of, read_markup
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_state import (
    Customer,
    TelegramRefusalError,
    TelegramState,
    bad_request,
)
from feedbackbot.sandbox.telegram_text import caption_of, text_of
from feedbackbot.sandbox.wire import Json, Upload

LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024
TYPING_SECONDS = 5.0
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
_MIMES = {
    "voice": "audio/ogg",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "animation": "video/mp4",
}


class Sending:
    def __init__(self, state: TelegramState) -> None:
        self._state = state

    def send_message(self, params: Params) -> Json:
        customer = self.reachable(params)
        return self._deliver(customer, params, text_of(params))

    def send_photo(self, params: Params) -> Json:
        customer = self.reachable(params)
        sizes = self._photo(params)
        return self._deliver(
            customer, params, {"photo": photo_json(sizes), **caption_of(params)}, file=sizes[-1]
        )

    def send_voice(self, params: Params) -> Json:
        return self._send_file(params, "voice")

    def send_document(self, params: Params) -> Json:
        return self._send_file(params, "document")

    def send_video(self, params: Params) -> Json:
        return self._send_file(params, "video")

    def send_audio(self, params: Params) -> Json:
        return self._send_file(params, "audio")

    def send_animation(self, params: Params) -> Json:
        return self._send_file(params, "animation")

    def send_chat_action(self, params: Params) -> bool:
        customer = self.reachable(params, paced=False)
        action = params.text("action")
        if action not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        customer.typing_until = self._state.clock.now() + TYPING_SECONDS
        self._state.journal.tell("telegram.typing", customer=customer.id, action=action)
        return True

    def reachable(self, params: Params, *, paced: bool = True) -> Customer:
        """The customer of `chat_id`, or the refusal that Telegram would give."""
        customer = self.chat(params)
        if customer.deleted:
            raise TelegramRefusalError(403, "Forbidden: user is deactivated")
        if not customer.started:
            raise TelegramRefusalError(
                403, "Forbidden: bot can't initiate conversation with a user"
            )
        if customer.blocked:
            raise TelegramRefusalError(403, "Forbidden: bot was blocked by the user")
        if paced:
            self._pace(customer)
        return customer

    def chat(self, params: Params) -> Customer:
        if not params.has("chat_id"):
            raise bad_request("chat_id is empty")
        try:
            return self._state.get_customer(params.text("chat_id"))
        except ValueError:
            raise bad_request("chat not found") from None

    def _pace(self, customer: Customer) -> None:
        rules, pace = self._state.rules, self._state.pace
        overall = rules.telegram_per_second
        wait = pace.wait_seconds("all", per_second=overall, burst=overall)
        if rules.strict and not wait:
            wait = pace.wait_seconds(
                str(customer.id), per_second=rules.chat_per_second, burst=rules.chat_burst
            )
        if wait:
            raise TelegramRefusalError(
                429, f"Too Many Requests: retry after {wait}", retry_after=wait
            )

    def _deliver(
        self, customer: Customer, params: Params, content: Json, *, file: StoredFile | None = None
    ) -> Json:
        state = self._state
        markup = read_markup(params)
        whole = {**self._reply(customer, params), **content, **inline_of(markup)}
        message = state.new_message(customer, state.bot_user(), whole)
        customer.typing_until = 0.0
        state.journal.tell(
            "telegram.message", customer=customer.id, message_id=message["message_id"]
        )
        state.journal.saw(
            str(customer.id),
            "bot said",
            message_id=message["message_id"],
            text=message.get("text") or message.get("caption"),
            file=file.name if file else None,
            buttons=buttons_of(message) or None,
        )
        return message

    def _reply(self, customer: Customer, params: Params) -> Json:
        given = params.parsed("reply_parameters")
        wanted = given if isinstance(given, dict) else {}
        target = wanted.get("message_id") or params.integer("reply_to_message_id")
        if not target:
            return {}
        quoted = self._state.quoted(customer, int(target))
        if quoted is not None:
            return {"reply_to_message": quoted}
        lenient = wanted.get("allow_sending_without_reply") or params.flag(
            "allow_sending_without_reply"
        )
        if not lenient:
            raise bad_request("message to be replied not found")
        return {}

    def _photo(self, params: Params) -> list[StoredFile]:
        found = self._file(params, "photo")
        if isinstance(found, StoredFile):
            return [found]
        if len(found.data) > LARGEST_PHOTO:
            raise TelegramRefusalError(413, "Request Entity Too Large")
        try:
            width, height = measured(found.data)
        except NotAPictureError:
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return self._state.files.keep_photo(found)

    def _send_file(self, params: Params, kind: str) -> Json:
        customer = self.reachable(params)
        found = self._file(params, kind)
        if isinstance(found, Upload):
            if len(found.data) > LARGEST_UPLOAD:
                raise TelegramRefusalError(413, "Request Entity Too Large")
            found = self._state.files.keep(found, kind=kind)
        facts: Json = {
            name: params.integer(name)
            for name in ("duration", "width", "height")
            if params.has(name)
        }
        content = {kind: {**file_json(found, kind), **facts}, **caption_of(params)}
        return self._deliver(customer, params, content, file=found)

    def _file(self, params: Params, name: str) -> Upload | StoredFile:
        """What was uploaded, or what a file_id names."""
        value = params.text(name)
        attached = value.removeprefix("attach://") if value.startswith("attach://") else name
        upload = params.files.get(attached)
        if upload is not None:
            if not upload.data:
                raise bad_request("file must be non-empty")
            return upload
        if not value:
            raise bad_request(f"there is no {name} in the request")
        stored = self._state.files.find(value)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return stored


def file_json(stored: StoredFile, kind: str) -> Json:
    """A file as it stands in a message."""
    mime = stored.mime if stored.mime != "application/octet-stream" else _MIMES.get(kind)
    named = (
        {"file_name": stored.name} if kind in {"document", "video", "audio", "animation"} else {}
    )
    timed: Json = {"duration": 0} if kind in {"voice", "video", "audio", "animation"} else {}
    sized: Json = {"width": 0, "height": 0} if kind in {"video", "animation"} else {}
    mimed = {"mime_type": mime or stored.mime}
    return {**stored.to_json(), **named, **timed, **sized, **mimed, **stored.facts}
