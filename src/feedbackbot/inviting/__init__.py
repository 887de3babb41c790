"""Who may be asked, when, and why not: the door to purchases, secret links and the day on which a question is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.engine.happenings import LinkState, QuestionDue
from feedbackbot.house import House
from feedbackbot.inviting import eligibility
from feedbackbot.inviting.accepting import accept, decline, defer, start
from feedbackbot.inviting.eligibility import why_not
from feedbackbot.inviting.explaining import LinkPreview, explain, find_link, preview, to_hand_out
from feedbackbot.inviting.facts import customer_facts, purchase_facts
from feedbackbot.inviting.incoming_purchase import (
    IncomingCustomer,
    IncomingPurchase,
    Item,
    parse_purchase,
)
from feedbackbot.inviting.links import link_of
from feedbackbot.inviting.offering import TIMER, close
from feedbackbot.inviting.opening import OpenedLink, open_link
from feedbackbot.inviting.purchasing import RecordedPurchase, record_all, record_purchase
from feedbackbot.inviting.starting import ByHand, asked_for, begin_by_hand, invite_to, settled
from feedbackbot.inviting.timing import due_at
from feedbackbot.inviting.untying import cut_tie
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.locking import lock_owner
from feedbackbot.models.timer import clear_timer, set_timer

__all__ = [
    "ByHand",
    "IncomingCustomer",
    "IncomingPurchase",
    "Item",
    "LinkPreview",
    "LinkState",
    "OpenedLink",
    "RecordedPurchase",
    "accept",
    "asked_for",
    "begin_by_hand",
    "customer_facts",
    "cut_tie",
    "decline",
    "defer",
    "due",
    "due_at",
    "explain",
    "find_link",
    "invite",
    "invite_to",
    "link_of",
    "open_link",
    "parse_purchase",
    "preview",
    "purchase_facts",
    "record_all",
    "record_purchase",
    "settled",
    "start",
    "to_hand_out",
    "why_not",
]

#: a question that was handed over but did not begin is looked at again
_LOOK_AGAIN: Final = timedelta(hours=1)
_GIVEN_UP: Final = {eligibility.TOO_OLD: InvitationStatus.EXPIRED}


def invite(
    session: Session,
    house: House,
    *,
    order_id: str,
    item: str,
    first_name: str | None = None,
    email: str | None = None,
    now: datetime,
    source: str = "invite",
    language: str | None = None,
) -> RecordedPurchase:
    """`feedbackbot invite`: one purchase by hand, bought now; the same order again gives the same link."""
    told = {"first_name": first_name, "email": email, "language": language}
    parsed = parse_purchase(
        {
            "source": source,
            "order_id": order_id,
            "customer": told,
            "items": [{"name": item}],
            "purchased_at": None if _is_known(session, source, order_id) else now,
        }
    )
    return record_purchase(session, house, parsed, now=now)


def due(session: Session, house: House, invitation_id: int, *, now: datetime) -> QuestionDue | None:
    """The timer has come: ask, look again later, or give up with a reason."""
    lock_owner(session, "invitations", invitation_id)
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.status is not InvitationStatus.ACCEPTED:
        clear_timer(session, TIMER, invitation_id)
        return None
    if reason := why_not(session, house, invitation, now=now):
        close(session, invitation, _GIVEN_UP.get(reason, InvitationStatus.CANCELLED), reason)
        return None
    script = house.library.scripts[invitation.script]
    customer = session.get_one(Customer, invitation.customer_id)
    later = eligibility.wait_until(session, house, script, customer, now=now)
    set_timer(session, TIMER, invitation_id, later or now + _LOOK_AGAIN)
    return None if later else QuestionDue(invitation_id=invitation_id, script=script)


def _is_known(session: Session, source: str, order_id: str) -> bool:
    known = select(Purchase.id).where(Purchase.source == source, Purchase.order_id == order_id)
    return session.scalar(known) is not None
