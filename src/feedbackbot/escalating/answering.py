"""Complaints, from the side of staff: claimed, released, answered, and what became of each answer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot.chats import happen
from feedbackbot.engine.happenings import (
    CaseClaimed,
    CaseReleased,
    CaseReplied,
    CaseTyping,
)
from feedbackbot.errors import EscalationTaken, NotAllowed
from feedbackbot.escalating import case_card, watching
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.customer import Customer, Purchase, Reach
from feedbackbot.models.escalation import Escalation, EscalationStatus, StaffReply
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.outbox import OutgoingMessage
from feedbackbot.staff import Staff

#: what a staff member may write in one message; Telegram takes 4,096 with the heading
LONGEST = 3500
#: stands in place of a failure where nobody can tell whether there was one
NOBODY_KNOWS = "Telegram did not say whether it arrived."


def claim(
    session: Session,
    house: House,
    escalation_id: int,
    *,
    staff: Staff,
    take_over: bool = False,
    now: datetime,
) -> None:
    """Take it; of two who try at once, the second hears who was first. With `take_over` it changes hands."""
    row = case_card.get(session, escalation_id)
    if row.status == EscalationStatus.RESOLVED:
        raise NotAllowed(f"{row.resolved_by or 'Somebody'} has resolved this. Reopen it first.")
    if own(session, row, staff, take_over=take_over, now=now):
        case_card.show(session, house, row, now=now)
        happening = CaseClaimed(escalation_id=row.id, staff_name=staff.name)
        happen(session, house, row.customer_id, happening, now=now)


def own(
    session: Session, row: Escalation, staff: Staff, *, take_over: bool = False, now: datetime
) -> bool:
    """Make it theirs; False when it was already. EscalationTaken when somebody else has it."""
    before, owner = row.claimed_by, row.claimed_name
    if before == staff.user_id:
        return False
    if before is not None and not take_over:
        raise EscalationTaken(owner or "Somebody else")
    session.flush()
    changed = session.execute(
        update(Escalation)
        .where(Escalation.id == row.id, Escalation.claimed_by.is_not_distinct_from(before))
        .values(claimed_by=staff.user_id, claimed_name=staff.name, claimed_at=now)
    )
    session.refresh(row)
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        raise EscalationTaken(row.claimed_name or "Somebody else")
    if row.status == EscalationStatus.OPEN:
        row.status = EscalationStatus.CLAIMED
    row.unclaimed_at = None
    watching.schedule(session, row, now=now)
    if before is not None:
        line = f"{staff.name} has taken over from {owner}."
        case_card.say(session, row, line, notify=before, now=now)
    record(session, row, staff, "claimed" if before is None else "taken_over", now=now)
    return True


def release(
    session: Session, house: House, escalation_id: int, *, staff: Staff, now: datetime
) -> None:
    """Give it back to the team; only its owner can."""
    row = case_card.get(session, escalation_id)
    if row.status != EscalationStatus.CLAIMED:
        raise NotAllowed("Nobody has claimed this.")
    if row.claimed_by != staff.user_id:
        raise EscalationTaken(row.claimed_name or "Somebody else")
    row.status = EscalationStatus.OPEN
    row.claimed_by = row.claimed_name = row.claimed_at = None
    line = f"{staff.name} has released this; it is free to claim."
    case_card.say(session, row, line, broadcast=True, now=now)
    watching.free_again(session, house, row, now=now)
    case_card.show(session, house, row, now=now)
    record(session, row, staff, "released", now=now)
    happen(session, house, row.customer_id, CaseReleased(escalation_id=row.id), now=now)


def typing(
    session: Session, house: House, escalation_id: int, *, staff: Staff, now: datetime
) -> None:
    """The Reply form is open: the customer sees that somebody is writing."""
    row = case_card.get(session, escalation_id)
    happening = CaseTyping(escalation_id=row.id)
    happen(session, house, row.customer_id, happening, now=now)
    record(session, row, staff, "typing", now=now)


def reply(
    session: Session,
    house: House,
    escalation_id: int,
    *,
    staff: Staff,
    text: str,
    channel: str | None = None,
    ts: str | None = None,
    take_over: bool = False,
    now: datetime,
) -> int:
    """Send addressed words to the customer; nobody's complaint becomes theirs by it. Returns the reply's id.

    `channel` and `ts` name the staff member's own message in Slack; without them the thread shows an echo.
    """
    row = case_card.get(session, escalation_id)
    words = checked(text)
    own(session, row, staff, take_over=take_over, now=now)
    said = StaffReply(
        escalation_id=row.id,
        slack_user_id=staff.user_id,
        staff_name=staff.name,
        text=words,
        slack_channel_id=channel,
        slack_ts=ts,
        created_at=now,
    )
    if ts is None:
        echo = f"{staff.name} to {_customer(session, row)}: {words}"
        said.echo_outbox_id = case_card.say(session, row, echo, now=now)
    session.add(said)
    session.flush()
    send(session, house, row, said, now=now)
    return said.id


def reply_to_form(
    session: Session,
    house: House,
    escalation_id: int,
    *,
    staff: Staff,
    text: str,
    owner_seen: str | None,
    now: datetime,
) -> None:
    """The Reply form was sent; refused when it changed hands since its sender saw who owns it."""
    row = case_card.get(session, escalation_id)
    if row.claimed_by not in {owner_seen, staff.user_id, None}:
        raise EscalationTaken(row.claimed_name or "Somebody else")
    reply(session, house, escalation_id, staff=staff, text=text, take_over=True, now=now)


def send(
    session: Session, house: House, row: Escalation, said: StaffReply, *, now: datetime
) -> None:
    """Hand the words to the conversation; where it sends nothing, their author is told at once."""
    happening = CaseReplied(
        escalation_id=row.id, reply_id=said.id, staff_name=said.staff_name, text=said.text or ""
    )
    staff = Staff(user_id=said.slack_user_id, name=said.staff_name)
    record(session, row, staff, "replied", detail=f"reply:{said.id}", now=now)
    happen(session, house, row.customer_id, happening, now=now)
    queued = select(OutgoingMessage.id).where(OutgoingMessage.reply_id == said.id).limit(1)
    if session.scalar(queued) is None and said.failure is None:
        failure = _unwanted(session.get(Customer, row.customer_id))
        delivered(session, house, said.id, failure=failure, now=now)
    else:
        case_card.show(session, house, row, now=now)


def delivered(
    session: Session,
    house: House,
    reply_id: int,
    *,
    failure: str | None = None,
    unknown: bool = False,
    now: datetime,
) -> None:
    """What became of a reply, on the staff member's own message; for a failure also the reason, in the thread.

    `unknown`: it may have arrived; it is never sent again by itself, a person decides.
    """
    lock_owner(session, "staff_replies", reply_id)
    said = session.get(StaffReply, reply_id)
    row = session.get(Escalation, said.escalation_id) if said else None
    if said is None or row is None:
        return
    if failure is None and not unknown:
        said.delivered_at, said.failure = now, None
        _answered(session, row, said, now=now)
        case_card.mark(session, row, said, "white_check_mark", now=now)
    else:
        said.failure = failure or NOBODY_KNOWS
        text = _not_delivered(_customer(session, row), said.failure, unknown=unknown)
        text += _another_way(session, row)
        case_card.mark(session, row, said, "grey_question" if unknown else "x", now=now)
        case_card.say(session, row, text, notify=said.slack_user_id, now=now)
    case_card.show(session, house, row, now=now)


def checked(text: str) -> str:
    """Words that can go to a customer; NotAllowed says why these can't."""
    words = text.strip()
    if not words:
        raise NotAllowed("There are no words to send.")
    if len(words) > LONGEST:
        raise NotAllowed(f"That is {len(words)} characters; {LONGEST} fit into one message.")
    return words


