"""What staff may look at without touching it: where a link leads, why an order was not asked, which links wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.engine.chat import PurchaseFacts
from feedbackbot.engine.translating.goods import title_in_words
from feedbackbot.errors import InvitationError
from feedbackbot.house import House
from feedbackbot.inviting import links
from feedbackbot.inviting.eligibility import why_not
from feedbackbot.inviting.facts import names_of, purchase_facts
from feedbackbot.inviting.links import Handout, link_of
from feedbackbot.inviting.offering import WAITING, reasons_against
from feedbackbot.inviting.opening import find_by_token
from feedbackbot.models.customer import Customer, Purchase
from feedbackbot.models.invitation import Invitation, InvitationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPreview:
    """An invitation as staff see it; looking binds nothing."""

    order_id: str
    source: str
    item: str
    first_name: str | None
    script: str
    status: InvitationStatus
    #: a Telegram account has opened it
    is_bound: bool
    due_at: datetime | None
    expires_at: datetime
    link: str
    why_not: str | None


def preview(session: Session, house: House, link: str, *, now: datetime) -> LinkPreview:
    """Where a link (or its bare token) leads; raises InvitationError when it is none of ours."""
    token = links.find_token(link)
    invitation = find_by_token(session, token) if token else None
    if invitation is None:
        raise InvitationError("This is not a link of ours. Copy the whole link, from https:// on.")
    return _preview(session, house, invitation, now=now)


def explain(
    session: Session, house: House, order_id: str, *, now: datetime
) -> tuple[LinkPreview | str, ...]:
    """`feedbackbot why ORDER`: every invitation of that order, or the sentence why there is none."""
    found: list[LinkPreview | str] = []
    for purchase in session.scalars(select(Purchase).where(Purchase.order_id == order_id)):
        about_it = select(Invitation).where(Invitation.purchase_id == purchase.id)
        invitations = list(session.scalars(about_it))
        found += [_preview(session, house, one, now=now) for one in invitations]
        if not invitations:
            found.append(_uninvited(session, house, purchase, now=now))
    return tuple(found)


def find_link(session: Session, house: House, source: str, order_id: str) -> str | None:
    """The link of a purchase that has not begun to be talked about."""
    tokens = (
        select(Invitation.token)
        .join(Purchase, Purchase.id == Invitation.purchase_id)
        .where(Purchase.source == source, Purchase.order_id == order_id)
        .where(Invitation.status.in_(WAITING))
        .order_by(Invitation.due_at)
    )
    token = session.scalar(tokens.limit(1))
    return link_of(house, token) if token else None


def to_hand_out(
    session: Session, house: House, *, source: str | None = None, now: datetime
) -> list[Handout]:
    """Every link that nobody has opened and that still works, for e-mails and printed cards."""
    rows = (
        select(
            Invitation.token,
            *(Purchase.order_id, Purchase.items),
            *(Customer.first_name, Customer.email, Customer.language),
        )
        .join(Purchase, Purchase.id == Invitation.purchase_id)
        .join(Customer, Customer.id == Invitation.customer_id)
        .where(Invitation.status == InvitationStatus.SENT, Invitation.expires_at > now)
        .order_by(Invitation.id)
    )
    if source is not None:
        rows = rows.where(Purchase.source == source)
    base = house.library.common.language
    return [
        Handout(
            order_id=order_id,
            item=title_in_words(
                PurchaseFacts(number=order_id, items=names_of(items)), language or base
            ),
            link=link_of(house, token),
            first_name=first_name,
            email=email,
            language=language,
        )
        for token, order_id, items, first_name, email, language in session.execute(rows)
    ]


def _preview(
    session: Session, house: House, invitation: Invitation, *, now: datetime
) -> LinkPreview:
    purchase = session.get_one(Purchase, invitation.purchase_id)
    customer = session.get_one(Customer, invitation.customer_id)
    return LinkPreview(
        order_id=purchase.order_id,
        source=purchase.source,
        item=purchase_facts(purchase).title,
        first_name=customer.first_name,
        script=invitation.script,
        status=invitation.status,
        is_bound=invitation.telegram_id is not None,
        due_at=invitation.due_at,
        expires_at=invitation.expires_at,
        link=link_of(house, invitation.token),
        why_not=why_not(session, house, invitation, now=now),
    )


def _uninvited(session: Session, house: House, purchase: Purchase, *, now: datetime) -> str:
    customer = session.get_one(Customer, purchase.customer_id)
    reasons = reasons_against(session, house, purchase, customer, now=now)
    return f"Order {purchase.order_id} from {purchase.source}: {'; '.join(reasons)}."
