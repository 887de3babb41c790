"""The look at a message at the last moment before it leaves: it may be wanted no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, Row, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Chat
from feedbackbot.engine.events import Purpose
from feedbackbot.house import House
from feedbackbot.models.customer import Reach
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.sealing import SealedText
from feedbackbot.models.tables import TABLES

#: columns of any statement
AnyRow = Row[*tuple[Any, ...]]
#: these change only what the customer sees already
DECORATION = {"buttons", "reaction", "typing", "mark"}


def people_of(session: Session, rows: Iterable[AnyRow]) -> dict[int, AnyRow]:
    """The customers whom these outbox rows are for, in one look."""
    wanted = {row.customer_id for row in rows if row.customer_id and row.channel == "telegram"}
    if not wanted:
        return {}
    found = session.connection().execute(_CUSTOMERS_OF, {"these": list(wanted)})
    return {row.id: row for row in found}


def why_not_any_more(
    session: Session,
    house: House,
    row: AnyRow,
    people: Mapping[int, AnyRow],
    *,
    now: datetime,
) -> str | None:
    """The reason in words, or None when this outbox row may still be sent."""
    if row.channel != "telegram" or row.customer_id is None:
        return None
    customer = people.get(row.customer_id)
    if customer is None or customer.telegram_id is None:
        # all that waited was cancelled with the erasure; what came after is the goodbye
        is_goodbye = row.purpose == Purpose.ANSWER or row.kind == "buttons"
        return None if is_goodbye else "the customer asked to be erased"
    if customer.reach == Reach.BLOCKED:
        return "the customer has blocked the bot"
    asks = row.purpose == Purpose.QUESTION and row.visit is not None
    if row.kind in DECORATION or not (asks or customer.stopped_at):
        return None
    chat = _chat_of(session, customer)
    if customer.stopped_at and (reason := _after_a_stop(row, chat)):
        return reason
    return (_closed(row, chat) or _uncalled_for(session, house, row, now=now)) if asks else None


def _chat_of(session: Session, customer: AnyRow) -> Chat:
    """Unsealed for this row alone, so that one that can't be read costs no other."""
    kept = _CHAT.process_result_value(customer.sealed_chat, session.get_bind().dialect)
    return talking.chat_from_json(kept) if kept else Chat()


def _after_a_stop(row: AnyRow, chat: Chat) -> str | None:
    if row.purpose == Purpose.ANSWER or (chat.aside and row.visit == chat.aside.visit):
        return None
    if row.purpose == Purpose.CASE and chat.let_answer is not False:
        return None
    return "the customer said stop"


def _closed(row: AnyRow, chat: Chat) -> str | None:
    """Answered or overtaken while it waited to leave; or people have the word now."""
    if chat.aside is not None and chat.aside.visit == row.visit:
        return None
    state = chat.conversation
    if state is None or state.visit != row.visit:
        return "the question is closed"
    if chat.case is not None and not chat.case.resolved:
        return "a complaint is open"
    return None


def _uncalled_for(session: Session, house: House, row: AnyRow, *, now: datetime) -> str | None:
    """What the bot begins by itself passes the same gate as at its beginning."""
    if row.priority == 0 or row.conversation_id is None:
        return None
    found = session.connection().execute(_INVITATION, {"of": row.conversation_id}).scalar()
    if found is None:
        return None
    return inviting.why_not(session, house, session.get_one(Invitation, found), now=now)


_CUSTOMERS = TABLES["customers"]
_CHAT = SealedText("customers.chat")
_CONVERSATIONS = TABLES["conversations"]
_CUSTOMERS_OF = select(
    _CUSTOMERS.c.id,
    _CUSTOMERS.c.telegram_id,
    _CUSTOMERS.c.reach,
    _CUSTOMERS.c.stopped_at,
    type_coerce(_CUSTOMERS.c.chat, LargeBinary).label("sealed_chat"),
).where(_CUSTOMERS.c.id.in_(bindparam("these", expanding=True)))
_INVITATION = select(_CONVERSATIONS.c.invitation_id).where(_CONVERSATIONS.c.id == bindparam("of"))
