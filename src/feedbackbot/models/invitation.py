"""An offer to talk about a purchase, with its secret link."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedJson, SealedText


class InvitationStatus(StrEnum):
    #: the link exists, nobody has opened it
    SENT = "sent"
    #: opened by the customer, or the customer may be asked without a link; waits for its day
    ACCEPTED = "accepted"
    #: its conversation began
    STARTED = "started"
    #: the customer does not want to be asked about it
    DECLINED = "declined"
    #: cancelled, refunded or returned before it began
    CANCELLED = "cancelled"
    #: too old
    EXPIRED = "expired"


class Invitation(Base):
    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("purchase_id", "script"),
        Index(None, "customer_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchases.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    script: Mapped[str]
    token: Mapped[str] = mapped_column(SealedText("invitations.token"))
    #: hex; the way from a link to its row
    token_sha256: Mapped[str] = mapped_column(unique=True)
    status: Mapped[InvitationStatus] = mapped_column(default=InvitationStatus.SENT)
    #: the first Telegram user who opened it
    telegram_id: Mapped[int | None] = mapped_column(Id)
    #: when the script would ask; None while the day is unknown
    due_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    expires_at: Mapped[datetime] = mapped_column(UtcMoment)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: why it was not asked, in words for `feedbackbot why`
    reason: Mapped[str | None]
    #: what the opened link added to the chat besides its purchase (inviting.bringing)
    brought: Mapped[dict[str, Any] | None] = mapped_column(SealedJson("invitations.brought"))
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
