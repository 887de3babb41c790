"""Customers in closed loop: each answers as soon as it has read the next question, and the next one comes when it is done."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

#: what a question is known by, and what is done then
STARS, REASON, AGAIN, THANKS = (
    b"how satisfied",
    b"main reason",
    b"buy from us again",
    b"That was all",
)
WORDS = "Light, dry and on my feet every day since they came. The box was a little crushed."


class Platform(Protocol):
    def deliver(self, update: dict[str, Any]) -> None: ...
    def next_message(self) -> int: ...


class Crowd:
    """`customers` at a time; each conversation is with somebody new, in a chat of their own."""

    def __init__(self, platform: Platform, order: dict[str, Any]) -> None:
        self._platform = platform
        self._at_once: int = order["customers"]
        self._first_chat: int = order["first_chat"]
        self._links: list[str] = order.get("links", [])
        self._warm_up: int = order["warm_up"]
        self._updates: int = order["updates"]
        #: stop after the stars: conversations that stay open
        self._leave_open: bool = order.get("leave_open", False)
        self._begun = 0
        self._done = 0
        self._sent_at: dict[int, float] = {}
        self._latencies: list[float] = []
        self._measuring_since = 0.0
        self._measured_until = 0.0
        self._stopped = False
        self.warm = asyncio.Event()
        self.over = asyncio.Event()

    def begin(self) -> None:
        for _ in range(self._at_once):
            self._open()

    def measure(self) -> None:
        self._measuring_since = time.perf_counter()
        self._latencies = []

    def stop(self) -> None:
        self._stopped = True

    def figures(self) -> dict[str, Any]:
        until = self._measured_until or time.perf_counter()
        seconds = until - self._measuring_since
        times = sorted(self._latencies) or [0.0]
        return {
            "updates": len(self._latencies),
            "seconds": seconds,
            "p50": times[len(times) // 2],
            "p99": times[min(len(times) - 1, int(len(times) * 0.99))],
            "conversations": self._begun,
            "complete": self.over.is_set(),
        }

    def reads(self, chat: int, number: int, body: bytes, buttons: list[bytes]) -> None:
        """A message has arrived in this chat."""
        if chat not in self._sent_at:
            return
        if STARS in body and len(buttons) >= 5:
            self._answered(chat)
            if self._leave_open:
                self._go_on(chat)
            else:
                self._tap(chat, number, buttons[4].decode())
        elif REASON in body:
            self._answered(chat)
            self._write(chat, WORDS)
        elif AGAIN in body and buttons:
            self._answered(chat)
            self._tap(chat, number, buttons[0].decode())
        elif THANKS in body:
            self._answered(chat)
            self._go_on(chat)

    def _go_on(self, chat: int) -> None:
        del self._sent_at[chat]
        self._open()

    def _answered(self, chat: int) -> None:
        now = time.perf_counter()
        self._latencies.append(now - self._sent_at[chat])
        self._done += 1
        if self._done == self._warm_up:
            self.warm.set()
        if self._measuring_since and len(self._latencies) == self._updates:
            self._measured_until = now
            self._stopped = True
            self.over.set()

    def _open(self) -> None:
        if self._stopped:
            return
        chat = self._first_chat + self._begun
        if self._links and self._begun >= len(self._links):
            return
        start = f"/start {self._links[self._begun]}" if self._links else "/start"
        self._begun += 1
        self._write(chat, start)

    def _write(self, chat: int, text: str) -> None:
        message = self._message(chat, text, _person(chat))
        if text.startswith("/"):
            length = len(text.partition(" ")[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        self._send(chat, {"message": message})

    def _tap(self, chat: int, number: int, data: str) -> None:
        bot = {"id": 4242, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
        tapped = self._message(chat, "the question", bot) | {"message_id": number}
        query = {
            "id": str(chat * 10 + number % 10),
            "from": _person(chat),
            "message": tapped,
            "chat_instance": "1",
            "data": data,
        }
        self._send(chat, {"callback_query": query})

    def _message(self, chat: int, text: str, sender: dict[str, Any]) -> dict[str, Any]:
        return {
            "message_id": self._platform.next_message(),
            "from": sender,
            "chat": {"id": chat, "type": "private", "first_name": "Ada", "last_name": "Birch"},
            "date": int(time.time()),
            "text": text,
        }

    def _send(self, chat: int, update: dict[str, Any]) -> None:
        self._sent_at[chat] = time.perf_counter()
        self._platform.deliver(update)


def _person(chat: int) -> dict[str, Any]:
    return {
        "id": chat,
        "is_bot": False,
        "first_name": "Ada",
        "last_name": "Birch",
        "username": f"ada{chat}",
        "language_code": "en",
    }
