"""A whole little shop around the engine, without any platform: a customer, staff, marketing and a clock.

The stories, the terminal and the tests of scripts play through it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from feedbackbot.engine.chat import (
    Chat,
    CustomerFacts,
    Passed,
    Published,
    PurchaseFacts,
    Scene,
    Value,
)
from feedbackbot.engine.events import (
    ButtonsChanged,
    CaseTold,
    CaseWritten,
    ComplaintRaised,
    ConsentGiven,
    ErasureAsked,
    Event,
    InvitationAccepted,
    RecoveryAnswered,
    RewardGiven,
    Said,
    WithdrawalAsked,
)
from feedbackbot.engine.happenings import (
    CaseNeglected,
    Happening,
    Neglect,
    QuestionDue,
    Woken,
)
from feedbackbot.engine.playing.props import Heard, Offer, PlayedCase, day_of_asking
from feedbackbot.engine.script import Library, Script
from feedbackbot.engine.talking import (
    chat_from_json,
    receive,
    to_json,
    with_case_id,
    with_testimonial_id,
)
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.times.opening import add_business_time

__all__ = ["Heard", "Offer", "PlayedCase", "Player", "day_of_asking"]
#: a message that waits longer than this waits for the morning, not for the customer's next words
_A_PAUSE: Final = timedelta(seconds=10)
_MOST_STEPS: Final = 1000


class Player:
    """Hosts one customer's chat; `listener` is given what is said and recorded, as it happens."""

    def __init__(
        self,
        library: Library,
        *,
        customer: CustomerFacts,
        now: datetime,
        listener: Callable[[Heard], None],
        text_pause: float = 3.0,
    ) -> None:
        self.library = library
        self.customer = customer
        self.now = now
        self.listener = listener
        self.text_pause = text_pause
        self.chat = Chat()
        self.offers: dict[int, Offer] = {}
        self.cases: dict[int, PlayedCase] = {}
        self.consents: dict[int, ConsentGiven] = {}
        self.replies = 0
        #: every step that was reached, and every way by which one was left
        self.trail: set[Passed] = set()
        #: the answers, also when the conversation is over
        self.names: Mapping[str, Value] = {}
        #: pool -> codes that are left
        self.codes: dict[str, list[str]] = {}
        self.rewarded: set[str] = set()
        #: numbers of the purchases that had a code
        self.thanked: set[str] = set()
        #: the buttons that can be seen under each question
        self.keyboards: dict[int, Rows] = {}
        self._opened: int | None = None
        self._outbox: list[tuple[datetime, Said]] = []
        self._due: dict[int, datetime] = {}
        self._testimonials = 0

    def offer(self, purchase: PurchaseFacts, script: Script, due_at: datetime | None) -> int:
        """Makes a purchase known; the number is that of its invitation."""
        invitation_id = len(self.offers) + 1
        self.offers[invitation_id] = Offer(purchase=purchase, script=script, due_at=due_at)
        return invitation_id

    def do(self, happening: Happening, *, about: int | None = None) -> None:
        """One thing happens; `about` names the purchase that a link belongs to."""
        self._opened = about if about is not None else self._opened
        turn = receive(self.chat, happening, self.scene(), now=self.now)
        self.chat = chat_from_json(to_json(turn.chat))
        self.trail.update(turn.trail)
        state = self.chat.conversation
        self.names = turn.left if turn.left is not None else state.names if state else self.names
        for event in turn.events:
            self._record(event)
        self._begin_what_is_due()

    def scene(self) -> Scene:
        state = self.chat.conversation
        offer = self.offers.get(state.invitation_id if state else self._opened or 0)
        script = offer.script if state and offer else None
        return Scene(
            common=self.library.common,
            shop=self.library.shop,
            customer=self.customer,
            purchase=offer.purchase if offer else None,
            script=script,
            published=tuple(
                Published(testimonial_id=number, text=given.text)
                for number, given in self.consents.items()
            ),
            text_pause=self.text_pause,
            called=self.library.scripts,
            codes={pool: left[0] for pool, left in self.codes.items() if left},
            rewarded=frozenset(self.rewarded),
            thanked=frozenset(self.thanked),
        )

    def flush(self) -> None:
        """The customer has stopped writing for a moment: what was held back for that leaves."""
        while self._outbox and self._outbox[0][0] <= self.now + _A_PAUSE:
            due_at, said = self._outbox.pop(0)
            self.now = max(self.now, due_at)
            self._deliver(said)

    def settle(self) -> None:
        """The same, and what the customer writes next is something new."""
        self.flush()
        self.pass_time(timedelta(seconds=self.text_pause))

    def advance(self, amount: timedelta) -> None:
        """Time passes in silence, and everything that falls due in it happens in order."""
        self.flush()
        self.pass_time(amount)

    def pass_time(self, amount: timedelta) -> None:
        """The same while the customer may be about to write: what is held back stays so until its time."""
        until = self.now + amount
        for _ in range(_MOST_STEPS):
            moment = self._next_moment()
            if moment is None or moment > until:
                break
            self.now = max(self.now, moment)
            self._happen()
        self.now = until

    def open_case(self) -> PlayedCase | None:
        """The newest that staff have not resolved; else the newest of all."""
        cases = list(self.cases.values())
        waiting = [case for case in cases if not case.resolved] or cases
        return waiting[-1] if waiting else None

    def _record(self, event: Event) -> None:
        if isinstance(event, Said):
            self._outbox.append((self.now + event.pause, event))
            self._outbox.sort(key=lambda item: item[0])
            if not event.pause:
                self._deliver(self._outbox.pop(0)[1])
            return
        self._take_effect(event)
        self.listener(Heard(at=self.now, event=event))

    def _deliver(self, said: Said) -> None:
        if said.visit is not None and not self._is_open(said.visit):
            return
        if said.visit is not None:
            self.keyboards[said.visit] = said.buttons
        self.listener(Heard(at=self.now, event=said))

    def _is_open(self, visit: int) -> bool:
        return all(closed.visit != visit for closed in self.chat.closed)

    def _take_effect(self, event: Event) -> None:
        if isinstance(event, ComplaintRaised):
            self._open_case(event)
        elif isinstance(event, (CaseWritten, CaseTold, RecoveryAnswered)):
            self._bring_to_case(event)
        elif isinstance(event, ConsentGiven):
            self._keep_testimonial(event)
        elif isinstance(event, WithdrawalAsked):
            self.consents.pop(event.testimonial_id, None)
        elif isinstance(event, ErasureAsked):
            self.consents.clear()
        elif isinstance(event, RewardGiven) and event.code is not None:
            self.rewarded.add(event.pool)
            self.thanked.update(self._bought())
            self.codes[event.pool] = self.codes.get(event.pool, [])[1:]
        elif isinstance(event, InvitationAccepted) and event.due_at is not None:
            self._due[event.invitation_id] = event.due_at
        elif isinstance(event, ButtonsChanged):
            self.keyboards[event.visit] = event.buttons

    def _bought(self) -> tuple[str, ...]:
        """The number of the purchase that is talked about."""
        state = self.chat.conversation
        offer = self.offers.get(state.invitation_id if state else self._opened or 0)
        return (offer.purchase.number,) if offer else ()

    def _bring_to_case(self, event: CaseWritten | CaseTold | RecoveryAnswered) -> None:
        case = self.cases.get(event.escalation_id)
        if case is None:
            return
        if isinstance(event, RecoveryAnswered):
            case.solved = event.solved
        elif event.reopens or (case.answered and _waits(event)):
            self._wait_again(case)

    def _open_case(self, raised: ComplaintRaised) -> None:
        if raised.reopens is not None:
            case = self.cases[raised.reopens]
            case.complaint = raised
            self._wait_again(case)
            return
        number = len(self.cases) + 1
        self.cases[number] = PlayedCase(escalation_id=number, opened_at=self.now, complaint=raised)
        self.chat = with_case_id(self.chat, number)

    def _wait_again(self, case: PlayedCase) -> None:
        """All clocks begin anew."""
        case.resolved, case.answered, case.opened_at = False, False, self.now
        case.told = set()

    def _keep_testimonial(self, given: ConsentGiven) -> None:
        number = given.testimonial_id
        if number is None:
            self._testimonials += 1
            number = self._testimonials
            self.chat = with_testimonial_id(self.chat, number)
        self.consents[number] = given

    def _next_moment(self) -> datetime | None:
        moments = [timer.due_at for timer in self.chat.timers]
        moments += [due_at for due_at, _ in self._outbox]
        moments += self._due.values()
        moments += [moment for _, _, moment in self._neglects()]
        return min(moments, default=None)

    def _happen(self) -> None:
        while self._outbox and self._outbox[0][0] <= self.now:
            self._deliver(self._outbox.pop(0)[1])
        if any(timer.due_at <= self.now for timer in self.chat.timers):
            self.do(Woken())
        self._begin_what_is_due()
        for case, how, moment in self._neglects():
            if moment <= self.now:
                case.told.add(how)
                self.do(CaseNeglected(escalation_id=case.escalation_id, how=how))

    def _begin_what_is_due(self) -> None:
        for invitation_id in sorted(self._due):
            if self._due[invitation_id] <= self.now:
                del self._due[invitation_id]
                due = QuestionDue(
                    invitation_id=invitation_id, script=self.offers[invitation_id].script
                )
                self.do(due, about=invitation_id)
                return

    def _neglects(self) -> list[tuple[PlayedCase, Neglect, datetime]]:
        """When the customer would be told that it takes long, in opening hours."""
        found = []
        for case in self.cases.values():
            waits = (
                (Neglect.UNCLAIMED, case.complaint.unclaimed_after, case.owner is not None),
                (Neglect.NOBODY, case.complaint.nobody_after, case.answered),
            )
            for how, after, done in waits:
                if after and not done and not case.resolved and how not in case.told:
                    due_at = add_business_time(self.library.shop, case.opened_at, after)
                    found.append((case, how, due_at))
        return found


def _waits(event: CaseWritten | CaseTold) -> bool:
    return isinstance(event, CaseWritten) and not event.only_thanks
