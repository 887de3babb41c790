"""Testimonials, from the customer's side: agreed to in exactly these words, kept as written, taken back, erased."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from feedbackbot import threads
from feedbackbot.engine.events import ConsentGiven
from feedbackbot.escalating.case_card import name_of
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.conversation import Answer, Conversation, Media, MediaStatus
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.testimonial import Consent, ConsentEnd, Testimonial, TestimonialStatus
from feedbackbot.publishing import text_hash
from feedbackbot.reviewing import quote_card, withdrawn

#: the route of the channel in which marketing decides
_ROUTE = "marketing"


def consented(
    session: Session,
    house: House,
    customer: Customer,
    consent: ConsentGiven,
    *,
    conversation_id: int | None,
    purchase_id: int | None,
    now: datetime,
) -> int:
    """Keep the proof of exactly what was agreed to, and lay the words before marketing; the testimonial's id."""
    row = session.get(Testimonial, consent.testimonial_id) if consent.testimonial_id else None
    is_new = row is None
    if row is None:
        row = _row(session, house, customer, conversation_id, purchase_id, now=now)
    else:
        _end_consent(session, row, "superseded", by="customer", now=now)
    media = session.get(Media, consent.attachments[0].media_id) if consent.attachments else None
    row.text, row.credit_name, row.suggested = consent.text, consent.credit_name, None
    is_other_media = media is not None and media.id != row.media_id
    row.media_id = media.id if media else None
    row.status = TestimonialStatus.PENDING
    row.consent_id = _keep(session, house, customer, row, consent, now=now)
    quote_card.show(session, house, row, now=now)
    if is_other_media and media is not None and media.status == MediaStatus.STORED:
        threads.attach(session, quote_card.thread_of(row), media.id, _title(media), now=now)
    if not is_new:
        line = f"{name_of(customer)} agrees to the new text; it can be approved now."
        threads.say(session, quote_card.thread_of(row), line, now=now)
    _record(session, "customer", "consented", row, now=now)
    return row.id


def edit_declined(
    session: Session, house: House, testimonial_id: int, *, keep_mine: bool, now: datetime
) -> None:
    """Only as written: marketing decides about the old text. Otherwise the words are taken back."""
    if not keep_mine:
        withdraw(session, house, testimonial_id, now=now)
        return
    row = quote_card.get(session, testimonial_id)
    if row.status == TestimonialStatus.EDITING:
        row.status = TestimonialStatus.PENDING
    row.suggested = None
    quote_card.show(session, house, row, now=now)
    line = "The customer agrees only to the words as they were written."
    threads.say(session, quote_card.thread_of(row), line, now=now)
    _record(session, "customer", "edit_declined", row, now=now)


def edit_lapsed(session: Session, house: House, testimonial_id: int, *, now: datetime) -> None:
    """No answer to the suggested text: marketing decides about the words as they were agreed to."""
    row = quote_card.get(session, testimonial_id)
    if row.status != TestimonialStatus.EDITING:
        return
    row.status, row.suggested = TestimonialStatus.PENDING, None
    quote_card.show(session, house, row, now=now)
    line = (
        "The customer has not answered about the suggested text. The words stand as agreed to: "
        "approve them, or ask once more."
    )
    threads.say(session, quote_card.thread_of(row), line, now=now)
    _record(session, "system", "edit_lapsed", row, now=now)


def withdraw(
    session: Session, house: House, testimonial_id: int, *, by: str = "customer", now: datetime
) -> None:
    """The consent ends, and the words are off every page that this server gives out."""
    row = quote_card.get(session, testimonial_id)
    if row.status == TestimonialStatus.WITHDRAWN:
        return
    withdrawn.remember(house, row.public_id, now=now)
    was_public = row.published_at is not None
    _end_consent(session, row, "withdrawn", by=by, now=now)
    row.status, row.withdrawn_at, row.suggested = TestimonialStatus.WITHDRAWN, now, None
    quote_card.show(session, house, row, now=now)
    if was_public:
        line = (
            "These words were taken back by their author. They are off our own pages; "
            "please take them down wherever else they were used."
        )
        threads.say(session, quote_card.thread_of(row), line, broadcast=True, now=now)
    _record(session, by, "withdrawn", row, now=now)


def withdraw_all(
    session: Session, house: House, customer_id: int, *, by: str = "customer", now: datetime
) -> None:
    """Everything of this customer that is waiting, public, or was."""
    for row in _of(session, customer_id):
        if row.status != TestimonialStatus.REJECTED or row.published_at is not None:
            withdraw(session, house, row.id, by=by, now=now)


def erase_for(session: Session, house: House, customer_id: int, *, now: datetime) -> None:
    """Empty the words here and in Slack; of a consent only the bare hashes stay."""
    del house
    for row in _of(session, customer_id):
        _end_consent(session, row, "erased", by="customer", now=now)
        row.text = row.suggested = row.credit_name = row.item = None
        row.status, row.media_id = TestimonialStatus.WITHDRAWN, None
        row.withdrawn_at = row.withdrawn_at or now
        session.execute(
            update(Consent)
            .where(Consent.testimonial_id == row.id)
            .values(
                text=None,
                wording=None,
                credit_name=None,
                purchase_reference=None,
                telegram_id=None,
                message_key=None,
            )
        )
        threads.erase(session, quote_card.thread_of(row), now=now)
        _record(session, "customer", "erased", row, now=now)


