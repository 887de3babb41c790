"""A customer opens the secret link: it binds to the first Telegram account and shows others nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from feedbackbot.engine.happenings import LinkOpened, LinkState
from feedbackbot.house import House
from feedbackbot.inviting import eligibility, identifying, links
from feedbackbot.inviting.offering import TIMER, WAITING, close
from feedbackbot.models.audit import Received
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.customer import Customer, CustomerAlias, Purchase, Reach
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.timer import clear_timer, set_timer

_TRIES: Final = 10
_TRIES_WITHIN: Final = timedelta(hours=1)
_DEAD: Final = frozenset((InvitationStatus.CANCELLED, InvitationStatus.EXPIRED))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLink(LinkOpened):
    """What the engine may know, and our rows; `customer_id` is the chat's, all else only when the link is theirs."""

    message_key: str = ""
    customer_id: int | None = None
    purchase_id: int | None = None
    #: too many tries: answer nothing at all
    silent: bool = False


def open_link(
    session: Session, house: House, token: str | None, telegram_id: int, *, now: datetime
) -> OpenedLink:
    chat = find_chat(session, telegram_id)
    nothing = OpenedLink(state=LinkState.NONE, customer_id=chat.id if chat else None)
    if token is None:
        return nothing
    tries = _find_tries(session, telegram_id, now=now)
    if len(tries) >= _TRIES:
        return OpenedLink(state=LinkState.EXPIRED, customer_id=nothing.customer_id, silent=True)
    invitation = _find_locked(session, token)
    state = _state(session, house, invitation, telegram_id, now=now)
    if invitation is None or state in {LinkState.EXPIRED, LinkState.TAKEN}:
        _count_try(session, telegram_id, tries, now=now)
        return OpenedLink(state=state, customer_id=nothing.customer_id)
    if state is LinkState.NEW:
        _bind(session, invitation, chat, telegram_id, now=now)
    return _opened(session, house, invitation, state, now=now)


def cut_tie(session: Session, invitation_id: int, *, now: datetime) -> None:
    """The purchase leaves this chat ("Not my order"); what the shop told of its buyer goes with it."""
    invitation = session.get_one(Invitation, invitation_id)
    purchase = session.get_one(Purchase, invitation.purchase_id)
    chat = session.get_one(Customer, purchase.customer_id)
    owner = Customer(created_at=now, source=purchase.source)
    session.add(owner)
    others = select(Purchase.id).where(Purchase.customer_id == chat.id, Purchase.id != purchase.id)
    if session.scalar(others.limit(1)) is None:
        _hand_over_identity(session, chat, owner)
    identifying.give_away(session, purchase, owner)
    for one in session.scalars(select(Invitation).where(Invitation.purchase_id == purchase.id)):
        _unbind(session, one)


def find_chat(session: Session, telegram_id: int) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.telegram_id == telegram_id))


def find_by_token(session: Session, token: str) -> Invitation | None:
    """Looks without binding."""
    return session.scalar(_by_token(token)) if links.find_token(token) else None


def _find_locked(session: Session, token: str) -> Invitation | None:
    """Two people may open one link at the same moment: one of them is first."""
    if links.find_token(token) != token:
        return None
    return session.scalar(_by_token(token).with_for_update())


def _by_token(token: str) -> Select[Invitation]:
    return select(Invitation).where(Invitation.token_sha256 == links.hash_of(token))


def _state(
    session: Session,
    house: House,
    invitation: Invitation | None,
    telegram_id: int,
    *,
    now: datetime,
) -> LinkState:
    """What can't be used looks the same, whatever the reason, to whoever has not been shown more before."""
    if invitation is None:
        return LinkState.EXPIRED
    if invitation.telegram_id not in {None, telegram_id}:
        dead = invitation.status in _DEAD or now >= invitation.expires_at
        return LinkState.EXPIRED if dead else LinkState.TAKEN
    match invitation.status:
        case InvitationStatus.STARTED:
            return LinkState.RUNNING if _is_running(session, invitation) else LinkState.DONE
        case InvitationStatus.DECLINED:
            return LinkState.DONE
        case InvitationStatus.CANCELLED | InvitationStatus.EXPIRED:
            return LinkState.EXPIRED
        case InvitationStatus.SENT | InvitationStatus.ACCEPTED:
            return _state_of_waiting(session, house, invitation, now=now)


