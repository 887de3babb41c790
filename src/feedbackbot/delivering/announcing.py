"""Cards that had to wait for Slack come as one group: a line before them says how many, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.turns import address_of
from feedbackbot.models import outbox
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

#: fewer explain themselves
_A_GROUP = 3
#: what passes by itself in this time needs no words
_HOLDS = timedelta(minutes=1)
#: before what answers people, which is 0
_FIRST = -1


def announce(session: Session, rows: Iterable[Row[Any]], *, now: datetime) -> bool:
    """Where the first of `rows` that may leave has been tried in vain, put the line in front of what waits with it,
    or bring the one that waits already up to date; True when there is one.
    """
    overdue = [row for row in rows if _is_overdue(row, now=now)]
    places = {address_of("slack", row.chat_key, row.payload) for row in overdue}
    if not places:
        return False
    waiting: dict[str, list[Any]] = {place: [] for place in places}
    for row in session.connection().execute(_WAITING):
        waiting.get(address_of("slack", row.chat_key, row.payload), []).append(row)
    put = [
        _put(session, place, found, now=now)
        for place, found in waiting.items()
        if len(found) >= _A_GROUP
    ]
    return any(put)


def _is_overdue(row: Row[Any], *, now: datetime) -> bool:
    is_new_card = row.kind == "card" and row.about_id is None
    was_tried = row.attempts > 0 and row.created_at <= now - _HOLDS
    return is_new_card and (was_tried or row.priority == _FIRST)


def _put(session: Session, place: str, waiting: list[Any], *, now: datetime) -> bool:
    """False where these have been announced already, and wait again."""
    key, since = f"{_KEY}{place}", waiting[0].created_at
    payload = {"card": "note", "text": _text(len(waiting), since), "channel": place}
    run = session.connection().execute
    if run(_RENEW, {"key": key, "new_payload": payload}).rowcount:
        return True
    if run(_ANNOUNCED, {"key": key, "first": waiting[0].id}).scalar():
        return False
    outbox.put(
        session,
        channel="slack",
        chat_key=key,
        kind="card",
        payload=payload,
        priority=_FIRST,
        now=now,
    )
    return True


def _text(count: int, since: datetime) -> str:
    return (
        f"{count} cards could not be posted since {since:%d %b, %H:%M} UTC; "
        "they follow here, the oldest first."
    )


_KEY = "slack:waited:"
_OUTBOX = TABLES["outbox"]
_STILL = [OutgoingStatus.WAITING, OutgoingStatus.UNKNOWN]
_WAITING = (
    select(_OUTBOX.c.id, _OUTBOX.c.chat_key, _OUTBOX.c.payload, _OUTBOX.c.created_at)
    .where(
        _OUTBOX.c.status.in_(_STILL),
        # a range, so that the index on status and chat is used; ";" follows ":"
        _OUTBOX.c.chat_key >= "slack:",
        _OUTBOX.c.chat_key < "slack;",
        _OUTBOX.c.kind == "card",
        _OUTBOX.c.about_id.is_(None),
        _OUTBOX.c.priority > _FIRST,
    )
    .order_by(_OUTBOX.c.id)
)
_RENEW = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.chat_key == bindparam("key"),
        _OUTBOX.c.status.in_([*_STILL, OutgoingStatus.SENDING]),
    )
    .values(payload=bindparam("new_payload", type_=_OUTBOX.c.payload.type))
)
_ANNOUNCED = select(func.count(_OUTBOX.c.id)).where(
    _OUTBOX.c.chat_key == bindparam("key"), _OUTBOX.c.id > bindparam("first")
)
