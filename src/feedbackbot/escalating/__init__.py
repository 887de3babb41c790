"""Complaints, from the customer's side: opened, added to, answered about, erased; and the names of all that staff can do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot import threads
from feedbackbot.engine.events import CaseWritten, ComplaintRaised
from feedbackbot.engine.happenings import Attachment
from feedbackbot.escalating import case_card, watching
from feedbackbot.escalating.answering import claim, delivered, release, reply, reply_to_form, typing
from feedbackbot.escalating.case_card import card
from feedbackbot.escalating.changing import staff_changed
from feedbackbot.escalating.listening import send_draft, staff_message
from feedbackbot.escalating.settling import CAUSES, reopen, resolve
from feedbackbot.escalating.watching import look
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.conversation import Answer, Media, MediaStatus
from feedbackbot.models.customer import Customer
from feedbackbot.models.escalation import Escalation, EscalationStatus, StaffReply
from feedbackbot.models.locking import lock_owner

__all__ = [
    "CAUSES",
    "add_words",
    "card",
    "claim",
    "delivered",
    "erase_for",
    "look",
    "media_lost",
    "media_stored",
    "note",
    "open_for",
    "recovered",
    "release",
    "reopen",
    "reply",
    "reply_to_form",
    "resolve",
    "send_draft",
    "staff_changed",
    "staff_message",
    "typing",
]


def open_for(
    session: Session,
    house: House,
    customer: Customer,
    complaint: ComplaintRaised,
    *,
    conversation_id: int | None,
    purchase_id: int | None,
    now: datetime,
) -> int:
    """Bring it to people, as a card of its own or, for a second round, back into the thread it had; the row's id."""
    if complaint.reopens is not None:
        row = case_card.get(session, complaint.reopens)
        return _next_round(session, house, customer, row, complaint, now=now)
    row = _row(session, customer, complaint, conversation_id, purchase_id, now=now)
    session.add(row)
    session.flush()
    _start_clock(session, house, row, complaint, now=now)
    row.first_due_at = row.reply_due_at
    case_card.post(session, house, row, now=now)
    _say_rest(session, customer, row, now=now)
    _attach(session, row, complaint.attachments, now=now)
    case_card.show(session, house, row, now=now)
    _record(session, row, "opened", now=now, detail=complaint.origin)
    return row.id


def add_words(session: Session, house: House, written: CaseWritten, *, now: datetime) -> None:
    """What the customer wrote while people have it goes into the thread; it may open it again."""
    row = case_card.get(session, written.escalation_id)
    name = case_card.name_of(session.get(Customer, row.customer_id))
    if written.reopens and row.status == EscalationStatus.RESOLVED:
        _open_again(row)
        case_card.say(session, row, f"{name} has written; it is open again.", now=now)
        _record(session, row, "reopened", now=now)
    if written.words:
        by = f"{name} (corrected)" if written.edited else name
        case_card.say(session, row, written.words, by=by, notify=row.claimed_by, now=now)
    _attach(session, row, written.attachments, now=now)
    if not written.only_thanks:
        watching.waits_again(session, house, row, now=now)
    case_card.show(session, house, row, now=now)


def note(
    session: Session,
    house: House,
    escalation_id: int,
    text: str,
    *,
    reopens: bool = False,
    now: datetime,
) -> None:
    """A line for the people that is not the customer's words: stopped, blocked, wants a person again."""
    row = case_card.get(session, escalation_id)
    case_card.say(session, row, text, notify=row.claimed_by, now=now)
    if reopens and row.status == EscalationStatus.RESOLVED:
        _open_again(row)
        _record(session, row, "reopened", now=now)
        watching.waits_again(session, house, row, now=now)
    case_card.show(session, house, row, now=now)


def recovered(
    session: Session, house: House, escalation_id: int, *, solved: bool, now: datetime
) -> None:
    """The customer's own verdict, on the card and in the thread."""
    row = case_card.get(session, escalation_id)
    row.recovered = "solved" if solved else "open"
    name = case_card.name_of(session.get(Customer, row.customer_id))
    text = f"{name} says: solved." if solved else f"{name} says: not solved yet."
    case_card.say(session, row, text, notify=row.claimed_by, now=now)
    case_card.show(session, house, row, now=now)
    _record(session, row, f"recovered.{row.recovered}", now=now)


