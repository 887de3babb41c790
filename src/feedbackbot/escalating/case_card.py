"""What staff see of a complaint: the facts on its card, and the lines in its thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedbackbot import threads
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating import unanswered
from feedbackbot.house import House
from feedbackbot.models.conversation import Answer, Conversation
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.escalation import Escalation, EscalationStatus, StaffReply
from feedbackbot.models.locking import lock_owner
from feedbackbot.threads import Thread

#: characters of the customer's words on the card itself; the rest stands in the thread
ON_CARD = 1200
#: characters of the script's summary on the card
SUMMARY = 500
#: marks words that stay inside until their author sends them after all
UNADDRESSED = "not addressed"

_BUTTONS = {
    EscalationStatus.OPEN: ("claim", "reply", "resolve"),
    EscalationStatus.CLAIMED: ("reply", "resolve", "release", "take_over"),
    EscalationStatus.RESOLVED: ("reopen",),
}


def get(session: Session, escalation_id: int) -> Escalation:
    """The complaint of that number; NotAllowed when there is none, or nobody to answer any more."""
    lock_owner(session, "escalations", escalation_id)
    row = session.get(Escalation, escalation_id)
    if row is None:
        raise NotAllowed("This complaint is no longer there.")
    if is_forgotten(session, row):
        raise NotAllowed("This customer has asked to be forgotten; nothing can reach them.")
    return row


def is_forgotten(session: Session, row: Escalation) -> bool:
    """Whether its customer was erased: nothing may be written down about them any more."""
    customer = session.get(Customer, row.customer_id)
    return customer is not None and customer.telegram_id is None and customer.stopped_at is not None


def card(session: Session, house: House, row: Escalation, *, now: datetime) -> dict[str, Any]:
    """Everything a card says, neutral of how it is drawn; moments as the shop's people read them."""
    customer = session.get(Customer, row.customer_id)
    words = row.words or ""
    newest, newest_at = unanswered.newest_of(session, row)
    return {
        "card": "escalation",
        "id": row.id,
        "customer": name_of(customer),
        "priority": row.priority,
        "origin": row.origin,
        "status": str(row.status),
        "summary": row.summary or "",
        "words": words[:ON_CARD],
        "words_go_on": len(words) > ON_CARD,
        "newest": newest,
        "newest_at": moment(house, newest_at),
        "media": len(media_ids(row)),
        "score": row.score,
        **_purchases(session, house, row),
        **_progress(house, row, now=now),
        "trouble": _trouble(session, row),
        "buttons": list(_BUTTONS[row.status]),
    }


