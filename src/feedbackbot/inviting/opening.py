"""A customer opens the secret link: it binds to the first Telegram account and shows others nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, cast

from msgspec.structs import replace
from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from feedbackbot.engine.happenings import LinkOpened, LinkState
from feedbackbot.engine.script import Script
from feedbackbot.house import House
from feedbackbot.inviting import bringing, eligibility, identifying, links
from feedbackbot.inviting.offering import TIMER, WAITING, close
from feedbackbot.models.audit import Received
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.customer import Customer, Purchase, Reach
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.locking import lock_chat, lock_owner
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import set_timer

_TRIES: Final = 10
_TRIES_WITHIN: Final = timedelta(hours=1)
_DEAD: Final = frozenset((InvitationStatus.CANCELLED, InvitationStatus.EXPIRED))


class OpenedLink(LinkOpened, frozen=True, kw_only=True):
    """What the engine may know, and our rows; `customer_id` is the chat's, all else only when the link is theirs."""

    message_key: str = ""
    customer_id: int | None = None
    purchase_id: int | None = None
    #: too many tries: answer nothing at all
    silent: bool = False


def open_link(
    session: Session, house: House, token: str | None, telegram_id: int, *, now: datetime
) -> OpenedLink:
    lock_chat(session, telegram_id)
    chat_id = find_chat_id(session, telegram_id)
    if token is None:
        return _without_link(session, house, chat_id, now=now)
    tries = _find_tries(session, telegram_id, now=now)
    if len(tries) >= _TRIES:
        return OpenedLink(state=LinkState.EXPIRED, customer_id=chat_id, silent=True)
    link = _find_locked(session, token)
    state = _state(session, house, link, telegram_id, now=now)
    if link is None or state in {LinkState.EXPIRED, LinkState.TAKEN}:
        _count_try(session, telegram_id, tries, now=now)
        return OpenedLink(state=state, customer_id=chat_id)
    owner_id = link.customer_id
    if state is LinkState.NEW:
        owner_id = _bind(session, link, chat_id, telegram_id, now=now)
    return _opened(session, house, link, state, owner_id=owner_id, now=now)


def find_chat_id(session: Session, telegram_id: int) -> int | None:
    found = _CHAT.find(session, {"of_telegram": telegram_id})
    return None if found is None else int(found.id)


def find_by_token(session: Session, token: str) -> Invitation | None:
    """Looks without binding."""
    if not links.find_token(token):
        return None
    return session.scalar(select(Invitation).where(_OF_HASH), {"sha256": links.hash_of(token)})


def _without_link(
    session: Session, house: House, chat_id: int | None, *, now: datetime
) -> OpenedLink:
    """What will be asked next in this chat, unless something is talked about already."""
    link = None if chat_id is None else _NEXT.find(session, {"of_customer": chat_id})
    if link is None or _state_of_waiting(session, house, link, now=now) is not LinkState.NEW:
        return OpenedLink(state=LinkState.NONE, customer_id=chat_id)
    found = _opened(session, house, link, LinkState.NEW, owner_id=link.customer_id, now=now)
    return replace(found, state=LinkState.NONE)


def _find_locked(session: Session, token: str) -> _Link | None:
    """Two people may open one link at the same moment: one of them is first."""
    if links.find_token(token) != token:
        return None
    values = {"sha256": links.hash_of(token)}
    found: _Link | None = _LINK.find(session, values)
    if found is not None and lock_owner(session, "invitations", found.id):
        found = _LINK.find(session, values)
    return found


def _state(
    session: Session, house: House, link: _Link | None, telegram_id: int, *, now: datetime
) -> LinkState:
    """What can't be used looks the same, whatever the reason, to whoever has not been shown more before."""
    if link is None:
        return LinkState.EXPIRED
    if link.telegram_id not in {None, telegram_id}:
        dead = link.status in _DEAD or now >= link.expires_at
        return LinkState.EXPIRED if dead else LinkState.TAKEN
    status: InvitationStatus = link.status
    match status:
        case InvitationStatus.STARTED:
            return LinkState.RUNNING if _is_running(session, link.id) else LinkState.DONE
        case InvitationStatus.DECLINED:
            return LinkState.DONE
        case InvitationStatus.CANCELLED | InvitationStatus.EXPIRED:
            return LinkState.EXPIRED
        case InvitationStatus.SENT | InvitationStatus.ACCEPTED:
            return _state_of_waiting(session, house, link, now=now)


