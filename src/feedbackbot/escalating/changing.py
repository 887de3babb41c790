"""What staff edit or delete in a complaint's thread: it never reaches the customer, and whoever does it is told so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.errors import NotYet
from feedbackbot.escalating import case_card
from feedbackbot.escalating.answering import NOBODY_KNOWS
from feedbackbot.escalating.case_card import UNADDRESSED
from feedbackbot.escalating.listening import (
    ThreadChange,
    customer_of,
    find_by_thread,
    is_being_posted,
    key_of,
    tell,
)
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.escalation import Escalation, StaffReply


def staff_changed(
    session: Session,
    house: House,
    change: ThreadChange,
    *,
    may_come_again: bool = False,
    now: datetime,
) -> None:
    """NotYet as for `staff_message`, and also while the words that were changed are still to come."""
    del house
    row = find_by_thread(session, change.channel, change.thread_ts)
    if may_come_again and _is_early(session, row, change):
        raise NotYet
    if row is None or not audit.remember(session, f"{key_of(change)}:{change.edit_ts}", now=now):
        return
    said = _find_reply(session, change)
    was_sent = said is not None and said.failure != UNADDRESSED
    if case_card.is_forgotten(session, row):
        if change.text is not None and (was_sent or change.newly_addressed):
            tell(session, change, _FORGOTTEN, now=now)
    elif said is not None and was_sent:
        text = _too_late(said, customer_of(session, row), change)
        case_card.say(session, row, text, notify=said.slack_user_id, now=now)
    else:
        _change_inside(session, said, change, now=now)


_FORGOTTEN = (
    "The edit was not sent. This customer has asked to be forgotten; nothing can reach them."
)
_EDITED_IN = "An edit is never sent. To write to the customer, send a new message that mentions me."
#: of words that have arrived, are on their way, are in doubt, have failed: what is said to an edit, and to deleting
_ARRIVED = (
    "The edit was not sent: {who} has the words as they were first.",
    "Deleting it here does not take it back: it has gone to {who}.",
)
_UNDER_WAY = (
    "The edit was not sent: the words as they were first are on their way to {who}.",
    "Deleting it here does not take it back: it is on its way to {who}.",
)
_IN_DOUBT = (
    (
        "The edit was not sent, and nobody can tell whether {who} has the words as they were first. "
        "If they must reach {who}, send a new message that mentions me."
    ),
    "Deleting it here does not take it back, and nobody can tell whether it has reached {who}.",
)
_FAILED = (
    (
        "The edit was not sent, and the words as they were first have not reached {who}: {failure} "
        "To try again, send a new message that mentions me."
    ),
    "There is nothing to take back: it has not reached {who}. {failure}",
)


def _is_early(session: Session, row: Escalation | None, change: ThreadChange) -> bool:
    if row is None:
        return is_being_posted(session, change.channel)
    return session.get(audit.Received, key_of(change)) is None


def _find_reply(session: Session, change: ThreadChange) -> StaffReply | None:
    return session.scalars(
        select(StaffReply).where(
            StaffReply.slack_channel_id == change.channel, StaffReply.slack_ts == change.ts
        )
    ).first()


def _too_late(said: StaffReply, who: str, change: ThreadChange) -> str:
    edited, deleted = _fate(said)
    return (deleted if change.text is None else edited).format(who=who, failure=said.failure)


def _fate(said: StaffReply) -> tuple[str, str]:
    if said.failure is None:
        return _UNDER_WAY if said.delivered_at is None else _ARRIVED
    return _IN_DOUBT if said.failure == NOBODY_KNOWS else _FAILED


def _change_inside(
    session: Session, said: StaffReply | None, change: ThreadChange, *, now: datetime
) -> None:
    """Words that were kept inside are kept as they stand there now."""
    if said is not None:
        said.text = change.text
    if change.newly_addressed:
        tell(session, change, _EDITED_IN, now=now)
