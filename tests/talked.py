"""A chat to talk with in tests: each move is one line, and what came of it can be asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from feedbackbot.engine.chat import CustomerFacts, PurchaseFacts
from feedbackbot.engine.events import Event, Said
from feedbackbot.engine.happenings import (
    Attachment,
    Happening,
    LinkOpened,
    LinkState,
    MediaTrouble,
    QuestionDue,
    Reply,
    ReplyKind,
    Tap,
)
from feedbackbot.engine.playing import Heard, Player
from feedbackbot.engine.script import Library

E = TypeVar("E")
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Talked:
    """Ada's chat about one purchase."""

    def __init__(
        self,
        library: Library,
        script: str = "after_purchase",
        *,
        customer: CustomerFacts | None = None,
        now: datetime = MORNING,
        pause: float = 3.0,
    ) -> None:
        self.events: list[Event] = []
        self.player = Player(
            library,
            customer=customer or CustomerFacts(first_name="Ada", last_name="Lovelace"),
            now=now,
            listener=self._hear,
            text_pause=pause,
        )
        self.script = library.scripts[script]
        self.bought = PurchaseFacts(
            number="#1001",
            items=("Trail shoes",),
            placed_at=now - timedelta(days=9),
            delivered_at=now - timedelta(days=3),
        )
        self.invitation_id = self.player.offer(self.bought, self.script, now)
        self.messages = 0

    def open(self, state: LinkState = LinkState.NEW, *, due: bool = True) -> str:
        link = LinkOpened(
            state=state,
            message_key=self._key(),
            invitation_id=self.invitation_id,
            script=self.script,
            due_at=self.player.now if due else None,
        )
        return self.do(link)

    def buys_again(self, number: str) -> None:
        """What is opened next is about another purchase."""
        self.bought = replace(self.bought, number=number)
        self.invitation_id = self.player.offer(self.bought, self.script, self.player.now)

    def fall_due(self) -> str:
        return self.do(QuestionDue(invitation_id=self.invitation_id, script=self.script))

    def write(self, text: str, *, edits: str | None = None, at_once: bool = False) -> str:
        key = edits or self._key()
        said = Reply(kind=ReplyKind.TEXT, text=text, message_key=key, edited=edits is not None)
        return self.do(said, at_once=at_once)

    def send(
        self,
        kind: ReplyKind,
        text: str = "",
        *,
        trouble: MediaTrouble | None = None,
        album: str | None = None,
        edits: str | None = None,
        at_once: bool = False,
    ) -> str:
        attachment = Attachment(media_id=self.messages + 1, kind=kind, trouble=trouble)
        said = Reply(
            kind=kind,
            text=text,
            attachments=(attachment,),
            message_key=edits or self._key(),
            album=album,
            edited=edits is not None,
        )
        return self.do(said, at_once=at_once)

    def tap(self, label: str, *, visit: int | None = None) -> str:
        for number, rows in sorted(self.player.keyboards.items(), reverse=True):
            for button in (button for row in rows for button in row):
                if button.label == label and visit in (None, number):
                    return self.do(Tap(visit=number, choice=button.choice, message_key=self._key()))
        raise AssertionError(f"There is no button [{label}].")

    def press(self, visit: int, choice: str) -> str:
        return self.do(Tap(visit=visit, choice=choice, message_key=self._key()))

    def do(self, happening: Happening, *, at_once: bool = False) -> str:
        """What the bot says to it; `at_once`: nothing that was held back has left yet."""
        if not at_once:
            self.player.flush()
        self.events = []
        self.player.do(happening, about=self.invitation_id)
        if not at_once:
            self.player.flush()
        return self.said

    def wait(self, **amount: int) -> str:
        self.player.flush()
        self.events = []
        self.player.advance(timedelta(**amount))
        return self.said

    def held_back(self) -> str:
        """What leaves once the customer has stopped writing."""
        self.events = []
        self.player.flush()
        return self.said

    @property
    def said(self) -> str:
        return "\n---\n".join(event.text for event in self.events if isinstance(event, Said))

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def last_key(self) -> str:
        return f"7:{self.messages}"

    def _key(self) -> str:
        self.messages += 1
        return f"7:{self.messages}"

    def _hear(self, heard: Heard) -> None:
        self.events.append(heard.event)
