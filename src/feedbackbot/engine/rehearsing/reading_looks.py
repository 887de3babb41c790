"""Reads the turns that look at what is no message: toast, reaction, buttons, card."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.reading.fields import Fields
from feedbackbot.engine.reading.tree import Listing, Scalar, Table
from feedbackbot.engine.rehearsing.turns import Card, Notice, Noticed, Turn, Visible

#: what a card can be like; None is any name
CARD: Final[dict[str, tuple[str, ...] | None]] = {
    "status": ("open", "claimed", "resolved"),
    "owner": None,
    "put_right": ("yes", "no", "unknown"),
}


def toast(fields: Fields, _: object) -> Turn | None:
    """The whole text, or {has: a part}."""
    tree = fields.tree("toast")
    if not isinstance(tree, Table):
        return Noticed(place=fields.place, kind=Notice.TOAST, parts=(fields.word("toast") or "",))
    inner = Fields(tree, fields.notes, what="“toast”")
    several = isinstance(inner.tree("has"), Listing)
    parts = inner.words("has") if several else (inner.need_word("has"),)
    inner.finish()
    return Noticed(place=fields.place, kind=Notice.TOAST, parts=parts or ())


def reaction(fields: Fields, _: object) -> Turn | None:
    emoji = fields.need_word("reaction")
    return Noticed(place=fields.place, kind=Notice.REACTION, parts=(emoji,))


def buttons(fields: Fields, _: object) -> Turn | None:
    """All labels in order; none is written as none or []."""
    tree = fields.tree("buttons")
    if isinstance(tree, Scalar) and tree.plain and tree.value == "none":
        return Visible(place=fields.place, labels=())
    return Visible(place=fields.place, labels=fields.words("buttons") or ())


def card(fields: Fields, _: object) -> Turn | None:
    inner = fields.table("card")
    if inner is None or inner.is_broken:
        return None
    facts: dict[str, str] = {}
    for key, allowed in CARD.items():
        if inner.tree(key) is not None:
            facts[key] = inner.one_of(key, allowed) if allowed else inner.need_word(key)
    inner.finish()
    if not facts:
        inner.miss("status", hint="Such as: card: {status: claimed, owner: Rita}")
    return Card(place=fields.place, facts=facts)
