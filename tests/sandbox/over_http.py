"""The running sandbox as the bot and the control API see it: nothing but HTTP."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

TELEGRAM_TOKEN = "100200300:sandbox-token-for-local-use-only-AAAA"
SLACK_TOKEN = "xoxb-sandbox"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The running sandbox, as the bot and as the control API see it."""

    url: str

    def control(self, path: str, **body: object) -> Any:
        return post(f"{self.url}/sandbox/{path}", body)

    def state(self) -> Any:
        with urllib.request.urlopen(f"{self.url}/sandbox/state") as response:
            return json.load(response)

    def telegram(self, method: str, **body: object) -> Any:
        return post(f"{self.url}/telegram/bot{TELEGRAM_TOKEN}/{method}", body)["result"]

    def slack(self, method: str, **body: object) -> Any:
        return post(f"{self.url}/slack/api/{method}", body, token=SLACK_TOKEN)

    def next_update(self, kind: str) -> Any:
        """The next update of this kind; earlier ones are confirmed, later ones stay."""
        after = 0
        while updates := self.telegram("getUpdates", offset=after, limit=1, timeout=5):
            after = updates[0]["update_id"] + 1
            if kind in updates[0]:
                self.telegram("getUpdates", offset=after, limit=1, timeout=0)
                return updates[0][kind]
        raise AssertionError(f"no {kind} arrived")


def post(url: str, body: object, *, token: str | None = None) -> Any:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json; charset=utf-8")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as response:
        return json.load(response)
