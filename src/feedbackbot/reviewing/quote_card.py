"""What marketing sees of a testimonial: the exact words, what was agreed to, and a fingerprint of both."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import exists, literal, select
from sqlalchemy.orm import Session

from feedbackbot import threads
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating.case_card import moment, name_of
from feedbackbot.house import House
from feedbackbot.models import reward
from feedbackbot.models.conversation import Media, MediaStatus
from feedbackbot.models.customer import Customer
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.testimonial import Consent, ConsentEnd, Testimonial, TestimonialStatus
from feedbackbot.publishing import INCENTIVE
from feedbackbot.threads import Thread

_BUTTONS = {
    TestimonialStatus.PENDING: ("approve", "reject", "ask_edit"),
    TestimonialStatus.EDITING: ("reject",),
    TestimonialStatus.PUBLISHED: ("take_down",),
    TestimonialStatus.REJECTED: (),
    TestimonialStatus.WITHDRAWN: (),
}


def get(session: Session, testimonial_id: int) -> Testimonial:
    """The testimonial of that number; NotAllowed when there is none."""
    lock_owner(session, "testimonials", testimonial_id)
    row = session.get(Testimonial, testimonial_id)
    if row is None:
        raise NotAllowed("This testimonial is no longer there.")
    return row


def find_consent(session: Session, row: Testimonial) -> Consent | None:
    """The consent that covers it, as long as it has not ended."""
    if row.consent_id is None:
        return None
    ended = exists().where(ConsentEnd.consent_id == Consent.id)
    return session.scalars(select(Consent).where(Consent.id == row.consent_id, ~ended)).first()


def find_media(session: Session, row: Testimonial) -> Media | None:
    """The photo beside the words, or the recording instead of them."""
    return session.get(Media, row.media_id) if row.media_id else None


def card(session: Session, house: House, row: Testimonial, *, now: datetime) -> dict[str, Any]:
    """Everything a card says, neutral of how it is drawn."""
    del now
    consent = find_consent(session, row)
    media = find_media(session, row)
    return {
        "card": "testimonial",
        "id": row.id,
        "customer": name_of(session.get(Customer, row.customer_id)),
        "status": str(row.status),
        "text": row.text or "",
        "suggested": row.suggested,
        "credit_name": row.credit_name or "",
        "credit": consent.credit if consent else None,
        "uses": consent.uses.split(",") if consent else [],
        "language": consent.language if consent else None,
        "consented_at": moment(house, consent.granted_at) if consent else None,
        "rating": row.rating,
        "item": row.item,
        "incentive": INCENTIVE if is_thanked(session, row) else None,
        "media": media.kind if media else None,
        "warning": why_not_shown(row, media, consent) or _warning(session, row, consent),
        "decided_by": row.decided_by,
        "published_at": moment(house, row.published_at),
        "withdrawn_at": moment(house, row.withdrawn_at),
        "link": link_of(house, row) if row.status == TestimonialStatus.PUBLISHED else None,
        "fingerprint": fingerprint(session, row),
        "buttons": list(_BUTTONS[row.status]),
    }


def is_thanked(session: Session, row: Testimonial) -> bool:
    """Its author was given a code for the purchase, before or after: whoever reads the words is told."""
    if row.purchase_id is None:
        return False
    return bool(session.scalar(select(reward.was_given_to(literal(row.purchase_id)))))


def why_not_shown(row: Testimonial, media: Media | None, consent: Consent | None) -> str | None:
    """What the public would not get to see, or hear, of what was agreed to; None where all of it is here."""
    if media is None:
        return None if row.text else "There are no words here, and nothing to hear."
    what = "photo" if media.kind == "photo" else "recording"
    if media.status == MediaStatus.WANTED:
        return f"The {what} has not arrived yet; try again in a moment."
    if media.status == MediaStatus.LOST and not row.text:
        return f"The {what} could not be fetched, so there is nothing to publish. Its author was asked for another."
    if media.status == MediaStatus.LOST:
        return f"The {what} could not be fetched; only the words can be published."
    if consent is not None and consent.media_sha256 != media.sha256:
        return f"The {what} is not the one that was agreed to; ask for an edit to get a new yes."
    return None


def fingerprint(session: Session, row: Testimonial) -> str:
    """Of all that a decision rests on: whoever approves something else than they saw is refused."""
    consent, media = find_consent(session, row), find_media(session, row)
    picture = (media.id, media.status, media.sha256) if media else None
    shown = (row.text, row.credit_name, picture, row.item, row.rating)
    agreed = (consent.id, consent.uses, consent.text_sha256) if consent else None
    return hashlib.sha256(json.dumps([shown, agreed]).encode()).hexdigest()[:24]


def show(session: Session, house: House, row: Testimonial, *, now: datetime) -> None:
    """Post the card, or bring it up to date."""
    facts = card(session, house, row, now=now)
    row.card_outbox_id = threads.put_card(session, thread_of(row), facts, now=now)


def thread_of(row: Testimonial) -> Thread:
    return Thread(
        key=f"slack:testimonial:{row.id}",
        channel=row.slack_channel_id,
        card=row.card_outbox_id,
        customer_id=row.customer_id,
    )


def link_of(house: House, row: Testimonial) -> str:
    """Where the public reads it; without a public address the wall of this very server."""
    base = house.public_url.rstrip("/")
    return f"{base}/t/{row.public_id}" if base else "/wall"


def _warning(session: Session, row: Testimonial, consent: Consent | None) -> str | None:
    """The same words from somebody else are a reason to look twice."""
    if consent is None or not row.text:
        return None
    twin = session.scalar(
        select(Testimonial.id)
        .join(Consent, Consent.testimonial_id == Testimonial.id)
        .where(
            Consent.text_sha256 == consent.text_sha256, Testimonial.customer_id != row.customer_id
        )
        .limit(1)
    )
    return None if twin is None else "Another customer has given exactly the same words."