def _state_of_waiting(session: Session, house: House, link: _Link, *, now: datetime) -> LinkState:
    script = house.library.scripts.get(link.script)
    if script is None:
        return LinkState.EXPIRED
    if link.status is InvitationStatus.SENT and now >= link.expires_at:
        invitation = session.get_one(Invitation, link.id)
        close(session, invitation, InvitationStatus.EXPIRED, "the link has run out")
        return LinkState.EXPIRED
    reason = _against(session, house, script, link, now=now)
    if reason is None:
        return LinkState.NEW
    return LinkState.DONE if reason == eligibility.ALREADY_ASKED else LinkState.EXPIRED


def _against(
    session: Session, house: House, script: Script, link: _Link, *, now: datetime
) -> str | None:
    """Most scripts ask about every purchase; only for the others are the rows loaded whole."""
    if script.start.condition is None and script.start.once_per != "customer":
        # the row bears a purchase's moments under a purchase's names
        return eligibility.of_moments(script, cast("Purchase", link), now=now)
    purchase = session.get_one(Purchase, link.purchase_id)
    customer = session.get_one(Customer, link.customer_id)
    return eligibility.of_purchase(session, house, script, purchase, customer, now=now)


def _is_running(session: Session, invitation_id: int) -> bool:
    running = select(Conversation.id).where(
        Conversation.invitation_id == invitation_id,
        Conversation.status == ConversationStatus.WAITING,
    )
    return session.scalar(running.limit(1)) is not None


def _bind(
    session: Session, link: _Link, chat_id: int | None, telegram_id: int, *, now: datetime
) -> int:
    """One row a person: the shop's row and the chat's row become one, unless the shop's has a chat already."""
    owner_id: int = link.customer_id
    if chat_id != owner_id and (chat_id is not None or link.owner_telegram_id is not None):
        owner_id = _bring_together(session, link, chat_id, now=now)
    reached = {"row": owner_id, "of_telegram": telegram_id}
    about_it = {"of_purchase": link.purchase_id, "of_telegram": telegram_id, "moment": now}
    _REACHED.run(session, reached)
    for accepted in _ACCEPT.all(session, about_it):
        if accepted.due_at:
            set_timer(session, TIMER, accepted.id, accepted.due_at)
    # whoever looked at these rows before looks again
    session.expire_all()
    return owner_id


def _bring_together(session: Session, link: _Link, chat_id: int | None, *, now: datetime) -> int:
    """The chat's row, which the purchase belongs to from now on."""
    owner = session.get_one(Customer, link.customer_id)
    chat = _new_chat(session, now=now) if chat_id is None else session.get_one(Customer, chat_id)
    if owner.telegram_id is None:
        bringing.bring(session, session.get_one(Invitation, link.id), owner, into=chat)
    else:
        identifying.give_away(session, session.get_one(Purchase, link.purchase_id), chat)
    session.flush()
    return chat.id


def _new_chat(session: Session, *, now: datetime) -> Customer:
    chat = Customer(created_at=now)
    session.add(chat)
    session.flush()
    return chat


def _opened(
    session: Session,
    house: House,
    link: _Link,
    state: LinkState,
    *,
    owner_id: int,
    now: datetime,
) -> OpenedLink:
    script = house.library.scripts.get(link.script) if state is LinkState.NEW else None
    due_at = link.due_at
    if script and due_at and due_at > now:
        customer = session.get_one(Customer, owner_id)
        due_at = max(due_at, eligibility.rested(session, script, customer, now=now) or now)
    return OpenedLink(
        state=state,
        customer_id=owner_id,
        invitation_id=link.id,
        purchase_id=link.purchase_id,
        script=script,
        due_at=due_at if script else None,
    )


