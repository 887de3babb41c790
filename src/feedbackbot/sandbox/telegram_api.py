"""The Bot API over HTTP: token, method table, envelopes, faults and the log of calls."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from feedbackbot.sandbox import telegram_params
from feedbackbot.sandbox.clock import http_date
from feedbackbot.sandbox.faults import Fault, Hushed, hang_up, suffer
from feedbackbot.sandbox.outbound import Outbound
from feedbackbot.sandbox.telegram_editing import Editing
from feedbackbot.sandbox.telegram_files import StoredFile
from feedbackbot.sandbox.telegram_params import Params
from feedbackbot.sandbox.telegram_profile import Profile
from feedbackbot.sandbox.telegram_receiving import Receiving
from feedbackbot.sandbox.telegram_sending import Sending
from feedbackbot.sandbox.telegram_state import TelegramRefusalError, TelegramState
from feedbackbot.sandbox.wire import Json, encode

Method = Callable[[Params], object]


class TelegramApi:
    """api.telegram.org, as far as a bot of ours meets it."""

    def __init__(self, state: TelegramState, outbound: Outbound) -> None:
        self._state = state
        self.receiving = Receiving(state, outbound)
        self.receiving.reply = self._from_webhook
        self._methods = {name.lower(): (name, method) for name, method in self._table().items()}

    def routes(self) -> list[Route]:
        both = ["GET", "POST"]
        return [
            Route("/telegram/file/bot{token}/{path:path}", self.download, methods=["GET"]),
            Route("/telegram/bot{token}/{method}", self.call, methods=both),
        ]

    async def call(self, request: Request) -> Response:
        asked = request.path_params["method"]
        name, method = self._methods.get(asked.lower(), (asked, None))
        refusal = self._token_refusal(request.path_params["token"])
        if refusal is None and method is None:
            refusal = TelegramRefusalError(404, "Not Found")
        if refusal is not None or method is None:
            return self._refused(
                name, Params({}), refusal or TelegramRefusalError(404, "Not Found")
            )
        try:
            params = await telegram_params.read(request)
        except TelegramRefusalError as error:
            return self._refused(name, Params({}), error)
        act = functools.partial(self._act, name, method, params, request)
        fault = self._state.faults.take("telegram", name, chat=params.text("chat_id"))
        if fault is None:
            return await act()
        return await suffer(fault, request, act=act, refuse=self._faulty(name, params, fault))

    async def download(self, request: Request) -> Response:
        if self._token_refusal(request.path_params["token"]) is not None:
            return _not_found()
        stored = self._state.files.find_by_link(request.path_params["path"])
        if stored is None:
            return _not_found()
        fault = self._state.faults.take("telegram", "file")
        if fault is None:
            return _content(stored)
        if fault.drop == "after":
            return _Cut(stored, request)
        act = functools.partial(_later, _content(stored))
        return await suffer(fault, request, act=act, refuse=_not_found(fault.status or 404))

    async def _act(self, name: str, method: Method, params: Params, request: Request) -> Response:
        try:
            if name == "getUpdates":
                result: object = await self.receiving.get_updates(params, request.is_disconnected)
            else:
                result = method(params)
        except TelegramRefusalError as error:
            return self._refused(name, params, error)
        body: Json = {"ok": True, "result": result}
        if isinstance(result, tuple):
            body = {"ok": True, "result": result[0], "description": result[1]}
        return self._answer(name, params, body, 200)

    async def _from_webhook(self, name: str, values: Json) -> object:
        """A method that came in the body of a webhook's answer; nobody learns its result."""
        named, method = self._methods.get(name.lower(), (name, None))
        if method is not None:
            params = Params(values)
            try:
                self._answer(named, params, {"ok": True, "result": method(params)}, 200)
            except TelegramRefusalError as error:
                self._refused(named, params, error)
        return None

    def _faulty(self, name: str, params: Params, fault: Fault) -> Response:
        if not fault.has_no_effect():
            return Response()
        code = fault.status or 502
        extra = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        words = fault.error or {
            429: f"Too Many Requests: retry after {fault.retry_after or 1}"
        }.get(code, "Internal Server Error")
        return self._refused(name, params, TelegramRefusalError(code, words, **extra))

    def _refused(self, name: str, params: Params, error: TelegramRefusalError) -> Response:
        return self._answer(name, params, error.to_json(), error.code)

    def _answer(self, name: str, params: Params, body: Json, status: int) -> Response:
        encoded = encode(body)
        if name != "getUpdates" or body.get("result") != []:
            received = params.as_received()
            self._state.journal.called("telegram", name, received, status=status, answer=encoded)
        headers = {"Date": http_date(self._state.clock.now())}
        return Response(encoded, status_code=status, headers=headers, media_type="application/json")

    def _token_refusal(self, token: str) -> TelegramRefusalError | None:
        if not re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]{20,80}", token):
            return TelegramRefusalError(401, "Unauthorized: invalid token specified")
        is_good = token == self._state.token
        return None if is_good else TelegramRefusalError(401, "Unauthorized")

    def _table(self) -> dict[str, Method]:
        state = self._state
        sending = Sending(state)
        editing = Editing(state, sending)
        return {
            "getUpdates": _polled,
            "setWebhook": self.receiving.set_webhook,
            "deleteWebhook": self.receiving.delete_webhook,
            "getWebhookInfo": self.receiving.get_webhook_info,
            "sendMessage": sending.send_message,
            "sendPhoto": sending.send_photo,
            "sendVoice": sending.send_voice,
            "sendDocument": sending.send_document,
            "sendVideo": sending.send_video,
            "sendAudio": sending.send_audio,
            "sendAnimation": sending.send_animation,
            "sendChatAction": sending.send_chat_action,
            "editMessageText": editing.edit_text,
            "editMessageCaption": editing.edit_caption,
            "editMessageReplyMarkup": editing.edit_markup,
            "deleteMessage": editing.delete,
            "deleteMessages": editing.delete_many,
            "setMessageReaction": editing.react,
            "answerCallbackQuery": editing.answer_tap,
            "pinChatMessage": editing.pin,
            "unpinChatMessage": editing.unpin,
            "leaveChat": _left,
            **_about_itself(Profile(state, sending)),
        }


