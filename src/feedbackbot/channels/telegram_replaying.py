"""Applies once more what had gone into quarantine, the way the inbox would have."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from feedbackbot import conversing
from feedbackbot.channels.telegram_updates import parse
from feedbackbot.errors import NotAllowed
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.audit import Quarantined
from feedbackbot.models.tables import TABLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """`repeated`: it had been applied meanwhile; `empty`: there is nothing in it for a customer."""

    repeated: bool = False
    empty: bool = False


def replay(session: Session, house: House, number: int, *, now: datetime) -> Replayed:
    """One row, with its mark, in the caller's transaction; raises what it raises, and then nothing is left of it."""
    row = session.get(Quarantined, number)
    if row is None:
        raise NotAllowed(f"There is nothing under the number {number}.")
    raw = _update_in(row)
    # whoever replays a day of updates is no flood
    house = replace(house, inbound_per_minute=0)
    incoming = parse(raw, bot_id=_bot_id(row)).incoming
    outcome = None
    if incoming is not None:
        outcome = conversing.receive(session, house, incoming, now=now)
    session.connection().execute(
        update(_QUARANTINE).where(_QUARANTINE.c.id == number).values(replayed_at=now)
    )
    audit.record(session, actor="cli", act="replayed", subject=f"quarantine:{number}", now=now)
    return Replayed(repeated=outcome is not None and outcome.repeated, empty=outcome is None)


def _update_in(row: Quarantined) -> dict[str, Any]:
    if row.replayed_at is not None:
        raise NotAllowed("It has been replayed already.")
    if row.platform != "telegram":
        raise NotAllowed(
            "It came from Slack. Whoever did it there was told that nothing came of it, and can do it "
            "again."
        )
    if row.raw is None:
        raise NotAllowed("Its content was erased.")
    try:
        raw = json.loads(row.raw)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise NotAllowed("It is no update of Telegram's, so there is nothing to apply.")
    return raw


def _bot_id(row: Quarantined) -> int:
    """As in the keys of what is received: a delivery that was applied meanwhile is recognised."""
    number = row.key.split(":")[1]
    return int(number) if number.isdecimal() else 0


_QUARANTINE = TABLES["quarantine"]
