"""What Slack must know of the app: made from the methods and events that the code uses, so that none is missing."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

#: Web API method -> the scopes that it needs; the API client calls nothing that is not listed here
METHODS: dict[str, tuple[str, ...]] = {
    "auth.test": (),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "views.open": (),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "users.info": ("users:read",),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.delete": ("files:write",),
}
#: event -> the scopes that it needs
EVENTS: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
}
_NEW_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
_PATH = "/webhooks/slack"
_ABOUT = (
    "Asks customers on Telegram how a purchase went. Complaints come here with buttons, "
    "and what you answer reaches the customer. Happy words come here for approval."
)


def scopes() -> list[str]:
    """Every bot scope that the listed methods and events need."""
    needed = (*METHODS.values(), *EVENTS.values())
    return sorted({scope for group in needed for scope in group})


def manifest(*, name: str = "feedbackbot", request_url: str | None = None) -> dict[str, Any]:
    """The app's manifest: Socket Mode, or signed HTTP when Slack is given an address to call."""
    over_http = {"request_url": request_url} if request_url else {}
    return {
        "display_information": {
            "name": name,
            "description": "Customer feedback between Telegram and Slack",
            "long_description": f"{_ABOUT} {_MORE}",
            "background_color": "#1f6f5c",
        },
        "features": {"bot_user": {"display_name": name, "always_online": True}},
        "oauth_config": {"scopes": {"bot": scopes()}},
        "settings": {
            "event_subscriptions": {**over_http, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **over_http},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def manifest_json(address: str | None = None) -> str:
    """For the file that Slack's form takes; `address` is the bot's public one, for signed HTTP."""
    return json.dumps(manifest(request_url=request_url(address)), indent=2, ensure_ascii=False)


def manifest_yaml(address: str | None = None) -> str:
    """The same for people who paste YAML; JSON strings are YAML strings."""
    return "\n".join(_yaml(manifest(request_url=request_url(address)), 0))


def creation_url(address: str | None = None) -> str:
    """Opens Slack's form for a new app with everything filled in."""
    facts = manifest(request_url=request_url(address))
    return _NEW_APP + quote(json.dumps(facts, separators=(",", ":"), ensure_ascii=False), safe="")


def request_url(address: str | None) -> str | None:
    """Where Slack calls a bot that has this public address."""
    if not address:
        return None
    return f"{address.rstrip('/').removesuffix(_PATH)}{_PATH}"


_MORE = (
    "Nothing written in a thread reaches a customer unless it is addressed: through the Reply "
    "button, or by mentioning the bot."
)


def _yaml(part: dict[str, Any], depth: int) -> list[str]:
    lines, indent = [], "  " * depth
    for key, value in part.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_yaml(value, depth + 1)]
        elif isinstance(value, list):
            lines += [f"{indent}{key}:", *(f"{indent}  - {json.dumps(one)}" for one in value)]
        else:
            lines.append(f"{indent}{key}: {json.dumps(value, ensure_ascii=False)}")
    return lines
