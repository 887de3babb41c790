"""What the web app is made from; `feedbackbot.app` puts it together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from feedbackbot.house import House
from feedbackbot.models.database import Database

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    database: Database
    house: House
    now: Callable[[], datetime]
    #: compared in constant time; None switches the purchases API off
    api_token: str | None
    #: says what is not in order, in words; empty means ready
    troubles: Callable[[], list[str]]
    #: the same of this process alone, which a new start would mend; empty means alive
    stopped: Callable[[], list[str]] = list
    #: at most so many messages leave for Telegram; 0 is no limit
    sends_per_second: float = 0
    telegram_webhook: Endpoint | None = None
    slack_webhook: Endpoint | None = None
