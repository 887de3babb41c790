"""People in Slack: they claim, answer, mention, settle and decide, sometimes too late or twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaining import OMAR, RITA
from feedbackbot import escalating, reviewing
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating.listening import ThreadMessage
from feedbackbot.models.escalation import Escalation
from feedbackbot.models.testimonial import Testimonial, TestimonialStatus
from feedbackbot.reviewing import quote_card
from feedbackbot.staff import Staff
from simulated.world import World

TEAM = (RITA, OMAR)


class Desk:
    """Whatever isn't allowed is refused, as Slack would show it; nothing of it is kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.moves = 0

    async def cases(self) -> list[int]:
        return await self.world.read(
            lambda s: list(s.scalars(select(Escalation.id).order_by(Escalation.id)))
        )

    async def quotes(self) -> list[int]:
        return await self.world.read(
            lambda s: list(s.scalars(select(Testimonial.id).order_by(Testimonial.id)))
        )

    async def claims(self, case: int, who: Staff, *, take_over: bool = False) -> None:
        await self._try(escalating.claim, case, staff=who, take_over=take_over)

    async def replies(self, case: int, who: Staff) -> None:
        await self._try(escalating.reply, case, staff=who, text=self._words(), take_over=True)

    async def mentions(self, case: int, who: Staff, *, addressed: bool = True) -> None:
        """A message in the thread; Slack tells of a mention twice."""
        thread = await self.world.read(lambda s: s.get_one(Escalation, case).slack_thread_ts)
        if thread is None:
            return
        message = ThreadMessage(
            team="T1",
            channel="C0SUPPORT",
            thread_ts=thread,
            ts=f"17.{self.moves}",
            staff=who,
            text=self._words(),
            mentions_bot=addressed,
        )
        for _ in range(2):
            await self.world.write(
                lambda s: escalating.staff_message(s, self.world.house, message, now=self.world.now)
            )

    async def releases(self, case: int, who: Staff) -> None:
        await self._try(escalating.release, case, staff=who)

    async def resolves(self, case: int, who: Staff, *, last_words: str = "") -> None:
        on = self.world.now + timedelta(days=1)
        await self._try(
            escalating.resolve,
            case,
            staff=who,
            cause="quality",
            action_taken="A new pair.",
            check_on=on,
            last_words=last_words,
        )

    async def reopens(self, case: int, who: Staff) -> None:
        await self._try(escalating.reopen, case, staff=who)

    async def approves(self, quote: int, who: Staff) -> None:
        await self._write(lambda s: self._approve(s, quote, who))

    async def rejects(self, quote: int, who: Staff) -> None:
        await self._try(reviewing.reject, quote, staff=who, reason="unclear")

    async def edits(self, quote: int, who: Staff) -> None:
        await self._try(reviewing.suggest_edit, quote, staff=who, text=f"Edited: {self._words()}")

    def _approve(self, session: Session, quote: int, who: Staff) -> None:
        row = quote_card.get(session, quote)
        if row.status == TestimonialStatus.WITHDRAWN:
            return
        shown = quote_card.fingerprint(session, row)
        reviewing.approve(
            session, self.world.house, quote, staff=who, fingerprint=shown, now=self.world.now
        )

    def _words(self) -> str:
        self.moves += 1
        return f"We have sent you a new pair, number {self.moves}."

    async def _try(self, act: Callable[..., Any], subject: int, **more: Any) -> None:
        await self._write(lambda s: act(s, self.world.house, subject, now=self.world.now, **more))

    async def _write(self, work: Callable[[Session], Any]) -> None:
        try:
            await self.world.write(work)
        except NotAllowed:
            return
