"""Asking a program over HTTP, and waiting for what it does in its own time."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    #: by their names in lower case
    headers: Mapping[str, str]
    content: bytes

    @property
    def words(self) -> str:
        return self.content.decode()


def reply_of(url: str, body: bytes | None = None, **headers: str) -> Reply:
    """Whatever the answer is; a header's name is written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, headers=named)
    try:
        answer = urllib.request.urlopen(request, timeout=PATIENCE + 10)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        heads = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(status=answer.status, headers=heads, content=answer.read())


def status_of(url: str, body: bytes | None = None, **headers: str) -> int:
    return reply_of(url, body, **headers).status


def ask(url: str, body: object = None, *, token: str | None = None) -> Any:
    """One call; what was refused is raised as AssertionError with the answer's own words."""
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body).encode()
    reply = reply_of(url, data, Content_Type="application/json", **bearer)
    if reply.status >= 300:
        raise AssertionError(f"{url}: {reply.status} {reply.words}")
    return json.loads(reply.content) if reply.content[:1] in {b"{", b"["} else reply.words


def until(find: Callable[[], T | None], what: str, *, patience: float = PATIENCE) -> T:
    """Wait for a fact that nobody rings a bell for."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {patience:g} s: {what}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
