"""Lets something happen to a chat: one transaction in which the engine decides and everything decided is recorded."""

from __future__ import annotations

import traceback
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import insert
from sqlalchemy.orm import Session

from feedbackbot import crash, inviting, metrics
from feedbackbot.conversing import effects
from feedbackbot.conversing.incoming import Act, Incoming, Sender, Started, Written
from feedbackbot.conversing.keeping import happening_of, keep
from feedbackbot.conversing.recording import Recording
from feedbackbot.conversing.scenes import (
    CustomerRow,
    add_customer,
    chat_of,
    find_customer,
    get_customer,
    is_flood,
    scene_for,
)
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Chat
from feedbackbot.engine.events import ConversationAbandoned, NoteTold
from feedbackbot.engine.happenings import (
    Blocked,
    Command,
    Happening,
    LinkOpened,
    QuestionDue,
    TooMuch,
    Unblocked,
)
from feedbackbot.engine.talking import floods
from feedbackbot.engine.wording.folding import fold
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.customer import Reach
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.tables import TABLES

#: found anew each time it would cost more than the counting
_turns_of = cache(metrics.TURNS.labels)


class Outcome(Struct, frozen=True, kw_only=True):
    """What the channel needs to know once it is committed."""

    customer_id: int | None = None
    #: a short notice in answer to a tap
    toast: str | None = None
    #: it had been applied before
    repeated: bool = False
    #: kept, but too much at once to be answered
    unanswered: bool = False


def receive(session: Session, house: House, incoming: Incoming, *, now: datetime) -> Outcome:
    """Apply what a customer's phone sent, once."""
    if not audit.remember(session, incoming.key, now=now):
        return Outcome(repeated=True)
    outcome = _take(session, house, incoming, now=now)
    crash.point("before_commit")
    return outcome


def happen(
    session: Session, house: House, customer_id: int, happening: Happening, *, now: datetime
) -> Outcome:
    """Let staff, time or a purchase do something to a customer's chat."""
    session.flush()
    row = get_customer(session, customer_id)
    columns: dict[str, Any] = {}
    if isinstance(happening, Blocked) and row.reach != Reach.BLOCKED:
        columns["reach"] = Reach.BLOCKED
        _record(session, "blocked", f"customer:{customer_id}", now=now)
    return _turn(session, house, row, happening, columns=columns, now=now)


def quarantine(
    session: Session, *, platform: str, key: str, raw: str, error: Exception, now: datetime
) -> None:
    """Keep what could not be applied, whole, so that it can be looked at and replayed."""
    values = {
        "platform": platform,
        "key": key,
        "raw": raw,
        "error": "".join(traceback.format_exception(error))[-8000:],
        "created_at": now,
    }
    session.connection().execute(_QUARANTINE, values)


def _take(session: Session, house: House, incoming: Incoming, *, now: datetime) -> Outcome:
    act, sender = incoming.act, incoming.sender
    opened: Happening | None = None
    if isinstance(act, Started):
        # First, since an opened link may tell us whom this chat belongs to.
        opened = _open(session, house, act, sender, now=now)
        if opened is None:
            _record(session, "guess_ignored", "nobody", now=now)
            return Outcome(unanswered=True)
    row = _customer(session, house, incoming, now=now)
    if isinstance(act, Blocked | Unblocked):
        # the transcript holds only what was said
        whose = "nobody" if row is None else f"customer:{row.id}"
        _record(session, type(act).__name__.lower(), whose, now=now)
    if row is None:
        return Outcome()
    keep(session, row.id, act, conversation_id=row.conversation_id, now=now)
    if _is_too_much(house, row, act, now=now):
        _tell_of_flood(session, house, row, now=now)
        return Outcome(customer_id=row.id, unanswered=True)
    if isinstance(act, Command):
        opened = inviting.asked_for(session, house, row.id, act, now=now)
    happening = opened or happening_of(session, row.id, act, now=now)  # type: ignore[arg-type]
    columns = _news_of(row, sender, act)
    return _turn(session, house, row, happening, columns=columns, now=now)


def _record(session: Session, act: str, subject: str, *, now: datetime) -> None:
    """What has no other trace: everything that counts as received leaves one."""
    audit.record(session, actor="customer", act=act, subject=subject, now=now)


def _open(
    session: Session, house: House, act: Started, sender: Sender, *, now: datetime
) -> LinkOpened | None:
    """None for somebody who is guessing."""
    opened = inviting.open_link(session, house, act.payload, sender.telegram_id, now=now)
    session.flush()
    if opened.silent:
        return None
    will_ask = opened.script is not None
    return LinkOpened(
        state=opened.state,
        message_key=act.message_key,
        invitation_id=opened.invitation_id if will_ask else None,
        script=opened.script if will_ask else None,
        due_at=opened.due_at if will_ask else None,
    )


