"""What is kept of a customer: handed over as a copy (/mydata), or forgotten for good (/forget)."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select, update
from sqlalchemy.orm import Session

from feedbackbot import escalating, reviewing, threads
from feedbackbot.escalating.case_card import UNADDRESSED
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.conversation import ConversationStatus, Media, MediaStatus
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.locking import lock_customers
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import clear_timer
from feedbackbot.remembering import forgotten, quarantined

#: larger files are listed in the copy, not enclosed
_ENCLOSED = 1 << 20
#: ids, marks and machinery: nothing that the customer told or was told
_LEFT_OUT = {
    "chat",
    "content",
    "email_index",
    "token",
    "token_sha256",
    "brought",
    "file_id",
    "customer_id",
    "attempts",
    "next_attempt_at",
    "card_outbox_id",
    "public_id",
    "decided_by",
    "slack_channel_id",
    "slack_thread_ts",
    "slack_ts",
    "slack_user_id",
    "echo_outbox_id",
    # who did what among colleagues, and their note for each other about what was done, which may speak of third
    # parties (GDPR 15.4); whatever of it was said to the customer stands among the messages
    "claimed_by",
    "resolved_by",
    "action_taken",
}


def copy_of(session: Session, customer_id: int) -> dict[str, Any]:
    """Everything, JSON-clean and readable."""
    conversations = _ids(session, "conversations", customer_id)
    testimonials = _ids(session, "testimonials", customer_id)
    escalations = _ids(session, "escalations", customer_id)
    return {
        "customer": _listed(session, "customers", _CUSTOMERS.c.id == customer_id),
        "purchases": _owned(session, "purchases", customer_id),
        "invitations": _owned(session, "invitations", customer_id),
        "conversations": _owned(session, "conversations", customer_id),
        "answers": _listed(session, "answers", _ANSWERS.c.conversation_id.in_(conversations)),
        "messages_from_you": _owned(session, "messages", customer_id),
        "messages_to_you": _said_to(session, customer_id),
        "complaints": _owned(session, "escalations", customer_id),
        "replies_of_staff": _listed(
            session, "staff_replies", _REPLIES.c.escalation_id.in_(escalations) & _ADDRESSED
        ),
        "testimonials": _owned(session, "testimonials", customer_id),
        "consents": _listed(session, "consents", _CONSENTS.c.testimonial_id.in_(testimonials)),
        "media": _media(session, customer_id),
    }


def erase(session: Session, house: House, customer_id: int, *, now: datetime) -> None:
    """Words, files and identity go; numbers stay without a name, and a mark that nobody can read."""
    lock_customers(session, [customer_id])
    customer = session.get_one(Customer, customer_id)
    forgotten.remember_marks(session, house, customer, now=now)
    reviewing.erase_for(session, house, customer_id, now=now)
    escalating.erase_for(session, house, customer_id, now=now)
    threads.erase_notes(session, customer_id, now=now)
    session.flush()
    _cancel_what_waits(session, customer_id)
    _empty_words(session, customer_id, now=now)
    quarantined.empty(session, customer.telegram_id)
    _empty_identity(session, customer_id, now=now)
    session.expire(customer)
    audit.record(
        session, actor="customer", act="erased", subject=f"customer:{customer_id}", now=now
    )


def _cancel_what_waits(session: Session, customer_id: int) -> None:
    """Slack rows stay: among them are those that overwrite what stands there."""
    clear_timer(session, "chat", customer_id)
    for invitation_id in _ids(session, "invitations", customer_id):
        clear_timer(session, "invitation", invitation_id)
    mine = (_OUTBOX.c.customer_id == customer_id, _OUTBOX.c.channel == "telegram")
    waiting = _OUTBOX.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.UNKNOWN])
    _set(session, _OUTBOX, *mine, waiting, status=OutgoingStatus.CANCELLED, not_before=None)
    _set(session, _OUTBOX, *mine, payload=None, error=None, chat_key=f"erased:{customer_id}")


def _empty_words(session: Session, customer_id: int, *, now: datetime) -> None:
    conversations = _ids(session, "conversations", customer_id)
    _set(session, _ANSWERS, _ANSWERS.c.conversation_id.in_(conversations), words=None)
    _set(
        session,
        _MESSAGES,
        _MESSAGES.c.customer_id == customer_id,
        text=None,
        platform_key=None,
    )
    _set(
        session,
        _MEDIA,
        _MEDIA.c.customer_id == customer_id,
        content=None,
        file_id=None,
        sha256=None,
        status=MediaStatus.LOST,
        next_attempt_at=None,
    )
    _set(
        session,
        _CONVERSATIONS,
        _CONVERSATIONS.c.customer_id == customer_id,
        _CONVERSATIONS.c.status == ConversationStatus.WAITING,
        status=ConversationStatus.ABANDONED,
        outcome="erased",
        finished_at=now,
    )


def _empty_identity(session: Session, customer_id: int, *, now: datetime) -> None:
    connection = session.connection()
    for purchase_id in _ids(session, "purchases", customer_id):
        gone = f"erased:{purchase_id}"
        _set(session, _PURCHASES, _PURCHASES.c.id == purchase_id, order_id=gone, items=[], tags="")
    for invitation_id in _ids(session, "invitations", customer_id):
        _set(
            session,
            _INVITATIONS,
            _INVITATIONS.c.id == invitation_id,
            token="",
            token_sha256=f"erased:{invitation_id}",
            telegram_id=None,
            brought=None,
        )
    open_ones = _INVITATIONS.c.status.in_([InvitationStatus.SENT, InvitationStatus.ACCEPTED])
    mine = _INVITATIONS.c.customer_id == customer_id
    _set(session, _INVITATIONS, mine, open_ones, status=InvitationStatus.CANCELLED)
    connection.execute(_ALIASES.delete().where(_ALIASES.c.customer_id == customer_id))
    gone_fields = dict.fromkeys(
        ("telegram_id", "source_customer_id", "first_name", "last_name", "username", "email")
    )
    more = dict.fromkeys(("email_index", "language", "timezone", "chat", "conversation_id"))
    _set(
        session,
        _CUSTOMERS,
        _CUSTOMERS.c.id == customer_id,
        **gone_fields,
        **more,
        tags="",
        reach=Reach.UNKNOWN,
        stopped_at=now,
    )


def _set(session: Session, table: Table, *where: ColumnElement[bool], **values: Any) -> None:
    session.connection().execute(update(table).where(*where).values(values))


def _ids(session: Session, table: str, customer_id: int) -> list[int]:
    rows = TABLES[table]
    found = select(rows.c.id).where(rows.c.customer_id == customer_id)
    return list(session.connection().execute(found).scalars())


def _owned(session: Session, table: str, customer_id: int) -> list[dict[str, Any]]:
    return _listed(session, table, TABLES[table].c.customer_id == customer_id)


def _listed(session: Session, table: str, where: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = TABLES[table]
    columns = [column for column in rows.c if column.name not in _LEFT_OUT]
    found = session.connection().execute(select(*columns).where(where).order_by(rows.c.id))
    return [{name: _plain(value) for name, value in row.items()} for row in found.mappings()]


def _said_to(session: Session, customer_id: int) -> list[dict[str, Any]]:
    found = session.connection().execute(
        select(_OUTBOX.c.sent_at, _OUTBOX.c.kind, _OUTBOX.c.payload)
        .where(
            _OUTBOX.c.customer_id == customer_id,
            _OUTBOX.c.channel == "telegram",
            _OUTBOX.c.sent_at.is_not(None),
        )
        .order_by(_OUTBOX.c.id)
    )
    return [
        {"sent_at": _plain(row.sent_at), "kind": row.kind, "text": text}
        for row in found
        if (text := (row.payload or {}).get("text") or (row.payload or {}).get("caption"))
    ]


def _media(session: Session, customer_id: int) -> list[dict[str, Any]]:
    listed = _owned(session, "media", customer_id)
    for entry in listed:
        if (entry["size"] or 0) <= _ENCLOSED:
            media = session.get(Media, entry["id"])
            content = media.content if media else None
            entry["base64"] = base64.b64encode(content).decode() if content else None
    return listed


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


_CUSTOMERS = TABLES["customers"]
_ALIASES = TABLES["customer_aliases"]
_PURCHASES = TABLES["purchases"]
_INVITATIONS = TABLES["invitations"]
_CONVERSATIONS = TABLES["conversations"]
_ANSWERS = TABLES["answers"]
_MESSAGES = TABLES["messages"]
_MEDIA = TABLES["media"]
_REPLIES = TABLES["staff_replies"]
#: colleagues talk in the thread as well, and what they might yet send waits there: none of it was for the customer
_ADDRESSED = _REPLIES.c.failure.is_distinct_from(UNADDRESSED)
_CONSENTS = TABLES["consents"]
_OUTBOX = TABLES["outbox"]
