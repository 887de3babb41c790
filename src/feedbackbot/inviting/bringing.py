"""What an opened link brings into a chat besides its order: remembered, so that it can leave again, whole."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedbackbot.inviting.identifying import TOLD, Name, absorb, add_name, name_of
from feedbackbot.models.customer import Customer, CustomerAlias, Purchase
from feedbackbot.models.invitation import Invitation

#: what shows who somebody is; language and time zone may stay
_IDENTITY: Final = ("first_name", "last_name", "email", "email_index")


def bring(session: Session, invitation: Invitation, gone: Customer, *, into: Customer) -> None:
    """The shop's row is taken into that of the chat in which its link was opened."""
    invitation.brought = _brought_by(session, gone, into=into)
    absorb(session, gone, into=into)


def give_back(session: Session, brought: dict[str, Any], chat: Customer, owner: Customer) -> None:
    """The names and the identity leave `chat` for `owner`; what the chat knew of its own stays."""
    for key in brought["filled"]:
        setattr(chat, key, None)
    for key, value in brought["told"].items():
        setattr(owner, key, value)
    names = [brought["name"], *brought["aliases"]]
    for source, customer_id in filter(None, names):
        _move_name(session, (source, customer_id), chat, owner)


def hand_over(session: Session, chat: Customer, owner: Customer) -> None:
    """All that shops have told of whoever this chat was taken for."""
    told = {key: getattr(chat, key) for key in TOLD}
    name = name_of(chat)
    chat.source = chat.source_customer_id = None
    for key in _IDENTITY:
        setattr(chat, key, None)
    session.flush()
    for key, value in told.items():
        setattr(owner, key, value)
    if name:
        add_name(session, owner, name)
    aliases = update(CustomerAlias).where(CustomerAlias.customer_id == chat.id)
    session.execute(aliases.values(customer_id=owner.id))


def _brought_by(session: Session, gone: Customer, *, into: Customer) -> dict[str, Any]:
    """All that the one is about to add to the other, JSON-clean."""
    aliases = select(CustomerAlias).where(CustomerAlias.customer_id == gone.id)
    purchases = select(Purchase.id).where(Purchase.customer_id == gone.id)
    told = {key: getattr(gone, key) for key in TOLD}
    return {
        "name": name_of(gone),
        "aliases": [(one.source, one.source_customer_id) for one in session.scalars(aliases)],
        "told": told,
        "filled": [key for key in _IDENTITY if told[key] and getattr(into, key) is None],
        "purchases": list(session.scalars(purchases)),
    }


def _move_name(session: Session, name: Name, chat: Customer, owner: Customer) -> None:
    if name_of(chat) == name:
        chat.source = chat.source_customer_id = None
    else:
        session.execute(
            delete(CustomerAlias).where(
                CustomerAlias.source == name[0],
                CustomerAlias.source_customer_id == name[1],
                CustomerAlias.customer_id == chat.id,
            )
        )
    session.flush()
    add_name(session, owner, name)
