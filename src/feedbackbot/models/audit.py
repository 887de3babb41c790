"""What came in and who did what: the keys of things received, quarantine, the audit trail, suppression, facts of the house."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Index, bindparam, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.sealing import KeyRing, SealedText, keys_of
from feedbackbot.models.upsert import Upsert


class Received(Base):
    """The platform's own id of something that has been applied: a second delivery has no second effect."""

    __tablename__ = "received"
    __table_args__ = (Index(None, "received_at"),)

    #: "telegram:<bot id>:<update id>", "slack:<team>:<channel>:<ts>", "slack:action:…"
    key: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcMoment)


class Quarantined(Base):
    """Something that could not be applied, kept whole so that nothing is lost and nobody is blocked."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    platform: Mapped[str]
    key: Mapped[str]
    raw: Mapped[str | None] = mapped_column(SealedText("quarantine.raw"))
    error: Mapped[str | None] = mapped_column(SealedText("quarantine.error"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    replayed_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class AuditEntry(Base):
    """Ids and acts, never content; each line's hash covers the line before it."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcMoment)
    #: "slack:U…", "customer", "system", "cli"
    actor: Mapped[str]
    act: Mapped[str]
    #: "escalation:7", "testimonial:3"
    subject: Mapped[str]
    detail: Mapped[str | None]
    #: keyed hash of this line and the chain of the one before
    chain: Mapped[str] = mapped_column(default="")


class Suppression(Base):
    """An unreadable mark of somebody who asked to be erased."""

    __tablename__ = "suppressions"

    #: keyed hash of the Telegram id or e-mail address
    mark: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)


class HouseFact(Base):
    """Small facts of the installation: the key's fingerprint, when the bot was last alive and so on."""

    __tablename__ = "house_facts"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


def remember(session: Session, key: str, *, now: datetime) -> bool:
    """False: this has been applied before, and must have no second effect."""
    values = {"key": key, "received_at": now}
    return _REMEMBER.run(session, values) == 1


def record(
    session: Session,
    *,
    actor: str,
    act: str,
    subject: str,
    detail: str | None = None,
    now: datetime,
) -> None:
    """Add a line to the audit trail."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # two lines must not be chained to the same one
        connection.execute(_ONE_AT_A_TIME)
    values = {"at": now, "actor": actor, "act": act, "subject": subject, "detail": detail}
    before = connection.execute(_LAST_CHAIN).scalar() or ""
    chain = _chain(keys_of(session), before, now, actor, act, subject, detail)
    connection.execute(_RECORD, {**values, "chain": chain})


def find_broken(session: Session) -> int | None:
    """The id of the first audit line that was changed, put in, or stands behind a removed one."""
    keys, before = keys_of(session), None
    for row in session.connection().execute(_TRAIL):
        lines = (row.at, row.actor, row.act, row.subject, row.detail)
        # the oldest lines may have been cleared away; the first one left is then taken as it is
        before = "" if row.id == 1 else before
        if before is not None and _chain(keys, before, *lines) != row.chain:
            return int(row.id)
        before = row.chain
    return None


def fact(session: Session, name: str) -> str | None:
    return session.connection().execute(_FACT, {"of_name": name}).scalar_one_or_none()


def set_fact_once(session: Session, name: str, value: str) -> bool:
    """False where it is known already, or another process has just set it: then it stays."""
    values = {"name": name, "value": value}
    return session.connection().execute(_SET_FACT_ONCE.statement(session), values).rowcount == 1


def set_fact(session: Session, name: str, value: str) -> None:
    session.connection().execute(_SET_FACT.statement(session), {"name": name, "value": value})


def _chain(keys: KeyRing, before: str, at: datetime, *words: str | None) -> str:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return keys.chained(json.dumps([before, moment, *words]))


_TABLES = Base.metadata.tables
_REMEMBER = Prepared(
    Upsert(_TABLES["received"], ("key",)).statements, columns=("key", "received_at")
)
_AUDIT = _TABLES["audit"]
_RECORD = insert(_AUDIT)
_LAST_CHAIN = select(_AUDIT.c.chain).order_by(_AUDIT.c.id.desc()).limit(1)
_TRAIL = select(_AUDIT).order_by(_AUDIT.c.id)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(0x61756469))
_FACTS = _TABLES["house_facts"]
_FACT = select(_FACTS.c.value).where(_FACTS.c.name == bindparam("of_name"))
_SET_FACT_ONCE = Upsert(_FACTS, ("name",))
_SET_FACT = Upsert(_FACTS, ("name",), replace=("value",))
