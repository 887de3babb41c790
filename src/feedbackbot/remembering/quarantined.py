"""What could not be applied, and of whom it tells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedbackbot.models.tables import TABLES

_QUARANTINE = TABLES["quarantine"]
#: under which Telegram names whose an update is
_WHOSE = ("from", "chat", "user")


def empty(session: Session, telegram_id: int | None) -> None:
    """Their updates leave; without them there is nothing left to apply. What came from Slack holds no words."""
    if telegram_id is None:
        return
    connection = session.connection()
    of_telegram = select(_QUARANTINE.c.id, _QUARANTINE.c.raw).where(
        _QUARANTINE.c.platform == "telegram"
    )
    theirs = [row.id for row in connection.execute(of_telegram) if telegram_id in ids_in(row.raw)]
    connection.execute(delete(_QUARANTINE).where(_QUARANTINE.c.id.in_(theirs)))


def ids_in(raw: str | None) -> set[int]:
    """The Telegram ids of those an update is from; of what is no update, every number in it."""
    try:
        update = json.loads(raw or "")
    except ValueError:
        return {int(number) for number in re.findall(r"[0-9]{1,19}", raw or "")}
    return set(_ids(update))


def _ids(part: Any) -> Iterator[int]:
    if isinstance(part, list):
        for one in part:
            yield from _ids(one)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in _WHOSE and isinstance(value, dict) and str(value.get("id")).isdecimal():
                yield int(value["id"])
            yield from _ids(value)
