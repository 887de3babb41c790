"""The forms: Reply, Resolve, Ask to edit, Reject; and reading what was filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from feedbackbot.channels.slack_blocks import (
    Block,
    context,
    going_on,
    plain_text,
    quotation,
    section,
    short,
)
from feedbackbot.escalating.settling import CAUSES
from feedbackbot.reviewing import REASONS

_TITLE = 24
#: Slack's own limit of one field
_LONGEST = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a form must still know when it comes back: what it is about, where it was opened, who owned it then,
    and the newest words of the customer at that moment.
    """

    id: int
    channel: str
    thread_ts: str | None
    owner: str | None = None
    words: int | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def origin_of(view: Mapping[str, Any]) -> Origin:
    return Origin(**json.loads(view["private_metadata"]))


def has_field(view: Mapping[str, Any], name: str) -> bool:
    """Whether the form asked for this at all."""
    return name in view.get("state", {}).get("values", {})


def value_of(view: Mapping[str, Any], name: str) -> str:
    """What was filled in under this name; empty where nothing was."""
    field = view.get("state", {}).get("values", {}).get(name, {}).get(name, {})
    option = field.get("selected_option") or {}
    return str(field.get("value") or option.get("value") or field.get("selected_date") or "")


def reply_form(facts: Mapping[str, Any], origin: Origin, *, user_id: str) -> Block:
    customer = str(facts["customer"])
    blocks = [*_said(facts)]
    if facts["claimed_by"] not in {None, user_id}:
        text = f"{facts['claimed_name']} has claimed this. Sending takes it over"
        blocks.append(section(f"⚠️ {text}, and {customer} is told that you have it now."))
    hint = f"{customer} reads this on Telegram, signed with your name."
    blocks.append(_input("words", f"Your words to {customer}", _long_text("words"), hint=hint))
    return _modal("reply_form", f"Reply to {customer}", "Send", origin, blocks)


def resolve_form(facts: Mapping[str, Any], origin: Origin, *, check_on: date | None) -> Block:
    """Without `check_on` nobody asks the customer afterwards, and the form says so."""
    customer = str(facts["customer"])
    blocks = [
        _input("cause", "What was the cause?", _menu("cause", CAUSES)),
        _input("action", "What was done?", _long_text("action", limit=500), optional=True),
        _check(customer, check_on),
        _input(
            "last_words",
            f"Last words to {customer}",
            _long_text("last_words"),
            hint="They go out on Telegram, signed with your name.",
            optional=True,
        ),
    ]
    return _modal("resolve_form", "Resolve", "Resolve", origin, blocks)


def edit_form(facts: Mapping[str, Any], origin: Origin) -> Block:
    element = _long_text("text") | {"initial_value": short(str(facts["text"]), _LONGEST)}
    hint = f"Shorten or mend typing errors. {facts['customer']} must agree before it can be public."
    blocks = [
        quotation(f"{facts['customer']} agreed to:", str(facts["text"])),
        _input("text", "The text that you would like to show", element, hint=hint),
    ]
    return _modal("edit_form", "Ask to edit", "Ask", origin, blocks)


def reject_form(origin: Origin, *, title: str) -> Block:
    hint = "About the words, never about the score. The customer hears nothing of it."
    blocks = [_input("reason", "Why?", _menu("reason", REASONS), hint=hint)]
    return _modal("reject_form", title, title, origin, blocks)


def _check(customer: str, check_on: date | None) -> Block:
    if check_on is None:
        text = f"{customer} is not asked later whether this is solved: no script waits for it."
        return context(
            f"{text} If something is missing, {customer} can write, and it is open again."
        )
    day = check_on.isoformat()
    picker = {"type": "datepicker", "action_id": "day", "initial_date": day}
    return _input("day", f"When is {customer} asked whether it is solved?", picker)


def _said(facts: Mapping[str, Any]) -> list[Block]:
    customer = str(facts["customer"])
    blocks: list[Block] = []
    if facts["words"]:
        blocks.append(quotation(f"{customer} wrote:", f"{facts['words']}{going_on(facts)}"))
    elif facts["summary"]:
        blocks.append(context(str(facts["summary"])))
    if newest := facts.get("newest"):
        blocks.append(quotation(f"Newest from {customer}, {facts['newest_at']}:", str(newest)))
    return blocks


def _modal(name: str, title: str, submit: str, origin: Origin, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain_text(title, _TITLE),
        "submit": plain_text(submit, _TITLE),
        "close": plain_text("Cancel", _TITLE),
        "private_metadata": origin.to_json(),
        "blocks": blocks,
    }


def _input(
    name: str, label: str, element: Block, *, hint: str | None = None, optional: bool = False
) -> Block:
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(label, 500),
        "element": element,
        "optional": optional,
    }
    return block | {"hint": plain_text(hint, 500)} if hint else block


def _long_text(name: str, *, limit: int = _LONGEST) -> Block:
    return {
        "type": "plain_text_input",
        "action_id": name,
        "multiline": True,
        "max_length": limit,
    }


def _menu(name: str, choices: Mapping[str, str]) -> Block:
    options = [{"text": plain_text(label, 75), "value": key} for key, label in choices.items()]
    return {"type": "static_select", "action_id": name, "options": options}
