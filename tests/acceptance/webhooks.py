"""What comes to the bot's webhooks: as the platforms send it, or as somebody else does."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from acceptance.asking import Reply, reply_of
from acceptance.bot import API_TOKEN
from acceptance.stage import Stage
from feedbackbot.sandbox import SLACK_SIGNING_SECRET

TELEGRAM_HOOK, SLACK_HOOK = "/webhooks/telegram", "/webhooks/slack"
MENTION = {"type": "app_mention"}


def from_telegram(stage: Stage, body: bytes) -> int:
    """As Telegram delivers it, with its secret."""
    return said_to_telegram(stage, body).status


def said_to_telegram(stage: Stage, body: bytes) -> Reply:
    """All that the bot answers."""
    secret = stage.settings()["TELEGRAM_WEBHOOK_SECRET"]
    return reply_of(stage.bot + TELEGRAM_HOOK, body, X_Telegram_Bot_Api_Secret_Token=secret)


def from_slack(stage: Stage, *, secret: str, at: float) -> int:
    """An event signed with this secret at this moment."""
    return _said_to_slack(stage, MENTION, secret=secret, at=at).status


def said_to_slack(stage: Stage, event: dict[str, Any]) -> Reply:
    """The same of an event that Slack itself has signed now."""
    now = stage.now().timestamp()
    return _said_to_slack(stage, event, secret=SLACK_SIGNING_SECRET, at=now)


def said_to_shop(stage: Stage, order_id: str) -> Reply:
    """What a shop is answered that tells of an order."""
    purchase = {
        "source": "webshop",
        "order_id": order_id,
        "customer": {"id": "c-9", "first_name": "Nina"},
        "items": [{"name": "Trail shoes"}],
    }
    return reply_of(
        f"{stage.bot}/api/purchases",
        json.dumps(purchase).encode(),
        Authorization=f"Bearer {API_TOKEN}",
        Content_Type="application/json",
    )


def _said_to_slack(stage: Stage, event: dict[str, Any], *, secret: str, at: float) -> Reply:
    body = json.dumps({"type": "event_callback", "team_id": "T0SANDBOX", "event": event}).encode()
    signed = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    return reply_of(
        stage.bot + SLACK_HOOK,
        body,
        Content_Type="application/json",
        X_Slack_Request_Timestamp=str(int(at)),
        X_Slack_Signature=f"v0={signed}",
    )
