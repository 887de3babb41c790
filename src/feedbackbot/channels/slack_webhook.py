"""The address at which Slack delivers events and presses over HTTP: signed, recent, and 200 only after the commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from secrets import compare_digest

import structlog
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_sdk.signature import Clock, SignatureVerifier
from starlette.requests import Request
from starlette.responses import Response

from feedbackbot import metrics
from feedbackbot.channels.slack_app import SlackInbox
from feedbackbot.web.bodies import read_body

log = structlog.get_logger(__name__)

PATH = "/webhooks/slack"
#: of a moment in seconds
_DIGITS = 12


class _Now(Clock):
    """Slack's five minutes, by the house's own clock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now().timestamp()


def slack_webhook(
    inbox: SlackInbox, secrets: Sequence[str]
) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint; while a secret is being changed, the old and the new one are both good."""
    verifiers = [SignatureVerifier(secret, clock=_Now(inbox.now)) for secret in secrets]

    async def endpoint(request: Request) -> Response:
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        if not any(_is_signed(verifier, request, body) for verifier in verifiers):
            _tell_skew(verifiers, request, body, inbox.now())
            return Response(status_code=401)
        if inbox.is_crowded:
            metrics.UPDATES.labels("slack", "refused").inc()
            return Response(status_code=503, headers={"Retry-After": "1"})
        answer = await inbox.bolt.async_dispatch(to_async_bolt_request(request, body))
        return to_starlette_response(answer)

    return endpoint


def _tell_skew(
    verifiers: Sequence[SignatureVerifier], request: Request, body: bytes, now: datetime
) -> None:
    """With a wrong clock, everything that Slack has really signed is refused; the log says why."""
    stamp = request.headers.get("x-slack-request-timestamp", "")
    signature = request.headers.get("x-slack-signature", "")
    if not stamp.isdecimal() or len(stamp) > _DIGITS:
        return
    text = body.decode("utf-8", "replace")
    signed = (one.generate_signature(timestamp=stamp, body=text) for one in verifiers)
    if any(one and compare_digest(one.encode(), signature.encode()) for one in signed):
        log.error("clock_skew", platform="slack", seconds=round(now.timestamp() - int(stamp)))


def _is_signed(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    timestamp = request.headers.get("x-slack-request-timestamp")
    signature = request.headers.get("x-slack-signature", "")
    try:
        return signature.isascii() and verifier.is_valid(body, timestamp, signature)
    except ValueError:
        # the verifier does not expect a timestamp that is no number, or bytes that are no text
        return False
