"""Looks through the whole database for anything that may never be; reads, and changes nothing.

Each rule goes through its tables once. The dearest one opens the sealed state of every chat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from feedbackbot.invariants import applied, chats, erased, people, purchases, sending, stuck
from feedbackbot.invariants.broken import Broken, Rule

__all__ = ["Broken", "Rule", "find_broken"]

_Look = Callable[[Session, datetime], Iterator[Broken]]


def find_broken(session: Session, *, now: datetime) -> list[Broken]:
    """Everything that is broken, by rule; an empty list is what it should be."""
    found = [broken for look in _LOOKS for broken in look(session, now)]
    order = list(Rule)
    return sorted(found, key=lambda one: order.index(one.rule))


_LOOKS: tuple[_Look, ...] = (
    chats.look,
    applied.look,
    people.look,
    sending.look,
    stuck.look,
    purchases.look,
    erased.look,
)
