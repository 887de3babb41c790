"""Looks at Telegram for `feedbackbot doctor`: the token, the clock, and the webhook, without disturbing a poller."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from feedbackbot.channels.asking import Told, ask, compare_clocks
from feedbackbot.channels.telegram_webhook import address_of
from feedbackbot.config import Settings
from feedbackbot.errors import NotSent
from feedbackbot.findings import Finding, ok, problem, warning

_ABOUT = "Telegram"
#: updates that may wait at Telegram before it is worth a word
_MANY = 100
#: an error of a delivery longer ago than this has been overcome
_RECENT = timedelta(hours=1)


async def check_telegram(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """The token must be set."""
    try:
        me = await _call(settings, "getMe")
    except NotSent as error:
        return [
            problem(
                _ABOUT,
                f"can't be reached at {_place(settings.telegram_api_url)} ({error}).",
                "See whether this machine reaches that address: firewall, proxy, DNS.",
            )
        ]
    found = [_token(me), *compare_clocks(me, _ABOUT, now)]
    if me.status == 200:
        found += await _check_webhook(settings, now)
    return found


async def _call(settings: Settings, method: str) -> Told:
    token = settings.telegram_bot_token
    assert token is not None
    base = settings.telegram_api_url.rstrip("/")
    return await ask(f"{base}/bot{token.get_secret_value()}/{method}")


def _token(me: Told) -> Finding:
    if me.status == 200:
        name = (me.body.get("result") or {}).get("username", "?")
        return ok(_ABOUT, f"accepts the token of @{name}.")
    if me.status in {401, 404}:
        return problem(
            _ABOUT,
            "does not accept TELEGRAM_BOT_TOKEN.",
            "Write /mybots to https://t.me/BotFather, choose the bot, API Token, and copy it whole. "
            "The bot takes it after a restart; nothing that waits is lost for a day.",
        )
    return problem(_ABOUT, f"answers {me.status}.", "Wait: this passes by itself, or not at all.")


async def _check_webhook(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    try:
        told = await _call(settings, "getWebhookInfo")
    except NotSent as error:
        return [problem(_ABOUT, f"did not answer getWebhookInfo ({error}).", "Try again.")]
    info: dict[str, Any] = told.body.get("result") or {}
    if settings.telegram_mode == "webhook":
        found = [_registered(settings, str(info.get("url") or ""))]
    else:
        found = [_unregistered(str(info.get("url") or ""))]
    return [*found, *_deliveries(info, now())]


def _registered(settings: Settings, url: str) -> Finding:
    wanted = address_of(settings.public_url)
    if url == wanted:
        return ok("webhook", f"is registered at {wanted}.")
    where = f"at {_place(url)}, which is not ours" if url else "nowhere"
    return problem(
        "webhook",
        f"is registered {where}, so no message comes in.",
        "Restart `feedbackbot run`, which registers it; if it moves again, another program uses "
        "the same token, and BotFather can revoke it.",
    )


def _unregistered(url: str) -> Finding:
    if not url:
        return ok("polling", "is possible: no webhook stands in its way.")
    return problem(
        "polling",
        f"gets nothing while a webhook stands at {_place(url)}.",
        "Restart `feedbackbot run`, which takes it away; if it comes back, another program uses "
        "the same token, and BotFather can revoke it.",
    )


def _deliveries(info: dict[str, Any], now: datetime) -> list[Finding]:
    found = []
    pending = int(info.get("pending_update_count") or 0)
    failed_at = datetime.fromtimestamp(int(info.get("last_error_date") or 0), UTC)
    if now - failed_at < _RECENT:
        found.append(
            warning(
                "webhook",
                f"failed at {failed_at:%H:%M} UTC: {info.get('last_error_message')}. "
                f"{pending} updates wait.",
                "Open FEEDBACKBOT_PUBLIC_URL/healthz from elsewhere: name, certificate and proxy "
                "must let Telegram through.",
            )
        )
    elif pending > _MANY:
        found.append(
            warning(
                "updates",
                f"{pending} of them wait at Telegram.",
                "See whether `feedbackbot run` is running; Telegram drops them after 24 hours.",
            )
        )
    return found


def _place(url: str) -> str:
    """Only the host: a path may hold somebody's secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
