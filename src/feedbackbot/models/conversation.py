"""Conversations, the answers given in them, and everything the customer sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.sealing import SealedBytes, SealedText


class ConversationStatus(StrEnum):
    #: for an answer, for time or for people
    WAITING = "waiting"
    #: reached an end of its script
    FINISHED = "finished"
    #: ended from outside: stopped, expired, declined, erased
    ABANDONED = "abandoned"


class Conversation(Base):
    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "customer_id"),
        Index(None, "status"),
        Index(None, "invitation_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchases.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    script: Mapped[str]
    #: content hash; the text stands in script_versions
    version: Mapped[str]
    status: Mapped[ConversationStatus] = mapped_column(default=ConversationStatus.WAITING)
    outcome: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(UtcMoment)
    finished_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class ScriptVersion(Base):
    """A script as it was when a conversation began on it; never changed."""

    __tablename__ = "script_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    script: Mapped[str]
    #: the YAML of the script and of `_common.yaml`, as JSON {file name: text}
    source: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcMoment)


class Answer(Base):
    __tablename__ = "answers"
    __table_args__ = (Index(None, "conversation_id"), Index(None, "metric", "answered_at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    step: Mapped[str]
    visit: Mapped[int]
    name: Mapped[str | None]
    metric: Mapped[str | None]
    #: the category; None for free words
    value: Mapped[str | None]
    number: Mapped[float | None]
    words: Mapped[str | None] = mapped_column(SealedText("answers.words"))
    answered_at: Mapped[datetime] = mapped_column(UtcMoment)
    #: "Change": kept, no longer counted
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class Message(Base):
    """One message from the customer, or one tap, as it came."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "customer_id"), Index(None, "platform_key"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    conversation_id: Mapped[int | None] = mapped_column(Id)
    #: text | photo | voice | tap | command | …
    kind: Mapped[str]
    text: Mapped[str | None] = mapped_column(SealedText("messages.text"))
    #: "telegram:<chat>:<message id>"
    platform_key: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(UtcMoment)
    edited_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class MediaStatus(StrEnum):
    #: still to be fetched from the platform
    WANTED = "wanted"
    STORED = "stored"
    #: the platform no longer has it, or it was refused
    LOST = "lost"


class Media(Base):
    """A photo, voice note, clip or file of a customer; the bytes are sealed like words."""

    __tablename__ = "media"
    __table_args__ = (Index(None, "customer_id"), Index(None, "status"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    #: photo | voice | video | document
    kind: Mapped[str]
    mime: Mapped[str | None]
    status: Mapped[MediaStatus] = mapped_column(default=MediaStatus.WANTED)
    #: the platform's name for the file
    file_id: Mapped[str | None] = mapped_column(SealedText("media.file_id"))
    size: Mapped[int | None]
    seconds: Mapped[int | None]
    #: of the stored bytes, after cleaning
    sha256: Mapped[str | None]
    content: Mapped[bytes | None] = mapped_column(SealedBytes("media.content"), deferred=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcMoment)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)