def record(
    session: Session,
    row: Escalation,
    staff: Staff,
    act: str,
    *,
    now: datetime,
    detail: str | None = None,
) -> None:
    """One line of the audit trail, by a member of staff."""
    audit.record(
        session,
        actor=staff.actor,
        act=f"escalation.{act}",
        subject=f"escalation:{row.id}",
        detail=detail,
        now=now,
    )


def _answered(session: Session, row: Escalation, said: StaffReply, *, now: datetime) -> None:
    row.first_reply_at = row.first_reply_at or now
    if row.waiting_since is not None and row.waiting_since <= said.created_at:
        watching.stop(session, row, now=now)


def _unwanted(customer: Customer | None) -> str:
    if customer is not None and customer.reach == Reach.BLOCKED:
        return "They have blocked the bot, or the account is gone."
    if customer is not None and customer.stopped_at is not None:
        return "They have asked us not to write to them any more."
    return "They can't be reached any more."


def _not_delivered(who: str, failure: str, *, unknown: bool) -> str:
    if unknown:
        return f"This may or may not have reached {who}: {failure} Send it again only if it must."
    return f"This did not reach {who}: {failure}"


def _another_way(session: Session, row: Escalation) -> str:
    """For somebody whom the bot can't reach any more."""
    customer = session.get(Customer, row.customer_id)
    purchase = session.get(Purchase, row.purchase_id) if row.purchase_id else None
    if customer is None or customer.reach != Reach.BLOCKED or purchase is None:
        return ""
    return f" Order {purchase.order_id} in the shop may show another way to reach them."


def _customer(session: Session, row: Escalation) -> str:
    return case_card.name_of(session.get(Customer, row.customer_id))
