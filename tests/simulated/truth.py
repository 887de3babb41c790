"""What must be true of the screens and of the records once everything has calmed down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.engine import talking
from feedbackbot.models.customer import Customer
from feedbackbot.models.escalation import Escalation, StaffReply
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus
from simulated.people import Person
from simulated.platforms import Platform
from simulated.world import World

#: shown again they change nothing
_HARMLESS = {"reaction", "typing", "mark", "buttons"}


async def untrue(world: World, people: Iterable[Person]) -> list[str]:
    """Sentences about everything that is not as it must be; none is what there should be."""
    found = [f"{one.rule}: {one.subject}: {one.sentence}" for one in await world.broken()]
    found += await world.read(lambda s: list(_twice(s, world.telegram)))
    found += await world.read(lambda s: list(_twice(s, world.slack)))
    found += await world.read(lambda s: list(_unseen_complaints(s, world)))
    found += await world.read(lambda s: list(_unsettled_replies(s)))
    for person in people:
        found += await _lost_words(person)
        found += await world.read(partial(_left_waiting, person=person))
    return found


def _twice(session: Session, platform: Platform) -> Iterator[str]:
    """One duplicate, and only where the bot could not know; never of a person's words."""
    often = [row for row, times in platform.shown.items() if times > 1]
    chosen = select(OutgoingMessage).where(OutgoingMessage.id.in_(often))
    for row in session.scalars(chosen):
        if row.kind in _HARMLESS:
            continue
        times, allowed = platform.shown[row.id], _allowed(row, platform)
        if times > allowed:
            yield f"{row.kind} {row.id} stands {times} times on {platform.name}, not {allowed}"


def _allowed(row: OutgoingMessage, platform: Platform) -> int:
    if row.reply_id is not None or row.kind in {"card", "thread", "file"}:
        return 1
    most = 5 if row.channel == "slack" else 2
    return min(1 + platform.doubtful[row.id], most)


def _unseen_complaints(session: Session, world: World) -> Iterator[str]:
    for case in session.scalars(select(Escalation)):
        cards = [
            post for post in world.slack.screens["C0SUPPORT"] if post.row == case.card_outbox_id
        ]
        was_erased = case.words is None and case.summary is None
        if not cards and not was_erased:
            yield f"complaint {case.id} stands nowhere in Slack"
        elif cards and case.slack_thread_ts not in {None, cards[0].name}:
            yield f"complaint {case.id} knows another thread than its card's"


def _unsettled_replies(session: Session) -> Iterator[str]:
    for said in session.scalars(select(StaffReply)):
        if said.delivered_at is None and said.failure is None and said.text is not None:
            yield f"what became of reply {said.id} is not known"


async def _lost_words(person: Person) -> list[str]:
    kept = await person.transcript()
    return [
        f"{person.name} wrote {key} “{text}”, kept: {kept.get(f'telegram:{key}')}"
        for key, text in person.said.items()
        if kept.get(f"telegram:{key}", [None])[-1] != text
    ]


def _left_waiting(session: Session, *, person: Person) -> list[str]:
    """Whoever is asked something sees the question."""
    row = session.scalar(select(Customer).where(Customer.telegram_id == person.telegram_id))
    if row is None or row.chat is None or person.missed_some:
        return []
    chat = talking.chat_from_json(row.chat)
    if chat.stopped or chat.blocked:
        return []
    state, aside = chat.conversation, chat.aside
    visits = [state.visit] if state and state.visit is not None else []
    if aside is not None and aside.key != "human":
        visits.append(aside.visit)
    return [
        f"{person.name} was never shown question {visit}: {fates}"
        for visit in visits
        if not person.world.telegram.of_visit(person.address, visit)
        and OutgoingStatus.UNKNOWN not in (fates := _fates(session, row.id, visit))
    ]


def _fates(session: Session, customer_id: int, visit: int) -> list[OutgoingStatus]:
    """Of the messages with that question; twice in doubt it is left to the reminder."""
    rows = select(OutgoingMessage.status).where(
        OutgoingMessage.customer_id == customer_id,
        OutgoingMessage.visit == visit,
        OutgoingMessage.kind != "buttons",
    )
    return list(session.scalars(rows))