def media_stored(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """The photo or recording of a testimonial has been fetched: into the proof of the consent, and into its thread."""
    media = session.get(Media, media_id)
    if media is not None:
        for row in session.scalars(select(Testimonial).where(Testimonial.media_id == media_id)):
            _complete_proof(session, row, media, now=now)
            threads.attach(session, quote_card.thread_of(row), media_id, _title(media), now=now)
            quote_card.show(session, house, row, now=now)


def media_lost(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """It can't be fetched: whoever decides about the testimonial learns what is left of it."""
    media = session.get(Media, media_id)
    for row in session.scalars(select(Testimonial).where(Testimonial.media_id == media_id)):
        line = quote_card.why_not_shown(row, media, quote_card.find_consent(session, row))
        threads.say(session, quote_card.thread_of(row), line or "", now=now)
        quote_card.show(session, house, row, now=now)


def thanked(
    session: Session, house: House, customer_id: int, purchase_id: int | None, *, now: datetime
) -> None:
    """A code was given for a purchase whose buyer is quoted: the cards say so, as the pages do by themselves."""
    for row in _of(session, customer_id):
        if purchase_id is not None and row.purchase_id == purchase_id:
            quote_card.show(session, house, row, now=now)


def _row(
    session: Session,
    house: House,
    customer: Customer,
    conversation_id: int | None,
    purchase_id: int | None,
    *,
    now: datetime,
) -> Testimonial:
    purchase = session.get(Purchase, purchase_id) if purchase_id else None
    row = Testimonial(
        public_id=secrets.token_urlsafe(9),
        customer_id=customer.id,
        conversation_id=conversation_id,
        purchase_id=purchase_id,
        item=str(purchase.items[0].get("name", "")) if purchase and purchase.items else None,
        rating=_rating(session, conversation_id),
        slack_channel_id=house.slack_channel(_ROUTE),
        status=TestimonialStatus.PENDING,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _keep(
    session: Session,
    house: House,
    customer: Customer,
    row: Testimonial,
    consent: ConsentGiven,
    *,
    now: datetime,
) -> int:
    conversation = session.get(Conversation, row.conversation_id) if row.conversation_id else None
    purchase = session.get(Purchase, row.purchase_id) if row.purchase_id else None
    media = session.get(Media, row.media_id) if row.media_id else None
    kept = Consent(
        testimonial_id=row.id,
        text=consent.text,
        text_sha256=text_hash(consent.text),
        wording=consent.wording,
        wording_sha256=text_hash(consent.wording),
        language=consent.language,
        uses=",".join(consent.uses),
        credit=consent.credit,
        credit_name=consent.credit_name,
        media_sha256=media.sha256 if media else None,
        controller=house.library.shop.legal_name,
        script_version=conversation.version if conversation else None,
        telegram_id=customer.telegram_id,
        message_key=consent.message_key,
        purchase_reference=f"{purchase.source}:{purchase.order_id}" if purchase else None,
        granted_at=now,
    )
    session.add(kept)
    session.flush()
    return kept.id


def _complete_proof(session: Session, row: Testimonial, media: Media, *, now: datetime) -> None:
    """A yes that came before the file is kept anew with the file's hash, since what is kept is never changed."""
    consent = quote_card.find_consent(session, row)
    if consent is None or consent.media_sha256 is not None:
        return
    columns = Consent.__table__.columns
    same = {column.name: getattr(consent, column.name) for column in columns}
    whole = Consent(**same | {"id": None, "media_sha256": media.sha256})
    _end_consent(session, row, "superseded", by="system", now=now)
    session.add(whole)
    session.flush()
    row.consent_id = whole.id


def _end_consent(session: Session, row: Testimonial, how: str, *, by: str, now: datetime) -> None:
    consent = quote_card.find_consent(session, row)
    if consent is not None:
        session.add(ConsentEnd(consent_id=consent.id, how=how, by=by, ended_at=now))
        session.flush()


def _of(session: Session, customer_id: int) -> list[Testimonial]:
    rows = session.scalars(select(Testimonial).where(Testimonial.customer_id == customer_id))
    return list(rows)


def _rating(session: Session, conversation_id: int | None) -> int | None:
    number = session.scalars(
        select(Answer.number)
        .where(
            Answer.conversation_id == conversation_id,
            Answer.metric == "csat",
            Answer.taken_back_at.is_(None),
        )
        .order_by(Answer.id)
        .limit(1)
    ).first()
    return None if number is None else round(number)


def _title(media: Media) -> str:
    return {"photo": "The photo", "voice": "The recording"}.get(media.kind, "The file")


def _record(session: Session, actor: str, act: str, row: Testimonial, *, now: datetime) -> None:
    subject = f"testimonial:{row.id}"
    audit.record(session, actor=actor, act=f"testimonial.{act}", subject=subject, now=now)
