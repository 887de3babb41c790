"""Complaints settled by staff, and opened again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.chats import happen
from feedbackbot.engine.happenings import CaseReopened, CaseResolved
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating import answering, case_card, watching
from feedbackbot.house import House
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.staff import Staff

#: when the customer is asked whether it was put right, unless staff choose another day
CHECK_AFTER = timedelta(days=2)
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
    now: datetime,
) -> None:
    """Settled, as staff see it; the customer is asked on `check_on`, in two days unless staff choose."""
    row = case_card.get(session, escalation_id)
    if row.status == EscalationStatus.RESOLVED:
        raise NotAllowed(f"{row.resolved_by or 'Somebody'} has resolved this already.")
    if cause not in CAUSES:
        raise NotAllowed("Please choose a cause.")
    if last_words.strip():
        answering.reply(
            session, house, row.id, staff=staff, text=last_words, take_over=True, now=now
        )
    elif row.claimed_by is None:
        answering.own(session, row, staff, now=now)
    row.status = EscalationStatus.RESOLVED
    row.resolved_at, row.resolved_by = now, staff.name
    row.cause, row.action_taken = cause, action_taken.strip() or None
    row.check_on = check_on or now + CHECK_AFTER
    watching.stop(session, row, now=now)
    case_card.show(session, house, row, now=now)
    answering.record(session, row, staff, "resolved", detail=cause, now=now)
    happening = _resolved(row, staff, answered=bool(row.first_reply_at or last_words.strip()))
    happen(session, house, row.customer_id, happening, now=now)
    inviting.settled(session, house, row.customer_id, purchase_id=row.purchase_id, now=now)


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


def _resolved(row: Escalation, staff: Staff, *, answered: bool) -> CaseResolved:
    resolved_at, check_on = row.resolved_at, row.check_on
    assert resolved_at is not None
    assert check_on is not None
    return CaseResolved(
        escalation_id=row.id,
        staff_name=staff.name,
        cause=row.cause or "other",
        outcome=row.action_taken or "",
        check_on=check_on,
        minutes=round((resolved_at - row.opened_at).total_seconds() / 60),
        answered=answered,
    )
