"""The state of each chat against the rows beside it: one talk, one question, and something that will move it on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from feedbackbot.engine import talking
from feedbackbot.engine.chat import Chat, State
from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.conversation import ConversationStatus
from feedbackbot.models.customer import Reach
from feedbackbot.models.escalation import EscalationStatus
from feedbackbot.models.tables import TABLES

_Row = Row[*tuple[Any, ...]]
#: one of these brings a conversation on that waits for no people
_MOVES = {"remind", "timeout", "wait", "later", "resume", "aside"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What other tables say, looked up once for all chats."""

    running: dict[int, list[_Row]]
    timers: dict[int, datetime]
    escalations: dict[int, _Row]
    testimonials: dict[int, int]


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    beside = _Beside(
        running=_running(session),
        timers={row.subject_id: row.due_at for row in session.connection().execute(_TIMERS)},
        escalations={row.id: row for row in session.connection().execute(_ESCALATIONS)},
        testimonials={
            row.id: row.customer_id for row in session.connection().execute(_TESTIMONIALS)
        },
    )
    for row in session.connection().execute(_CHATS):
        yield from _look_at(row, beside)


def _running(session: Session) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    for row in session.connection().execute(_RUNNING):
        found[row.customer_id].append(row)
    return found


def _look_at(row: _Row, beside: _Beside) -> Iterator[Broken]:
    subject = f"customer:{row.id}"
    running = beside.running.get(row.id, [])
    if len(running) > 1:
        numbers = ", ".join(str(one.id) for one in running)
        yield _broken(Rule.ONE_OPEN_STEP, subject, f"Several conversations run at once: {numbers}.")
    try:
        chat = talking.chat_from_json(row.chat) if row.chat else Chat()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        sentence = f"The state of the chat can't be read: {type(error).__name__}."
        yield _broken(Rule.NOTHING_HALF_APPLIED, subject, sentence)
        return
    for sentence in _questions(chat):
        yield _broken(Rule.ONE_OPEN_STEP, subject, sentence)
    for sentence in (*_disagreements(row, chat, running), *_missing(row, chat, beside)):
        yield _broken(Rule.NOTHING_HALF_APPLIED, subject, sentence)
    for sentence in _waits_for_nothing(row, chat, beside):
        yield _broken(Rule.NOTHING_STUCK, subject, sentence)


def _questions(chat: Chat) -> Iterator[str]:
    state = chat.conversation
    visits = [state.visit] if state and state.visit is not None else []
    visits += [chat.aside.visit] if chat.aside else []
    closed = {one.visit for one in chat.closed}
    for visit in visits:
        if visit > chat.last_visit:
            yield f"Question {visit} is open, but only {chat.last_visit} were ever asked."
        if visit in closed:
            yield f"Question {visit} is open and closed at once."
    if len(visits) > len(set(visits)):
        yield f"Two questions have the number {visits[0]}."


def _disagreements(row: _Row, chat: Chat, running: list[_Row]) -> Iterator[str]:
    known = [one.id for one in running]
    if row.conversation_id is not None and row.conversation_id not in known:
        yield f"Conversation {row.conversation_id} counts as running, but its row does not."
    if row.conversation_id is None and known:
        yield f"Conversation {known[0]} waits, but the customer is in none."
    state = chat.conversation
    if (state is None) != (row.conversation_id is None):
        yield "The state of the chat and the customer's row disagree on whether they are talking."
    for one in running:
        if state is not None and one.id == row.conversation_id:
            yield from _pinned_elsewhere(state, one)
    if row.chat and chat.stopped != (row.stopped_at is not None):
        yield "The state of the chat and the customer's row disagree on whether they said stop."
    if row.chat and chat.blocked != (row.reach == Reach.BLOCKED):
        yield "The state of the chat and the customer's row disagree on whether the bot is blocked."


def _pinned_elsewhere(state: State, row: _Row) -> Iterator[str]:
    theirs = (state.script, state.version, state.invitation_id)
    if theirs != (row.script, row.version, row.invitation_id):
        yield f"Conversation {row.id} and the state of the chat name different scripts or offers."


def _missing(row: _Row, chat: Chat, beside: _Beside) -> Iterator[str]:
    if chat.case is not None:
        yield from _case(row, chat, beside)
    if chat.quote is not None:
        owner = beside.testimonials.get(chat.quote.testimonial_id or 0)
        if owner != row.id:
            yield "They agreed to be quoted, and there is no testimonial of theirs."


def _case(row: _Row, chat: Chat, beside: _Beside) -> Iterator[str]:
    case = chat.case
    assert case is not None
    found = beside.escalations.get(case.escalation_id or 0)
    if found is None or found.customer_id != row.id:
        yield "They were told that people have their complaint, and there is none of theirs."
    elif case.resolved != (found.status == EscalationStatus.RESOLVED):
        yield f"Escalation {found.id} and the state of the chat disagree on whether it is resolved."


def _waits_for_nothing(row: _Row, chat: Chat, beside: _Beside) -> Iterator[str]:
    first = min((timer.due_at for timer in chat.timers), default=None)
    looked_at = beside.timers.get(row.id)
    if first is not None and (looked_at is None or looked_at > first):
        yield "Something is to happen in this chat, and no timer will look at it in time."
    if chat.blocked or chat.shelved:
        # everything stands still until the customer does something
        return
    names = {timer.name for timer in chat.timers}
    if chat.aside is not None and "aside" not in names:
        yield f"The built-in question “{chat.aside.key}” waits for ever."
    with_people = chat.case is not None and not chat.case.resolved
    if chat.conversation is not None and not with_people:
        if "expire" not in names:
            yield "Their conversation can't end by itself."
        if not names & _MOVES:
            yield "Their conversation waits for nothing: nothing but an answer brings it on."


def _broken(rule: Rule, subject: str, sentence: str) -> Broken:
    return Broken(rule=rule, subject=subject, sentence=sentence)


_CUSTOMERS = TABLES["customers"]
_CONVERSATIONS = TABLES["conversations"]
_OF_TIMERS = TABLES["timers"]
_RUNNING = (
    select(
        _CONVERSATIONS.c.id,
        _CONVERSATIONS.c.customer_id,
        _CONVERSATIONS.c.script,
        _CONVERSATIONS.c.version,
        _CONVERSATIONS.c.invitation_id,
    )
    .where(_CONVERSATIONS.c.status == ConversationStatus.WAITING)
    .order_by(_CONVERSATIONS.c.id)
)
_TIMERS = select(_OF_TIMERS.c.subject_id, _OF_TIMERS.c.due_at).where(_OF_TIMERS.c.kind == "chat")
_ESCALATIONS = select(*(TABLES["escalations"].c[name] for name in ("id", "customer_id", "status")))
_TESTIMONIALS = select(*(TABLES["testimonials"].c[name] for name in ("id", "customer_id")))
_TALKS = select(_CONVERSATIONS.c.customer_id).where(
    _CONVERSATIONS.c.status == ConversationStatus.WAITING
)
_CHATS = (
    select(
        *(
            _CUSTOMERS.c[name]
            for name in ("id", "chat", "conversation_id", "stopped_at", "reach", "telegram_id")
        )
    )
    .where(
        or_(
            _CUSTOMERS.c.chat.is_not(None),
            _CUSTOMERS.c.conversation_id.is_not(None),
            _CUSTOMERS.c.id.in_(_TALKS),
        )
    )
    .order_by(_CUSTOMERS.c.id)
    .execution_options(yield_per=500)
)
