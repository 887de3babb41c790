"""The names of testimonials that were taken back, in a file beside the database that no restored backup undoes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.house import House
from feedbackbot.models.marks import append, read
from feedbackbot.models.testimonial import Consent, Testimonial, TestimonialStatus

FILE_NAME = "withdrawn.txt"


def remember(house: House, public_id: str, *, now: datetime) -> None:
    """Before the transaction is committed: a name that stands here without need is withdrawn all the same."""
    if house.withdrawn_file is not None:
        append(house.withdrawn_file, [public_id], now=now)


def find_returned(session: Session, file: Path) -> list[int]:
    """Testimonials that a restored backup brought back with a consent from before they were taken back."""
    taken_back = read(file)
    rows = session.execute(
        select(Testimonial.id, Testimonial.public_id, Consent.granted_at)
        .join(Consent, Consent.id == Testimonial.consent_id)
        .where(
            Testimonial.public_id.in_(taken_back),
            Testimonial.status != TestimonialStatus.WITHDRAWN,
        )
    )
    return [number for number, name, granted_at in rows if granted_at < taken_back[name]]
