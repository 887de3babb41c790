"""What comes to the bot's webhooks: as the platforms send it, or as somebody else does."""

from __future__ import annotations

import hashlib
import hmac

from acceptance.asking import status_of
from acceptance.stage import Stage

TELEGRAM_HOOK, SLACK_HOOK = "/webhooks/telegram", "/webhooks/slack"


def from_telegram(stage: Stage, body: bytes) -> int:
    """As Telegram delivers it, with its secret."""
    secret = stage.settings()["TELEGRAM_WEBHOOK_SECRET"]
    return status_of(stage.bot + TELEGRAM_HOOK, body, X_Telegram_Bot_Api_Secret_Token=secret)


def from_slack(stage: Stage, *, secret: str, at: float) -> int:
    """An event signed with this secret at this moment."""
    body = b'{"type":"event_callback","team_id":"T0SANDBOX","event":{"type":"app_mention"}}'
    signed = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    return status_of(
        stage.bot + SLACK_HOOK,
        body,
        Content_Type="application/json",
        X_Slack_Request_Timestamp=str(int(at)),
        X_Slack_Signature=f"v0={signed}",
    )
