"""One lock a customer: whoever is about to move anything that belongs to a customer holds it until the commit.

SQLite has one writer, so there nothing is to be done. On PostgreSQL every activity takes the lock first, and looks at
what it moves only then: a chat, a complaint, a testimonial and an invitation all belong to one customer, so one lock
gives one order. Where several are needed they are taken by number.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from feedbackbot.models.tables import TABLES

#: set on a session that can't change anything, and therefore locks nothing
ONLY_READS = "only_reads"
_HELD = "customers_locked"
_CHATS = "chats_locked"


def lock_customers(session: Session, customer_ids: Iterable[int | None]) -> bool:
    """Waits for whoever holds one of them; True when something was locked, and all that is known must be read anew."""
    if not _is_shared(session):
        return False
    held: set[int] = session.info.setdefault(_HELD, set())
    wanted = sorted({one for one in customer_ids if one is not None} - held)
    if not wanted:
        return False
    session.flush()
    session.connection().execute(_LOCK, {"these": wanted})
    held.update(wanted)
    session.expire_all()
    return True


def lock_chat(session: Session, telegram_id: int) -> None:
    """The customer of this chat, if there is one."""
    if not _is_shared(session) or telegram_id in session.info.setdefault(_CHATS, set()):
        return
    session.flush()
    found = session.connection().execute(_LOCK_CHAT, {"of_chat": telegram_id}).scalar()
    if found is not None:
        session.info[_CHATS].add(telegram_id)
        session.info.setdefault(_HELD, set()).add(found)
        session.expire_all()


def lock_owner(session: Session, table: str, row_id: int) -> bool:
    """The customer whom a row of this table belongs to, who may change while we wait; True as above."""
    if not _is_shared(session):
        return False
    has_locked = False
    owner = _owner(session, table, row_id)
    while owner is not None and lock_customers(session, [owner]):
        has_locked = True
        owner = _owner(session, table, row_id)
    return has_locked


def try_lock_owner(session: Session, table: str, row_id: int) -> bool:
    """The same without waiting; False when somebody else is at work on this customer."""
    if not _is_shared(session):
        return True
    owner = _owner(session, table, row_id)
    if owner is None:
        return True
    if session.connection().execute(_TRY, {"this": owner}).scalar() is None:
        return False
    session.info.setdefault(_HELD, set()).add(owner)
    return _owner(session, table, row_id) == owner


def _owner(session: Session, table: str, row_id: int) -> int | None:
    if table == "customers":
        return row_id
    owner = session.connection().execute(_OWNERS[table], {"row": row_id}).scalar()
    return None if owner is None else int(owner)


def _is_shared(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql" and not session.info.get(ONLY_READS)


_CUSTOMERS = TABLES["customers"]
# rows that merely refer to a customer may be added meanwhile
_LOCK = (
    select(_CUSTOMERS.c.id)
    .where(_CUSTOMERS.c.id.in_(bindparam("these", expanding=True)))
    .order_by(_CUSTOMERS.c.id)
    .with_for_update(key_share=True)
)
_TRY = (
    select(_CUSTOMERS.c.id)
    .where(_CUSTOMERS.c.id == bindparam("this"))
    .with_for_update(key_share=True, skip_locked=True)
)
_LOCK_CHAT = (
    select(_CUSTOMERS.c.id)
    .where(_CUSTOMERS.c.telegram_id == bindparam("of_chat"))
    .with_for_update(key_share=True)
)
_REPLIES = TABLES["staff_replies"]
_ESCALATIONS = TABLES["escalations"]
_OWNERS = {
    name: select(TABLES[name].c.customer_id).where(TABLES[name].c.id == bindparam("row"))
    for name in ("escalations", "testimonials", "invitations", "purchases", "media")
} | {
    "staff_replies": select(_ESCALATIONS.c.customer_id)
    .join(_REPLIES, _REPLIES.c.escalation_id == _ESCALATIONS.c.id)
    .where(_REPLIES.c.id == bindparam("row"))
}