def _about_itself(profile: Profile) -> dict[str, Method]:
    words = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}
    setters = {
        f"setMy{title}": functools.partial(profile.set_words, what) for title, what in words.items()
    }
    getters = {
        f"getMy{title}": functools.partial(profile.get_words, what) for title, what in words.items()
    }
    return {
        "getMe": profile.get_me,
        "getChat": profile.get_chat,
        "getFile": profile.get_file,
        "setMyCommands": profile.set_commands,
        "getMyCommands": profile.get_commands,
        "deleteMyCommands": profile.delete_commands,
        "setChatMenuButton": profile.set_menu_button,
        "getChatMenuButton": profile.get_menu_button,
        **setters,
        **getters,
    }


def _polled(_params: Params) -> list[Json]:
    """Stands in the table for getUpdates, which alone waits and so is called apart."""
    return []


def _left(_params: Params) -> bool:
    """Nobody has a group here, but updates may speak of one."""
    return True


def _not_found(status: int = 404) -> Response:
    body = TelegramRefusalError(status, "Not Found").to_json()
    return Response(encode(body), status_code=status, media_type="application/json")


def _content(stored: StoredFile) -> Response:
    return Response(stored.data, media_type="application/octet-stream")


async def _later(answer: Response) -> Response:
    return answer


class _Cut(Hushed):
    """Half a file, and then nothing."""

    def __init__(self, stored: StoredFile, request: Request) -> None:
        super().__init__()
        self._data = stored.data
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise all, send half."""
        del scope, receive
        length = str(len(self._data)).encode()
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]}
        )
        half = self._data[: len(self._data) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await hang_up(self._request.receive)
