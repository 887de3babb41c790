"""Whom a batch of purchases is about: everybody it may mean is looked up at once, strangers are added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from feedbackbot.errors import PurchaseRefused
from feedbackbot.inviting.identifying import Name, absorb, add_name, marks_of, name_of
from feedbackbot.inviting.incoming_purchase import IncomingCustomer, IncomingPurchase
from feedbackbot.models.audit import Suppression
from feedbackbot.models.customer import Customer, CustomerAlias, Purchase
from feedbackbot.models.sealing import keys_of

#: a shop and its order number
Key = tuple[str, str]
_STRANGER: Final = IncomingCustomer()


class Known:
    """`recognise` each purchase first; `owner_of` is sure once all of them have been."""

    def __init__(
        self, session: Session, batch: Sequence[IncomingPurchase], *, now: datetime
    ) -> None:
        self._session = session
        self._keys = keys_of(session)
        self._now = now
        self.purchases = _find_purchases(session, batch)
        self._erased = self._find_erased(batch)
        self._by_name: dict[Name, Customer] = {}
        self._by_email: dict[str, Customer] = {}
        self._names: defaultdict[Customer, set[Name]] = defaultdict(set)
        people = self._load(batch)
        #: everybody whom this batch may be about
        self.people = frozenset(people)
        self._owners = {
            key: people[purchase.customer_id] for key, purchase in self.purchases.items()
        }

    def is_erased(self, incoming: IncomingPurchase) -> bool:
        return bool(self._erased) and not self._erased.isdisjoint(self._marks(incoming))

    def owner_of(self, incoming: IncomingPurchase) -> Customer:
        return self._owners[key_of(incoming)]

    def recognise(self, incoming: IncomingPurchase) -> None:
        """Raises PurchaseRefused when the same order is told of another customer."""
        told, owner = incoming.customer or _STRANGER, self._owners.get(key_of(incoming))
        name = (incoming.source, told.id) if told.id else None
        named = self._by_name.get(name) if name else None
        if owner is None:
            customer = named or self._find_by_email(told, name) or self._add(incoming.source)
        else:
            customer = self._settle(owner, named, name)
        if named in {None, customer}:
            self._learn(customer, told, name)
        self._owners[key_of(incoming)] = customer

    def _settle(self, owner: Customer, named: Customer | None, name: Name | None) -> Customer:
        """Whose a known purchase is, now that its customer is named."""
        if name is None or named is owner:
            return owner
        if any(source == name[0] for source, _ in self._names[owner]):
            raise PurchaseRefused(
                "This order is known with another customer.",
                "customer.id",
                "Send the customer id it came with first, or another order_id.",
            )
        if named is None or owner.telegram_id is not None:
            return owner
        self._join(owner, named)
        return named

    def _join(self, guest: Customer, named: Customer) -> None:
        absorb(self._session, guest, into=named)
        for known in (self._owners, self._by_email, self._by_name):
            for key, customer in known.items():
                if customer is guest:
                    known[key] = named  # type: ignore[index]
        self._names[named] |= self._names.pop(guest, set())

    def _find_by_email(self, told: IncomingCustomer, name: Name | None) -> Customer | None:
        """One address under two ids of one shop stays two customers: marketplaces share addresses."""
        found = self._by_email.get(self._index(told.email)) if told.email else None
        if found and name and any(source == name[0] for source, _ in self._names[found]):
            return None
        return found

    def _add(self, source: str) -> Customer:
        customer = Customer(source=source, created_at=self._now)
        self._session.add(customer)
        return customer

    def _learn(self, customer: Customer, told: IncomingCustomer, name: Name | None) -> None:
        """Whoever has a chat has told us more than a shop can: for them only gaps are filled."""
        if name and name not in self._names[customer]:
            add_name(self._session, customer, name)
            self._names[customer].add(name)
            self._by_name[name] = customer
        for key in ("first_name", "last_name", "email", "language", "timezone"):
            new, old = getattr(told, key), getattr(customer, key)
            if new is not None and new != old and (old is None or customer.telegram_id is None):
                setattr(customer, key, new)
        if customer.email and told.email == customer.email:
            customer.email_index = self._index(customer.email)
            self._by_email.setdefault(customer.email_index, customer)

    def _index(self, email: str) -> str:
        return self._keys.blind_index(email.lower())

    def _marks(self, incoming: IncomingPurchase) -> set[str]:
        told = incoming.customer or _STRANGER
        name = (incoming.source, told.id) if told.id else None
        return marks_of(self._keys, email=told.email, name=name)

    def _find_erased(self, batch: Iterable[IncomingPurchase]) -> set[str]:
        marks = set[str]().union(*(self._marks(incoming) for incoming in batch))
        if not marks:
            return set()
        return set(
            self._session.scalars(select(Suppression.mark).where(Suppression.mark.in_(marks)))
        )

    def _load(self, batch: Sequence[IncomingPurchase]) -> dict[int, Customer]:
        aliases = self._load_aliases(batch)
        wanted = self._wanted(batch, [alias.customer_id for alias in aliases])
        people = {one.id: one for one in self._session.scalars(select(Customer).where(wanted))}
        for customer in sorted(people.values(), key=lambda one: (one.telegram_id is None, one.id)):
            if name := name_of(customer):
                self._note(customer, name)
            if customer.email_index:
                self._by_email.setdefault(customer.email_index, customer)
        for alias in aliases:
            self._note(people[alias.customer_id], (alias.source, alias.source_customer_id))
        return people

    def _note(self, customer: Customer, name: Name) -> None:
        self._names[customer].add(name)
        self._by_name[name] = customer

    def _load_aliases(self, batch: Sequence[IncomingPurchase]) -> Sequence[CustomerAlias]:
        owners = {purchase.customer_id for purchase in self.purchases.values()}
        wanted: list[ColumnElement[bool]] = [CustomerAlias.customer_id.in_(owners)]
        for source, ids in _customer_ids(batch).items():
            named = CustomerAlias.source_customer_id.in_(ids)
            wanted.append(and_(CustomerAlias.source == source, named))
        return self._session.scalars(select(CustomerAlias).where(or_(*wanted))).all()

    def _wanted(
        self, batch: Sequence[IncomingPurchase], aliased: Iterable[int]
    ) -> ColumnElement[bool]:
        owners = {purchase.customer_id for purchase in self.purchases.values()}
        emails = {one.customer.email for one in batch if one.customer and one.customer.email}
        wanted: list[ColumnElement[bool]] = [Customer.id.in_(owners.union(aliased))]
        if emails:
            wanted.append(Customer.email_index.in_([self._index(email) for email in emails]))
        for source, ids in _customer_ids(batch).items():
            wanted.append(and_(Customer.source == source, Customer.source_customer_id.in_(ids)))
        return or_(*wanted)


def key_of(incoming: IncomingPurchase) -> Key:
    return incoming.source, incoming.order_id


def _find_purchases(session: Session, batch: Iterable[IncomingPurchase]) -> dict[Key, Purchase]:
    orders: defaultdict[str, set[str]] = defaultdict(set)
    for incoming in batch:
        orders[incoming.source].add(incoming.order_id)
    found: dict[Key, Purchase] = {}
    for source, ids in orders.items():
        wanted = select(Purchase).where(Purchase.source == source, Purchase.order_id.in_(ids))
        found.update({(one.source, one.order_id): one for one in session.scalars(wanted)})
    return found


def _customer_ids(batch: Iterable[IncomingPurchase]) -> dict[str, set[str]]:
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for incoming in batch:
        if incoming.customer and incoming.customer.id:
            ids[incoming.source].add(incoming.customer.id)
    return ids