def _customer(
    session: Session, house: House, incoming: Incoming, *, now: datetime
) -> CustomerRow | None:
    sender = incoming.sender
    row = find_customer(session, sender.telegram_id, most=house.inbound_per_minute)
    if row is not None or isinstance(incoming.act, Blocked):
        return row
    add_customer(session, sender, now=now)
    return find_customer(session, sender.telegram_id, most=house.inbound_per_minute)


def _is_too_much(house: House, row: CustomerRow, act: Act, *, now: datetime) -> bool:
    """A flood is kept and not answered; commands and stop words are always obeyed."""
    if house.inbound_per_minute == 0 or not is_flood(row, now=now):
        return False
    if isinstance(act, Written):
        return fold(act.text) not in house.library.common.stop_words
    return not isinstance(act, Started | Command | Blocked)


def _tell_of_flood(session: Session, house: House, row: CustomerRow, *, now: datetime) -> None:
    """The customer once for each flood, the team once a day."""
    if floods.is_told(chat_of(row), now=now):
        return
    _turn(session, house, row, TooMuch(), columns={}, now=now)
    if not audit.remember(session, f"flood:{row.id}:{now:%Y-%m-%d}", now=now):
        return
    name = row.first_name or "A customer"
    text = (
        f"{name} is sending a great many messages. All are kept; what goes beyond "
        f"{house.inbound_per_minute} a minute is neither answered nor passed on."
    )
    recording = _recording(session, house, row, Blocked(), now=now)
    effects.apply(recording, (NoteTold(to="support", text=text),))


def _news_of(row: CustomerRow, sender: Sender, act: Act) -> dict[str, Any]:
    """What the phone tells us that the shop has not, and that somebody is there."""
    columns: dict[str, Any] = {}
    if row.first_name is None and sender.first_name:
        columns |= {"first_name": sender.first_name, "last_name": sender.last_name}
    if row.language is None and sender.language:
        columns["language"] = sender.language
    reach = Reach.BLOCKED if isinstance(act, Blocked) else Reach.REACHABLE
    if row.reach != reach:
        columns["reach"] = reach
    return columns


def _turn(
    session: Session,
    house: House,
    row: CustomerRow,
    happening: Happening,
    *,
    columns: dict[str, Any],
    now: datetime,
) -> Outcome:
    _turns_of(type(happening).__name__).inc()
    recording = _recording(session, house, row, happening, now=now)
    recording.columns |= columns
    scene = scene_for(session, house, row, chat=recording.chat, happening=happening, now=now)
    if recording.chat.conversation is not None and scene.script is None:
        _give_up(recording)
    turn = talking.receive(recording.chat, happening, scene, now=now)
    recording.chat = turn.chat
    with _Alone(session, row.id):
        effects.apply(recording, turn.events)
    crash.point("half_recorded")
    recording.store()
    for invitation_id in recording.due_now:
        _ask_now(session, house, invitation_id, now=now)
    return Outcome(customer_id=row.id, toast=recording.toast)


def _ask_now(session: Session, house: House, invitation_id: int, *, now: datetime) -> None:
    invitation = session.get_one(Invitation, invitation_id)
    script = house.library.scripts.get(invitation.script)
    if script is not None and inviting.why_not(session, house, invitation, now=now) is None:
        due = QuestionDue(invitation_id=invitation_id, script=script)
        happen(session, house, invitation.customer_id, due, now=now)


def _recording(
    session: Session, house: House, row: CustomerRow, happening: Happening, *, now: datetime
) -> Recording:
    chat = chat_of(row)
    return Recording(
        session=session,
        house=house,
        now=now,
        customer=row,
        happening=happening,
        before=chat,
        chat=chat,
        conversation_id=row.conversation_id,
        purchase_id=row.purchase_id,
    )


def _give_up(recording: Recording) -> None:
    """The text of this conversation's script is gone: people are told, the customer is not left hanging in it."""
    state = recording.chat.conversation
    name = state.script if state else ""
    text = f"The script {name} can no longer be read, so one conversation on it has ended."
    recording.chat = _without_conversation(recording.chat)
    told = NoteTold(to="support", text=text)
    effects.apply(recording, (told, ConversationAbandoned(reason="script_gone")))


def _without_conversation(chat: Chat) -> Chat:
    return replace(chat, conversation=None, aside=None, timers=(), open_words=None)


class _Alone:
    """A turn inside a turn of the same chat would be overwritten by the outer one; better to stop at once."""

    def __init__(self, session: Session, customer_id: int) -> None:
        self._turns: set[int] = session.info.setdefault("turns", set())
        self._customer_id = customer_id

    def __enter__(self) -> None:
        if self._customer_id in self._turns:
            raise RuntimeError("an effect must not let something happen to the same chat")
        self._turns.add(self._customer_id)

    def __exit__(self, *_: object) -> None:
        self._turns.discard(self._customer_id)


_QUARANTINE = insert(TABLES["quarantine"])
