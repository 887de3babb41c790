"""What is still to be sent, and what has been: the only way from a transaction to a platform."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, bindparam, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedJson, SealedText


class OutgoingStatus(StrEnum):
    WAITING = "waiting"
    #: handed to the platform, no answer yet
    SENDING = "sending"
    SENT = "sent"
    #: it may have arrived; nobody can tell
    UNKNOWN = "unknown"
    FAILED = "failed"
    #: no longer wanted when its turn came
    CANCELLED = "cancelled"


class OutgoingMessage(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_queue", "status", "chat_key", "id"),
        Index("ix_outbox_next", "status", "priority", "id"),
        Index(None, "customer_id"),
        # most are about nothing, and nobody is to look for those through it
        Index(
            None,
            "about_id",
            sqlite_where=text("about_id IS NOT NULL"),
            postgresql_where=text("about_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: telegram | slack
    channel: Mapped[str]
    #: messages with one key leave in the order of their ids: "telegram:<chat>", "slack:escalation:<id>" …
    chat_key: Mapped[str]
    #: text | edit_buttons | reaction | typing | document | photo | voice | card | thread | ephemeral …
    kind: Mapped[str]
    #: engine.events.Purpose for messages to customers; decides eligibility and resending
    purpose: Mapped[str | None]
    #: 0 replies to people, 1 what the bot begins by itself
    priority: Mapped[int] = mapped_column(default=0)
    status: Mapped[OutgoingStatus] = mapped_column(default=OutgoingStatus.WAITING)
    not_before: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: what the channel needs, platform-neutral (channels.base); None once it is no longer needed
    payload: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("outbox.payload"))
    customer_id: Mapped[int | None] = mapped_column(Id)
    conversation_id: Mapped[int | None] = mapped_column(Id)
    #: the question that this message asks
    visit: Mapped[int | None]
    reply_id: Mapped[int | None] = mapped_column(Id)
    #: another row whose platform message this one edits, or in whose thread it stands
    about_id: Mapped[int | None] = mapped_column(Id)
    #: Telegram's message id, Slack's ts
    platform_id: Mapped[str | None]
    #: who is sending it, where there are several processes
    process_id: Mapped[int | None] = mapped_column(Id)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(SealedText("outbox.error"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    sending_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    sent_at: Mapped[datetime | None] = mapped_column(UtcMoment)


def put(
    session: Session,
    *,
    channel: str,
    chat_key: str,
    kind: str,
    payload: dict[str, Any],
    now: datetime,
    purpose: str | None = None,
    priority: int = 0,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    visit: int | None = None,
    reply_id: int | None = None,
    about_id: int | None = None,
    not_before: datetime | None = None,
) -> int:
    """Queue one message; it leaves after the commit. Returns the row's id."""
    values = {
        "channel": channel,
        "chat_key": chat_key,
        "kind": kind,
        "payload": payload,
        "created_at": now,
        "purpose": purpose,
        "priority": priority,
        "status": OutgoingStatus.WAITING,
        "attempts": 0,
        "customer_id": customer_id,
        "conversation_id": conversation_id,
        "visit": visit,
        "reply_id": reply_id,
        "about_id": about_id,
        "not_before": not_before,
    }
    key = session.connection().execute(_PUT, values).inserted_primary_key
    assert key is not None
    return int(key[0])


def put_card(
    session: Session,
    *,
    channel: str,
    chat_key: str,
    payload: dict[str, Any],
    now: datetime,
    about_id: int | None,
    priority: int = 0,
    customer_id: int | None = None,
) -> int:
    """Queue a card's newest face: one that still waits to leave is replaced, since only the last counts.

    `about_id` is the row that posted the card, None for a new card.
    """
    waiting = None if about_id is None else _find_waiting_card(session, about_id)
    if waiting is not None and _replace(session, waiting, payload):
        return waiting
    return put(
        session,
        channel=channel,
        chat_key=chat_key,
        kind="card",
        payload=payload,
        now=now,
        priority=priority,
        customer_id=customer_id,
        about_id=about_id,
    )


def _replace(session: Session, row: int, payload: dict[str, Any]) -> bool:
    """False when another process has just taken it to be sent."""
    values = {"row": row, "new_payload": payload}
    return session.connection().execute(_REPLACE, values).rowcount == 1


def _find_waiting_card(session: Session, about_id: int) -> int | None:
    return session.connection().execute(_WAITING_CARD, {"card": about_id}).scalar()


_OUTBOX = OutgoingMessage.metadata.tables[OutgoingMessage.__tablename__]
_PUT = insert(_OUTBOX)
_WAITING_CARD = (
    select(_OUTBOX.c.id)
    .where(
        _OUTBOX.c.status == OutgoingStatus.WAITING,
        _OUTBOX.c.kind == "card",
        (_OUTBOX.c.id == bindparam("card")) | (_OUTBOX.c.about_id == bindparam("card")),
    )
    .order_by(_OUTBOX.c.id)
    .limit(1)
)
_REPLACE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("row"), _OUTBOX.c.status == OutgoingStatus.WAITING)
    .values(payload=bindparam("new_payload", type_=_OUTBOX.c.payload.type))
)
