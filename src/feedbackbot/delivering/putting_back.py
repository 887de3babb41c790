"""After a round whose commit nobody can tell the fate of: what it had claimed was surely not sent, and waits again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, bindparam, case, update
from sqlalchemy.orm import Session

from feedbackbot.delivering.claiming import Claimed
from feedbackbot.models.base import Id, UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES


def put_back(session: Session, claimed: Iterable[Claimed], *, now: datetime) -> None:
    """What was in doubt before stays in doubt; what is not in our hands, or no more, is left alone."""
    for one in sorted(claimed, key=lambda one: one.message.id):
        values = {
            "row": one.message.id,
            "process": one.process_id,
            "before": OutgoingStatus.UNKNOWN if one.look_first else OutgoingStatus.WAITING,
            "moment": now,
            "tries": one.message.attempts - 1,
        }
        session.connection().execute(_PUT_BACK, values)


_OUTBOX = TABLES["outbox"]
_IS_IN_OUR_HANDS = and_(
    _OUTBOX.c.status == OutgoingStatus.SENDING,
    _OUTBOX.c.process_id.is_not_distinct_from(bindparam("process", type_=Id)),
)


def _if_ours(name: str, value: object) -> object:
    return case((_IS_IN_OUR_HANDS, value), else_=_OUTBOX.c[name])


# Found by its number alone, so that on PostgreSQL it waits for a commit that is only just being applied, and sees it.
_PUT_BACK = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"))
    .values(
        status=_if_ours("status", bindparam("before", type_=_OUTBOX.c.status.type)),
        not_before=_if_ours("not_before", bindparam("moment", type_=UtcMoment)),
        attempts=_if_ours("attempts", bindparam("tries")),
    )
)
