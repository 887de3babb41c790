"""What staff write in a complaint's thread: inside, unless it mentions the bot and its author owns the complaint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot import threads
from feedbackbot.errors import EscalationTaken, NotAllowed, NotYet
from feedbackbot.escalating import answering, case_card
from feedbackbot.escalating.case_card import UNADDRESSED
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.customer import Customer
from feedbackbot.models.escalation import Escalation, StaffReply
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus
from feedbackbot.staff import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """One message of staff; `text` is already what a customer would read."""

    team: str
    channel: str
    thread_ts: str
    ts: str
    staff: Staff
    text: str
    mentions_bot: bool = False
    #: colleagues, groups or whole channels
    mentions_others: bool = False
    has_files: bool = False

    @property
    def user_id(self) -> str:
        return self.staff.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadChange:
    """A message of staff was edited (`text`) or deleted (None)."""

    team: str
    channel: str
    thread_ts: str
    ts: str
    #: Slack's name for this very change
    edit_ts: str
    user_id: str
    text: str | None
    #: the mention of the bot came with the edit
    newly_addressed: bool = False


def staff_message(
    session: Session,
    house: House,
    message: ThreadMessage,
    *,
    may_come_again: bool = False,
    now: datetime,
) -> None:
    """Send it on, or keep it inside; Slack tells of one mention twice, and it counts once.

    Whoever can bring it again a moment later says so: it raises NotYet where its thread may be that of a card which
    has been posted, but whose receipt is not stored.
    """
    if not audit.remember(session, key_of(message), now=now):
        return
    row = find_by_thread(session, message.channel, message.thread_ts)
    if row is None and may_come_again and is_being_posted(session, message.channel):
        raise NotYet
    if row is None:
        if message.mentions_bot:
            tell(session, message, _NO_THREAD, now=now)
    elif message.mentions_bot:
        _send(session, house, row, message, now=now)
    elif not case_card.is_forgotten(session, row):
        _keep_inside(session, row, message, now=now)


def send_draft(
    session: Session,
    house: House,
    reply_id: int,
    *,
    staff: Staff,
    take_over: bool = False,
    now: datetime,
) -> None:
    """Words that were kept inside go out after all, by their author only."""
    lock_owner(session, "staff_replies", reply_id)
    said = session.get(StaffReply, reply_id)
    if said is None or said.slack_user_id != staff.user_id or not said.text:
        raise NotAllowed("These words are no longer there.")
    if said.failure != UNADDRESSED:
        raise NotAllowed("These words have been sent already.")
    row = case_card.get(session, said.escalation_id)
    answering.checked(said.text)
    answering.own(session, row, staff, take_over=take_over, now=now)
    said.failure, said.created_at = None, now
    session.flush()
    answering.send(session, house, row, said, now=now)


def find_by_thread(session: Session, channel: str, thread_ts: str) -> Escalation | None:
    """The complaint whose card has this ts."""
    row = session.scalars(
        select(Escalation).where(
            Escalation.slack_channel_id == channel, Escalation.slack_thread_ts == thread_ts
        )
    ).first()
    row = row or _find_new(session, channel, thread_ts)
    if row is not None:
        lock_owner(session, "escalations", row.id)
    return row


def key_of(told: ThreadMessage | ThreadChange) -> str:
    return f"slack:{told.team}:{told.channel}:{told.ts}"


def is_being_posted(session: Session, channel: str) -> bool:
    """A complaint's card is on its way to this channel, or has just arrived there."""
    under_way = (
        select(Escalation.id)
        .join(OutgoingMessage, OutgoingMessage.id == Escalation.card_outbox_id)
        .where(
            Escalation.slack_channel_id == channel,
            Escalation.slack_thread_ts.is_(None),
            OutgoingMessage.status.in_([OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN]),
        )
    )
    return session.scalars(under_way.limit(1)).first() is not None


def tell(
    session: Session,
    message: ThreadMessage | ThreadChange,
    text: str,
    *,
    about: Escalation | None = None,
    actions: tuple[dict[str, str], ...] = (),
    now: datetime,
) -> None:
    """A sentence to whoever wrote it; `about` is the complaint whose customer may be named."""
    threads.whisper(
        session,
        message.user_id,
        text,
        channel=message.channel,
        thread_ts=message.thread_ts,
        actions=actions,
        customer_id=about.customer_id if about else None,
        now=now,
    )


def customer_of(session: Session, row: Escalation) -> str:
    return case_card.name_of(session.get(Customer, row.customer_id))


_NO_THREAD = "I pass words on only inside a complaint's thread. Nothing was sent to anybody."


def _find_new(session: Session, channel: str, thread_ts: str) -> Escalation | None:
    """The receipt of a card stands in the outbox; it is noted on the complaint when first needed."""
    row = session.scalars(
        select(Escalation)
        .join(OutgoingMessage, OutgoingMessage.id == Escalation.card_outbox_id)
        .where(
            Escalation.slack_channel_id == channel,
            Escalation.slack_thread_ts.is_(None),
            OutgoingMessage.platform_id == thread_ts,
        )
    ).first()
    if row is not None:
        row.slack_thread_ts = thread_ts
    return row


def _send(
    session: Session, house: House, row: Escalation, message: ThreadMessage, *, now: datetime
) -> None:
    if message.mentions_others:
        tell(session, message, _refused(customer_of(session, row)), about=row, now=now)
        return
    try:
        answering.reply(
            session,
            house,
            row.id,
            staff=message.staff,
            text=message.text,
            channel=message.channel,
            ts=message.ts,
            now=now,
        )
    except EscalationTaken as taken:
        _offer_take_over(session, row, message, taken.owner, now=now)
    except NotAllowed as why:
        tell(session, message, f"Nothing was sent. {why}", about=row, now=now)
    else:
        if message.has_files:
            text = "Your words are on their way. The file stayed here: I can only send words."
            tell(session, message, text, now=now)


def _keep_inside(
    session: Session, row: Escalation, message: ThreadMessage, *, now: datetime
) -> None:
    """Said once to each author in each thread; words to colleagues are plainly meant for inside."""
    once = f"slack:inside:{row.id}:{message.staff.user_id}"
    if message.mentions_others or not message.text.strip():
        return
    if audit.remember(session, once, now=now):
        customer = customer_of(session, row)
        draft = _draft(session, row, message, now=now)
        send = {"label": f"Send to {customer}"[:75], "action": "send_draft", "value": str(draft)}
        text = f"Only your team saw this. To write to {customer}, mention me or press Reply."
        tell(session, message, text, about=row, actions=(send,), now=now)


def _offer_take_over(
    session: Session, row: Escalation, message: ThreadMessage, owner: str, *, now: datetime
) -> None:
    draft = _draft(session, row, message, now=now)
    take = {"label": "Take over and send", "action": "take_over_send", "value": str(draft)}
    text = f"{owner} owns this, so nothing was sent. Take over?"
    tell(session, message, text, about=row, actions=(take,), now=now)


def _draft(session: Session, row: Escalation, message: ThreadMessage, *, now: datetime) -> int:
    draft = StaffReply(
        escalation_id=row.id,
        slack_user_id=message.staff.user_id,
        staff_name=message.staff.name,
        text=message.text,
        slack_channel_id=message.channel,
        slack_ts=message.ts,
        created_at=now,
        failure=UNADDRESSED,
    )
    session.add(draft)
    session.flush()
    return draft.id


def _refused(customer: str) -> str:
    return (
        "Nothing was sent: it mentions other people, so it reads like words for colleagues. "
        f"Write to {customer} without mentioning anybody but me."
    )
