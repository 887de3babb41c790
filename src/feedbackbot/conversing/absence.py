"""What to make up for after the bot was away: taps live 150 seconds at Telegram, messages a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from feedbackbot import conversing
from feedbackbot.engine import talking
from feedbackbot.engine.happenings import WasAway
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.locking import lock_customers
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

#: Telegram forgets a tap after this
TAPS_LIVE = timedelta(seconds=150)
#: Telegram forgets a message after this
MESSAGES_LIVE = timedelta(hours=24)
_FACT = "alive_at"
_TOLD = "absence_told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A time in which nothing could come in: the bot did not run, or Telegram or the database was out of reach."""

    lasted: timedelta
    back_at: datetime
    #: customer -> the question that was open when the bot came back
    open_questions: dict[int, int]

    @property
    def lost_taps(self) -> bool:
        return self.lasted > TAPS_LIVE

    @property
    def lost_messages(self) -> bool:
        return self.lasted > MESSAGES_LIVE


def say_alive(session: Session, *, now: datetime) -> None:
    audit.set_fact(session, _FACT, now.isoformat())


def find_alive_at(session: Session) -> datetime | None:
    """The last sign of life; None where the bot has never run."""
    last = audit.fact(session, _FACT)
    return datetime.fromisoformat(last) if last else None


def look_back(session: Session, *, now: datetime) -> Absence:
    """Since the last sign of life; before anything new is taken in."""
    last = find_alive_at(session)
    return look_around(session, now - last if last else timedelta(0), back_at=now)


def look_around(session: Session, lasted: timedelta, *, back_at: datetime) -> Absence:
    """Whom an absence of this length may have cost a tap."""
    questions = _open_questions(session) if lasted > TAPS_LIVE else {}
    return Absence(lasted=lasted, back_at=back_at, open_questions=questions)


def note_loss(session: Session, away: Absence) -> bool:
    """False: this one has been told before, by a bot that ended before it had made up for it."""
    began = (away.back_at - away.lasted).isoformat()
    is_news = audit.fact(session, _TOLD) != began
    audit.set_fact(session, _TOLD, began)
    return is_news


def ask_again(
    session: Session, house: House, customer_id: int, away: Absence, *, now: datetime
) -> bool:
    """Offer the open question again, unless what had waited at Telegram has answered it, or it has been shown since
    the bot is back, or is just about to be.
    """
    lock_customers(session, [customer_id])
    visit = away.open_questions[customer_id]
    if _open_visit(session, customer_id) != visit:
        return False
    if _has_been_put(session, customer_id, visit, since=away.back_at):
        return False
    conversing.happen(session, house, customer_id, WasAway(), now=now)
    return True


def _open_questions(session: Session) -> dict[int, int]:
    """Only those chats are opened in which something is under way, of however many there are."""
    waits = exists().where(_TIMERS.c.kind == "chat", _TIMERS.c.subject_id == _CUSTOMERS.c.id)
    rows = session.connection().execute(
        select(_CUSTOMERS.c.id, _CUSTOMERS.c.chat).where(
            _CUSTOMERS.c.chat.is_not(None),
            _CUSTOMERS.c.telegram_id.is_not(None),
            or_(_CUSTOMERS.c.conversation_id.is_not(None), waits),
        )
    )
    found = ((row.id, _find_visit(row.id, row.chat)) for row in rows)
    return {customer_id: visit for customer_id, visit in found if visit is not None}


def _find_visit(customer_id: int, text: str) -> int | None:
    """One chat that can't be read must not keep everybody else from being asked."""
    try:
        return _visit_in(text)
    except Exception:
        log.exception("unreadable_chat", customer=customer_id)
        return None


def _open_visit(session: Session, customer_id: int) -> int | None:
    chat = session.connection().execute(
        select(_CUSTOMERS.c.chat).where(_CUSTOMERS.c.id == customer_id)
    )
    text = chat.scalar()
    return None if text is None else _visit_in(text)


def _has_been_put(session: Session, customer_id: int, visit: int, *, since: datetime) -> bool:
    put = select(_OUTBOX.c.id).where(
        _OUTBOX.c.customer_id == customer_id,
        _OUTBOX.c.visit == visit,
        _OUTBOX.c.kind != "buttons",
        or_(_OUTBOX.c.sent_at >= since, _WILL_LEAVE),
    )
    return session.connection().execute(put.limit(1)).first() is not None


def _visit_in(text: str) -> int | None:
    chat = talking.chat_from_json(text)
    if chat.aside is not None:
        return chat.aside.visit
    return chat.conversation.visit if chat.conversation else None


_CUSTOMERS = TABLES["customers"]
_OUTBOX = TABLES["outbox"]
_TIMERS = TABLES["timers"]
_WILL_LEAVE = or_(
    _OUTBOX.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.SENDING]),
    and_(_OUTBOX.c.status == OutgoingStatus.UNKNOWN, _OUTBOX.c.not_before.is_not(None)),
)
