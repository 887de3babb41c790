"""A complaint that people must answer, and what they wrote to the customer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedText


class EscalationStatus(StrEnum):
    #: nobody has taken it
    OPEN = "open"
    #: somebody owns it
    CLAIMED = "claimed"
    #: staff consider it settled
    RESOLVED = "resolved"


class Escalation(Base):
    __tablename__ = "escalations"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "status"),
        Index(None, "slack_channel_id", "slack_thread_ts"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[int | None] = mapped_column(Id)
    purchase_id: Mapped[int | None] = mapped_column(Id)
    step: Mapped[str | None]
    #: script | human | nothing_open | problem | link_taken
    origin: Mapped[str]
    #: the script's `to:`
    route: Mapped[str]
    priority: Mapped[str]
    status: Mapped[EscalationStatus] = mapped_column(default=EscalationStatus.OPEN)
    summary: Mapped[str | None] = mapped_column(SealedText("escalations.summary"))
    words: Mapped[str | None] = mapped_column(SealedText("escalations.words"))
    #: comma separated media ids that came with it
    media_ids: Mapped[str] = mapped_column(default="")
    score: Mapped[int | None]
    slack_channel_id: Mapped[str | None]
    #: the card's ts, which is also its thread
    slack_thread_ts: Mapped[str | None]
    #: the outbox row that posted the card; its platform_id is the ts
    card_outbox_id: Mapped[int | None] = mapped_column(Id)
    claimed_by: Mapped[str | None]
    claimed_name: Mapped[str | None]
    claimed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    opened_at: Mapped[datetime] = mapped_column(UtcMoment)
    #: first addressed words of a person that reached the customer
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: by when those who wait now are to have a reply (business hours); None while nobody waits
    reply_due_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: the first `reply_due_at` of all, which stays for the figures; None where it was not kept yet
    first_due_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    unclaimed_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    nobody_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: the oldest customer message that nobody has answered
    waiting_since: Mapped[datetime | None] = mapped_column(UtcMoment)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    resolved_by: Mapped[str | None]
    cause: Mapped[str | None]
    action_taken: Mapped[str | None] = mapped_column(SealedText("escalations.action_taken"))
    check_on: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: the customer's own verdict: solved | open
    recovered: Mapped[str | None]
    reopened: Mapped[int] = mapped_column(default=0)


class StaffReply(Base):
    """Addressed words of staff, on their way to the customer."""

    __tablename__ = "staff_replies"
    __table_args__ = (
        Index(None, "escalation_id"),
        UniqueConstraint("slack_channel_id", "slack_ts"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalations.id"))
    slack_user_id: Mapped[str]
    staff_name: Mapped[str]
    text: Mapped[str | None] = mapped_column(SealedText("staff_replies.text"))
    #: the staff's own message that bears the delivery mark; None for the form until it is echoed in the thread
    slack_channel_id: Mapped[str | None]
    slack_ts: Mapped[str | None]
    #: the echo of a form's text in the thread
    echo_outbox_id: Mapped[int | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: why it did not arrive, for the thread
    failure: Mapped[str | None]
