"""Slack over HTTP: only what Slack has signed, just now, gets in; and 200 only after the commit."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from slack_sdk.signature import SignatureVerifier

from crowding import crowded
from feedbackbot import sandbox as platforms
from feedbackbot.house import House
from feedbackbot.models.audit import Quarantined, Received
from feedbackbot.models.database import Database
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.credentials import SLACK_TEAM
from feedbackbot.sandbox.rules import Rules
from feedbackbot.sandbox.serving import running
from slacking import SUPPORT, Office, opened

EVENT = {
    "type": "event_callback",
    "team_id": SLACK_TEAM,
    "event_id": "Ev1",
    "event": {
        "type": "message",
        "channel": SUPPORT,
        "user": "U0RITA",
        "text": "hello",
        "ts": "1700000001.000100",
        "thread_ts": "1700000000.000100",
    },
}


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    with running(Rules(strict=False)) as client:
        yield client


@pytest.fixture
async def office(sandbox: SandboxClient, database: Database, house: House) -> AsyncIterator[Office]:
    async with opened(sandbox, database, house, over_http=True) as office:
        yield office


async def test_a_signed_event_is_taken_once_however_often_it_comes(office: Office) -> None:
    assert await _post(office, EVENT) == 200
    assert await _post(office, EVENT) == 200

    keys = office.database.read(lambda s: [row.key for row in s.query(Received)])
    assert keys == [f"slack:{SLACK_TEAM}:{SUPPORT}:1700000001.000100"]


async def test_slacks_own_challenge_is_answered(office: Office) -> None:
    assert await _post(office, {"type": "url_verification", "challenge": "abc"}) == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers, _body: headers | {"X-Slack-Signature": "v0=" + "0" * 64},
        lambda headers, _body: headers | {"X-Slack-Signature": "v0=\xe4"},
        lambda headers, _body: headers | {"X-Slack-Request-Timestamp": "yesterday"},
        lambda _headers, body: signed(body, timestamp=time.time() - 301),
        lambda _headers, body: signed(body, timestamp=time.time() + 301),
        lambda _headers, body: signed(body + b" "),
        lambda _headers, body: signed(body, secret="another-secret"),
        lambda _headers, _body: {},
    ],
    ids=["zeros", "latin", "word", "old", "future", "altered", "stranger", "unsigned"],
)
async def test_what_slack_has_not_signed_just_now_is_refused(
    office: Office, spoil: Callable[[dict[str, str], bytes], dict[str, str]]
) -> None:
    body = json.dumps(EVENT).encode()

    assert await _send(office, body, spoil(signed(body), body)) == 401

    assert office.database.read(lambda s: s.query(Received).count()) == 0


async def test_a_body_that_is_too_large_or_no_text_is_refused(office: Office) -> None:
    large = b"x" * ((1 << 20) + 1)

    assert await _send(office, large, signed(large)) == 413
    assert await _send(office, b"\xff\xfe", signed(b"")) == 401


async def test_another_workspace_is_not_listened_to(office: Office) -> None:
    assert await _post(office, EVENT | {"team_id": "T0EVIL"}) == 200

    assert office.database.read(lambda s: s.query(Received).count()) == 0


async def test_while_slack_can_not_be_asked_who_speaks_it_delivers_again(office: Office) -> None:
    fault = {"platform": "slack", "method": "users.info", "times": 1}
    await office.plays("faults", **fault, status=503, error="service_unavailable")

    assert await _post(office, EVENT) == 503
    assert await _post(office, EVENT) == 200

    assert office.database.read(lambda s: s.query(Received).count()) == 1


async def test_while_too_much_waits_for_its_commit_slack_is_to_come_again(office: Office) -> None:
    body = json.dumps(EVENT).encode()

    with crowded(office.database):
        status, come_again = await office.lets(lambda: _answer(office.url, body, signed(body)))

    assert (status, come_again) == (503, "1")
    assert await _post(office, EVENT) == 200
    assert office.database.read(lambda s: s.query(Received).count()) == 1


async def test_an_event_that_can_not_be_applied_is_kept_and_blocks_nobody(office: Office) -> None:
    broken = EVENT | {"event": EVENT["event"] | {"text": {"no": "text"}, "channel": None}}  # type: ignore[operator]
    del broken["event"]["channel"]

    assert await _post(office, broken) == 200

    kept = office.database.read(lambda s: s.query(Quarantined).one())
    assert (kept.platform, kept.key) == ("slack", "slack:Ev1")
    assert "KeyError" in (kept.error or "")


def signed(
    body: bytes, *, secret: str = platforms.SLACK_SIGNING_SECRET, timestamp: float | None = None
) -> dict[str, str]:
    stamp = str(int(timestamp if timestamp is not None else time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    assert signature is not None
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


async def _post(office: Office, content: object) -> int:
    body = json.dumps(content).encode()
    return await _send(office, body, signed(body))


async def _send(office: Office, body: bytes, headers: dict[str, str]) -> int:
    return await office.lets(lambda: _status(office.url, body, headers))


def _status(url: str, body: bytes, headers: dict[str, str]) -> int:
    return _answer(url, body, headers)[0]


def _answer(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
    """And when to come again."""
    given = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, data=body, headers=given)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status), None
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers["Retry-After"]
