"""Calls by wire, against a server that answers just as each test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from feedbackbot.channels.telegram_wire import (
    NoAnswer,
    NoConnection,
    Wire,
    _address,
    _connected,
)

#: behind an answer after which the server closes
HANG_UP = b" and that is all"


class Server:
    """Says `answers` in turn, one for each request; `seen` has the requests, `lines` counts connections."""

    def __init__(self) -> None:
        self.answers: list[bytes | None] = []
        self.seen: list[bytes] = []
        self.lines = 0
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        while head := await _head(reader):
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            self.seen.append(head + await reader.readexactly(length))
            answer = self.answers.pop(0) if self.answers else _counted(b"{}")
            if answer is None:
                break
            for part in answer.removesuffix(HANG_UP).partition(b"|"):
                writer.write(part.replace(b"|", b""))
                await writer.drain()
                await asyncio.sleep(0)
            if answer.endswith(HANG_UP):
                break
        writer.close()

    def url(self, method: str = "sendMessage") -> str:
        return f"http://127.0.0.1:{self.port}/bot1:x/{method}"


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def _counted(content: bytes, more: str = "", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(content)}\r\n\r\n".encode() + content


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
async def wires() -> AsyncIterator[Callable[..., Wire]]:
    made: list[Wire] = []

    def wire(read_timeout: float = 5, connections: int = 4) -> Wire:
        new = Wire(read_timeout=read_timeout, connect_timeout=2, connections=connections)
        made.append(new)
        return new

    yield wire
    for one in made:
        one.close()


async def test_calls_one_after_the_other_share_a_connection(
    server: Server, wires: Callable[..., Wire]
) -> None:
    wire = wires()
    server.answers = [_counted(b'{"ok":1}'), _counted(b"no", status="400 Bad Request")]

    assert await wire.post(server.url(), b'{"a":1}') == (200, b'{"ok":1}')
    assert await wire.post(server.url("sendChatAction"), b"{}") == (400, b"no")

    assert server.lines == 1
    assert server.seen[0].startswith(b"POST /bot1:x/sendMessage HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.seen[0].endswith(b'\r\n\r\n{"a":1}')


async def test_calls_side_by_side_never_share_one_and_are_limited(
    server: Server, wires: Callable[..., Wire]
) -> None:
    wire = wires(connections=2)

    answers = await asyncio.gather(*(wire.post(server.url(), b"{}") for _ in range(10)))

    assert answers == [(200, b"{}")] * 10
    assert server.lines == 2


@pytest.mark.parametrize(
    "answer",
    [
        _counted(b"wholeness"),
        b"HTTP/1.1 200 OK\r\nContent-Le|ngth: 9\r\n\r\nwholeness",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nServer: x\r\n\r\nwhole|ness",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=1\r\nwhole\r\n4\r\nne|ss\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding:chunked\r\n\r\n9\r\nwhole|ness\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length:9\r\n\r\nwhole|ness",
        b"HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nwholeness",
    ],
    ids=[
        "at once",
        "split head",
        "split body",
        "chunked",
        "chunked, no space",
        "no space",
        "continue first",
    ],
)
async def test_an_answer_is_read_whole_however_it_comes(
    answer: bytes, server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [answer]
    wire = wires()

    assert await wire.post(server.url(), b"{}") == (200, b"wholeness")
    assert await wire.post(server.url(), b"{}") == (200, b"{}")


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (b"HTTP/1.1 503 Away\r\nConnection: close\r\n\r\n<p>La|ter</p>", (503, b"<p>Later</p>")),
        (b"HTTP/1.0 502 Bad Gateway\r\n\r\n", (502, b"")),
    ],
    ids=["in words", "without a word"],
)
async def test_an_answer_may_end_with_its_connection(
    answer: bytes, read: tuple[int, bytes], server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [answer + HANG_UP]
    wire = wires()

    assert await wire.post(server.url(), b"{}") == read
    assert await wire.post(server.url(), b"{}") == (200, b"{}")

    assert server.lines == 2


async def test_an_answer_that_has_no_content_is_whole_without_a_length(
    server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [b"HTTP/1.1 204 No Content\r\n\r\n"]
    wire = wires()

    assert await wire.post(server.url(), b"{}") == (204, b"")
    assert await wire.post(server.url(), b"{}") == (200, b"{}")

    assert server.lines == 1


async def test_a_connection_that_the_server_means_to_close_is_not_used_again(
    server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [_counted(b"{}", "Connection: close\r\n"), _counted(b"{}")]
    wire = wires()

    await wire.post(server.url(), b"{}")
    await wire.post(server.url(), b"{}")

    assert server.lines == 2


async def test_nobody_there_means_that_nothing_was_sent(wires: Callable[..., Wire]) -> None:
    with pytest.raises(NoConnection):
        await wires().post("http://127.0.0.1:9/bot1:x/sendMessage", b"{}")


@pytest.mark.parametrize(
    "answer",
    [None, b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf", b"SMTP ready\r\n\r\n"],
    ids=["hung up", "half an answer", "no HTTP"],
)
async def test_what_left_without_a_whole_answer_is_unknown(
    answer: bytes | None, server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [answer, _counted(b"{}")]
    wire = wires(read_timeout=0.2)

    with pytest.raises(NoAnswer):
        await wire.post(server.url(), b"{}")

    assert await wire.post(server.url(), b"{}") == (200, b"{}")
    assert server.lines == 2


async def test_a_line_that_was_closed_before_anything_was_written_sent_nothing(
    server: Server,
) -> None:
    line = await _connected(_address(server.url()))
    line.close()

    with pytest.raises(NoConnection):
        await line.ask(b"POST", 5)

    assert server.seen == []


async def test_a_call_given_up_does_not_leave_its_answer_to_the_next_one(
    server: Server, wires: Callable[..., Wire]
) -> None:
    server.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nla|", _counted(b"mine")]
    wire = wires(connections=1)
    given_up = asyncio.create_task(wire.post(server.url(), b"{}"))
    await asyncio.sleep(0.05)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up

    assert await wire.post(server.url(), b"{}") == (200, b"mine")
