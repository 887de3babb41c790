"""Customers and what they bought."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedJson, SealedText


class Reach(StrEnum):
    #: known from a purchase, has never opened a link
    UNKNOWN = "unknown"
    #: has a chat with the bot
    REACHABLE = "reachable"
    #: blocked the bot, or the account is gone
    BLOCKED = "blocked"


class Customer(Base):
    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("source", "source_customer_id"),
        Index(None, "email_index"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: the private chat's id is the user's id
    telegram_id: Mapped[int | None] = mapped_column(Id, unique=True)
    source: Mapped[str | None]
    source_customer_id: Mapped[str | None]
    first_name: Mapped[str | None] = mapped_column(SealedText("customers.first_name"))
    last_name: Mapped[str | None] = mapped_column(SealedText("customers.last_name"))
    username: Mapped[str | None] = mapped_column(SealedText("customers.username"))
    email: Mapped[str | None] = mapped_column(SealedText("customers.email"))
    #: keyed hash of the lower-cased address (sealing.blind_index)
    email_index: Mapped[str | None]
    language: Mapped[str | None]
    timezone: Mapped[str | None]
    #: tags set by scripts, comma separated
    tags: Mapped[str] = mapped_column(default="")
    reach: Mapped[Reach] = mapped_column(default=Reach.UNKNOWN)
    #: may the next purchase be asked about without a link: unasked | each | sometimes | no
    permission: Mapped[str] = mapped_column(default="unasked")
    stopped_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    #: engine.chat.Chat as JSON, the running conversation's state included
    chat: Mapped[str | None] = mapped_column(SealedText("customers.chat"))
    #: the conversation that is running
    conversation_id: Mapped[int | None] = mapped_column(Id)
    last_asked_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)


class CustomerAlias(Base):
    """Another name under which a shop knows a customer: two accounts, or two shops, and one person in one chat."""

    __tablename__ = "customer_aliases"
    __table_args__ = (Index(None, "customer_id"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    source_customer_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))


class Purchase(Base):
    __tablename__ = "purchases"
    __table_args__ = (
        UniqueConstraint("source", "order_id"),
        Index(None, "customer_id"),
        Index(None, "order_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    #: api | csv | invite | shopify …
    source: Mapped[str]
    #: the shop's order number, as people say it
    order_id: Mapped[str]
    #: [{"name", "sku"?}, …]
    items: Mapped[list[dict[str, Any]]] = mapped_column(SealedJson("purchases.items"))
    #: in whole hundredths of the currency's unit
    total_cents: Mapped[int | None] = mapped_column(Id)
    currency: Mapped[str | None]
    gift: Mapped[bool] = mapped_column(default=False)
    tags: Mapped[str] = mapped_column(default="")
    purchased_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    shipped_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    refunded_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    returned_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
    updated_at: Mapped[datetime] = mapped_column(UtcMoment)
