"""A web address of the bot's, played by the test: it keeps what came and answers as it was told."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Came:
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """`answers` are (status, headers, body), one a request; afterwards everything gets 200."""

    url: str = ""
    came: list[Came] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, came: Came) -> tuple[int, dict[str, str], str]:
        with self.changed:
            self.came.append(came)
            self.changed.notify_all()
            return self.answers.pop(0) if self.answers else (200, {}, "")

    def wait(self, count: int, seconds: float = 5) -> list[Came]:
        """The first so many requests; AssertionError when fewer come."""
        with self.changed:
            enough = self.changed.wait_for(lambda: len(self.came) >= count, seconds)
            assert enough, f"{len(self.came)} of {count} came"
            return list(self.came)


@contextlib.contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if b'"url_verification"' in body:
                answer = (200, {"content-type": "text/plain"}, json.loads(body)["challenge"])
            else:
                answer = receiver.take(Came(headers, body, time.monotonic()))
            status, extra, words = answer
            self.send_response(status)
            for name, value in {**extra, "content-length": str(len(words.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        receiver.url = f"http://127.0.0.1:{server.server_address[1]}/webhook"
        yield receiver
        server.shutdown()
