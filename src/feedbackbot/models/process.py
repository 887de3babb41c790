"""The processes that serve one database side by side, and what all of them together have sent of late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from feedbackbot.models.base import Base, Id, UtcMoment


class Process(Base):
    """There while it lives; every moment is the database's own, since clocks of hosts differ."""

    __tablename__ = "processes"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: host and process id, for people
    name: Mapped[str]
    #: it would fetch Telegram's updates; of those that would, the one with the lowest number does
    polls: Mapped[bool]
    beat_at: Mapped[datetime] = mapped_column(UtcMoment)


class SendLimit(Base):
    """How much one platform has been written to lately, by everybody: the row that is locked while sends are chosen."""

    __tablename__ = "send_limits"

    #: telegram | slack
    channel: Mapped[str] = mapped_column(primary_key=True)
    #: JSON of delivering.shared_pacing
    state: Mapped[str]
