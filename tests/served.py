"""The bot's web app as seen from outside: plain HTTP, no client library."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

API_TOKEN = "a-token-for-the-shop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    url: str
    troubles: list[str]

    def get(self, path: str, headers: dict[str, str] | None = None) -> Got:
        return self._ask(urllib.request.Request(f"{self.url}{path}", headers=headers or {}))

    def post(self, path: str, body: object, token: str | None = API_TOKEN) -> Got:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self._ask(urllib.request.Request(f"{self.url}{path}", data=raw, headers=headers))

    def _ask(self, request: urllib.request.Request) -> Got:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Got(status=answer.status, headers=dict(answer.headers), body=answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Got(status=refused.code, headers=dict(refused.headers), body=refused.read())