def _state_of_waiting(
    session: Session, house: House, invitation: Invitation, *, now: datetime
) -> LinkState:
    script = house.library.scripts.get(invitation.script)
    if script is None:
        return LinkState.EXPIRED
    if invitation.status is InvitationStatus.SENT and now >= invitation.expires_at:
        close(session, invitation, InvitationStatus.EXPIRED, "the link has run out")
        return LinkState.EXPIRED
    purchase = session.get_one(Purchase, invitation.purchase_id)
    customer = session.get_one(Customer, invitation.customer_id)
    reason = eligibility.of_purchase(session, house, script, purchase, customer, now=now)
    if reason is None:
        return LinkState.NEW
    return LinkState.DONE if reason == eligibility.ALREADY_ASKED else LinkState.EXPIRED


def _is_running(session: Session, invitation: Invitation) -> bool:
    running = select(Conversation.id).where(
        Conversation.invitation_id == invitation.id,
        Conversation.status == ConversationStatus.WAITING,
    )
    return session.scalar(running.limit(1)) is not None


def _bind(
    session: Session,
    invitation: Invitation,
    chat: Customer | None,
    telegram_id: int,
    *,
    now: datetime,
) -> None:
    """One row a person: the shop's row and the chat's row become one, unless the shop's has a chat already."""
    owner = session.get_one(Customer, invitation.customer_id)
    if chat is None:
        chat = owner if owner.telegram_id is None else _new_chat(session, now=now)
        chat.telegram_id = telegram_id
    if chat is not owner and owner.telegram_id is None:
        identifying.absorb(session, owner, into=chat)
    elif chat is not owner:
        purchase = session.get_one(Purchase, invitation.purchase_id)
        identifying.give_away(session, purchase, chat)
    chat.reach = Reach.REACHABLE
    about_it = select(Invitation).where(Invitation.purchase_id == invitation.purchase_id)
    for one in session.scalars(about_it.execution_options(populate_existing=True)):
        if one.status in WAITING and one.telegram_id in {None, telegram_id}:
            _accept(session, one, telegram_id, now=now)
    session.flush()


def _new_chat(session: Session, *, now: datetime) -> Customer:
    chat = Customer(created_at=now)
    session.add(chat)
    return chat


def _accept(session: Session, invitation: Invitation, telegram_id: int, *, now: datetime) -> None:
    invitation.status = InvitationStatus.ACCEPTED
    invitation.telegram_id = telegram_id
    invitation.accepted_at = invitation.accepted_at or now
    if invitation.due_at:
        set_timer(session, TIMER, invitation.id, invitation.due_at)


def _opened(
    session: Session, house: House, invitation: Invitation, state: LinkState, *, now: datetime
) -> OpenedLink:
    script = house.library.scripts.get(invitation.script) if state is LinkState.NEW else None
    due_at = invitation.due_at
    if script and due_at and due_at > now:
        customer = session.get_one(Customer, invitation.customer_id)
        due_at = max(due_at, eligibility.rested(session, script, customer, now=now) or now)
    return OpenedLink(
        state=state,
        customer_id=invitation.customer_id,
        invitation_id=invitation.id,
        purchase_id=invitation.purchase_id,
        script=script,
        due_at=due_at if script else None,
    )


def _hand_over_identity(session: Session, chat: Customer, owner: Customer) -> None:
    told = {key: getattr(chat, key) for key in identifying.TOLD}
    name = identifying.name_of(chat)
    chat.source = chat.source_customer_id = None
    for key in ("first_name", "last_name", "email", "email_index"):
        setattr(chat, key, None)
    session.flush()
    for key, value in told.items():
        setattr(owner, key, value)
    if name:
        identifying.add_name(session, owner, name)
    session.execute(
        update(CustomerAlias)
        .where(CustomerAlias.customer_id == chat.id)
        .values(customer_id=owner.id)
    )


def _unbind(session: Session, invitation: Invitation) -> None:
    """Whoever the link was meant for can still open it."""
    invitation.telegram_id = invitation.accepted_at = None
    clear_timer(session, TIMER, invitation.id)
    if invitation.status in {*WAITING, InvitationStatus.STARTED}:
        invitation.status = InvitationStatus.SENT


def _find_tries(session: Session, telegram_id: int, *, now: datetime) -> list[str]:
    """The keys of the useless tries of the last hour."""
    keys = [_try_key(telegram_id, n) for n in range(_TRIES)]
    fresh = select(Received.key).where(
        Received.key.in_(keys), Received.received_at > now - _TRIES_WITHIN
    )
    return list(session.scalars(fresh))


def _count_try(session: Session, telegram_id: int, tries: list[str], *, now: datetime) -> None:
    keys = (_try_key(telegram_id, n) for n in range(_TRIES))
    free = next(key for key in keys if key not in tries)
    session.merge(Received(key=free, received_at=now))
    session.flush()


def _try_key(telegram_id: int, number: int) -> str:
    return f"link-try:{telegram_id}:{number}"