def _find_tries(session: Session, telegram_id: int, *, now: datetime) -> list[str]:
    """The keys of the useless tries of the last hour."""
    keys = {f"key_{n}": _try_key(telegram_id, n) for n in range(_TRIES)}
    fresh = _FRESH_TRIES.all(session, {**keys, "since": now - _TRIES_WITHIN})
    return [one.key for one in fresh]


def _count_try(session: Session, telegram_id: int, tries: list[str], *, now: datetime) -> None:
    keys = (_try_key(telegram_id, n) for n in range(_TRIES))
    free = next(key for key in keys if key not in tries)
    session.merge(Received(key=free, received_at=now))
    session.flush()


def _try_key(telegram_id: int, number: int) -> str:
    return f"link-try:{telegram_id}:{number}"


#: columns of an invitation, its purchase and whose row it hangs on
_Link = Row[*tuple[Any, ...]]
_CUSTOMERS = TABLES["customers"]
_INVITATIONS = TABLES["invitations"]
_PURCHASES = TABLES["purchases"]
_RECEIVED = TABLES["received"]
_CHAT = Prepared(
    select(_CUSTOMERS.c.id).where(_CUSTOMERS.c.telegram_id == bindparam("of_telegram"))
)
_FRESH_TRIES = Prepared(
    select(_RECEIVED.c.key).where(
        or_(*(_RECEIVED.c.key == bindparam(f"key_{n}") for n in range(_TRIES))),
        _RECEIVED.c.received_at > bindparam("since", type_=UtcMoment),
    )
)
_OF_HASH = _INVITATIONS.c.token_sha256 == bindparam("sha256")
_FOUND = select(
    _INVITATIONS.c.id,
    _INVITATIONS.c.purchase_id,
    _INVITATIONS.c.customer_id,
    _INVITATIONS.c.script,
    _INVITATIONS.c.status,
    _INVITATIONS.c.telegram_id,
    _INVITATIONS.c.due_at,
    _INVITATIONS.c.expires_at,
    _CUSTOMERS.c.telegram_id.label("owner_telegram_id"),
    _PURCHASES.c.purchased_at,
    _PURCHASES.c.shipped_at,
    _PURCHASES.c.delivered_at,
    _PURCHASES.c.cancelled_at,
    _PURCHASES.c.refunded_at,
    _PURCHASES.c.returned_at,
    _PURCHASES.c.created_at,
).select_from(
    _INVITATIONS.join(_PURCHASES, _PURCHASES.c.id == _INVITATIONS.c.purchase_id).join(
        _CUSTOMERS, _CUSTOMERS.c.id == _INVITATIONS.c.customer_id
    )
)
_LINK = Prepared(_FOUND.where(_OF_HASH))
_NEXT = Prepared(
    _FOUND.where(
        _INVITATIONS.c.customer_id == bindparam("of_customer"),
        _INVITATIONS.c.status == InvitationStatus.ACCEPTED,
        _CUSTOMERS.c.conversation_id.is_(None),
    )
    .order_by(_INVITATIONS.c.due_at.is_(None), _INVITATIONS.c.due_at, _INVITATIONS.c.id)
    .limit(1)
)
_REACHED = Prepared(
    update(_CUSTOMERS)
    .where(_CUSTOMERS.c.id == bindparam("row"))
    .values(telegram_id=bindparam("of_telegram"), reach=Reach.REACHABLE)
)
_ACCEPT = Prepared(
    update(_INVITATIONS)
    .where(
        _INVITATIONS.c.purchase_id == bindparam("of_purchase"),
        or_(*(_INVITATIONS.c.status == status for status in WAITING)),
        _INVITATIONS.c.telegram_id.is_(None)
        | (_INVITATIONS.c.telegram_id == bindparam("of_telegram")),
    )
    .values(
        status=InvitationStatus.ACCEPTED,
        telegram_id=bindparam("of_telegram"),
        accepted_at=func.coalesce(
            _INVITATIONS.c.accepted_at, bindparam("moment", type_=UtcMoment), type_=UtcMoment
        ),
    )
    .returning(_INVITATIONS.c.id, _INVITATIONS.c.due_at)
)
