"""One plain question to a platform, for a check-up: its answer, its headers, and what time it is over there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from feedbackbot.errors import NotSent
from feedbackbot.findings import Finding, ok, problem

_TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
#: seconds by which two clocks may differ: Slack's signatures are good for 300
_SKEW = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


async def ask(url: str, *, token: str | None = None, form: Mapping[str, str] | None = None) -> Told:
    """Raises NotSent, whose words never hold the address: it may bear a token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=True) as session,
            session.post(url, data=form or {}, headers=headers, allow_redirects=False) as answer,
        ):
            named = {name.lower(): value for name, value in answer.headers.items()}
            return Told(status=answer.status, body=_json(await answer.read()), headers=named)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise NotSent(type(error).__name__) from error


def compare_clocks(told: Told, platform: str, now: Callable[[], datetime]) -> list[Finding]:
    """Nothing where the platform does not say what time it has."""
    try:
        theirs = parsedate_to_datetime(told.headers["date"])
    except (KeyError, ValueError):
        return []
    ahead = (now() - theirs).total_seconds()
    if abs(ahead) <= _SKEW:
        return [ok("clock", f"agrees with that of {platform}.")]
    way = "ahead of" if ahead > 0 else "behind"
    return [
        problem(
            "clock",
            f"is {_span(abs(ahead))} {way} that of {platform}: signatures will be refused, and "
            "reminders come at the wrong time.",
            "Let the machine set its clock by NTP (timedatectl set-ntp true).",
        )
    ]


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
