"""Between what people type in Slack and what a customer reads, and back: nothing a customer writes can act in Slack."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedbackbot.channels.slack_emoji import EMOJI
from feedbackbot.channels.slack_marks import signs_in, without_marks

_ENTITY = re.compile(r"<([^<>\n]+)>")
_EMOJI = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-([2-6]):)?")
_AFTER_MENTION = re.compile(r"^[\s,:;]+")
_SPACES = re.compile(r"[ \t]{2,}")
#: text direction, zero width, and other controls by which words look different from what they are
_CONTROLS = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2028\u2029\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
#: joins the parts of one emoji; between letters it only hides
_LONE_JOINER = re.compile(r"(?<=[\w\s])\u200d|^\u200d|\u200d(?=[\w\s]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed in Slack, as a customer would read it."""

    text: str
    mentions_bot: bool
    #: colleagues, groups or whole channels
    mentions_others: bool


def typed(text: str, *, bot_user: str, blocks: object = None) -> Typed:
    """Entities unescaped, links as text and URL, emoji names as emoji; marks and the bot's mention dropped.

    `blocks`: the same as Slack's own editor made it, where that is known.
    """
    known = {**EMOJI, **emoji_in(blocks)}
    text = without_marks(text, signs_in(blocks))
    targets = [_target(found[1]) for found in _ENTITY.finditer(text)]
    words = "".join(_pieces(text, bot_user, known))
    if bot_user in targets:
        words = _SPACES.sub(" ", _AFTER_MENTION.sub("", words))
    return Typed(
        text=words.strip(),
        mentions_bot=bot_user in targets,
        mentions_others=any(target not in {None, bot_user} for target in targets),
    )


def emoji_in(blocks: object) -> dict[str, str]:
    """Emoji names and their characters, as Slack's own editor sends them beside the text."""
    return dict(_emoji(blocks))


def plain(text: str) -> str:
    """Words of a customer without the characters that hide or turn what is written."""
    return _LONE_JOINER.sub("", _CONTROLS.sub("", text.replace("\r\n", "\n")))


def escaped(text: str) -> str:
    """For the one field that Slack always reads as markup."""
    safe = plain(text)
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pieces(text: str, bot_user: str, emoji: Mapping[str, str]) -> Iterator[str]:
    end = 0
    for found in _ENTITY.finditer(text):
        yield _with_emoji(html.unescape(text[end : found.start()]), emoji)
        yield _entity(found[1], bot_user)
        end = found.end()
    yield _with_emoji(html.unescape(text[end:]), emoji)


def _target(inner: str) -> str | None:
    """Whom an entity calls; None for links, dates and channels."""
    name = inner.partition("|")[0]
    if name.startswith("@"):
        return name[1:]
    calls = ("!here", "!channel", "!everyone", "!subteam")
    return name if name.startswith(calls) else None


def _entity(inner: str, bot_user: str) -> str:
    name, bar, label = inner.partition("|")
    label = html.unescape(label)
    if name == f"@{bot_user}":
        return ""
    if name.startswith("!date"):
        return label
    if name.startswith(("@", "!")):
        return f"@{label.lstrip('@') or name.strip('@!').partition('^')[0]}"
    if name.startswith("#"):
        return f"#{label or 'channel'}"
    url = html.unescape(name).removeprefix("mailto:").removeprefix("tel:")
    bare = url.removeprefix("https://").removeprefix("http://").rstrip("/")
    same = not bar or label.rstrip("/") in {url.rstrip("/"), bare}
    return url if same else f"{label} ({url})"


def _with_emoji(text: str, emoji: Mapping[str, str]) -> str:
    def sign(found: re.Match[str]) -> str:
        tone = chr(0x1F3FA + int(found[2]) - 1) if found[2] else ""
        if found[1].startswith("flag-") and len(found[1]) == 7:
            return "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in found[1][5:])
        known = emoji.get(found[1])
        return found[0] if known is None else known + tone

    return _EMOJI.sub(sign, text)


def _emoji(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, list):
        for one in part:
            yield from _emoji(one)
    elif isinstance(part, dict):
        code = part.get("unicode")
        if part.get("type") == "emoji" and isinstance(code, str) and part.get("name"):
            yield str(part["name"]), "".join(chr(int(one, 16)) for one in code.split("-"))
        yield from _emoji(part.get("elements"))
