"""What one turn writes down: collected while its events are gone through, stored at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from feedbackbot.conversing.scenes import CustomerRow
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Chat
from feedbackbot.engine.happenings import (
    Command,
    Happening,
    LinkOpened,
    QuestionDue,
    Reply,
    Tap,
    WasAway,
    Woken,
)
from feedbackbot.house import House
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import clear_timer, set_timer

#: what the bot begins by itself leaves after what answers somebody
_BY_ITSELF = (QuestionDue, Woken, WasAway)


@dataclass(slots=True, kw_only=True)
class Recording:
    """Lives for one turn, inside its transaction; effects add to it."""

    session: Session
    house: House
    now: datetime
    customer: CustomerRow
    happening: Happening
    before: Chat
    chat: Chat
    conversation_id: int | None
    purchase_id: int | None
    #: columns of the customer that change besides the chat
    columns: dict[str, Any] = field(default_factory=dict)
    outgoing: list[dict[str, Any]] = field(default_factory=list)
    #: invitations whose conversation begins right after this turn
    due_now: list[int] = field(default_factory=list)
    toast: str | None = None
    #: nothing of the customer may be written any more
    erased: bool = False

    @property
    def customer_id(self) -> int:
        return int(self.customer.id)

    @property
    def is_customers_act(self) -> bool:
        return isinstance(self.happening, Reply | Tap | Command | LinkOpened)

    def send(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        purpose: str | None = None,
        visit: int | None = None,
        reply_id: int | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """One message to the customer, for after the commit."""
        row = {
            "channel": "telegram",
            "chat_key": f"telegram:{self.customer.telegram_id}",
            "kind": kind,
            "purpose": purpose,
            "priority": int(isinstance(self.happening, _BY_ITSELF)),
            "status": OutgoingStatus.WAITING,
            "not_before": not_before,
            "payload": payload,
            "customer_id": self.customer_id,
            "conversation_id": self.conversation_id,
            "visit": visit,
            "reply_id": reply_id,
            "attempts": 0,
            "created_at": self.now,
        }
        self.outgoing.append(row)

    def store(self) -> None:
        """At most three statements: what goes out, the customer with the chat, and the timer."""
        self.session.flush()
        connection = self.session.connection()
        if self.outgoing and self.customer.telegram_id is not None:
            connection.execute(_PUT, self.outgoing)
        if self.erased:
            return
        values = {"row_id": self.customer_id, "new_chat": talking.to_json(self.chat)}
        if self.columns:
            changed = {**self.columns, "chat": values["new_chat"]}
            connection.execute(
                update(_CUSTOMERS).where(_CUSTOMERS.c.id == self.customer_id).values(changed)
            )
        elif self.chat != self.before:
            connection.execute(_SAVE_CHAT, values)
        self._mirror_timer()

    def _mirror_timer(self) -> None:
        """The timer row is never later than the chat's first timer.

        It may be earlier: a chat that is woken too soon looks at its own timers and sets the row anew, which is
        cheaper than moving the row with every answer.
        """
        new, old = _first_due(self.chat), _first_due(self.before)
        if new is None:
            if old is not None or isinstance(self.happening, Woken):
                clear_timer(self.session, "chat", self.customer_id)
        elif old is None or new < old or isinstance(self.happening, Woken):
            set_timer(self.session, "chat", self.customer_id, new)


def _first_due(chat: Chat) -> datetime | None:
    return min((timer.due_at for timer in chat.timers), default=None)


_CUSTOMERS = TABLES["customers"]
_PUT = insert(TABLES["outbox"])
_SAVE_CHAT = (
    update(_CUSTOMERS)
    .where(_CUSTOMERS.c.id == bindparam("row_id"))
    .values(chat=bindparam("new_chat", type_=_CUSTOMERS.c.chat.type))
)
