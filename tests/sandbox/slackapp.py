"""A very small Slack app, and the card and the form that it knows."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.over_http import Sandbox


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


CARD: list[dict[str, Any]] = [
    {"type": "header", "text": plain("2/5 for Trail runner, size 39")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "Would like: *Repair or replace it*"}},
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {"type": "button", "action_id": "reply", "text": plain("Reply"), "value": "7"},
        ],
    },
]

FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "reply",
    "title": plain("Reply to Ada"),
    "submit": plain("Send"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": plain("Your answer"),
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        }
    ],
}


class SlackApp(ThreadingHTTPServer):
    """A very small Slack app: opens a form on a click, and takes what is longer than three letters."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(("127.0.0.1", 0), SlackAppHandler)
        self.sandbox = sandbox
        self.sent: list[str] = []

    def answer(self, body: str) -> dict[str, Any]:
        if fields := urllib.parse.parse_qs(body).get("payload"):
            return self.take(json.loads(fields[0]))
        return {"challenge": json.loads(body).get("challenge")}

    def take(self, payload: Any) -> dict[str, Any]:
        if payload["type"] == "block_actions":
            self.sandbox.slack("views.open", trigger_id=payload["trigger_id"], view=FORM)
            return {}
        words = payload["view"]["state"]["values"]["words"]["text"]["value"]
        if len(words) <= 3:
            return {"response_action": "errors", "errors": {"words": "Say a little more."}}
        self.sent.append(words)
        return {}


class SlackAppHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, SlackApp)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        written = json.dumps(self.server.answer(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *words: object) -> None:
        """Quiet: what arrives is asserted, not read."""
