"""Calls as JSON over connections that stay open, and nothing else: most of what a message costs is its transport.

A general HTTP client takes three times as long for a call; files, proxies and long polls go through one all the same.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from aiohappyeyeballs import start_connection

#: the most that an answer to a call may be
_LARGEST_ANSWER = 4 * 1024 * 1024
#: seconds after which a quiet connection is not trusted any more; Telegram closes them after a minute
_QUIET = 15.0
_HEAD_ENDS = b"\r\n\r\n"
_WITHOUT_CONTENT = {204, 304}


class NoConnection(Exception):
    """Nothing was sent."""


class NoAnswer(Exception):
    """It was sent, and what came of it is unknown."""


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    port: int
    encrypted: bool
    #: request line and headers, up to the length
    head: bytes


class Wire:
    """Up to `connections` calls at once, each alone on its connection."""

    def __init__(self, *, read_timeout: float, connect_timeout: float, connections: int) -> None:
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._free = asyncio.Semaphore(connections)
        self._quiet: list[_Line] = []
        self._closed = False

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and content; raises NoConnection or NoAnswer."""
        address = _address(url)
        async with self._free:
            line = self._open_line(address) or await self._connect(address)
            data = b"%s%d\r\n\r\n%s" % (address.head, len(body), body)
            try:
                answer = await line.ask(data, self._read_timeout)
            except BaseException:
                line.close()
                raise
            self._put_back(line)
            return answer

    def close(self) -> None:
        self._closed = True
        while self._quiet:
            self._quiet.pop().close()

    def _open_line(self, address: _Address) -> _Line | None:
        """The one used last, so that those too many grow old."""
        oldest = time.monotonic() - _QUIET
        while self._quiet:
            line = self._quiet.pop()
            if line.is_open and line.quiet_since > oldest and line.leads_to(address):
                return line
            line.close()
        return None

    def _put_back(self, line: _Line) -> None:
        if line.is_open and not self._closed:
            line.quiet_since = time.monotonic()
            self._quiet.append(line)
        else:
            line.close()

    async def _connect(self, address: _Address) -> _Line:
        try:
            async with asyncio.timeout(self._connect_timeout):
                return await _connected(address)
        except (OSError, TimeoutError) as error:
            raise NoConnection(type(error).__name__) from error


async def _connected(address: _Address) -> _Line:
    """By whichever of its addresses answers first: where IPv6 leads nowhere, nobody should have to wait for it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    _, line = await loop.create_connection(
        lambda: _Line(address),
        sock=await start_connection(found, happy_eyeballs_delay=0.25, interleave=1),
        ssl=_encryption() if address.encrypted else None,
        server_hostname=address.host if address.encrypted else None,
    )
    return line


class _Line(asyncio.Protocol):
    """One connection; one question at a time."""

    def __init__(self, address: _Address) -> None:
        self.is_open = False
        self.quiet_since = 0.0
        self._address = address
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._heard = b""

    def leads_to(self, address: _Address) -> bool:
        mine = self._address
        return (mine.host, mine.port, mine.encrypted) == (
            address.host,
            address.port,
            address.encrypted,
        )

    async def ask(self, data: bytes, seconds: float) -> tuple[int, bytes]:
        if self._transport is None or not self.is_open:
            # closed again before anything was written
            raise NoConnection("ConnectionResetError")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[int, bytes]] = loop.create_future()
        self._answer = answer
        late = loop.call_later(seconds, self._fail, "TimeoutError")
        self._transport.write(data)
        try:
            return await answer
        finally:
            late.cancel()
            self._answer = None

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        self._heard += data
        self._take(ended=False)
        if len(self._heard) > _LARGEST_ANSWER:
            self._fail("an answer without end")

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if exc is None:
            self._take(ended=True)
        self._fail(type(exc).__name__ if exc else "ConnectionResetError")

    def _take(self, *, ended: bool) -> None:
        """The answer, once it is whole."""
        try:
            whole = _read(self._heard, ended=ended)
        except (ValueError, IndexError):
            self._fail("an answer that is no HTTP")
            return
        if whole is None:
            return
        status, content, stays_open = whole
        self._heard = b""
        self.is_open = stays_open and not ended
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, content))

    def _fail(self, why: str) -> None:
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(why))


def _read(heard: bytes, *, ended: bool) -> tuple[int, bytes, bool] | None:
    """Status, content, and whether the connection stays open; None while there is more to come (RFC 9112, 6.3)."""
    end = heard.find(_HEAD_ENDS)
    if end < 0:
        return None
    status = int(heard[9:12])
    begin = end + len(_HEAD_ENDS)
    if 100 <= status < 200:
        return _read(heard[begin:], ended=ended)
    head = heard[:end].lower()
    stays_open = head.startswith(b"http/1.1") and b"close" not in _field(head, b"connection")
    content: bytes | None
    if status in _WITHOUT_CONTENT:
        content = b""
    elif _field(head, b"transfer-encoding").endswith(b"chunked"):
        content = _unchunked(heard, begin)
    elif length := _field(head, b"content-length"):
        content = _counted(heard, begin, int(length))
    else:
        # whatever comes until the connection is closed
        content, stays_open = heard[begin:] if ended else None, False
    return None if content is None else (status, content, stays_open)


def _field(head: bytes, name: bytes) -> bytes:
    _, _, after = head.partition(b"\r\n" + name + b":")
    return after.partition(b"\r\n")[0].strip()


def _counted(heard: bytes, begin: int, length: int) -> bytes | None:
    return heard[begin : begin + length] if len(heard) >= begin + length else None


def _unchunked(heard: bytes, begin: int) -> bytes | None:
    parts: list[bytes] = []
    while (end := heard.find(b"\r\n", begin)) >= 0:
        size = int(heard[begin:end].partition(b";")[0], 16)
        begin = end + 2
        if len(heard) < begin + size + 2:
            return None
        if size == 0:
            return b"".join(parts)
        parts.append(heard[begin : begin + size])
        begin += size + 2
    return None


@lru_cache(maxsize=64)
def _address(url: str) -> _Address:
    """Of a method of the API: there are few, so each is put together once."""
    parts = urlsplit(url)
    encrypted = parts.scheme == "https"
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    )
    port = parts.port or (443 if encrypted else 80)
    return _Address(parts.hostname or "", port, encrypted, head.encode("ascii"))


@lru_cache(maxsize=1)
def _encryption() -> ssl.SSLContext:
    return ssl.create_default_context()
