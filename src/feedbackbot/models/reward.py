"""Codes to thank customers with: uploaded by the shop, each given to one purchase at most, and one a pool to a purchase."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedbackbot.errors import FeedbackbotError
from feedbackbot.models.base import Base, Id, UtcMoment
from feedbackbot.models.customer import Purchase
from feedbackbot.models.sealing import SealedText, keys_of
from feedbackbot.models.upsert import Upsert


class RewardCode(Base):
    """Free while it has no purchase."""

    __tablename__ = "reward_codes"
    __table_args__ = (
        UniqueConstraint("code_index"),
        # also the way to the next free one: those without a purchase stand together
        UniqueConstraint("purchase_id", "pool"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    pool: Mapped[str]
    code: Mapped[str] = mapped_column(SealedText("reward_codes.code"))
    #: keyed hash; None for the code that a script gives to everybody once the pool is empty
    code_index: Mapped[str | None]
    valid_until: Mapped[datetime | None] = mapped_column(UtcMoment)
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchases.id"))
    conversation_id: Mapped[int | None] = mapped_column(Id)
    added_at: Mapped[datetime] = mapped_column(UtcMoment)
    given_at: Mapped[datetime | None] = mapped_column(UtcMoment)


class CodeTaken(FeedbackbotError):
    """Another conversation was given this code in the same moment; this turn has to be run again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeCode:
    code: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How a pool stands."""

    pool: str
    free: int
    given: int
    #: purchases that had the code for everybody, since the pool was empty
    common: int
    #: never given, and too old by now
    lapsed: int


def add(session: Session, pool: str, codes: Mapping[str, datetime | None], *, now: datetime) -> int:
    """Code -> until when it is good; how many were new. A code that is known, in whatever pool, stays as it is."""
    keys = keys_of(session)
    statement = _ADD.statement(session)
    added = 0
    for code, valid_until in codes.items():
        values = {
            "pool": pool,
            "code": code,
            "code_index": keys.blind_index(code),
            "valid_until": valid_until,
            "added_at": now,
        }
        added += session.connection().execute(statement, values).rowcount
    return added


def free_codes(session: Session, pools: Iterable[str], *, now: datetime) -> dict[str, FreeCode]:
    """The next code of each pool; nobody else is shown it before this transaction ends."""
    found: dict[str, FreeCode] = {}
    for pool in pools:
        values = {"of_pool": pool, "moment": now}
        row = session.connection().execute(_NEXT, values).one_or_none()
        if row is not None:
            found[pool] = FreeCode(code=row.code, valid_until=row.valid_until)
    return found


def pools_given(session: Session, purchase_id: int) -> frozenset[str]:
    """The pools from which this purchase has had its code."""
    rows = session.connection().execute(_GIVEN, {"of_purchase": purchase_id})
    return frozenset(rows.scalars())


def was_given_to(
    purchase_id: ColumnElement[int] | ColumnElement[int | None],
) -> ColumnElement[bool]:
    """A condition: this purchase has had a code, its own or the one for everybody."""
    return exists().where(_CODES.c.purchase_id == purchase_id, _CODES.c.given_at.is_not(None))


def numbers_thanked(session: Session, customer_id: int) -> frozenset[str]:
    """The shop's numbers of this customer's purchases for which a code was given."""
    rows = session.connection().execute(_THANKED, {"of_customer": customer_id})
    return frozenset(rows.scalars())


def give(
    session: Session,
    pool: str,
    code: str,
    *,
    purchase_id: int | None,
    conversation_id: int | None,
    now: datetime,
) -> None:
    """Hand this code to a purchase for good; raises CodeTaken where somebody was quicker."""
    values = {
        "of_pool": pool,
        "of_code": keys_of(session).blind_index(code),
        "new_purchase": purchase_id,
        "new_conversation": conversation_id,
        "moment": now,
    }
    if session.connection().execute(_GIVE, values).rowcount != 1:
        raise CodeTaken


def give_common(
    session: Session,
    pool: str,
    code: str,
    *,
    purchase_id: int | None,
    conversation_id: int | None,
    now: datetime,
) -> None:
    """Note that a purchase was given the code that everybody gets, so that it gets nothing more from this pool."""
    values = {
        "pool": pool,
        "code": code,
        "purchase_id": purchase_id,
        "conversation_id": conversation_id,
        "added_at": now,
        "given_at": now,
    }
    session.connection().execute(_GIVE_COMMON, values)


def stock(session: Session, *, now: datetime) -> list[Stock]:
    rows = session.connection().execute(_STOCK, {"moment": now})
    return [
        Stock(pool=pool, free=free, given=given, common=common, lapsed=lapsed)
        for pool, free, given, common, lapsed in rows
    ]


_CODES = RewardCode.metadata.tables[RewardCode.__tablename__]
_ADD = Upsert(_CODES, ("code_index",))
_MOMENT = bindparam("moment", type_=UtcMoment)
_UNGIVEN = and_(_CODES.c.given_at.is_(None), _CODES.c.purchase_id.is_(None))
_GOOD = or_(_CODES.c.valid_until.is_(None), _CODES.c.valid_until > _MOMENT)
_NEXT = (
    select(_CODES.c.code, _CODES.c.valid_until)
    .where(_CODES.c.pool == bindparam("of_pool"), _UNGIVEN, _GOOD)
    .order_by(_CODES.c.id)
    .limit(1)
    # two conversations at once are shown two different codes; SQLite has one writer anyhow
    .with_for_update(skip_locked=True)
)
_GIVEN = select(_CODES.c.pool).where(_CODES.c.purchase_id == bindparam("of_purchase"))
_THANKED = select(Purchase.order_id).where(
    Purchase.customer_id == bindparam("of_customer"),
    was_given_to(Purchase.__table__.c.id),
)
_GIVE = (
    update(_CODES)
    .where(
        _CODES.c.pool == bindparam("of_pool"),
        _CODES.c.code_index == bindparam("of_code"),
        _UNGIVEN,
    )
    .values(
        purchase_id=bindparam("new_purchase", type_=Id),
        conversation_id=bindparam("new_conversation", type_=Id),
        given_at=_MOMENT,
    )
)
_GIVE_COMMON = insert(_CODES)

_EACH = func.count(_CODES.c.id)
_STOCK = (
    select(
        _CODES.c.pool,
        _EACH.filter(_UNGIVEN, _GOOD),
        _EACH.filter(_CODES.c.given_at.is_not(None), _CODES.c.code_index.is_not(None)),
        _EACH.filter(_CODES.c.code_index.is_(None)),
        _EACH.filter(_UNGIVEN, _CODES.c.valid_until <= _MOMENT),
    )
    .group_by(_CODES.c.pool)
    .order_by(_CODES.c.pool)
)
