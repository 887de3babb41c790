"""Conversations that run on an older version of their script: which a new one touches, and moving them to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from msgspec import structs
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from feedbackbot.conversing import effects
from feedbackbot.conversing.recording import Recording
from feedbackbot.conversing.scenes import CustomerRow, chat_of, get_customer, scene_for
from feedbackbot.engine.chat import Chat, Scene, Turn
from feedbackbot.engine.comparing import Comparison, Edition, Fate, compare
from feedbackbot.engine.happenings import Woken
from feedbackbot.engine.script import Library, Script
from feedbackbot.engine.talking import chat_from_json
from feedbackbot.engine.talking.moving import move
from feedbackbot.errors import FeedbackbotError
from feedbackbot.house import House
from feedbackbot.models import audit, outbox
from feedbackbot.models.conversation import ConversationStatus
from feedbackbot.models.tables import TABLES
from feedbackbot.versions import called_by, find_version, keep_version

log = structlog.get_logger(__name__)

#: order numbers that a note to the team spells out
_NAMED = 20
_BY_HAND = "it could not be moved: {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A conversation that has not ended, as far as it is known without the key."""

    id: int
    customer_id: int
    script: str
    version: str
    order_id: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A running conversation on another version than today's, and what that means for it."""

    running: Running
    found: Comparison


def on_other_versions(session: Session, library: Library) -> list[Running]:
    """Every conversation whose script is not the one that stands in the folder now; needs no key."""
    today = {name: script.version for name, script in library.scripts.items()}
    every = (Running(**row) for row in session.connection().execute(_RUNNING).mappings())
    return [one for one in every if today.get(one.script) != one.version]


def touched(
    session: Session,
    house: House,
    running: Iterable[Running],
    renamed: Mapping[str, str] | None = None,
) -> list[Touched]:
    """Where each of them stands; reading that needs the key."""
    found: list[Touched] = []
    for one in running:
        text = session.connection().execute(_CHAT, {"of": one.id}).scalar()
        chat = chat_from_json(text) if text else Chat()
        if chat.conversation is not None:
            comparison = _compare(session, house, one, chat, renamed or {})
            found.append(Touched(running=one, found=comparison))
    return found


def rehearse(
    session: Session,
    house: House,
    running: Iterable[Running],
    renamed: Mapping[str, str],
    *,
    now: datetime,
) -> list[Touched]:
    """What `migrate` would do; nothing is written."""
    return [
        each if each.found.fate is Fate.STAYS else _tried(session, house, each, now=now)
        for each in touched(session, house, running, renamed)
    ]


def migrate(
    session: Session,
    house: House,
    running: Sequence[Running],
    renamed: Mapping[str, str],
    *,
    now: datetime,
) -> list[Touched]:
    """Moves them to the version in the folder, in this transaction; who can't be moved stays as before."""
    done: list[Touched] = []
    for each in touched(session, house, running, renamed):
        if each.found.fate is not Fate.STAYS:
            each = _moved(session, house, each, now=now)  # noqa: PLW2901
        done.append(each)
    _tell_team(session, house, [each for each in done if each.found.fate is Fate.ENDS], now=now)
    return done


def _compare(
    session: Session, house: House, one: Running, chat: Chat, renamed: Mapping[str, str]
) -> Comparison:
    old = find_version(session, house, chat.conversation.version if chat.conversation else "")
    new = house.library.scripts.get(one.script)
    return compare(chat, _edition(house, old), _edition(house, new), renamed)


def _edition(house: House, script: Script | None) -> Edition | None:
    return None if script is None else Edition(script=script, called=called_by(house, script))


def _tried(session: Session, house: House, each: Touched, *, now: datetime) -> Touched:
    try:
        _turn(session, house, each, now=now)
    except FeedbackbotError as error:
        return _left(each, error)
    return each


def _moved(session: Session, house: House, each: Touched, *, now: datetime) -> Touched:
    """In a savepoint of its own: one that can't be moved must not keep the others."""
    try:
        with session.begin_nested():
            _record(session, house, each, now=now)
    except FeedbackbotError as error:
        log.warning("not_moved", conversation=each.running.id, reason=str(error))
        return _left(each, error)
    return each


