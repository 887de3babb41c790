"""Slack's deliveries over HTTP: signed, within a deadline, with the retry headers and the challenge."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode

from feedbackbot.sandbox.credentials import SLACK_SIGNING_SECRET
from feedbackbot.sandbox.outbound import HttpAnswer, Outbound
from feedbackbot.sandbox.slack_state import SlackState
from feedbackbot.sandbox.wire import Json, encode

_REASONS = {"timeout": "http_timeout", "connection": "connection_failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """How one delivery went; `body` is what the bot answered with it."""

    taken: bool
    reason: str = ""
    #: Nothing may be tried again.
    final: bool = False
    body: Json = field(default_factory=dict)


class HttpDelivery:
    def __init__(self, state: SlackState, outbound: Outbound) -> None:
        self.url: str | None = None
        self._state = state
        self._outbound = outbound

    async def deliver(self, kind: str, payload: Json, *, attempt: int, reason: str) -> Ack:
        """One attempt; `kind` is a Socket Mode envelope's."""
        body, mime = _body(kind, payload)
        headers = {"Content-Type": mime}
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
        answer = await self._post(self.url or "", body, headers)
        if answer.is_good:
            return Ack(taken=True, body=_answered(answer))
        final = answer.headers.get("x-slack-no-retry") == "1"
        return Ack(taken=False, reason=_REASONS.get(answer.reason, "http_error"), final=final)

    async def challenge(self, url: str) -> None:
        """What Slack asks of a new request URL; ValueError when the answer is not right."""
        word = secrets.token_urlsafe(24)
        ask = {"token": "sandbox", "challenge": word, "type": "url_verification"}
        answer = await self._post(url, encode(ask), {"Content-Type": "application/json"})
        text = answer.body.decode("utf-8", "replace")
        if not answer.is_good or word not in text:
            what = answer.status or answer.reason
            raise ValueError(f"{url} did not answer the challenge ({what}).")

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> HttpAnswer:
        stamp = str(self._state.clock.date())
        signed = {
            **headers,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(body, stamp),
        }
        limit = self._state.rules.ack_seconds
        return await self._outbound.post(url, body, headers=signed, timeout_seconds=limit)


def signature(body: bytes, stamp: str) -> str:
    base = b"v0:" + stamp.encode() + b":" + body
    return "v0=" + hmac.new(SLACK_SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()


def _body(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return encode(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": encode(payload).decode()}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _answered(answer: HttpAnswer) -> Json:
    text = answer.body.decode("utf-8", "replace").strip()
    if not text:
        return {}
    if "json" not in answer.headers.get("content-type", ""):
        return {"text": text}
    try:
        value = json.loads(text)
    except ValueError:
        return {"text": text}
    return value if isinstance(value, dict) else {}
