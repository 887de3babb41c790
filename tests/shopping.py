"""A shop and its customers for tests: purchases are told, links opened, timers come due, on a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.engine.happenings import QuestionDue
from feedbackbot.engine.script import Script, Trigger
from feedbackbot.house import House
from feedbackbot.inviting import OpenedLink, RecordedPurchase
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.database import Database
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.timer import Timer

T = TypeVar("T")
ADA, BO = 111_000_111, 222_000_222
SCRIPT = "after_purchase"


@dataclass
class Shopping:
    database: Database
    house: House
    now: datetime
    telling: dict[str, Any] = field(default_factory=dict)

    def pass_time(self, **time: float) -> None:
        self.now += timedelta(**time)

    def tell(self, **news: Any) -> RecordedPurchase:
        """What the shop sends; by default Ada's trail shoes, delivered two days ago."""
        incoming = inviting.parse_purchase(self.purchase(**news))
        return self.write(lambda s: inviting.record_purchase(s, self.house, incoming, now=self.now))

    def purchase(self, **news: Any) -> dict[str, Any]:
        usual: dict[str, Any] = {
            "source": "webshop",
            "order_id": "1042",
            "customer": {"id": "c-7", "first_name": "Ada", "email": "ada@example.org"},
            "items": [{"name": "Trail shoes"}],
            "purchased_at": (self.now - timedelta(days=6)).isoformat(),
            "delivered_at": (self.now - timedelta(days=2)).isoformat(),
        }
        told = usual | self.telling | news
        return {key: value for key, value in told.items() if value is not None}

    def open(self, link: str | None, telegram_id: int = ADA) -> OpenedLink:
        token = link.partition("=")[2] if link else None
        return self.write(
            lambda s: inviting.open_link(s, self.house, token, telegram_id, now=self.now)
        )

    def due(self, invitation_id: int) -> QuestionDue | None:
        return self.write(lambda s: inviting.due(s, self.house, invitation_id, now=self.now))

    def why_not(self, invitation_id: int) -> str | None:
        return self.write(
            lambda s: inviting.why_not(
                s, self.house, s.get_one(Invitation, invitation_id), now=self.now
            )
        )

    def begin(self, invitation_id: int) -> int:
        """The conversation about an invitation starts; gives its id."""

        def work(session: Session) -> int:
            invitation = session.get_one(Invitation, invitation_id)
            inviting.start(session, invitation_id, now=self.now)
            conversation = Conversation(
                customer_id=invitation.customer_id,
                purchase_id=invitation.purchase_id,
                invitation_id=invitation_id,
                script=invitation.script,
                version="v1",
                status=ConversationStatus.WAITING,
                started_at=self.now,
            )
            session.add(conversation)
            session.flush()
            return conversation.id

        return self.write(work)

    def finish(self, conversation_id: int) -> None:
        def work(session: Session) -> None:
            conversation = session.get_one(Conversation, conversation_id)
            conversation.status = ConversationStatus.FINISHED
            conversation.finished_at = self.now

        self.write(work)

    def customer(self, customer_id: int | None, **changes: Any) -> Customer:
        """The row, after `changes` have been made to it."""
        assert customer_id is not None

        def work(session: Session) -> Customer:
            row = session.get_one(Customer, customer_id)
            for key, value in changes.items():
                setattr(row, key, value)
            return row

        return self.write(work)

    def invitation(self, invitation_id: int | None) -> Invitation:
        assert invitation_id is not None
        return self.database.read(lambda s: s.get_one(Invitation, invitation_id))

    def customers(self) -> list[Customer]:
        return self.database.read(lambda s: list(s.scalars(select(Customer))))

    def purchases(self) -> list[Purchase]:
        return self.database.read(lambda s: list(s.scalars(select(Purchase))))

    def invitations(self) -> list[Invitation]:
        return self.database.read(lambda s: list(s.scalars(select(Invitation))))

    def timers(self) -> dict[int, datetime]:
        return self.database.read(
            lambda s: {t.subject_id: t.due_at for t in s.scalars(select(Timer))}
        )

    def rewrite(self, **changes: Any) -> Script:
        """The packaged script with another `start`; `trigger`, `otherwise`, `condition` …"""
        script = self.house.library.scripts[SCRIPT]
        changed = replace(script, start=replace(script.start, **changes))
        return self.add_script(changed)

    def add_script(self, script: Script) -> Script:
        library = self.house.library
        scripts = {**library.scripts, script.name: script}
        self.house.library = replace(library, scripts=scripts)
        return script

    def write(self, work: Callable[[Session], T]) -> T:
        return self.database.write(work)


def on(event: str, **after: float) -> Trigger:
    return Trigger(on=event, after=timedelta(**after))
