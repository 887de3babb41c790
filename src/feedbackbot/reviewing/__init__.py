"""Testimonials, from marketing's side: approved as shown, rejected for a reason, or a changed text asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.chats import happen
from feedbackbot.engine.happenings import EditSuggested, TestimonialNotUsed, TestimonialPublished
from feedbackbot.errors import ConsentMissing, NotAllowed
from feedbackbot.escalating.case_card import name_of
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.conversation import MediaStatus
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.testimonial import Consent, Testimonial, TestimonialStatus
from feedbackbot.publishing import text_hash
from feedbackbot.reviewing import quote_card
from feedbackbot.reviewing.consenting import (
    consented,
    edit_declined,
    edit_lapsed,
    erase_for,
    media_lost,
    media_stored,
    thanked,
    withdraw,
    withdraw_all,
)
from feedbackbot.reviewing.quote_card import card
from feedbackbot.staff import Staff

__all__ = [
    "REASONS",
    "approve",
    "card",
    "consented",
    "edit_declined",
    "edit_lapsed",
    "erase_for",
    "media_lost",
    "media_stored",
    "refused",
    "reject",
    "suggest_edit",
    "thanked",
    "withdraw",
    "withdraw_all",
]

#: why words are not published; about their content, never about the score
REASONS = {
    "off_topic": "Not about the purchase",
    "personal_data": "Names or data of other people",
    "abuse": "Insulting or hateful",
    "legal": "Claims that we may not publish",
    "unclear": "Can't be understood on its own",
    "duplicate": "We have the same words already",
    "no_room": "No use for it at present",
}
_ENDED = {TestimonialStatus.WITHDRAWN, TestimonialStatus.REJECTED}


def approve(
    session: Session,
    house: House,
    testimonial_id: int,
    *,
    staff: Staff,
    fingerprint: str,
    now: datetime,
) -> str:
    """Publish what was shown, if its author's consent to exactly that still lives. Returns the public link."""
    row = quote_card.get(session, testimonial_id)
    if row.status == TestimonialStatus.PUBLISHED:
        return quote_card.link_of(house, row)
    if row.status != TestimonialStatus.PENDING:
        raise NotAllowed(_why_not(row))
    consent = quote_card.find_consent(session, row)
    if consent is None or row.text is None or text_hash(row.text) != consent.text_sha256:
        raise ConsentMissing
    _check_media(session, row, consent)
    if fingerprint != quote_card.fingerprint(session, row):
        raise NotAllowed("This has changed since the card was shown. Please read the card again.")
    row.status, row.published_at, row.decided_by = TestimonialStatus.PUBLISHED, now, staff.name
    quote_card.show(session, house, row, now=now)
    _record(session, staff.actor, "approved", row, detail=f"consent:{consent.id}", now=now)
    link = quote_card.link_of(house, row)
    happening = TestimonialPublished(testimonial_id=row.id, link=link)
    happen(session, house, row.customer_id, happening, now=now)
    return link


def reject(
    session: Session,
    house: House,
    testimonial_id: int,
    *,
    staff: Staff,
    reason: str,
    now: datetime,
) -> None:
    """It is not published, or no longer; the customer hears of the former if the shop has words for it."""
    row = quote_card.get(session, testimonial_id)
    if row.status in _ENDED:
        raise NotAllowed(_why_not(row))
    if reason not in REASONS:
        raise NotAllowed("Please choose a reason.")
    act = "taken_down" if row.status == TestimonialStatus.PUBLISHED else "rejected"
    row.status, row.decided_by, row.suggested = TestimonialStatus.REJECTED, staff.name, None
    quote_card.show(session, house, row, now=now)
    _record(session, staff.actor, act, row, detail=reason, now=now)
    if act == "rejected":
        happen(session, house, row.customer_id, TestimonialNotUsed(testimonial_id=row.id), now=now)


def suggest_edit(
    session: Session, house: House, testimonial_id: int, *, staff: Staff, text: str, now: datetime
) -> None:
    """Ask the customer for a yes to a changed text; until then nothing is published."""
    row = quote_card.get(session, testimonial_id)
    words = text.strip()
    consent = quote_card.find_consent(session, row)
    _check_edit(session, row, consent, words)
    assert consent is not None
    row.status, row.suggested, row.asked_at = TestimonialStatus.EDITING, words, now
    quote_card.show(session, house, row, now=now)
    _record(session, staff.actor, "edit_suggested", row, now=now)
    happening = EditSuggested(
        testimonial_id=row.id,
        before=row.text or "",
        after=words,
        credit=consent.credit,
        uses=tuple(consent.uses.split(",")),
        media_id=row.media_id,
        thanked=quote_card.is_thanked(session, row),
    )
    happen(session, house, row.customer_id, happening, now=now)


def refused(
    session: Session, house: House, testimonial_id: int, *, staff: Staff, now: datetime
) -> None:
    """Keep in the audit trail that an approval came too late, which its own transaction can't; and show the new card."""
    row = quote_card.get(session, testimonial_id)
    _record(session, staff.actor, "approval_refused", row, detail=str(row.status), now=now)
    quote_card.show(session, house, row, now=now)


def _check_media(session: Session, row: Testimonial, consent: Consent) -> None:
    """Words may be shown without a picture that is lost, and nothing without having been looked at."""
    media = quote_card.find_media(session, row)
    why_not = quote_card.why_not_shown(row, media, consent)
    is_lost = media is not None and media.status == MediaStatus.LOST
    if why_not and not (is_lost and row.text):
        raise NotAllowed(why_not)


def _check_edit(session: Session, row: Testimonial, consent: Consent | None, words: str) -> None:
    if row.status != TestimonialStatus.PENDING:
        raise NotAllowed(_why_not(row))
    if consent is None:
        raise ConsentMissing
    if not row.text:
        raise NotAllowed("This is a recording, so there are no words to change.")
    if not words:
        raise NotAllowed("Please write the text that you would like to show.")
    if words == row.text:
        raise NotAllowed("This is the text as it stands; change something, or approve it.")
    customer = session.get(Customer, row.customer_id)
    if customer is None or customer.reach == Reach.BLOCKED or customer.stopped_at is not None:
        raise NotAllowed(f"{name_of(customer)} wants no more messages, so can't be asked.")
    if _complains(session, row.customer_id):
        raise NotAllowed(
            f"{name_of(customer)} has an open complaint. Please ask again when it is resolved."
        )


def _complains(session: Session, customer_id: int) -> bool:
    """Nobody is asked about praise while they wait for help."""
    open_one = select(Escalation.id).where(
        Escalation.customer_id == customer_id, Escalation.status != EscalationStatus.RESOLVED
    )
    return session.scalar(open_one.limit(1)) is not None


def _why_not(row: Testimonial) -> str:
    return {
        TestimonialStatus.PENDING: "This still waits for a decision.",
        TestimonialStatus.EDITING: "The new text is with the customer; wait for the answer.",
        TestimonialStatus.PUBLISHED: "This is public already.",
        TestimonialStatus.REJECTED: f"{row.decided_by or 'Somebody'} has rejected this already.",
        TestimonialStatus.WITHDRAWN: "Its author has taken this back.",
    }[row.status]


def _record(
    session: Session,
    actor: str,
    act: str,
    row: Testimonial,
    *,
    now: datetime,
    detail: str | None = None,
) -> None:
    subject = f"testimonial:{row.id}"
    audit.record(
        session, actor=actor, act=f"testimonial.{act}", subject=subject, detail=detail, now=now
    )
