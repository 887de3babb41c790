"""Event -> effect: one small function for each fact that the engine decides, all in the turn's transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from feedbackbot import inviting
from feedbackbot.conversing.effects_on_offers import EFFECTS_ON_OFFERS
from feedbackbot.conversing.effects_on_people import EFFECTS_ON_PEOPLE
from feedbackbot.conversing.effects_on_phone import EFFECTS_ON_PHONE
from feedbackbot.conversing.recording import Recording
from feedbackbot.engine import events
from feedbackbot.models.conversation import ConversationStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import set_timer
from feedbackbot.versions import find_version, keep_version

Effect = Callable[[Recording, Any], None]


def apply(recording: Recording, happened: tuple[events.Event, ...]) -> None:
    """In the order in which they were decided; an event without an effect is a mistake of ours, so it raises."""
    for event in happened:
        _EFFECTS[type(event)](recording, event)


def _start(recording: Recording, event: events.ConversationStarted) -> None:
    session = recording.session
    recording.purchase_id = inviting.start(session, event.invitation_id, now=recording.now)
    script = find_version(session, recording.house, event.version)
    if script is not None:
        keep_version(session, recording.house, script, now=recording.now)
    values = {
        "customer_id": recording.customer_id,
        "purchase_id": recording.purchase_id,
        "invitation_id": event.invitation_id,
        "script": event.script,
        "version": event.version,
        "status": ConversationStatus.WAITING,
        "started_at": recording.now,
    }
    recording.conversation_id = int(_BEGIN.find(session, values).id)
    recording.columns["conversation_id"] = recording.conversation_id


def _keep_answer(recording: Recording, event: events.AnswerGiven) -> None:
    if recording.conversation_id is None:
        return
    values = {
        "conversation_id": recording.conversation_id,
        "step": event.step,
        "visit": event.visit,
        "name": event.name,
        "metric": event.metric,
        "value": event.value,
        "number": event.number,
        "words": event.words or None,
        "answered_at": recording.now,
    }
    _ANSWER.run(recording.session, values)


def _amend_answer(recording: Recording, event: events.AnswerAmended) -> None:
    """Of a conversation that may have ended just before: its question is known by the number that it had in the chat."""
    values = {
        "whose": recording.customer_id,
        "at": event.visit,
        "new_words": event.words or None,
    }
    recording.session.connection().execute(_AMEND, values)


def _take_back(recording: Recording, event: events.AnswerTakenBack) -> None:
    values = {"of": recording.conversation_id, "at": event.visit, "moment": recording.now}
    recording.session.connection().execute(_TAKE_BACK, values)


def _finish(recording: Recording, event: events.ConversationFinished) -> None:
    _end(recording, ConversationStatus.FINISHED, event.outcome)


def _expire(recording: Recording, event: events.ConversationExpired) -> None:
    del event
    _end(recording, ConversationStatus.ABANDONED, "expired")


def _abandon(recording: Recording, event: events.ConversationAbandoned) -> None:
    _end(recording, ConversationStatus.ABANDONED, event.reason)


def _end(recording: Recording, status: ConversationStatus, outcome: str) -> None:
    values = {
        "of": recording.conversation_id,
        "new_status": status,
        "new_outcome": outcome,
        "moment": recording.now,
    }
    _END.run(recording.session, values)
    recording.columns["conversation_id"] = None
    recording.conversation_id = None
    for invitation_id in recording.chat.queued:
        set_timer(recording.session, "invitation", invitation_id, recording.now)


def _nothing(recording: Recording, event: object) -> None:
    """A fact for the record of the turn only: the question stands in the outbox, the words among the messages; and
    whoever handed a refused reply over sees that nothing was queued.
    """
    del recording, event


_ANSWERS = TABLES["answers"]
_CONVERSATIONS = TABLES["conversations"]
_BEGIN = Prepared(
    insert(_CONVERSATIONS).returning(_CONVERSATIONS.c.id),
    columns=(
        "customer_id",
        "purchase_id",
        "invitation_id",
        "script",
        "version",
        "status",
        "started_at",
    ),
)
_ANSWER = Prepared(
    insert(_ANSWERS),
    columns=(
        "conversation_id",
        "step",
        "visit",
        "name",
        "metric",
        "value",
        "number",
        "words",
        "answered_at",
    ),
)
_OF_VISIT = (
    _ANSWERS.c.conversation_id == bindparam("of"),
    _ANSWERS.c.visit == bindparam("at"),
    _ANSWERS.c.taken_back_at.is_(None),
)
_AMEND = (
    update(_ANSWERS)
    .where(
        _ANSWERS.c.conversation_id.in_(
            select(_CONVERSATIONS.c.id).where(_CONVERSATIONS.c.customer_id == bindparam("whose"))
        ),
        _ANSWERS.c.visit == bindparam("at"),
        _ANSWERS.c.taken_back_at.is_(None),
    )
    .values(words=bindparam("new_words", type_=_ANSWERS.c.words.type))
)
_TAKE_BACK = (
    update(_ANSWERS)
    .where(*_OF_VISIT)
    .values(taken_back_at=bindparam("moment", type_=_ANSWERS.c.taken_back_at.type))
)
_END = Prepared(
    update(_CONVERSATIONS)
    .where(_CONVERSATIONS.c.id == bindparam("of"))
    .values(
        status=bindparam("new_status", type_=_CONVERSATIONS.c.status.type),
        outcome=bindparam("new_outcome", type_=_CONVERSATIONS.c.outcome.type),
        finished_at=bindparam("moment", type_=_CONVERSATIONS.c.finished_at.type),
    )
)

_EFFECTS: dict[type[events.Event], Effect] = {
    events.ConversationStarted: _start,
    events.QuestionAsked: _nothing,
    events.QuestionReminded: _nothing,
    events.AnswerGiven: _keep_answer,
    events.AnswerAmended: _amend_answer,
    events.AnswerTakenBack: _take_back,
    events.AnswerSkipped: _nothing,
    events.QuestionTimedOut: _nothing,
    events.ReplyNotUnderstood: _nothing,
    events.ReplyRefused: _nothing,
    events.ConversationFinished: _finish,
    events.ConversationExpired: _expire,
    events.ConversationAbandoned: _abandon,
    **EFFECTS_ON_OFFERS,
    **EFFECTS_ON_PHONE,
    **EFFECTS_ON_PEOPLE,
}
