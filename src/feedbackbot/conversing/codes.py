"""The codes that a turn may give away; looked up only where its script gives any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from feedbackbot.engine.script import Call, Reward, Script
from feedbackbot.models import reward
from feedbackbot.models.reward import FreeCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    free: Mapping[str, FreeCode] = field(default_factory=dict)
    #: pools from which the purchase has had its code
    given: frozenset[str] = frozenset()

    @property
    def next_ones(self) -> dict[str, str]:
        return {pool: free.code for pool, free in self.free.items()}

    @property
    def until(self) -> dict[str, datetime]:
        return {pool: free.valid_until for pool, free in self.free.items() if free.valid_until}


def codes_for(
    session: Session,
    script: Script | None,
    called: Mapping[str, Script],
    *,
    purchase_id: int | None,
    now: datetime,
) -> Codes:
    pools = pools_of(script, called) if script else frozenset()
    if not pools or purchase_id is None:
        return Codes()
    given = reward.pools_given(session, purchase_id)
    free = reward.free_codes(session, sorted(pools - given), now=now)
    return Codes(free=free, given=given)


def pools_of(script: Script, called: Mapping[str, Script]) -> frozenset[str]:
    """Of the script and of all that it calls, however deep."""
    pools: set[str] = set()
    seen: set[str] = set()
    waiting = [script]
    while waiting:
        for step in waiting.pop().steps.values():
            if isinstance(step, Reward):
                pools.add(step.pool)
            elif isinstance(step, Call) and step.script in called and step.script not in seen:
                seen.add(step.script)
                waiting.append(called[step.script])
    return frozenset(pools)
