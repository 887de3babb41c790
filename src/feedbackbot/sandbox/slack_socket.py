"""Socket Mode: single-use addresses, up to ten sockets, one envelope to one of them, and its acknowledgement."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from feedbackbot.sandbox.credentials import SLACK_APP_ID
from feedbackbot.sandbox.faults import cut
from feedbackbot.sandbox.slack_http import Ack
from feedbackbot.sandbox.slack_state import SlackState
from feedbackbot.sandbox.wire import Json

MOST_SOCKETS = 10
TICKET_SECONDS = 30.0


@dataclass(eq=False, slots=True)
class _Line:
    """One open socket and the envelopes it has not acknowledged."""

    socket: WebSocket
    receive: Receive
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    #: The envelope in place of whose acknowledgement the connection breaks.
    breaks_at: str = ""


class Sockets:
    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._tickets: dict[str, float] = {}
        self._lines: list[_Line] = []
        self._turn = 0
        #: In the middle of the next envelope of this kind its socket breaks.
        self._breaks_during = ""

    @property
    def count(self) -> int:
        return len(self._lines)

    def ticket(self) -> str:
        """Good for one connection within half a minute."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = asyncio.get_running_loop().time() + TICKET_SECONDS
        return ticket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The endpoint, as a bare ASGI application: serve one socket until it is gone."""
        socket = WebSocket(scope, receive, send)
        until = self._tickets.pop(socket.path_params["ticket"], 0.0)
        if until < asyncio.get_running_loop().time():
            await socket.close(code=1008)
            return
        await socket.accept()
        if self.count >= MOST_SOCKETS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return
        await self._serve(_Line(socket, receive))

    async def deliver(self, kind: str, payload: Json, *, attempt: int, reason: str) -> Ack:
        """One attempt over the next socket in turn."""
        envelope: Json = {
            "envelope_id": secrets.token_hex(16),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        if kind == self._breaks_during:
            self._breaks_during = ""
            await self._over_next(envelope, breaks=True)
        return await self._over_next(envelope)

    def break_during(self, kind: str) -> None:
        """The socket of the next such envelope breaks when the bot acknowledges it; another one gets it again.

        Slack says that it repeats events; whether clicks as well it does not say, and a bot must bear it.
        """
        self._breaks_during = kind

    async def disconnect(self, reason: str, *, hard: bool) -> int:
        """End every socket: with Slack's own words, or without a word. Answers how many there were."""
        lines = list(self._lines)
        for line in lines:
            if hard:
                self._break(line)
                continue
            words = {"type": "disconnect", "reason": reason, "debug_info": {}}
            # a bot that was killed hangs up without a word
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await line.socket.send_json(words)
                if reason != "warning":
                    self._forget(line)
                    await line.socket.close()
        return len(lines)

    async def _over_next(self, envelope: Json, *, breaks: bool = False) -> Ack:
        if not self._lines:
            return Ack(taken=False, reason="connection_failed")
        self._turn += 1
        line = self._lines[self._turn % len(self._lines)]
        if breaks:
            line.breaks_at = envelope["envelope_id"]
        return await self._acknowledged(line, envelope)

    async def _serve(self, line: _Line) -> None:
        self._lines.append(line)
        self._state.journal.tell("slack.socket", sockets=self.count)
        await line.socket.send_json(
            {
                "type": "hello",
                "num_connections": self.count,
                "connection_info": {"app_id": SLACK_APP_ID},
                "debug_info": {"host": "sandbox", "build_number": 1},
            }
        )
        try:
            while True:
                self._take_ack(line, await line.socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError: the socket was closed from this side while it was being read.
            self._forget(line)
            self._state.journal.tell("slack.socket", sockets=self.count)

    def _take_ack(self, line: _Line, text: str) -> None:
        try:
            ack = json.loads(text)
        except ValueError:
            return
        if not isinstance(ack, dict):
            return
        if line.breaks_at and ack.get("envelope_id") == line.breaks_at:
            self._break(line)
            return
        waiter = line.waiting.get(str(ack.get("envelope_id")))
        if waiter is not None and not waiter.done():
            payload = ack.get("payload")
            waiter.set_result(payload if isinstance(payload, dict) else {})

    async def _acknowledged(self, line: _Line, envelope: Json) -> Ack:
        envelope_id = envelope["envelope_id"]
        waiter: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        line.waiting[envelope_id] = waiter
        try:
            async with asyncio.timeout(self._state.rules.ack_seconds):
                await line.socket.send_json(envelope)
                return Ack(taken=True, body=await waiter)
        except (TimeoutError, WebSocketDisconnect, RuntimeError, ConnectionError):
            return Ack(taken=False, reason="timeout")
        finally:
            line.waiting.pop(envelope_id, None)

    def _break(self, line: _Line) -> None:
        self._forget(line)
        cut(line.receive)

    def _forget(self, line: _Line) -> None:
        if line in self._lines:
            self._lines.remove(line)
        for waiter in line.waiting.values():
            if not waiter.done():
                waiter.set_exception(ConnectionError("The socket is gone."))
