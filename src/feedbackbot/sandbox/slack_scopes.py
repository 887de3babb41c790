"""What each method of Slack's Web API asks of the token, and the refusal of one that has less."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from feedbackbot.sandbox.slack_state import SlackRefusalError

#: method -> its scope (the channels of the sandbox are public ones)
_NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "conversations.info": "channels:read",
    "conversations.list": "channels:read",
    "conversations.members": "channels:read",
    "conversations.open": "im:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "files.delete": "files:write",
}


def check_scope(method: str, granted: AbstractSet[str]) -> None:
    """Raises the refusal that names what is missing."""
    needed = _NEEDED.get(method)
    if needed is not None and needed not in granted:
        facts = {"needed": needed, "provided": ",".join(sorted(granted))}
        raise SlackRefusalError("missing_scope", facts=facts)
