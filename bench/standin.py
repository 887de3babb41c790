"""A fast stand-in for Telegram, and the customers who talk through it; a process of its own, told what to do on stdin.

It knows just enough of the Bot API for the bots of this benchmark, and nothing of what they are made of.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from customers import Crowd
from processes import family_cpu, usage_of

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CHAT = re.compile(rb'(?:chat_id=|"chat_id": ?"?|name="chat_id"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n)(\d+)')
_BUTTON = re.compile(rb'"callback_data": ?"([^"]+)"')
_OFFSET = re.compile(rb'(?:offset=|"offset": ?|name="offset"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n)(\d+)')
_ME = {
    "id": 4242,
    "is_bot": True,
    "first_name": "Bench",
    "username": "bench_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}


class Telegram:
    """What the platform knows: where updates go, what waits there, and how long it takes to answer."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.calls = 0
        #: of several processes, each with an address of its own: updates go to one after the other
        self.webhooks: dict[str, Webhook] = {}
        self.waiting: deque[dict[str, Any]] = deque()
        self.poll: Callable[[], None] | None = None
        self.crowd: Crowd | None = None
        self._updates = 0
        self._messages = 0

    def deliver(self, update: dict[str, Any]) -> None:
        self._updates += 1
        update["update_id"] = self._updates
        if self.webhooks:
            turn = self._updates % len(self.webhooks)
            list(self.webhooks.values())[turn].post(json.dumps(update).encode())
            return
        self.waiting.append(update)
        if self.poll is not None:
            poll, self.poll = self.poll, None
            asyncio.get_running_loop().call_soon(poll)

    def next_message(self) -> int:
        self._messages += 1
        return self._messages

    def show(self, body: bytes) -> bytes:
        """A message arrives on the customer's phone; the answer is what the bot is told of it."""
        chat_at = _CHAT.search(body)
        chat = int(chat_at[1]) if chat_at else 0
        number = self.next_message()
        if self.crowd is not None:
            button = _BUTTON.findall(body)
            self.crowd.reads(chat, number, body, button)
        return (
            b'{"ok":true,"result":{"message_id":%d,"date":1760000000,"chat":{"id":%d,"type":"private",'
            b'"first_name":"Ada"},"from":{"id":4242,"is_bot":true,"first_name":"Bench"},"text":"ok"}}'
            % (number, chat)
        )


class Call(asyncio.Protocol):
    """One connection of a bot; requests on it are answered in their order."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._buffer = b""
        self._transport: asyncio.Transport = None  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (head := self._buffer.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._buffer, 0, head)
            end = head + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < end:
                return
            path = self._buffer[: self._buffer.index(b"\r\n")].split(b" ")[1]
            body, self._buffer = self._buffer[head + 4 : end], self._buffer[end:]
            self._answer(path.rpartition(b"/")[2].partition(b"?")[0].decode(), body)

    def _answer(self, method: str, body: bytes) -> None:
        telegram = self._telegram
        telegram.calls += 1
        if b"%" in body:
            body = unquote_to_bytes(body.replace(b"+", b" "))
        if method == "sendMessage":
            self._say(telegram.show(body))
        elif method == "getMe":
            self._say(json.dumps({"ok": True, "result": _ME}).encode())
        elif method == "getUpdates":
            self._poll(body)
        else:
            if method == "setWebhook":
                webhook = Webhook.read(body)
                telegram.webhooks[webhook.url] = webhook
            elif method == "deleteWebhook":
                telegram.webhooks.clear()
            self._say(b'{"ok":true,"result":true}')

    def _say(self, body: bytes) -> None:
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body)
        )
        if self._telegram.delay:
            asyncio.get_running_loop().call_later(
                self._telegram.delay, self._transport.write, answer
            )
        else:
            self._transport.write(answer)

    def _poll(self, body: bytes) -> None:
        telegram = self._telegram
        offset = _OFFSET.search(body)
        if offset:
            while telegram.waiting and telegram.waiting[0]["update_id"] < int(offset[1]):
                telegram.waiting.popleft()
        if telegram.waiting:
            self._hand_out()
        else:
            telegram.poll = self._hand_out

    def _hand_out(self) -> None:
        if not self._transport.is_closing():
            some = [self._telegram.waiting[n] for n in range(min(100, len(self._telegram.waiting)))]
            self._say(json.dumps({"ok": True, "result": some}).encode())


class Webhook:
    """Posts updates over connections that stay open, one at a time on each."""

    _MOST = 100

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Type: application/json\r\n"
        ).encode()
        self._free: list[_Post] = []
        self._open = 0
        self._queue: deque[bytes] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self.refused = 0

    @classmethod
    def read(cls, body: bytes) -> Webhook:
        if body.startswith(b"{"):
            told = json.loads(body)
        else:
            told = dict(part.split("=", 1) for part in body.decode().split("&"))
        return cls(told["url"], told.get("secret_token", ""))

    def post(self, body: bytes) -> None:
        data = self._head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        if self._free:
            self._free.pop().send(data)
            return
        self._queue.append(data)
        if self._open < self._MOST:
            self._open += 1
            task = asyncio.get_running_loop().create_task(self._connect())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, post = await loop.create_connection(lambda: _Post(self), self._host, self._port)
        self.done(post)

    def done(self, post: _Post) -> None:
        if self._queue:
            post.send(self._queue.popleft())
        else:
            self._free.append(post)

    def lost(self, post: _Post) -> None:
        self._open -= 1
        if post in self._free:
            self._free.remove(post)


class _Post(asyncio.Protocol):
    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def send(self, data: bytes) -> None:
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        found = _LENGTH.search(self._buffer, 0, head)
        if len(self._buffer) < head + 4 + (int(found[1]) if found else 0):
            return
        if self._buffer[9:12] != b"200":
            self._webhook.refused += 1
        self._buffer = b""
        self._webhook.done(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._webhook.lost(self)


async def main() -> None:
    telegram = Telegram()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Call(telegram), "127.0.0.1", 0, backlog=1000)
    _tell({"port": server.sockets[0].getsockname()[1]})
    reader = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if order["do"] == "reset":
            telegram.poll, telegram.delay = None, 0.0
            telegram.webhooks.clear()
            telegram.waiting.clear()
            _tell({})
        elif order["do"] == "listening":
            _tell({"webhooks": len(telegram.webhooks), "polls": int(telegram.poll is not None)})
        else:
            _tell(await _run(telegram, order))


async def _run(telegram: Telegram, order: dict[str, Any]) -> dict[str, Any]:
    telegram.delay = order["delay"]
    crowd = telegram.crowd = Crowd(telegram, order)
    crowd.begin()
    await _until(crowd.warm, order["patience"])
    before = [usage_of(pid) for pid in order["pids"]]
    own, calls, server = usage_of(None), telegram.calls, family_cpu(order["server"])
    crowd.measure()
    await _until(crowd.over, order["patience"])
    found = crowd.figures()
    after = [usage_of(pid) for pid in order["pids"]]
    crowd.stop()
    found["calls"] = telegram.calls - calls
    found["cpu_seconds"] = sum(b.cpu - a.cpu for a, b in zip(before, after, strict=True))
    found["own_cpu_seconds"] = usage_of(None).cpu - own.cpu
    found["server_cpu_seconds"] = family_cpu(order["server"]) - server
    found["rss"] = sum(one.rss for one in after)
    found["rss_before"] = sum(one.rss for one in before)
    found["refused"] = sum(one.refused for one in telegram.webhooks.values())
    await asyncio.sleep(order.get("settle", 0.3))
    telegram.crowd = None
    telegram.waiting.clear()
    return found


async def _until(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
