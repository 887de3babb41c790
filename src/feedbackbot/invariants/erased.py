"""Whoever asked to be forgotten: nothing they said or were called is left, here or on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.inviting.identifying import marks_of
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.sealing import keys_of
from feedbackbot.models.tables import TABLES
from feedbackbot.remembering.quarantined import ids_in


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    for table, wanted in _LEFT.items():
        for row_id in session.connection().execute(wanted).scalars():
            yield _left_in(f"{table}:{row_id}")
    for number in _in_quarantine(session):
        yield _left_in(f"quarantine:{number}")


def _left_in(subject: str) -> Broken:
    return Broken(
        rule=Rule.ERASED_IS_EMPTY,
        subject=subject,
        sentence="Words or a name of somebody who asked to be forgotten are left in it.",
    )


def _in_quarantine(session: Session) -> Iterator[int]:
    """An update of theirs from before they asked; and any words from Slack, which may be theirs or about them."""
    connection, keys = session.connection(), keys_of(session)
    asked_at = {row.mark: row.created_at for row in connection.execute(select(_SUPPRESSIONS))}
    newest = max(asked_at.values(), default=None)
    for row in connection.execute(select(_QUARANTINE)) if newest else ():
        marks = [mark for number in ids_in(row.raw) for mark in marks_of(keys, telegram_id=number)]
        until = [asked_at[mark] for mark in marks if mark in asked_at]
        if row.platform == "slack" and _WORDS.search(row.raw or ""):
            until.append(newest)
        if until and row.created_at < max(until):
            yield int(row.id)


_CUSTOMERS = TABLES["customers"]
_AUDIT = TABLES["audit"]
_OUTBOX = TABLES["outbox"]
_QUARANTINE = TABLES["quarantine"]
_SUPPRESSIONS = TABLES["suppressions"]
#: under which Slack has what somebody wrote
_WORDS = re.compile(r'"(text|blocks|state)":')
_ERASED = (
    select(_CUSTOMERS.c.id, func.max(_AUDIT.c.at, type_=UtcMoment).label("at"))
    .join(_AUDIT, _AUDIT.c.subject == literal("customer:") + cast(_CUSTOMERS.c.id, String))
    .where(_AUDIT.c.act == "erased", _CUSTOMERS.c.stopped_at.is_not(None))
    .group_by(_CUSTOMERS.c.id)
    .subquery()
)
_ARE_ERASED = select(_ERASED.c.id)


def _left(table: str, whose: ColumnElement[bool], *columns: str) -> Select[tuple[int]]:
    rows = TABLES[table]
    kept = or_(*(rows.c[name].is_not(None) for name in columns))
    return select(rows.c.id).where(whose, kept).order_by(rows.c.id)


def _owned(table: str, *columns: str) -> Select[tuple[int]]:
    return _left(table, TABLES[table].c.customer_id.in_(_ARE_ERASED), *columns)


def _below(table: str, by: str, parent: str, *columns: str) -> Select[tuple[int]]:
    above = TABLES[parent]
    theirs = select(above.c.id).where(above.c.customer_id.in_(_ARE_ERASED))
    return _left(table, TABLES[table].c[by].in_(theirs), *columns)


_NAMES = ("telegram_id", "source_customer_id", "first_name", "last_name", "username", "email")
_LEFT: Mapping[str, Select[tuple[int]]] = {
    "customer": _left(
        "customers", _CUSTOMERS.c.id.in_(_ARE_ERASED), *_NAMES, "email_index", "chat"
    ),
    "message": _owned("messages", "text", "platform_key"),
    "media": _owned("media", "content", "file_id"),
    "invitation": _owned("invitations", "telegram_id"),
    "escalation": _owned("escalations", "summary", "words", "action_taken"),
    "testimonial": _owned("testimonials", "text", "suggested", "credit_name"),
    "answer": _below("answers", "conversation_id", "conversations", "words"),
    "reply": _below("staff_replies", "escalation_id", "escalations", "text"),
    "consent": _below(
        "consents", "testimonial_id", "testimonials", "text", "wording", "credit_name"
    ),
    # what was queued with the erasure, and after it, is the goodbye
    "outbox": (
        select(_OUTBOX.c.id)
        .join(_ERASED, _ERASED.c.id == _OUTBOX.c.customer_id)
        .where(_OUTBOX.c.payload.is_not(None), _OUTBOX.c.created_at < _ERASED.c.at)
        .order_by(_OUTBOX.c.id)
    ),
}