def media_stored(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """A photo or recording has been fetched: into every thread that it was sent to."""
    del house
    lock_owner(session, "media", media_id)
    media = session.get(Media, media_id)
    for row in _with_media(session, media) if media else ():
        threads.attach(
            session, case_card.thread_of(row), media_id, _title(session, row, media), now=now
        )


def media_lost(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """It can't be fetched; whoever reads the thread must know that something was there."""
    del house
    media = session.get(Media, media_id)
    for row in _with_media(session, media) if media else ():
        case_card.say(session, row, f"{_title(session, row, media)} could not be fetched.", now=now)


def erase_for(session: Session, house: House, customer_id: int, *, now: datetime) -> None:
    """Empty what a customer said and what was said to them, here and in Slack; numbers and dates stay."""
    del house
    for row in session.scalars(select(Escalation).where(Escalation.customer_id == customer_id)):
        row.words = row.summary = row.action_taken = None
        row.media_ids = ""
        row.status = EscalationStatus.RESOLVED
        row.resolved_at = row.resolved_at or now
        watching.stop(session, row, now=now)
        session.execute(
            update(StaffReply).where(StaffReply.escalation_id == row.id).values(text=None)
        )
        threads.erase(session, case_card.thread_of(row), now=now)
        _record(session, row, "erased", now=now)


def _next_round(
    session: Session,
    house: House,
    customer: Customer,
    row: Escalation,
    complaint: ComplaintRaised,
    *,
    now: datetime,
) -> int:
    if row.status == EscalationStatus.RESOLVED:
        _open_again(row)
    row.priority, row.step = complaint.priority, complaint.step
    row.summary = complaint.summary or row.summary
    name = case_card.name_of(customer)
    line = f"{name} is back: {complaint.summary}"
    case_card.say(session, row, line, notify=row.claimed_by, broadcast=True, now=now)
    if complaint.words:
        case_card.say(session, row, complaint.words, by=name, now=now)
    _attach(session, row, complaint.attachments, now=now)
    _start_clock(session, house, row, complaint, now=now)
    case_card.show(session, house, row, now=now)
    _record(session, row, "reopened", now=now, detail=complaint.origin)
    return row.id


def _open_again(row: Escalation) -> None:
    """It goes back to whoever had it."""
    row.status = EscalationStatus.CLAIMED if row.claimed_by else EscalationStatus.OPEN
    row.resolved_at = row.check_on = None
    row.recovered = None
    row.reopened += 1


def _row(
    session: Session,
    customer: Customer,
    complaint: ComplaintRaised,
    conversation_id: int | None,
    purchase_id: int | None,
    *,
    now: datetime,
) -> Escalation:
    return Escalation(
        customer_id=customer.id,
        conversation_id=conversation_id,
        purchase_id=purchase_id,
        step=complaint.step,
        origin=complaint.origin,
        route=complaint.to,
        priority=complaint.priority,
        status=EscalationStatus.OPEN,
        summary=complaint.summary,
        words=complaint.words,
        media_ids="",
        score=_score(session, conversation_id),
        opened_at=now,
        reopened=0,
    )


def _score(session: Session, conversation_id: int | None) -> int | None:
    if conversation_id is None:
        return None
    number = session.scalars(
        select(Answer.number)
        .where(
            Answer.conversation_id == conversation_id,
            Answer.metric == "csat",
            Answer.taken_back_at.is_(None),
        )
        .order_by(Answer.id.desc())
        .limit(1)
    ).first()
    return None if number is None else round(number)


def _start_clock(
    session: Session, house: House, row: Escalation, complaint: ComplaintRaised, *, now: datetime
) -> None:
    watching.start(
        session,
        house,
        row,
        first_reply=complaint.first_reply,
        unclaimed=complaint.unclaimed_after,
        nobody=complaint.nobody_after,
        now=now,
    )


def _say_rest(session: Session, customer: Customer, row: Escalation, *, now: datetime) -> None:
    """Words that are too long for a card go on in its thread; none are cut away."""
    summary, rest = row.summary or "", (row.words or "")[case_card.ON_CARD :]
    if len(summary) > case_card.SUMMARY and not row.words:
        case_card.say(session, row, summary, now=now)
    if rest:
        case_card.say(session, row, f"… {rest}", by=case_card.name_of(customer), now=now)


def _attach(
    session: Session, row: Escalation, attachments: Iterable[Attachment], *, now: datetime
) -> None:
    """Note which files belong to it; what has been fetched already goes into the thread at once."""
    for one in attachments:
        known = case_card.media_ids(row)
        if one.media_id in known:
            continue
        row.media_ids = ",".join(str(number) for number in (*known, one.media_id))
        media = session.get(Media, one.media_id)
        if media is not None and media.status == MediaStatus.STORED:
            threads.attach(
                session, case_card.thread_of(row), media.id, _title(session, row, media), now=now
            )


def _with_media(session: Session, media: Media) -> list[Escalation]:
    rows = session.scalars(select(Escalation).where(Escalation.customer_id == media.customer_id))
    return [row for row in rows if media.id in case_card.media_ids(row)]


def _title(session: Session, row: Escalation, media: Media | None) -> str:
    kinds = {"photo": "Photo", "voice": "Voice note", "video": "Clip"}
    kind = kinds.get(media.kind if media else "", "File")
    return f"{kind} from {case_card.name_of(session.get(Customer, row.customer_id))}"


def _record(
    session: Session, row: Escalation, act: str, *, now: datetime, detail: str | None = None
) -> None:
    subject = f"escalation:{row.id}"
    audit.record(
        session, actor="customer", act=f"escalation.{act}", subject=subject, detail=detail, now=now
    )
