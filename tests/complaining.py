"""Bo, whose trail shoes came apart: a complaint played through the real conversation, for tests of what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot import conversing, escalating, inviting, sweeping
from feedbackbot.conversing.incoming import Act, Incoming, IncomingFile, Sender, Started, Written
from feedbackbot.engine.happenings import Command, ReplyKind, Tap
from feedbackbot.house import House
from feedbackbot.models.audit import AuditEntry
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus
from feedbackbot.models.testimonial import Testimonial
from feedbackbot.models.timer import Timer, due
from feedbackbot.staff import Staff

T = TypeVar("T")

RITA = Staff(user_id="U0RITA", name="Rita Sommer")
OMAR = Staff(user_id="U0OMAR", name="Omar Haddad")
MIA = Staff(user_id="U0MIA", name="Mia Lund")
CARD_TS = "1700000000.000100"


@dataclass
class Customer:
    """One person at one phone."""

    database: Database
    house: House
    now: datetime
    name: str = "Bo"
    telegram_id: int = 222_000_222
    moves: int = field(default=0)

    def buys_and_opens(self, **news: Any) -> None:
        purchase = {
            "source": "webshop",
            "order_id": f"10{self.telegram_id % 100}",
            "customer": {"id": f"c-{self.telegram_id}", "first_name": self.name},
            "items": [{"name": "Trail shoes"}],
            "total": 129.5,
            "currency": "GBP",
            "purchased_at": (self.now - timedelta(days=9)).isoformat(),
            "delivered_at": (self.now - timedelta(days=4)).isoformat(),
        }
        incoming = inviting.parse_purchase(purchase | news)
        told = self.write(lambda s: inviting.record_purchase(s, self.house, incoming, now=self.now))
        assert told.link is not None
        secret = told.link.partition("=")[2]
        self._does(lambda key: Started(payload=secret, message_key=key))

    def complains(self, words: str = "The sole came off", *, score: int = 1) -> int:
        """Gives one star and says why; returns the escalation's id."""
        self.buys_and_opens()
        self.taps(str(score))
        self.writes(words)
        self.taps("swap")
        return self.case().id

    def praises(self, words: str = "Light as a feather, and they kept me dry.") -> int:
        """Gives five stars and agrees to be quoted; returns the testimonial's id."""
        self.buys_and_opens()
        self.taps("5")
        self.writes(words)
        for choice in ("2", "yes", "first_name", "agree"):
            self.taps(choice)
        return self.quote().id

    def taps(self, choice: str) -> None:
        visit = self.asked().visit
        assert visit is not None
        self._does(lambda key: Tap(visit=visit, choice=choice, message_key=key))

    def writes(self, text: str) -> None:
        self._does(lambda key: Written(kind=ReplyKind.TEXT, message_key=key, text=text))

    def edits(self, move: int, text: str) -> None:
        """Changes what was written in the `move`-th thing that this person did."""
        old = f"{self.telegram_id}:{move}"
        self._does(lambda _: Written(kind=ReplyKind.TEXT, message_key=old, text=text, edited=True))

    def shows(self, text: str = "", *, kind: ReplyKind = ReplyKind.PHOTO, edits: int = 0) -> None:
        """Sends a picture or a recording, with words or without; or changes that of the `edits`-th thing."""
        file = IncomingFile(kind=kind, file_id=f"file-{self.moves}-{edits}", size=10)
        old = f"{self.telegram_id}:{edits}"
        self._does(
            lambda key: Written(
                kind=kind,
                message_key=old if edits else key,
                text=text,
                files=(file,),
                edited=bool(edits),
            )
        )

    def sends(self, name: str) -> None:
        self._does(lambda key: Command(name=name, message_key=key))

    def sees_everything(self) -> None:
        """Whatever waits has left, and is on the screen."""
        shown = {"status": OutgoingStatus.SENT, "sent_at": self.now}
        self.write(lambda s: s.execute(update(OutgoingMessage).values(shown)))

    def asked(self) -> OutgoingMessage:
        """The newest message with a question."""
        return [one for one in self.messages() if one.visit is not None][-1]

    def heard(self) -> list[str]:
        return [str((one.payload or {})["text"]) for one in self.messages() if one.kind == "text"]

    def messages(self) -> list[OutgoingMessage]:
        return self.outbox(OutgoingMessage.chat_key == f"telegram:{self.telegram_id}")

    def in_slack(self, kind: str) -> list[dict[str, Any]]:
        rows = self.outbox(OutgoingMessage.channel == "slack", OutgoingMessage.kind == kind)
        return [row.payload for row in rows if row.payload is not None]

    def outbox(self, *where: Any) -> list[OutgoingMessage]:
        chosen = select(OutgoingMessage).where(*where).order_by(OutgoingMessage.id)
        return self.read(lambda s: list(s.scalars(chosen)))

    def card(self) -> dict[str, Any]:
        """The newest face of the newest card."""
        return self.in_slack("card")[-1]

    def case(self) -> Escalation:
        newest = select(Escalation).order_by(Escalation.id.desc())
        return self.read(lambda s: s.scalars(newest).first()) or _missing("complaint")

    def quote(self) -> Testimonial:
        newest = select(Testimonial).order_by(Testimonial.id.desc())
        return self.read(lambda s: s.scalars(newest).first()) or _missing("testimonial")

    def acts(self) -> list[str]:
        rows = select(AuditEntry.act).order_by(AuditEntry.id)
        return self.read(lambda s: list(s.scalars(rows)))

    def timer(self, escalation_id: int) -> datetime | None:
        of_case = select(Timer.due_at).where(
            Timer.kind == "escalation", Timer.subject_id == escalation_id
        )
        return self.read(lambda s: s.scalar(of_case))

    def looks(self, escalation_id: int) -> None:
        """The complaint's timer comes due."""
        due_at = self.timer(escalation_id)
        assert due_at is not None
        self.now = due_at
        self.write(lambda s: escalating.look(s, self.house, escalation_id, now=self.now))

    def lets_pass(self, **time: float) -> None:
        """What is due in between happens, in its order."""
        self.now += timedelta(**time)
        for _ in range(20):
            timers = self.read(lambda s: due(s, self.now))
            for timer in timers:
                look = partial(sweeping.look_at, house=self.house, timer=timer, now=self.now)
                self.write(look)
            if not timers:
                return

    def post_cards(
        self, ts: str | None = CARD_TS, status: OutgoingStatus = OutgoingStatus.SENT
    ) -> None:
        """As delivering would, once Slack has named the posts; without a name they are on their way."""

        def work(session: Session) -> None:
            waiting = select(OutgoingMessage).where(
                OutgoingMessage.channel == "slack", OutgoingMessage.about_id.is_(None)
            )
            for row in session.scalars(waiting):
                row.status, row.platform_id = status, ts

        self.write(work)

    def write(self, work: Callable[[Session], T]) -> T:
        return self.database.write(work)

    def read(self, work: Callable[[Session], T]) -> T:
        return self.database.read(work)

    def _does(self, act: Callable[[str], Act]) -> None:
        self.moves += 1
        key = f"{self.telegram_id}:{self.moves}"
        sender = Sender(telegram_id=self.telegram_id, first_name=self.name)
        incoming = Incoming(key=f"telegram:{key}", sender=sender, act=act(key))
        self.write(lambda s: conversing.receive(s, self.house, incoming, now=self.now))


def _missing(what: str) -> Any:
    raise AssertionError(f"there is no {what}")
