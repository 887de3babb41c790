"""Complaints settled by staff, and opened again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.chats import happen
from feedbackbot.engine.happenings import CaseReopened, CaseResolved
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating import answering, case_card, watching
from feedbackbot.escalating.afterwards import is_asked
from feedbackbot.house import House
from feedbackbot.models.conversation import Message
from feedbackbot.models.customer import Customer
from feedbackbot.models.escalation import Escalation, EscalationStatus, StaffReply
from feedbackbot.staff import Staff

#: when the customer is asked whether it was put right, unless staff choose another day
CHECK_AFTER = timedelta(days=2)
#: characters of unseen words in the sentence that refuses to resolve over them
_SHOWN = 200
#: what the customer did without saying anything
_NO_WORDS = ("tap", "command")
#: the reasons of the Resolve form
CAUSES = {
    "delivery": "Delivery",
    "quality": "Quality",
    "wrong_item": "Wrong item",
    "description": "Not as described",
    "price": "Price",
    "service": "Service",
    "other": "Something else",
}


def resolve(
    session: Session,
    house: House,
    escalation_id: int,
    *,
    staff: Staff,
    cause: str,
    action_taken: str = "",
    check_on: datetime | None = None,
    last_words: str = "",
    words_seen: int | None = None,
    now: datetime,
) -> None:
    """Settled, as staff see it; where a script asks, it does so on `check_on`, in two days unless staff choose.

    `words_seen`: the `newest_words` when the form was opened; it is refused when there are newer ones.
    """
    row = case_card.get(session, escalation_id)
    if row.status == EscalationStatus.RESOLVED:
        raise NotAllowed(f"{row.resolved_by or 'Somebody'} has resolved this already.")
    if cause not in CAUSES:
        raise NotAllowed("Please choose a cause.")
    _refuse_unseen(session, row, words_seen)
    answered = bool(last_words.strip()) or _is_answered(session, row)
    if last_words.strip():
        answering.reply(
            session, house, row.id, staff=staff, text=last_words, take_over=True, now=now
        )
    elif row.claimed_by is None:
        answering.own(session, row, staff, now=now)
    row.status = EscalationStatus.RESOLVED
    row.resolved_at, row.resolved_by = now, staff.name
    row.cause, row.action_taken = cause, action_taken.strip() or None
    check_on = check_on or now + CHECK_AFTER
    row.check_on = check_on if is_asked(session, house, row) else None
    watching.stop(session, row, now=now)
    case_card.show(session, house, row, now=now)
    answering.record(session, row, staff, "resolved", detail=cause, now=now)
    happening = _resolved(row, staff, check_on=check_on, answered=answered)
    happen(session, house, row.customer_id, happening, now=now)
    inviting.settled(session, house, row.customer_id, purchase_id=row.purchase_id, now=now)


def newest_words(session: Session, row: Escalation) -> int:
    """The number of the last message that its customer wrote or sent; 0 where there is none."""
    newest = select(func.max(Message.id)).where(
        Message.customer_id == row.customer_id, Message.kind.not_in(_NO_WORDS)
    )
    return session.scalar(newest) or 0


def reopen(
    session: Session, house: House, escalation_id: int, *, staff: Staff, now: datetime
) -> None:
    """Not settled after all: it goes back to whoever had it."""
    row = case_card.get(session, escalation_id)
    if row.status != EscalationStatus.RESOLVED:
        raise NotAllowed("This is open already.")
    row.status = EscalationStatus.CLAIMED if row.claimed_by else EscalationStatus.OPEN
    row.resolved_at = row.check_on = row.recovered = None
    row.reopened += 1
    line = f"{staff.name} has opened this again."
    case_card.say(session, row, line, notify=row.claimed_by, broadcast=True, now=now)
    watching.waits_again(session, house, row, now=now)
    case_card.show(session, house, row, now=now)
    answering.record(session, row, staff, "reopened", now=now)
    happening = CaseReopened(escalation_id=row.id, staff_name=staff.name)
    happen(session, house, row.customer_id, happening, now=now)


def _refuse_unseen(session: Session, row: Escalation, words_seen: int | None) -> None:
    newest = newest_words(session, row)
    if words_seen is None or newest <= words_seen:
        return
    message = session.get_one(Message, newest)
    who = case_card.name_of(session.get(Customer, row.customer_id))
    words = f": “{_shortened(message.text)}”" if message.text else f" (a {message.kind})"
    raise NotAllowed(
        f"{who[:1].upper()}{who[1:]} has written since you opened this{words}. "
        "Nothing was closed. Close this form and look at the thread; then reply, or press Resolve again."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _is_answered(session: Session, row: Escalation) -> bool:
    """Whether a person's words have reached the customer since the oldest that wait, or are on their way."""
    if row.waiting_since is None:
        return True
    on_its_way = select(StaffReply.id).where(
        StaffReply.escalation_id == row.id,
        StaffReply.created_at >= row.waiting_since,
        StaffReply.delivered_at.is_(None),
        StaffReply.failure.is_(None),
    )
    return session.scalars(on_its_way.limit(1)).first() is not None


def _resolved(row: Escalation, staff: Staff, *, check_on: datetime, answered: bool) -> CaseResolved:
    resolved_at = row.resolved_at
    assert resolved_at is not None
    return CaseResolved(
        escalation_id=row.id,
        staff_name=staff.name,
        cause=row.cause or "other",
        outcome=row.action_taken or "",
        check_on=check_on,
        minutes=round((resolved_at - row.opened_at).total_seconds() / 60),
        answered=answered,
    )
