"""The few Block Kit shapes that cards and forms are made of; words of people never become markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from feedbackbot.channels.slack_words import plain

Block: TypeAlias = dict[str, Any]

_HEADER, _BUTTON, _FIELD, _TEXT = 150, 75, 500, 3000


def plain_text(text: str, limit: int = _TEXT) -> Block:
    """Slack refuses empty text, and turns :names: in it into emoji unless told not to."""
    return {"type": "plain_text", "text": short(plain(text), limit) or "–", "emoji": False}


def header(text: str) -> Block:
    one_line = " ".join(text.split())
    return {"type": "header", "text": {**plain_text(one_line, _HEADER), "emoji": True}}


def section(text: str) -> Block:
    return {"type": "section", "text": plain_text(text)}


def fields(pairs: list[tuple[str, str]]) -> Block:
    """Up to ten label-and-value pairs, side by side."""
    shown = [plain_text(f"{label}\n{value}", _FIELD) for label, value in pairs[:10]]
    return {"type": "section", "fields": shown}


def context(*lines: str) -> Block:
    return {"type": "context", "elements": [plain_text(line, 1000) for line in lines[:10]]}


def paragraph(*parts: Block) -> Block:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [*parts]}]}


def quotation(lead: str, words: str) -> Block:
    """Somebody's own words, visibly quoted."""
    head = {"type": "rich_text_section", "elements": [words_of(lead, bold=True)]}
    quote = {"type": "rich_text_quote", "elements": [words_of(words)]}
    return {"type": "rich_text", "elements": [head, quote]}


def going_on(facts: Mapping[str, Any]) -> str:
    """What stands behind the first words where there was no room for all of them."""
    return " … (goes on in the thread)" if facts["words_go_on"] else ""


def words_of(text: str, *, bold: bool = False) -> Block:
    """Literal text: no mention, link or formatting in it is ever read as such."""
    element: Block = {"type": "text", "text": plain(text) or "–"}
    return element | {"style": {"bold": True}} if bold else element


def mention(user_id: str) -> Block:
    return {"type": "user", "user_id": user_id}


def button(label: str, action: str, value: str, **more: Any) -> Block:
    return {
        "type": "button",
        "action_id": action,
        "text": {**plain_text(label, _BUTTON), "emoji": True},
        "value": value,
        **more,
    }


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "elements": [*buttons]}


def short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
