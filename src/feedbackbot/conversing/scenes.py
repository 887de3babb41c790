"""One customer, the purchase talked about and the script, in one statement: all that a turn may look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, insert, or_, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from feedbackbot.conversing.codes import codes_for
from feedbackbot.conversing.incoming import Sender
from feedbackbot.conversing.keeping import VOICE_MINUTES
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Chat, CustomerFacts, Published, PurchaseFacts, Scene
from feedbackbot.engine.happenings import Command, Happening, LinkOpened, LinkState, QuestionDue
from feedbackbot.engine.script import Script
from feedbackbot.house import House
from feedbackbot.models import reward
from feedbackbot.models.customer import Reach
from feedbackbot.models.locking import lock_chat, lock_customers
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.testimonial import TestimonialStatus
from feedbackbot.versions import called_by, find_version

#: columns of several tables at once
CustomerRow = Row[*tuple[Any, ...]]


def find_customer(session: Session, telegram_id: int, *, most: int) -> CustomerRow | None:
    """`flood_at` is when the `most`-last message came, so that a flood is seen without another question."""
    lock_chat(session, telegram_id)
    values = {"of_telegram": telegram_id, "most": max(most - 1, 0)}
    found: CustomerRow | None = _BY_TELEGRAM.find(session, values)
    return found


def get_customer(session: Session, customer_id: int) -> CustomerRow:
    lock_customers(session, [customer_id])
    values = {"of_id": customer_id, "most": 0}
    found: CustomerRow | None = _BY_ID.find(session, values)
    if found is None:
        raise NoResultFound(f"There is no customer {customer_id}.")
    return found


def add_customer(session: Session, sender: Sender, *, now: datetime) -> None:
    """Somebody whom no purchase has told us of."""
    values = {
        "telegram_id": sender.telegram_id,
        "first_name": sender.first_name,
        "last_name": sender.last_name,
        "username": sender.username,
        "language": sender.language,
        "tags": "",
        "reach": Reach.REACHABLE,
        "permission": "unasked",
        "created_at": now,
    }
    session.connection().execute(_ADD, values)


def chat_of(row: CustomerRow) -> Chat:
    return Chat() if row.chat is None else talking.chat_from_json(row.chat)


def scene_for(
    session: Session,
    house: House,
    row: CustomerRow,
    *,
    chat: Chat,
    happening: Happening,
    now: datetime,
) -> Scene:
    script = _script(session, house, chat)
    beginning = None if script else _beginning(happening)
    called = called_by(house, script or beginning)
    bought = _bought(session, row, happening)
    codes = codes_for(
        session,
        script or beginning,
        called,
        purchase_id=bought.purchase_id if beginning and bought else row.purchase_id,
        now=now,
    )
    return Scene(
        common=house.library.common,
        shop=house.library.shop,
        customer=_customer_facts(row),
        purchase=None if bought is None else _facts(bought),
        script=script,
        called=called,
        codes=codes.next_ones,
        codes_until=codes.until,
        rewarded=codes.given,
        thanked=_thanked(session, row.id, chat),
        published=_published(session, row.id, chat=chat, happening=happening),
        text_pause=house.text_pause,
        voice_minutes=VOICE_MINUTES,
    )


def is_flood(row: CustomerRow, *, now: datetime) -> bool:
    return row.flood_at is not None and row.flood_at > now - timedelta(minutes=1)


def _customer_facts(row: CustomerRow) -> CustomerFacts:
    return CustomerFacts(
        first_name=row.first_name,
        last_name=row.last_name,
        language=row.language,
        timezone=row.timezone,
        purchases=max(row.purchases, 1),
        last_cause=row.last_cause,
        tags=_tags(row.tags),
    )


def _bought(session: Session, row: CustomerRow, happening: Happening) -> CustomerRow | None:
    """The purchase that is talked about, or is about to be; the newest one of who sends /start alone."""
    if isinstance(happening, LinkOpened | QuestionDue) and happening.invitation_id is not None:
        values = {"of_invitation": happening.invitation_id}
        found: CustomerRow | None = _PURCHASE_OF.find(session, values)
        return found
    if row.order_id is not None:
        return row
    is_bare = isinstance(happening, LinkOpened) and happening.state is LinkState.NONE
    return _NEWEST.find(session, {"of_customer": row.id}) if is_bare else None


def _facts(row: CustomerRow) -> PurchaseFacts:
    return PurchaseFacts(
        number=row.order_id,
        items=tuple(str(item.get("name", "")) for item in row.bought or ()),
        total=None if row.total_cents is None else row.total_cents / 100,
        currency=row.currency,
        placed_at=row.purchased_at,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
        gift=row.gift,
        tags=_tags(row.purchase_tags),
    )


def _script(session: Session, house: House, chat: Chat) -> Script | None:
    state = chat.conversation
    return None if state is None else find_version(session, house, state.version)


def _beginning(happening: Happening) -> Script | None:
    return happening.script if isinstance(happening, LinkOpened | QuestionDue) else None


def _thanked(session: Session, customer_id: int, chat: Chat) -> frozenset[str]:
    """Looked up only where words are about to be agreed to, or have been."""
    state = chat.conversation
    is_needed = chat.quote is not None or (state is not None and state.testimonial is not None)
    return reward.numbers_thanked(session, customer_id) if is_needed else frozenset()


def _published(
    session: Session, customer_id: int, *, chat: Chat, happening: Happening
) -> tuple[Published, ...]:
    """Looked up only where somebody may be about to withdraw."""
    if not _may_withdraw(chat, happening):
        return ()
    rows = session.connection().execute(_PUBLISHED, {"of_customer": customer_id})
    return tuple(Published(testimonial_id=row.id, text=row.text or "") for row in rows)


def _may_withdraw(chat: Chat, happening: Happening) -> bool:
    asked = isinstance(happening, Command) and happening.name == "withdraw"
    return asked or (chat.aside is not None and chat.aside.key.startswith("withdraw"))


def _tags(text: str | None) -> tuple[str, ...]:
    return tuple(tag for tag in (text or "").split(",") if tag)


_CUSTOMERS = TABLES["customers"]
_CONVERSATIONS = TABLES["conversations"]
_PURCHASES = TABLES["purchases"]
_INVITATIONS = TABLES["invitations"]
_MESSAGES = TABLES["messages"]
_ESCALATIONS = TABLES["escalations"]
_TESTIMONIALS = TABLES["testimonials"]

_PURCHASE_COLUMNS = (
    _PURCHASES.c.order_id,
    _PURCHASES.c["items"].label("bought"),
    _PURCHASES.c.total_cents,
    _PURCHASES.c.currency,
    _PURCHASES.c.gift,
    _PURCHASES.c.tags.label("purchase_tags"),
    _PURCHASES.c.purchased_at,
    _PURCHASES.c.shipped_at,
    _PURCHASES.c.delivered_at,
)


def _load() -> Select[Any]:
    flood = (
        select(_MESSAGES.c.received_at)
        .where(_MESSAGES.c.customer_id == _CUSTOMERS.c.id)
        .order_by(_MESSAGES.c.id.desc())
        .limit(1)
        .offset(bindparam("most"))
    )
    bought = select(func.count()).where(_PURCHASES.c.customer_id == _CUSTOMERS.c.id)
    cause = (
        select(_ESCALATIONS.c.cause)
        .where(_ESCALATIONS.c.customer_id == _CUSTOMERS.c.id, _ESCALATIONS.c.cause.is_not(None))
        .order_by(_ESCALATIONS.c.id.desc())
        .limit(1)
    )
    talked_about = _CUSTOMERS.outerjoin(
        _CONVERSATIONS, _CONVERSATIONS.c.id == _CUSTOMERS.c.conversation_id
    ).outerjoin(_PURCHASES, _PURCHASES.c.id == _CONVERSATIONS.c.purchase_id)
    return select(
        _CUSTOMERS.c.id,
        _CUSTOMERS.c.telegram_id,
        _CUSTOMERS.c.first_name,
        _CUSTOMERS.c.last_name,
        _CUSTOMERS.c.language,
        _CUSTOMERS.c.timezone,
        _CUSTOMERS.c.tags,
        _CUSTOMERS.c.reach,
        _CUSTOMERS.c.stopped_at,
        _CUSTOMERS.c.chat,
        _CUSTOMERS.c.conversation_id,
        _CONVERSATIONS.c.purchase_id,
        *_PURCHASE_COLUMNS,
        flood.scalar_subquery().label("flood_at"),
        bought.correlate(_CUSTOMERS).scalar_subquery().label("purchases"),
        cause.scalar_subquery().label("last_cause"),
    ).select_from(talked_about)


_BY_TELEGRAM = Prepared(_load().where(_CUSTOMERS.c.telegram_id == bindparam("of_telegram")))
_BY_ID = Prepared(_load().where(_CUSTOMERS.c.id == bindparam("of_id")))
_ADD = insert(_CUSTOMERS)
_PURCHASE_OF = Prepared(
    select(_PURCHASES.c.id.label("purchase_id"), *_PURCHASE_COLUMNS)
    .select_from(_INVITATIONS.join(_PURCHASES, _PURCHASES.c.id == _INVITATIONS.c.purchase_id))
    .where(_INVITATIONS.c.id == bindparam("of_invitation"))
)
_NEWEST = Prepared(
    select(_PURCHASES.c.id.label("purchase_id"), *_PURCHASE_COLUMNS)
    .where(_PURCHASES.c.customer_id == bindparam("of_customer"))
    .order_by(_PURCHASES.c.id.desc())
    .limit(1)
)
#: marketing took it down here; the yes lives on, and where else the words were used nobody knows but people
_TAKEN_DOWN = and_(
    _TESTIMONIALS.c.status == TestimonialStatus.REJECTED,
    _TESTIMONIALS.c.published_at.is_not(None),
)
_PUBLISHED = (
    select(_TESTIMONIALS.c.id, _TESTIMONIALS.c.text)
    .where(
        _TESTIMONIALS.c.customer_id == bindparam("of_customer"),
        or_(
            _TESTIMONIALS.c.status.in_(
                [TestimonialStatus.PENDING, TestimonialStatus.EDITING, TestimonialStatus.PUBLISHED]
            ),
            _TAKEN_DOWN,
        ),
    )
    .order_by(_TESTIMONIALS.c.id)
)
