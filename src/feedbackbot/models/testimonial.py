"""Words for publication, and the consent without which none of them is public."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedText


class TestimonialStatus(StrEnum):
    #: consented to, marketing has not decided
    PENDING = "pending"
    #: an edit is with the customer
    EDITING = "editing"
    #: public while its consent lives
    PUBLISHED = "published"
    REJECTED = "rejected"
    #: taken back by its author
    WITHDRAWN = "withdrawn"


class Testimonial(Base):
    __tablename__ = "testimonials"
    __table_args__ = (Index(None, "customer_id"), Index(None, "status"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: random; names it in public addresses
    public_id: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[int | None] = mapped_column(Id)
    purchase_id: Mapped[int | None] = mapped_column(Id)
    status: Mapped[TestimonialStatus] = mapped_column(default=TestimonialStatus.PENDING)
    text: Mapped[str | None] = mapped_column(SealedText("testimonials.text"))
    suggested: Mapped[str | None] = mapped_column(SealedText("testimonials.suggested"))
    credit_name: Mapped[str | None] = mapped_column(SealedText("testimonials.credit_name"))
    item: Mapped[str | None] = mapped_column(SealedText("testimonials.item"))
    rating: Mapped[int | None]
    media_id: Mapped[int | None] = mapped_column(Id)
    #: the consent that covers the text as it stands
    consent_id: Mapped[int | None] = mapped_column(Id)
    slack_channel_id: Mapped[str | None]
    slack_thread_ts: Mapped[str | None]
    card_outbox_id: Mapped[int | None] = mapped_column(Id)
    decided_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    asked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    published_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class Consent(Base):
    """Append-only: what exactly was agreed to. Only erasure empties its words; the hashes stay as bare proof."""

    __tablename__ = "consents"
    __table_args__ = (Index(None, "testimonial_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    testimonial_id: Mapped[int] = mapped_column(Id)
    text: Mapped[str | None] = mapped_column(SealedText("consents.text"))
    text_sha256: Mapped[str]
    #: the sentence shown and agreed to
    wording: Mapped[str | None] = mapped_column(SealedText("consents.wording"))
    wording_sha256: Mapped[str]
    language: Mapped[str]
    #: comma separated: website, social …
    uses: Mapped[str]
    credit: Mapped[str]
    credit_name: Mapped[str | None] = mapped_column(SealedText("consents.credit_name"))
    #: of the photo or recording; a yes that came before the file is kept once more when it is here
    media_sha256: Mapped[str | None]
    controller: Mapped[str]
    script_version: Mapped[str | None]
    telegram_id: Mapped[int | None] = mapped_column(Id)
    #: the Telegram message that bore the yes
    message_key: Mapped[str | None]
    purchase_reference: Mapped[str | None] = mapped_column(
        SealedText("consents.purchase_reference")
    )
    granted_at: Mapped[datetime] = mapped_column(UtcMoment)


class ConsentEnd(Base):
    """Append-only: a consent was withdrawn, or replaced by one to a newer text."""

    __tablename__ = "consent_ends"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    consent_id: Mapped[int] = mapped_column(ForeignKey("consents.id"), unique=True)
    #: withdrawn | superseded | erased | expired
    how: Mapped[str]
    by: Mapped[str]
    ended_at: Mapped[datetime] = mapped_column(UtcMoment)
