"""The small print of a complaint's card: why it came up, and what is known of the customer from before."""

from __future__ import annotations

from typing import Any

from feedbackbot.channels.slack_blocks import short
from feedbackbot.escalating.settling import CAUSES

#: characters of what was bought, in a line of small print
_ITEMS = 200
_ORIGIN = {
    "human": "asked for a person",
    "nothing_open": "wrote of their own accord",
    "problem": "says that something is wrong",
    "link_taken": "has a link that another account opened first",
    "reopened": "has written again",
}


def history(facts: dict[str, Any]) -> list[str]:
    past, lines = facts["history"], []
    if origin := _ORIGIN.get(facts["origin"]):
        lines.append(f"{facts['customer']} {origin}")
    if facts["media"]:
        lines.append(f"{count(facts['media'], 'file')} from the customer in the thread")
    noun = "purchase" if facts.get("newest_purchase") else "other purchase"
    bought = f"{count(past['purchases'], noun)}{_the_newest(facts)}"
    lines.append(f"{bought}, {count(past['complaints'], 'earlier complaint')}")
    if past["causes"]:
        lines.append("Earlier causes: " + ", ".join(cause_of(one) for one in past["causes"]))
    if past["scores"]:
        lines.append("Earlier scores: " + ", ".join(f"{one} of 5" for one in past["scores"]))
    return lines


def _the_newest(facts: dict[str, Any]) -> str:
    """Where it is not known which of several it is about."""
    purchase = facts.get("newest_purchase")
    if not purchase:
        return ""
    items = short(", ".join(purchase["items"]), _ITEMS)
    return f" (newest: {purchase['number']}, {items or 'no items'}, {purchase['date']})"


def cause_of(name: str) -> str:
    return CAUSES.get(name, name).lower()


def count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
