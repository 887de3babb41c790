from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from feedbackbot.clock import Clock, Jumps, SandboxClock

ALMOST = timedelta(seconds=5)


class Sandbox(ThreadingHTTPServer):
    """Answers as the sandbox does: at once when the clock was moved after N, otherwise when it is moved."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.moved = threading.Condition()
        self.offset_seconds, self.changed, self.refuses = 0.0, 0, False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/clock"

    def move(self, offset_seconds: float) -> None:
        with self.moved:
            self.offset_seconds, self.changed = offset_seconds, self.changed + 1
            self.moved.notify_all()


class Answer(BaseHTTPRequestHandler):
    server: Sandbox

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        sandbox = self.server
        with sandbox.moved:
            sandbox.moved.wait_for(
                lambda: sandbox.changed > int(asked["after"][0]),
                timeout=min(2, int(asked["timeout"][0])),
            )
            told = {"offset_seconds": sandbox.offset_seconds, "changed": sandbox.changed}
        self.send_response(500 if sandbox.refuses else 200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    server = Sandbox()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[SandboxClock]:
    clock = SandboxClock(sandbox.url)
    yield clock
    clock.close()
    sandbox.move(0)


def test_the_machine_s_clock_is_aware_and_utc() -> None:
    now = Clock().now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < ALMOST


def test_the_sandbox_s_time_stands_from_the_first_question_on(sandbox: Sandbox) -> None:
    sandbox.move(86_400)

    clock = SandboxClock(sandbox.url)

    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=1)) < ALMOST
    clock.close()
    sandbox.move(0)


def test_moving_the_clock_is_noticed_at_once_and_told(
    sandbox: Sandbox, clock: SandboxClock
) -> None:
    told = threading.Event()
    clock.on_change(told.set)

    sandbox.move(3 * 86_400)

    assert told.wait(2)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=3)) < ALMOST


def test_every_move_is_told(sandbox: Sandbox, clock: SandboxClock) -> None:
    seen: list[int] = []
    told = threading.Semaphore(0)

    def look() -> None:
        seen.append(round((clock.now() - datetime.now(UTC)).total_seconds() / 3600))
        told.release()

    clock.on_change(look)
    for hours in (1, 2, 5):
        sandbox.move(hours * 3600)
        assert told.acquire(timeout=2)

    assert seen == [1, 2, 5]


def test_while_the_sandbox_is_away_the_clock_goes_on_and_catches_up(
    sandbox: Sandbox, clock: SandboxClock
) -> None:
    sandbox.refuses = True
    sandbox.move(3600)
    told = threading.Event()
    clock.on_change(told.set)

    assert not told.wait(0.2)
    assert abs(clock.now() - datetime.now(UTC)) < ALMOST
    sandbox.refuses = False

    assert told.wait(3)
    assert abs(clock.now() - datetime.now(UTC) - timedelta(hours=1)) < ALMOST


def test_a_sandbox_that_was_never_there_leaves_the_real_time() -> None:
    clock = SandboxClock("http://127.0.0.1:9/clock")

    assert abs(clock.now() - datetime.now(UTC)) < ALMOST
    clock.close()


def test_only_a_clock_that_was_moved_has_jumped() -> None:
    wall, ticks = [datetime(2027, 3, 2, 10, 0, tzinfo=UTC)], [500.0]
    jumps = Jumps(lambda: wall[-1], ticks=lambda: ticks[-1])

    wall.append(wall[-1] + timedelta(seconds=10))
    ticks.append(ticks[-1] + 9)
    assert jumps.find() is None
    wall.append(wall[-1] - timedelta(hours=1))
    assert jumps.find() == timedelta(hours=-1)
    assert jumps.find() is None
