"""Many customers in front of a folder of scripts that somebody edits while they talk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from feedbackbot import conversing, inviting, sweeping
from feedbackbot.conversing import Outcome
from feedbackbot.conversing.incoming import Act, Incoming, Sender, Started, Written
from feedbackbot.engine.happenings import ReplyKind, Tap
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage
from feedbackbot.models.timer import due

VISIT = """\
script: visit
spec: 1
language: en
start: {on: purchase.placed, after: 0s}
timeout: {after: 2d, goto: bye}
steps:
  - {id: rate, ask: "How was {{ purchase.item }}?", type: rating, save: score, next: why}
  - {id: why, ask: "Why is that?", type: text, save: reason, next: again}
  - {id: again, ask: "Would you come again?", type: choice, choices: {yes_again: "Yes", no_more: "No"}, save: again, next: bye}
  - {id: bye, say: "Thank you for {{ score or 'your' }} stars.", next: done}
  - {id: done, end: finished}
"""
#: `why` is gone, `again` has other choices, and only the wording of `rate` is another
REWRITTEN = """\
script: visit
spec: 1
language: en
start: {on: purchase.placed, after: 0s}
timeout: {after: 2d, goto: bye}
steps:
  - {id: rate, ask: "How did you like {{ purchase.item }}?", type: rating, save: score, next: again}
  - {id: again, ask: "Would you come again?", type: choice, choices: {gladly: "Gladly", never: "Never"}, save: again, next: bye}
  - {id: bye, say: "Thanks a lot.", next: done}
  - {id: done, end: finished}
"""
BROKEN = VISIT.replace("next: why}", "next: wy}")


def write(folder: Path, script: str = VISIT, name: str = "visit") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(script, encoding="utf-8")
    return folder


def house_of(folder: Path) -> House:
    return House(
        library=load_library(folder),
        conversations=folder,
        bot_username="feedback_demo_bot",
        bot_id=1,
        slack_channels={"support": "C0SUPPORT"},
        text_pause=0,
        inbound_per_minute=0,
    )


@dataclass
class Crowd:
    """Customers by number; number 7 has order 7."""

    database: Database
    house: House
    now: datetime
    _updates: int = field(default=0)

    def joins(self, *numbers: int) -> None:
        """Each opens the link of an order and is asked the first question at once."""
        for number in numbers:
            recorded = self.database.write(
                lambda s, n=number: inviting.invite(  # type: ignore[misc]
                    s, self.house, order_id=str(n), item="Soap", now=self.now
                )
            )
            secret = str(recorded.link).partition("start=")[2]
            self.does(number, Started(payload=secret, message_key=self._key(number)))

    def writes(self, number: int, words: str) -> Outcome:
        act = Written(kind=ReplyKind.TEXT, text=words, message_key=self._key(number))
        return self.does(number, act)

    def taps(self, number: int, choice: str) -> Outcome:
        """A button of the newest question."""
        asked = "select max(visit) from outbox where kind = 'text' and chat_key = :chat"
        visit = self.rows(asked, chat=f"telegram:{number}")[0][0]
        return self.does(number, Tap(visit=visit, choice=choice, message_key=self._key(number)))

    def does(self, number: int, act: Act) -> Outcome:
        incoming = Incoming(
            key=self._key(number),
            sender=Sender(telegram_id=number, first_name=f"Nr {number}", language="en"),
            act=act,
        )
        return self.database.write(
            lambda s: conversing.receive(s, self.house, incoming, now=self.now)
        )

    def pass_time(self, **time: float) -> None:
        self.now += timedelta(**time)
        for _ in range(20):
            timers = self.database.read(lambda s: due(s, self.now, 1000))
            for timer in timers:
                self.database.write(
                    partial(sweeping.look_at, house=self.house, timer=timer, now=self.now)
                )
            if not timers:
                return

    def said_to(self, number: int) -> list[str]:
        """All messages to one of them, oldest first."""
        rows = select(OutgoingMessage).where(
            OutgoingMessage.chat_key == f"telegram:{number}", OutgoingMessage.kind == "text"
        )
        found = self.database.read(lambda s: list(s.scalars(rows.order_by(OutgoingMessage.id))))
        return [str((row.payload or {}).get("text")) for row in found]

    def notes(self) -> list[str]:
        """What the team was told in its channel."""
        rows = select(OutgoingMessage).where(OutgoingMessage.channel == "slack")
        found = self.database.read(lambda s: list(s.scalars(rows)))
        return [str((row.payload or {}).get("text")) for row in found]

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.database.read(lambda s: [tuple(r) for r in s.execute(text(query), values)])

    def _key(self, number: int) -> str:
        self._updates += 1
        return f"{number}:{self._updates}"
