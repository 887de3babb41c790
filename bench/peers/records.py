"""Where the peers keep answers: SQLAlchemy's ORM as its tutorial teaches it, on a SQLite file that survives a power cut."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

QUESTION = (
    "Hi {name}. All in all, how satisfied or dissatisfied are you with your order, from ordering to "
    "today? 1 star is very dissatisfied, 5 stars is very satisfied."
)
REASON = "Thank you. What is the main reason for your score?"
AGAIN = "Would you buy from us again?"
THANKS = "That was all about this order. Thank you, {name}."


class Base(DeclarativeBase):
    pass


class Answer(Base):
    __tablename__ = "answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(index=True)
    step: Mapped[str]
    value: Mapped[str]
    answered_at: Mapped[datetime]


def open_answers() -> sessionmaker[Session]:
    engine = create_engine(f"sqlite:///{os.environ['BOT_DATABASE']}")

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    Base.metadata.create_all(engine)
    return sessionmaker(engine)


def keep(answers: sessionmaker[Session], chat_id: int, step: str, value: str) -> None:
    with answers.begin() as session:
        session.add(Answer(chat_id=chat_id, step=step, value=value, answered_at=datetime.now(UTC)))
