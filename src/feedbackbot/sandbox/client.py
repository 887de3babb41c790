"""Hands for tests and demos: plays customers and staff through the control API, from any thread."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from feedbackbot.sandbox.wire import Json


class ControlError(Exception):
    """The sandbox refused what was asked of it, and said why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status


class SandboxClient:
    """`url` is where the sandbox listens; the bot's own settings follow from it."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @property
    def telegram_url(self) -> str:
        return f"{self.url}/telegram"

    @property
    def slack_url(self) -> str:
        return f"{self.url}/slack/api/"

    def post(self, path: str, **wanted: object) -> Any:
        """POST /sandbox/`path`; ControlError with the sandbox's own sentence when it refuses."""
        return self._send("POST", f"/sandbox/{path}", json.dumps(wanted).encode())

    def get(self, path: str, **query: object) -> Any:
        asked = f"?{urlencode(query)}" if query else ""
        return self._send("GET", f"/sandbox/{path}{asked}")

    def delete(self, path: str) -> Any:
        return self._send("DELETE", f"/sandbox/{path}")

    def customer(self, first_name: str = "Ada", *, start: str | None = None, **more: object) -> int:
        """A new customer who has pressed Start."""
        number = int(self.post("telegram/customers", first_name=first_name, **more)["id"])
        self.post("telegram/open_link", customer=number, start=start)
        return number

    def says(self, customer: int, text: str) -> int:
        return int(self.post("telegram/send", customer=customer, text=text)["message_id"])

    def taps(self, customer: int, label: str) -> None:
        self.post("telegram/tap", customer=customer, label=label)

    def phone(self, customer: int) -> list[Json]:
        """Every message this customer's phone shows."""
        people = self.get("state")["telegram"]["customers"]
        return next(list(one["messages"]) for one in people if one["id"] == customer)

    def channel(self, channel: str) -> list[Json]:
        """Every message of a Slack channel that is not deleted."""
        messages = self.get("state")["slack"]["messages"]
        return [one for one in messages if one["channel"] == channel and not one.get("deleted")]

    def wait(self, **asked: object) -> Json:
        """The first message with these words: customer or channel, has, after, timeout."""
        found: Json = self.get("wait", **asked)
        return found

    def advance(self, by: str | float) -> None:
        self.post("clock", advance=by)

    def calls(self, method: str, *, platform: str = "") -> list[Json]:
        found: list[Json] = self.get("calls", method=method, platform=platform)
        return found

    def _send(self, method: str, path: str, body: bytes | None = None) -> Any:
        asked = urllib.request.Request(self.url + path, data=body, method=method)  # noqa: S310 - loopback
        asked.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=70) as answer:  # noqa: S310 - loopback
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                words = error.read().decode("utf-8", "replace")
            raise ControlError(error.code, words) from None
