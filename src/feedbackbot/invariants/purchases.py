"""Each purchase is talked about once by each script, and each code thanks for one purchase."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.tables import TABLES

#: "Not my order": whom the link was meant for may still be asked
_NOT_THEIRS = "tie cut"


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    for row in session.connection().execute(_AGAIN):
        sentence = f"{row.script} has begun {row.times} conversations about it."
        yield Broken(
            rule=Rule.TALKED_ABOUT_ONCE, subject=f"purchase:{row.purchase_id}", sentence=sentence
        )
    for row in session.connection().execute(_STARTED_BY_NAME):
        sentence = "Its conversation counts as begun, and there is none."
        yield Broken(
            rule=Rule.NOTHING_HALF_APPLIED, subject=f"invitation:{row.id}", sentence=sentence
        )
    yield from _codes(session)


def _codes(session: Session) -> Iterator[Broken]:
    """Sealed twice, one code looks like two, so they are compared as they read."""
    given: dict[str, int] = {}
    for row in session.connection().execute(_GIVEN):
        first = given.setdefault(row.code, row.id)
        if first != row.id:
            sentence = f"This code was given already, as {first}."
            yield Broken(
                rule=Rule.CODES_GIVEN_ONCE, subject=f"reward_code:{row.id}", sentence=sentence
            )


_CONVERSATIONS = TABLES["conversations"]
_INVITATIONS = TABLES["invitations"]
_CODES = TABLES["reward_codes"]

_TIMES = func.count().label("times")
_AGAIN = (
    select(_CONVERSATIONS.c.purchase_id, _CONVERSATIONS.c.script, _TIMES)
    .where(
        _CONVERSATIONS.c.purchase_id.is_not(None),
        or_(_CONVERSATIONS.c.outcome.is_(None), _CONVERSATIONS.c.outcome != _NOT_THEIRS),
    )
    .group_by(_CONVERSATIONS.c.purchase_id, _CONVERSATIONS.c.script)
    .having(func.count() > 1)
)
_STARTED_BY_NAME = (
    select(_INVITATIONS.c.id)
    .where(
        _INVITATIONS.c.status == InvitationStatus.STARTED,
        ~exists().where(_CONVERSATIONS.c.purchase_id == _INVITATIONS.c.purchase_id),
    )
    .order_by(_INVITATIONS.c.id)
)
_GIVEN = (
    select(_CODES.c.id, _CODES.c.code)
    .where(_CODES.c.given_at.is_not(None), _CODES.c.code_index.is_not(None))
    .order_by(_CODES.c.id)
)
