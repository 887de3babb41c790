"""Moments at which something is to be looked at again; they survive every restart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, bindparam, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.upsert import Upsert


class Timer(Base):
    """One row a subject: setting it again moves it.

    kinds: chat (customer id), invitation (invitation id), escalation (escalation id).
    """

    __tablename__ = "timers"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), Index(None, "due_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(Id)
    due_at: Mapped[datetime] = mapped_column(UtcMoment)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    kind: str
    subject_id: int
    due_at: datetime


def set_timer(session: Session, kind: str, subject_id: int, due_at: datetime) -> None:
    """Set it, or move it."""
    values = {"kind": kind, "subject_id": subject_id, "due_at": due_at}
    _SET.run(session, values)


def clear_timer(session: Session, kind: str, subject_id: int) -> None:
    _CLEAR.run(session, {"of_kind": kind, "of_subject": subject_id})


def due(session: Session, now: datetime, limit: int = 100) -> list[DueTimer]:
    """What is due, the oldest first; it stays until it is cleared or moved."""
    rows = session.connection().execute(_DUE, {"now": now, "most": limit})
    return [DueTimer(kind=kind, subject_id=subject, due_at=at) for kind, subject, at in rows]


def is_due(session: Session, timer: DueTimer, *, now: datetime) -> bool:
    """False when it was moved or cleared since."""
    values = {"of_kind": timer.kind, "of_subject": timer.subject_id, "now": now}
    return session.connection().execute(_STILL_DUE, values).first() is not None


def find_next_due_at(session: Session) -> datetime | None:
    """The earliest timer of all, so that a sweep knows how long it may rest."""
    return session.connection().execute(_NEXT).scalar_one_or_none()


_TIMERS = Timer.metadata.tables[Timer.__tablename__]
_SET = Prepared(
    Upsert(_TIMERS, ("kind", "subject_id"), replace=("due_at",)).statements,
    columns=("kind", "subject_id", "due_at"),
)
_CLEAR = Prepared(
    delete(_TIMERS).where(
        _TIMERS.c.kind == bindparam("of_kind"), _TIMERS.c.subject_id == bindparam("of_subject")
    )
)
_DUE = (
    select(_TIMERS.c.kind, _TIMERS.c.subject_id, _TIMERS.c.due_at)
    .where(_TIMERS.c.due_at <= bindparam("now", type_=UtcMoment))
    .order_by(_TIMERS.c.due_at)
    .limit(bindparam("most"))
)
_STILL_DUE = select(_TIMERS.c.id).where(
    _TIMERS.c.kind == bindparam("of_kind"),
    _TIMERS.c.subject_id == bindparam("of_subject"),
    _TIMERS.c.due_at <= bindparam("now", type_=UtcMoment),
)
_NEXT = select(func.min(_TIMERS.c.due_at, type_=UtcMoment))
