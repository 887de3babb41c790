"""The clock of a complaint: who waits since when, who is reminded, and when the lead is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from feedbackbot.chats import happen
from feedbackbot.engine.happenings import CaseNeglected, Neglect
from feedbackbot.engine.script import Escalate
from feedbackbot.engine.talking.speech import FIRST_REPLY
from feedbackbot.engine.times.opening import add_business_time
from feedbackbot.escalating import case_card
from feedbackbot.house import House
from feedbackbot.models import audit, outbox, timer
from feedbackbot.models.conversation import Conversation
from feedbackbot.models.customer import Customer
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.locking import lock_owner
from feedbackbot.versions import find_version

#: after which the lead is told, where the script does not say
NOBODY = timedelta(days=1)
_KIND = "escalation"


def start(
    session: Session,
    house: House,
    row: Escalation,
    *,
    first_reply: timedelta | None,
    unclaimed: timedelta | None,
    nobody: timedelta | None,
    now: datetime,
) -> None:
    """Somebody waits from now on; all three clocks count opening hours."""
    shop = house.library.shop
    row.waiting_since = now
    row.reply_due_at = add_business_time(shop, now, first_reply or FIRST_REPLY)
    nobody_at = _patience(house, now, nobody or NOBODY)
    row.nobody_at = nobody_at if nobody else max(nobody_at, row.reply_due_at)
    if unclaimed is not None and row.claimed_by is None:
        row.unclaimed_at = _patience(house, now, unclaimed)
    schedule(session, row, now=now)


def waits_again(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    """The customer wrote: the oldest words without an answer are what the clock runs on."""
    if row.waiting_since is None:
        step = _step(session, house, row)
        start(
            session,
            house,
            row,
            first_reply=step.first_reply if step else None,
            unclaimed=step.unclaimed.after if step and step.unclaimed else None,
            nobody=step.nobody.after if step and step.nobody else None,
            now=now,
        )


def free_again(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    """Its owner gave it back: as long as the script says, it may lie there until the team is reminded."""
    step = _step(session, house, row)
    if row.waiting_since is not None and step and step.unclaimed:
        row.unclaimed_at = _patience(house, now, step.unclaimed.after)
    schedule(session, row, now=now)


def stop(session: Session, row: Escalation, *, now: datetime) -> None:
    """Nobody waits any more."""
    row.waiting_since = row.reply_due_at = row.unclaimed_at = row.nobody_at = None
    schedule(session, row, now=now)


def schedule(session: Session, row: Escalation, *, now: datetime) -> None:
    """Set the timer to the next moment at which something is due."""
    moments = [row.nobody_at]
    if row.claimed_by is None:
        moments.append(row.unclaimed_at)
    if row.reply_due_at is not None and row.reply_due_at > now:
        moments.append(row.reply_due_at)
    coming = [at for at in moments if at is not None]
    if coming and row.status != EscalationStatus.RESOLVED:
        timer.set_timer(session, _KIND, row.id, min(coming))
    else:
        timer.clear_timer(session, _KIND, row.id)


def look(session: Session, house: House, escalation_id: int, *, now: datetime) -> None:
    """A moment has come: remind whom it concerns, tell the customer the truth, and set the next one."""
    lock_owner(session, "escalations", escalation_id)
    row = session.get(Escalation, escalation_id)
    if row is None or row.status == EscalationStatus.RESOLVED or row.waiting_since is None:
        timer.clear_timer(session, _KIND, escalation_id)
        return
    unclaimed = row.claimed_by is None and _has_come(row.unclaimed_at, now)
    nobody = _has_come(row.nobody_at, now)
    if unclaimed:
        row.unclaimed_at = None
        _remind_unclaimed(session, house, row, now=now)
    if nobody:
        row.nobody_at = None
        _tell_lead(session, house, row, now=now)
    if _has_come(row.reply_due_at, now) and not (unclaimed or nobody):
        _remind_due(session, house, row, now=now)
    schedule(session, row, now=now)
    case_card.show(session, house, row, now=now)
    if nobody:
        _neglected(session, house, row, Neglect.NOBODY, now=now)
    elif unclaimed:
        _neglected(session, house, row, Neglect.UNCLAIMED, now=now)


def _has_come(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _remind_unclaimed(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    who, since = _waiting(session, house, row)
    text = f"Nobody has claimed this yet. {who} has been waiting since {since}."
    case_card.say(session, row, text, broadcast=True, now=now)


def _remind_due(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    """Once for each deadline, however often the timer looks."""
    if audit.remember(session, f"escalation:{row.id}:due:{row.reply_due_at}", now=now):
        who, since = _waiting(session, house, row)
        text = f"{who} has been waiting for an answer since {since}; it is due now."
        broadcast = row.claimed_by is None
        case_card.say(session, row, text, notify=row.claimed_by, broadcast=broadcast, now=now)


def _tell_lead(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    who, since = _waiting(session, house, row)
    lead = house.library.shop.lead
    user = lead.slack_user_id if lead else None
    line = f"Nobody has answered {who}, who has been waiting since {since}."
    told = f" {lead.name} has been told." if lead and user else ""
    called = f" {lead.name}, please see to it." if lead and not user else ""
    case_card.say(
        session, row, line + told + called, notify=row.claimed_by, broadcast=True, now=now
    )
    if user is not None:
        outbox.put(
            session,
            channel="slack",
            chat_key=f"slack:user:{user}",
            kind="direct",
            payload={"user": user, "text": _to_lead(row, line), "channel": user},
            now=now,
            about_id=row.card_outbox_id,
            customer_id=row.customer_id,
        )


def _to_lead(row: Escalation, line: str) -> str:
    owner = f"{row.claimed_name} has claimed it." if row.claimed_name else "Nobody has claimed it."
    summary = f"\n{row.summary[:500]}" if row.summary else ""
    return f"{line} {owner}{summary}"


def _waiting(session: Session, house: House, row: Escalation) -> tuple[str, str]:
    who = case_card.name_of(session.get(Customer, row.customer_id))
    return who[:1].upper() + who[1:], case_card.moment(house, row.waiting_since) or ""


def _neglected(
    session: Session, house: House, row: Escalation, how: Neglect, *, now: datetime
) -> None:
    happening = CaseNeglected(escalation_id=row.id, how=how)
    audit.record(
        session, actor="system", act=f"neglected.{how}", subject=f"escalation:{row.id}", now=now
    )
    happen(session, house, row.customer_id, happening, now=now)


def _patience(house: House, now: datetime, amount: timedelta) -> datetime:
    """Whole days go by the calendar, hours by the opening hours; nobody is told anything at night."""
    days = timedelta(days=amount.days)
    return add_business_time(house.library.shop, now + days, amount - days)


def _step(session: Session, house: House, row: Escalation) -> Escalate | None:
    """The step that raised it, in the version of the script that the conversation began on."""
    conversation = session.get(Conversation, row.conversation_id) if row.conversation_id else None
    if conversation is None or row.step is None:
        return None
    script = find_version(session, house, conversation.version)
    step = script.steps.get(row.step) if script else None
    return step if isinstance(step, Escalate) else None
