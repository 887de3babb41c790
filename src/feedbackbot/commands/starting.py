"""`feedbackbot start`: begin a script by hand, for some orders or for everybody who may be asked."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.commands.opened import Opened, opened
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.script import Script
from feedbackbot.errors import ConfigError
from feedbackbot.inviting import ByHand, begin_by_hand
from feedbackbot.inviting.starting import newest_purchases
from feedbackbot.models.customer import Purchase


def start(script: str, orders: Sequence[str], *, everyone: bool) -> int:
    """Exit code 1 when none of the orders named leads to a question."""
    if bool(orders) == everyone:
        raise ConfigError("Name the orders, or say --everyone.")
    with opened(needs_links=True) as office:
        found = _script(office, script)
        work = partial(_everyone if everyone else _orders, office=office, script=found)
        if everyone:
            return _count(office.database.write(work))
        return _list(office.database.write(partial(work, orders=orders)))


def _orders(
    session: Session, *, office: Opened, script: Script, orders: Sequence[str]
) -> list[ByHand]:
    begun: list[ByHand] = []
    for order in orders:
        purchases = session.scalars(select(Purchase).where(Purchase.order_id == order)).all()
        if not purchases:
            begun.append(ByHand(order_id=order, why_not="no such order is known"))
        now = office.clock.now()
        begun += [begin_by_hand(session, office.house, script, one, now=now) for one in purchases]
    return begun


def _everyone(session: Session, *, office: Opened, script: Script) -> list[ByHand]:
    now = office.clock.now()
    return [
        begin_by_hand(session, office.house, script, one, links=False, now=now)
        for one in newest_purchases(session)
    ]


def _list(begun: Sequence[ByHand]) -> int:
    for one in begun:
        if one.asked_at is not None:
            sys.stdout.write(
                f"{one.order_id}: will be asked from {one.asked_at:%Y-%m-%d %H:%M} UTC on\n"
            )
        elif one.link is not None:
            sys.stdout.write(f"{one.order_id}: {one.link}\n")
        else:
            sys.stderr.write(f"{one.order_id}: not asked, {one.why_not}\n")
    return 0 if any(one.why_not is None for one in begun) else 1


def _count(begun: Sequence[ByHand]) -> int:
    asked = sum(1 for one in begun if one.asked_at is not None)
    sys.stdout.write(f"{asked} of {len(begun)} customers will be asked.\n")
    reasons = Counter(one.why_not for one in begun if one.why_not is not None)
    for reason, number in reasons.most_common():
        sys.stderr.write(f"{number} not: {reason}\n")
    return 0


def _script(office: Opened, name: str) -> Script:
    scripts = office.house.library.scripts
    if name not in scripts:
        guess = did_you_mean(name, tuple(scripts))
        raise ConfigError(f"There is no script {name}. {guess}".strip())
    return scripts[name]
