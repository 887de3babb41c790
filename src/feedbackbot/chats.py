"""Lets staff, or the clock, do something to a customer's chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from feedbackbot.engine.happenings import Happening
from feedbackbot.house import House


def happen(
    session: Session, house: House, customer_id: int, happening: Happening, *, now: datetime
) -> None:
    """As `conversing.happen`, which is looked up late because its effects lead back to who calls this."""
    from feedbackbot import conversing

    conversing.happen(session, house, customer_id, happening, now=now)
