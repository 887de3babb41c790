"""What one turn writes down: collected while its events are gone through, stored at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
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
from feedbackbot.models.prepared import Prepared
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
        if self.outgoing and self.customer.telegram_id is not None:
            _PUT.run_for_each(self.session, self.outgoing)
        if self.erased:
            return
        if self.columns or self.chat != self.before:
            changed = {**self.columns, "chat": talking.to_json(self.chat)}
            values = {f"new_{name}": value for name, value in changed.items()}
            _save(*changed).run(self.session, {**values, "row_id": self.customer_id})
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


@lru_cache(maxsize=256)
def _save(*names: str) -> Prepared:
    """For these columns of the customer; the same few sets of them change again and again."""
    new = {name: bindparam(f"new_{name}", type_=_CUSTOMERS.c[name].type) for name in names}
    return Prepared(update(_CUSTOMERS).where(_CUSTOMERS.c.id == bindparam("row_id")).values(new))


_CUSTOMERS = TABLES["customers"]
_PUT = Prepared(
    insert(TABLES["outbox"]),
    columns=(
        "channel",
        "chat_key",
        "kind",
        "purpose",
        "priority",
        "status",
        "not_before",
        "payload",
        "customer_id",
        "conversation_id",
        "visit",
        "reply_id",
        "attempts",
        "created_at",
    ),
)
