"""A database that has forgotten something: a backup was restored, or a standby took over without the last commits."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from feedbackbot import remembering, reviewing
from feedbackbot.building import Parts
from feedbackbot.delivering.high_water import repeat_nothing
from feedbackbot.remembering import forgotten
from feedbackbot.reviewing import withdrawn

log = structlog.get_logger(__name__)


async def put_right(parts: Parts) -> None:
    """Before anything is shown to anybody, or taken in."""
    await parts.database.awrite(lambda session: _repeat_nothing(session, parts))
    await heed_again(parts)


async def heed_again(parts: Parts) -> None:
    """The database may know people who had asked to be forgotten since, and words that were taken back."""
    await parts.database.awrite(lambda session: _heed_again(session, parts))


def _repeat_nothing(session: Session, parts: Parts) -> None:
    repeat_nothing(session.connection(), parts.house.sent_file, now=parts.clock.now())


def _heed_again(session: Session, parts: Parts) -> None:
    house, now = parts.house, parts.clock.now()
    if house.withdrawn_file is not None:
        for testimonial_id in withdrawn.find_returned(session, house.withdrawn_file):
            log.warning("withdrawn_again", testimonial=testimonial_id)
            reviewing.withdraw(session, house, testimonial_id, by="system", now=now)
    if house.erased_file is not None:
        for customer_id in forgotten.find_returned(session, house.erased_file):
            log.warning("erased_again", customer=customer_id)
            remembering.erase(session, house, customer_id, now=now)
