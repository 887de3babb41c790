"""Looks at Slack for `feedbackbot doctor`: tokens, scopes, channels, and the way in which clicks come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from feedbackbot.channels.asking import Told, ask, compare_clocks
from feedbackbot.channels.slack_api import how_to_mend
from feedbackbot.channels.slack_manifest import scopes
from feedbackbot.config import Settings
from feedbackbot.errors import NotSent
from feedbackbot.findings import Finding, ok, problem, warning

_ABOUT = "Slack"
_INSTALL = (
    "Paste `feedbackbot slack manifest` into the app's page (App Manifest), save it, and install "
    "the app again."
)
_RENEW_SOCKETS = (
    "Make one on the app's page: Basic Information, App-Level Tokens, with connections:write, "
    "and set SLACK_APP_TOKEN to it."
)


async def check_slack(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """The bot token must be set."""
    try:
        me = await _call(settings, "auth.test")
        found = [_token(me), *compare_clocks(me, _ABOUT, now)]
        if me.body.get("ok"):
            found.append(_scopes(me))
            found += [await _channel(settings, *one) for one in settings.slack_channels.items()]
        return [*found, *await _way_back(settings)]
    except NotSent as error:
        return [
            problem(
                _ABOUT,
                f"can't be reached ({error}). Complaints wait in the database meanwhile.",
                "See whether this machine reaches slack.com: firewall, proxy, DNS.",
            )
        ]


async def _call(settings: Settings, method: str, **form: str) -> Told:
    token = settings.slack_bot_token
    assert token is not None
    return await ask(_address(settings, method), token=token.get_secret_value(), form=form)


def _address(settings: Settings, method: str) -> str:
    return urljoin(f"{settings.slack_api_url.rstrip('/')}/", method)


def _token(me: Told) -> Finding:
    if me.body.get("ok"):
        user, team = me.body.get("user"), me.body.get("team")
        return ok(_ABOUT, f"accepts the token of {user} in the workspace {team}.")
    code = _code(me)
    return problem(
        _ABOUT,
        f"does not accept SLACK_BOT_TOKEN ({code}).",
        how_to_mend(code) or "Copy it again from the app's page, OAuth & Permissions.",
    )


def _scopes(me: Told) -> Finding:
    granted = {scope.strip() for scope in me.headers.get("x-oauth-scopes", "").split(",")}
    missing = [scope for scope in scopes() if scope not in granted]
    if not missing:
        return ok("Slack scopes", "all that are needed are granted.")
    return problem("Slack scopes", f"missing: {', '.join(missing)}.", _INSTALL)


async def _channel(settings: Settings, route: str, channel: str) -> Finding:
    about = f"channel {route}"
    told = await _call(settings, "conversations.info", channel=channel)
    if not told.body.get("ok"):
        return _unseen(about, channel, told)
    facts: Mapping[str, Any] = told.body.get("channel") or {}
    name = f"#{facts.get('name', channel)}"
    if facts.get("is_archived"):
        return problem(
            about,
            f"{name} is archived: nothing can be posted there.",
            f"Unarchive it, or set SLACK_{route.upper()}_CHANNEL to another one.",
        )
    if not facts.get("is_member"):
        return problem(
            about, f"the bot is not in {name}.", f"Write in {name}: /invite @feedbackbot"
        )
    return ok(about, f"{name}, and the bot is in it.")


def _unseen(about: str, channel: str, told: Told) -> Finding:
    code = _code(told)
    fix = how_to_mend(code, channel=channel, needed=str(told.body.get("needed", "")))
    if code == "missing_scope":
        return warning(about, f"nobody can tell whether the bot is in {channel}.", _INSTALL)
    return problem(about, f"{channel} can't be looked at ({code}).", fix or "Try again later.")


async def _way_back(settings: Settings) -> list[Finding]:
    if settings.slack_mode == "http":
        says = (
            "come over signed HTTP; whether the signing secret is right shows with the first one."
        )
        return [ok("Slack clicks", says)]
    if settings.slack_app_token is None:
        return [
            problem("Slack clicks", "can't come back: SLACK_APP_TOKEN is not set.", _RENEW_SOCKETS)
        ]
    token = settings.slack_app_token.get_secret_value()
    told = await ask(_address(settings, "apps.connections.open"), token=token)
    if told.body.get("ok"):
        return [ok("Slack clicks", "come back through Socket Mode.")]
    says = f"can't come back: Slack does not accept SLACK_APP_TOKEN ({_code(told)})."
    return [problem("Slack clicks", says, _RENEW_SOCKETS)]


def _code(told: Told) -> str:
    return str(told.body.get("error") or told.status)
