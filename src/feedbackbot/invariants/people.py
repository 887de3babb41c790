"""Complaints that nobody sees, and words that are public without a yes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, or_, select
from sqlalchemy.orm import Session

from feedbackbot.invariants.broken import Broken, Rule
from feedbackbot.models.escalation import EscalationStatus
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES
from feedbackbot.models.testimonial import TestimonialStatus
from feedbackbot.publishing import text_hash


def look(session: Session, now: datetime) -> Iterator[Broken]:
    del now
    for row in session.connection().execute(_UNSEEN):
        yield Broken(
            rule=Rule.COMPLAINTS_REACH_PEOPLE,
            subject=f"escalation:{row.id}",
            sentence=_unseen(row.status),
        )
    for escalation_id in session.connection().execute(_UNWATCHED).scalars():
        yield Broken(
            rule=Rule.COMPLAINTS_REACH_PEOPLE,
            subject=f"escalation:{escalation_id}",
            sentence="The clock of this complaint counts, and no timer will look at it.",
        )
    for public in session.connection().execute(_PUBLIC):
        if reason := _why_not_public(public):
            yield Broken(
                rule=Rule.PUBLIC_WITH_CONSENT, subject=f"testimonial:{public.id}", sentence=reason
            )


def _unseen(status: OutgoingStatus | None) -> str:
    card = "has no card" if status is None else f"has a card that is {status}"
    return f"This complaint {card} and no clock that runs: nobody will see it."


def _why_not_public(row: Row[*tuple[Any, ...]]) -> str | None:
    if row.text_sha256 is None:
        return "It is public, and there is no consent to it."
    if row.ended is not None:
        return f"It is public, and its consent has ended ({row.ended})."
    if row.text is None or text_hash(row.text) != row.text_sha256:
        return "It is public with other words than were agreed to."
    if row.media_sha256 is not None and row.media_sha256 != row.agreed_media:
        return "It is public with a photo or recording that was not agreed to."
    return None


_ESCALATIONS = TABLES["escalations"]
_OUTBOX = TABLES["outbox"]
_TIMERS = TABLES["timers"]
_TESTIMONIALS = TABLES["testimonials"]
_CONSENTS = TABLES["consents"]
_ENDS = TABLES["consent_ends"]
_MEDIA = TABLES["media"]

_ON_ITS_WAY = or_(
    _OUTBOX.c.status.in_([OutgoingStatus.WAITING, OutgoingStatus.SENDING]),
    # looked for in Slack before it is posted again
    and_(_OUTBOX.c.status == OutgoingStatus.UNKNOWN, _OUTBOX.c.not_before.is_not(None)),
)
_CLOCK_RUNS = exists().where(
    _TIMERS.c.kind == "escalation", _TIMERS.c.subject_id == _ESCALATIONS.c.id
)
_UNSEEN = (
    select(_ESCALATIONS.c.id, _OUTBOX.c.status)
    .select_from(_ESCALATIONS.outerjoin(_OUTBOX, _OUTBOX.c.id == _ESCALATIONS.c.card_outbox_id))
    .where(
        _ESCALATIONS.c.status != EscalationStatus.RESOLVED,
        _ESCALATIONS.c.slack_thread_ts.is_(None),
        or_(_OUTBOX.c.id.is_(None), ~_ON_ITS_WAY),
        ~_CLOCK_RUNS,
    )
    .order_by(_ESCALATIONS.c.id)
)
#: what people are told in the end, and before that while it is nobody's
_CLOCK_COUNTS = or_(
    _ESCALATIONS.c.nobody_at.is_not(None),
    and_(_ESCALATIONS.c.claimed_by.is_(None), _ESCALATIONS.c.unclaimed_at.is_not(None)),
)
_UNWATCHED = (
    select(_ESCALATIONS.c.id)
    .where(_ESCALATIONS.c.status != EscalationStatus.RESOLVED, _CLOCK_COUNTS, ~_CLOCK_RUNS)
    .order_by(_ESCALATIONS.c.id)
)
_PUBLIC = (
    select(
        _TESTIMONIALS.c.id,
        _TESTIMONIALS.c.text,
        _CONSENTS.c.text_sha256,
        _CONSENTS.c.media_sha256.label("agreed_media"),
        _MEDIA.c.sha256.label("media_sha256"),
        _ENDS.c.how.label("ended"),
    )
    .select_from(
        _TESTIMONIALS.outerjoin(_MEDIA, _MEDIA.c.id == _TESTIMONIALS.c.media_id)
        .outerjoin(
            _CONSENTS,
            and_(
                _CONSENTS.c.id == _TESTIMONIALS.c.consent_id,
                _CONSENTS.c.testimonial_id == _TESTIMONIALS.c.id,
            ),
        )
        .outerjoin(_ENDS, _ENDS.c.consent_id == _CONSENTS.c.id)
    )
    .where(_TESTIMONIALS.c.status == TestimonialStatus.PUBLISHED)
    .order_by(_TESTIMONIALS.c.id)
)