def _left(each: Touched, error: Exception) -> Touched:
    found = replace(each.found, fate=Fate.STAYS, why=_BY_HAND.format(error))
    return replace(each, found=found)


def _turn(
    session: Session, house: House, each: Touched, *, now: datetime
) -> tuple[CustomerRow, Chat, Turn]:
    row = get_customer(session, each.running.customer_id)
    chat = chat_of(row)
    old = scene_for(session, house, row, chat=chat, happening=Woken(), now=now)
    return row, chat, move(chat, each.found, old, _new_scene(house, each, old), now=now)


def _new_scene(house: House, each: Touched, old: Scene) -> Scene:
    script = house.library.scripts.get(each.running.script)
    return structs.replace(old, script=script, called=called_by(house, script))


def _record(session: Session, house: House, each: Touched, *, now: datetime) -> None:
    row, chat, turn = _turn(session, house, each, now=now)
    recording = Recording(
        session=session,
        house=house,
        now=now,
        customer=row,
        happening=Woken(),
        before=chat,
        chat=turn.chat,
        conversation_id=row.conversation_id,
        purchase_id=row.purchase_id,
    )
    effects.apply(recording, turn.events)
    recording.store()
    _write_down(session, house, each, now=now)


def _write_down(session: Session, house: House, each: Touched, *, now: datetime) -> None:
    one, found = each.running, each.found
    script = house.library.scripts.get(one.script)
    if script is not None and found.fate is not Fate.ENDS:
        keep_version(session, house, script, now=now)
        values = {"of": one.id, "new_version": script.version}
        session.connection().execute(_SET_VERSION, values)
    audit.record(
        session,
        actor="cli",
        act="conversation_ended" if found.fate is Fate.ENDS else "conversation_moved",
        subject=f"conversation:{one.id}",
        detail=f"{one.version[:12]}:{found.step} -> {_place(script, found)}",
        now=now,
    )


def _place(script: Script | None, found: Comparison) -> str:
    return f"{script.version[:12] if script else ''}:{found.goal or 'gone'}"


def _tell_team(session: Session, house: House, ended: Sequence[Touched], *, now: datetime) -> None:
    """One note for all of them."""
    channel = house.slack_channel("support")
    if not ended or channel is None:
        return
    outbox.put(
        session,
        channel="slack",
        chat_key=f"slack:channel:{channel}",
        kind="card",
        payload={"card": "note", "channel": channel, "text": _note(ended)},
        now=now,
    )


def _note(ended: Sequence[Touched]) -> str:
    steps = ", ".join(sorted({f"“{each.found.step}”" for each in ended}))
    orders = [each.running.order_id or f"conversation {each.running.id}" for each in ended]
    more = len(orders) - _NAMED
    which = ", ".join(orders[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    script = ended[0].running.script
    return (
        f"The script {script} was changed, and the step where {len(ended)} "
        f"{'conversation' if len(ended) == 1 else 'conversations'} stood is gone ({steps}). They "
        f"have ended with a friendly word; what had been answered is kept. About: {which}."
    )


_CONVERSATIONS = TABLES["conversations"]
_CUSTOMERS = TABLES["customers"]
_PURCHASES = TABLES["purchases"]
_RUNNING = (
    select(
        _CONVERSATIONS.c.id,
        _CONVERSATIONS.c.customer_id,
        _CONVERSATIONS.c.script,
        _CONVERSATIONS.c.version,
        _PURCHASES.c.order_id,
        _CONVERSATIONS.c.started_at,
    )
    .select_from(
        _CONVERSATIONS.join(
            _CUSTOMERS, _CUSTOMERS.c.conversation_id == _CONVERSATIONS.c.id
        ).outerjoin(_PURCHASES, _PURCHASES.c.id == _CONVERSATIONS.c.purchase_id)
    )
    .where(_CONVERSATIONS.c.status == ConversationStatus.WAITING)
    .order_by(_CONVERSATIONS.c.id)
)
#: nothing where it has ended meanwhile
_CHAT = select(_CUSTOMERS.c.chat).where(_CUSTOMERS.c.conversation_id == bindparam("of"))
_SET_VERSION = (
    update(_CONVERSATIONS)
    .where(_CONVERSATIONS.c.id == bindparam("of"))
    .values(version=bindparam("new_version"))
)
