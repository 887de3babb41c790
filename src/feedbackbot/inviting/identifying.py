"""Who is who: the names under which shops know a person, the marks of the erased, and two rows that are one person."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot.models.audit import Suppression
from feedbackbot.models.customer import Customer, CustomerAlias, Purchase
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.sealing import keys_of
from feedbackbot.models.timer import clear_timer

#: a shop and its own id of a customer
Name = tuple[str, str]
#: what a shop tells of a person
TOLD: Final = ("first_name", "last_name", "email", "email_index", "language", "timezone")


def marks_of(
    keys: KeyRing,
    *,
    telegram_id: int | None = None,
    email: str | None = None,
    name: Name | None = None,
) -> set[str]:
    """The unreadable marks under which somebody who asked to be erased is known for good."""
    known = {
        "telegram": None if telegram_id is None else str(telegram_id),
        "email": email.lower() if email else None,
        "customer": ":".join(name) if name else None,
    }
    return {keys.mark(f"{kind}:{value}") for kind, value in known.items() if value}


def is_erased(session: Session, customer: Customer, *, since: datetime | None = None) -> bool:
    """Asked to be erased, and has not opened a link (`since`) after that."""
    marks = marks_of(
        keys_of(session),
        telegram_id=customer.telegram_id,
        email=customer.email,
        name=name_of(customer),
    )
    erased = select(Suppression.created_at).where(Suppression.mark.in_(marks))
    return bool(marks) and any(since is None or at >= since for at in session.scalars(erased))


def name_of(customer: Customer) -> Name | None:
    if customer.source is None or customer.source_customer_id is None:
        return None
    return customer.source, customer.source_customer_id


def add_name(session: Session, customer: Customer, name: Name) -> None:
    """A shop knows this person under that id, too."""
    if customer.source_customer_id is None:
        customer.source, customer.source_customer_id = name
    elif name_of(customer) != name:
        session.flush()
        session.add(
            CustomerAlias(source=name[0], source_customer_id=name[1], customer_id=customer.id)
        )


def absorb(session: Session, gone: Customer, *, into: Customer) -> None:
    """Two rows turn out to be one person: everything moves, `gone` (which never had a chat) is deleted."""
    session.flush()
    for table in (Purchase, Invitation, CustomerAlias):
        session.execute(
            update(table).where(table.customer_id == gone.id).values(customer_id=into.id)
        )
    name = name_of(gone)
    told = {key: getattr(gone, key) for key in TOLD}
    clear_timer(session, "chat", gone.id)
    session.delete(gone)
    session.flush()
    for key, value in told.items():
        if getattr(into, key) is None:
            setattr(into, key, value)
    if name:
        add_name(session, into, name)


def give_away(session: Session, purchase: Purchase, to: Customer) -> None:
    """The purchase and its invitations belong to somebody else from now on."""
    session.flush()
    purchase.customer_id = to.id
    session.execute(
        update(Invitation).where(Invitation.purchase_id == purchase.id).values(customer_id=to.id)
    )