def show(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    """Bring the card up to date."""
    if row.card_outbox_id is not None:
        threads.put_card(session, thread_of(row), card(session, house, row, now=now), now=now)


def post(session: Session, house: House, row: Escalation, *, now: datetime) -> None:
    """Post the card for the first time; without Slack there is nowhere to post to."""
    row.slack_channel_id = house.slack_channel(row.route)
    facts = card(session, house, row, now=now)
    row.card_outbox_id = threads.put_card(session, thread_of(row), facts, now=now)


def say(
    session: Session,
    row: Escalation,
    text: str,
    *,
    now: datetime,
    by: str | None = None,
    notify: str | None = None,
    broadcast: bool = False,
) -> int | None:
    """A line for its thread, as `threads.say`."""
    thread = thread_of(row)
    return threads.say(session, thread, text, by=by, notify=notify, broadcast=broadcast, now=now)


def mark(session: Session, row: Escalation, reply: StaffReply, name: str, *, now: datetime) -> None:
    """Show on the staff member's own message (or on the form's echo) what became of it."""
    if reply.slack_ts:
        payload = {"ts": reply.slack_ts, "name": name, "remove": False}
        payload["channel"] = reply.slack_channel_id or row.slack_channel_id
        threads.put(session, thread_of(row), "mark", payload, now=now)
    elif reply.echo_outbox_id:
        payload = {"ts": None, "name": name, "remove": False}
        echo = reply.echo_outbox_id
        threads.put(session, thread_of(row), "mark", payload, now=now, about_id=echo)


def thread_of(row: Escalation) -> Thread:
    return Thread(
        key=f"slack:escalation:{row.id}",
        channel=row.slack_channel_id,
        card=row.card_outbox_id,
        customer_id=row.customer_id,
    )


def media_ids(row: Escalation) -> list[int]:
    return [int(number) for number in row.media_ids.split(",") if number]


def name_of(customer: Customer | None) -> str:
    return (customer.first_name if customer else None) or "the customer"


def moment(house: House, at: datetime | None) -> str | None:
    """As the shop's people read it: "Mon 3 Nov, 14:02"."""
    if at is None:
        return None
    local = at.astimezone(zone_of(house.library.shop.timezone))
    return f"{local:%a} {local.day} {local:%b, %H:%M}"


def _progress(house: House, row: Escalation, *, now: datetime) -> dict[str, Any]:
    overdue = row.waiting_since is not None and row.reply_due_at is not None
    return {
        "claimed_by": row.claimed_by,
        "claimed_name": row.claimed_name,
        "claimed_at": moment(house, row.claimed_at),
        "opened_at": moment(house, row.opened_at),
        "answered_at": moment(house, row.first_reply_at),
        "waiting_since": moment(house, row.waiting_since),
        "reply_due": moment(house, row.reply_due_at) if row.waiting_since else None,
        "overdue": overdue and row.reply_due_at is not None and row.reply_due_at <= now,
        "resolved_at": moment(house, row.resolved_at),
        "resolved_by": row.resolved_by,
        "cause": row.cause,
        "action_taken": row.action_taken,
        "check_on": moment(house, row.check_on),
        "recovered": row.recovered,
        "reopened": row.reopened,
    }


def _purchases(session: Session, house: House, row: Escalation) -> dict[str, Any]:
    """The one that it is about; where nobody said which, the only one, or the newest of several."""
    bought = session.scalars(
        select(Purchase)
        .where(Purchase.customer_id == row.customer_id)
        .order_by(func.coalesce(Purchase.purchased_at, Purchase.created_at).desc())
    ).all()
    about = next((one for one in bought if one.id == row.purchase_id), None)
    if about is None and len(bought) == 1:
        about = bought[0]
    newest = bought[0] if bought and about is None else None
    return {
        "purchase": _purchase(house, about) if about else None,
        "newest_purchase": _purchase(house, newest) if newest else None,
        "history": {
            "purchases": len(bought) - (about is not None),
            **_history(session, row),
        },
    }


def _purchase(house: House, purchase: Purchase) -> dict[str, Any]:
    total = purchase.total_cents
    day = moment(house, purchase.purchased_at or purchase.created_at) or ""
    return {
        "number": purchase.order_id,
        "items": [str(item.get("name", "")) for item in purchase.items],
        "total": None if total is None else f"{total / 100:.2f} {purchase.currency or ''}".strip(),
        "date": day.split(",")[0],
        "delivered": (moment(house, purchase.delivered_at) or "").split(",")[0] or None,
        "gift": purchase.gift,
    }


def _history(session: Session, row: Escalation) -> dict[str, Any]:
    earlier = session.scalars(
        select(Escalation)
        .where(Escalation.customer_id == row.customer_id, Escalation.id < row.id)
        .order_by(Escalation.id.desc())
    ).all()
    return {
        "complaints": len(earlier),
        "causes": [one.cause for one in earlier[:5] if one.cause],
        "scores": _scores(session, row),
    }


def _scores(session: Session, row: Escalation) -> list[int]:
    """The customer's scores in earlier conversations, newest first."""
    numbers = session.scalars(
        select(Answer.number)
        .join(Conversation, Conversation.id == Answer.conversation_id)
        .where(
            Conversation.customer_id == row.customer_id,
            Conversation.id != (row.conversation_id or 0),
            Answer.metric == "csat",
            Answer.taken_back_at.is_(None),
            Answer.number.is_not(None),
        )
        .order_by(Answer.id.desc())
        .limit(5)
    )
    return [round(number) for number in numbers if number is not None]


def _trouble(session: Session, row: Escalation) -> str | None:
    """Why the newest words of staff did not arrive; None when they did, or are on their way."""
    newest = session.scalars(
        select(StaffReply)
        .where(
            StaffReply.escalation_id == row.id,
            StaffReply.failure.is_distinct_from(UNADDRESSED),
        )
        .order_by(StaffReply.id.desc())
        .limit(1)
    ).first()
    return newest.failure if newest else None
