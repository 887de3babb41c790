"""The Web API over HTTP: token, method table, envelopes, faults and the log of calls."""

from __future__ import annotations

import functools
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from feedbackbot.sandbox import slack_args
from feedbackbot.sandbox.clock import http_date
from feedbackbot.sandbox.credentials import SLACK_APP_TOKEN, SLACK_BOT_TOKEN
from feedbackbot.sandbox.faults import Fault, suffer
from feedbackbot.sandbox.outbound import Outbound
from feedbackbot.sandbox.slack_answering import answer_response_url
from feedbackbot.sandbox.slack_args import Args
from feedbackbot.sandbox.slack_chat import Chat
from feedbackbot.sandbox.slack_delivery import Deliveries
from feedbackbot.sandbox.slack_files import Files
from feedbackbot.sandbox.slack_posts import Posts
from feedbackbot.sandbox.slack_reading import Reading
from feedbackbot.sandbox.slack_scopes import check_scope
from feedbackbot.sandbox.slack_state import SlackRefusalError, SlackState
from feedbackbot.sandbox.slack_views import Views
from feedbackbot.sandbox.wire import Json, encode

Method = Callable[[Args], Json]


class SlackApi:
    """slack.com/api, as far as an app of ours meets it."""

    def __init__(self, state: SlackState, outbound: Outbound) -> None:
        self._state = state
        self.deliveries = Deliveries(state, outbound)
        self.posts = Posts(state, self.deliveries)
        self.chat = Chat(state, self.posts)
        self.views = Views(state)
        self.files = Files(state, self.posts, self.chat)
        self._methods = self._table()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/slack/api/{method}", self.call, methods=["GET", "POST"]),
            Route("/slack/upload/{id}", self.files.upload, methods=["POST", "PUT"]),
            Route("/slack/files/{id}/{name:path}", self.files.download, methods=["GET"]),
            Route("/slack/response/{id}", self.respond, methods=["POST"]),
            WebSocketRoute("/slack/socket/{ticket}", self.deliveries.sockets),
        ]

    async def call(self, request: Request) -> Response:
        self._state.origin = f"{request.url.scheme}://{request.url.netloc}"
        name = request.path_params["method"]
        try:
            args = await slack_args.read(request)
        except SlackRefusalError as error:
            return self._refused(name, Args({}, token="", token_in_header=False), error)
        act = functools.partial(self._act, name, args)
        fault = self._state.faults.take("slack", name, chat=args.text("channel"))
        if fault is None:
            return await act()
        refuse = self._faulty(name, args, fault) if fault.has_no_effect() else Response()
        return await suffer(fault, request, act=act, refuse=refuse)

    async def respond(self, request: Request) -> Response:
        args = await slack_args.read(request)
        try:
            answer_response_url(self._state, self.posts, self.chat, request.path_params["id"], args)
        except SlackRefusalError as error:
            return self._answer("response_url", args, error.to_json(), status=404)
        self._answer("response_url", args, {"ok": True})
        return PlainTextResponse("ok")

    def connections_open(self, _args: Args) -> Json:
        address = self._state.origin.replace("http", "ws", 1)
        ticket = self.deliveries.sockets.ticket()
        return {"ok": True, "url": f"{address}/slack/socket/{ticket}"}

    async def _act(self, name: str, args: Args) -> Response:
        try:
            method = self._methods.get(name, _unknown)
            _check_token(name, args, self._state)
            check_scope(name, self._state.scopes)
            return self._answer(name, args, method(args))
        except SlackRefusalError as error:
            return self._refused(name, args, error)

    def _faulty(self, name: str, args: Args, fault: Fault) -> Response:
        if fault.status == 429:
            error = SlackRefusalError(
                fault.error or "ratelimited", retry_after=fault.retry_after or 1
            )
            return self._refused(name, args, error)
        body = {"ok": False, "error": fault.error or "internal_error"}
        return self._answer(name, args, body, status=fault.status or 200)

    def _refused(self, name: str, args: Args, error: SlackRefusalError) -> Response:
        if error.retry_after is None:
            return self._answer(name, args, error.to_json())
        answer = self._answer(name, args, error.to_json(), status=429)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer

    def _answer(self, name: str, args: Args, body: Json, *, status: int = 200) -> Response:
        encoded = encode(body)
        journal = self._state.journal
        journal.called("slack", name, args.as_received(), status=status, answer=encoded)
        headers = {
            "Date": http_date(self._state.clock.now()),
            "X-OAuth-Scopes": ",".join(sorted(self._state.scopes)),
        }
        return Response(encoded, status_code=status, headers=headers, media_type="application/json")

    def _table(self) -> dict[str, Method]:
        reading = Reading(self._state, self.posts, self.chat)
        return {
            "api.test": lambda _args: {"ok": True},
            "auth.test": reading.auth_test,
            "apps.connections.open": self.connections_open,
            "chat.postMessage": self.chat.post_message,
            "chat.update": self.chat.update,
            "chat.delete": self.chat.delete,
            "chat.postEphemeral": self.chat.post_ephemeral,
            "chat.getPermalink": self.chat.get_permalink,
            "views.open": self.views.open,
            "views.push": self.views.push,
            "views.update": self.views.update,
            "users.info": reading.users_info,
            "users.list": reading.users_list,
            "conversations.info": reading.conversations_info,
            "conversations.list": reading.conversations_list,
            "conversations.members": reading.conversations_members,
            "conversations.open": reading.conversations_open,
            "conversations.join": reading.conversations_join,
            "conversations.history": reading.history,
            "conversations.replies": reading.replies,
            "reactions.add": reading.add_reaction,
            "reactions.remove": reading.remove_reaction,
            "files.getUploadURLExternal": self.files.get_upload_url,
            "files.completeUploadExternal": self.files.complete_upload,
            "files.info": self.files.info,
            "files.delete": self.files.delete,
        }


def _unknown(_args: Args) -> Json:
    raise SlackRefusalError("unknown_method")


def _check_token(name: str, args: Args, state: SlackState) -> None:
    if name == "api.test":
        return
    if not args.token:
        raise SlackRefusalError("not_authed")
    if args.token not in {SLACK_BOT_TOKEN, SLACK_APP_TOKEN}:
        raise SlackRefusalError("invalid_auth")
    is_for_app = name == "apps.connections.open"
    if is_for_app and not args.token_in_header:
        raise SlackRefusalError("not_authed")
    if is_for_app != (args.token == SLACK_APP_TOKEN):
        raise SlackRefusalError("not_allowed_token_type")
    if error := state.app_token_error if is_for_app else state.bot_token_error:
        raise SlackRefusalError(error)
