"""Slack's own writing: what a person types, as an event carries it, and the words in a message for searching."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedbackbot.sandbox.credentials import SLACK_BOT_USER
from feedbackbot.sandbox.wire import Json

#: What Slack makes of some pictures that people type.
EMOJI = {
    "👍": "+1",
    "👎": "-1",
    "🙂": "slightly_smiling_face",
    "😀": "grinning",
    "😊": "blush",
    "😅": "sweat_smile",
    "😢": "cry",
    "🙏": "pray",
    "🎉": "tada",
    "❤️": "heart",
    "❤": "heart",
    "👋": "wave",
    "✅": "white_check_mark",
    "👀": "eyes",
    "🔥": "fire",
    "📦": "package",
    "🎁": "gift",
    "😉": "wink",
    "🤝": "handshake",
    "💛": "yellow_heart",
}
_KEPT = re.compile(r"<(?:[@#!][^<>]+|https?://[^<>]+|mailto:[^<>]+)>")
_LINK = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]")
MENTION = f"<@{SLACK_BOT_USER}>"


def typed(text: str, users: dict[str, Json]) -> str:
    """Typed words as Slack sends them: escaped, with mentions, links and emoji names in its own form."""
    parts = []
    at = 0
    for match in _KEPT.finditer(text):
        parts += [_plain(text[at : match.start()], users), match.group()]
        at = match.end()
    return "".join([*parts, _plain(text[at:], users)])


def _plain(text: str, users: dict[str, Json]) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    linked = _LINK.sub(lambda match: f"<{match.group()}>", escaped)
    for user_id, user in users.items():
        for name in (user["real_name"], user["name"]):
            pattern = rf"(?<![\w.@])@{re.escape(name)}(?!\w)"
            linked = re.sub(pattern, f"<@{user_id}>", linked, flags=re.IGNORECASE)
    for sign, name in EMOJI.items():
        linked = linked.replace(sign, f":{name}:")
    return linked


def words_in(value: object) -> Iterator[str]:
    """Every text anywhere inside blocks, attachments or a message."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name in {"text", "fallback", "title", "initial_comment"} and isinstance(part, str):
                yield part
            else:
                yield from words_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from words_in(part)


def rich_text(text: str) -> list[Json]:
    """The block that comes with everything a person writes."""
    elements: list[Json] = []
    for part in re.split(r"(<@[A-Z0-9]+>)", text):
        if mention := re.fullmatch(r"<@([A-Z0-9]+)>", part):
            elements.append({"type": "user", "user_id": mention.group(1)})
        elif part:
            elements.append({"type": "text", "text": part})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": "typed", "elements": [section]}]
