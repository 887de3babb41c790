"""Scores with their uncertainty: every number carries n, its interval and the response rate."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import sqrt

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from feedbackbot.models.audit import AuditEntry
from feedbackbot.models.conversation import Answer, Conversation, ConversationStatus
from feedbackbot.models.customer import Purchase
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.testimonial import Testimonial, TestimonialStatus

#: 97.5 % point of the normal distribution, for intervals of 95 %
_Z = 1.959963984540054

#: below this many answers only counts are shown: the value would say more about single people than about the shop
LEAST_TO_SHOW = 5
#: below this many answers a value is marked as resting on few
LOW_BASE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `n` as a proportion from 0 to 1 with its Wilson 95 % interval; None where n is too small to show."""

    hits: int
    n: int
    value: float | None
    low: float | None
    high: float | None
    low_base: bool


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson score interval at 95 % for a proportion; (0, 1) for n = 0.

    Wilson, E. B. (1927), J. Amer. Statist. Assoc. 22. At p = 0.9 and n = 10 it covers 93 % where Wald covers 65 %.
    """
    if n == 0:
        return 0.0, 1.0
    p, z2 = hits / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def share(hits: int, n: int) -> Share:
    """`hits` of `n` with its interval, following the rules for small numbers (LEAST_TO_SHOW, LOW_BASE)."""
    if n < LEAST_TO_SHOW:
        return Share(hits=hits, n=n, value=None, low=None, high=None, low_base=True)
    low, high = wilson(hits, n)
    return Share(hits=hits, n=n, value=hits / n, low=low, high=high, low_base=n < LOW_BASE)


def nps(promoters: int, passives: int, detractors: int) -> tuple[float, float, float]:
    """Net promoter score from -100 to 100 with its adjusted-Wald 95 % interval; n must not be 0.

    Rocks, B. (2016): 3/4 promoter, 1 1/2 passives and 3/4 detractor are added for the interval, not for the score.
    """
    n = promoters + passives + detractors
    score = 100 * (promoters - detractors) / n
    p, d = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3)
    half = _Z * sqrt((p + d - (p - d) ** 2) / (n + 3))
    return score, max(-100.0, 100 * (p - d - half)), min(100.0, 100 * (p - d + half))


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """From what was sold to what was answered."""

    purchases: int
    eligible: int
    opened: int
    started: int
    answered: int
    finished: int
    response_rate: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How long people waited, in minutes of the clock on the wall."""

    n: int
    median_minutes: float | None
    p90_minutes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationFigures:
    opened: int
    open: int
    claimed: int
    resolved: int
    reopened: int
    first_human_reply: Waiting
    within_due: Share
    recovered: Share
    causes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonialFigures:
    asked: int
    consented: int
    published: int
    rejected: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    since: datetime
    until: datetime
    funnel: Funnel
    csat: Share
    csat_distribution: Mapping[str, int]
    gap_distribution: Mapping[str, int]
    #: the satisfied share of ALL eligible purchases lies between these two, whoever did not answer
    csat_bounds: tuple[float, float] | None
    escalations: EscalationFigures
    testimonials: TestimonialFigures

    def to_json(self) -> dict[str, object]:
        return {
            **asdict(self),
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }


def figures(session: Session, *, now: datetime, days: int = 90) -> Figures:
    """Everything `feedbackbot stats` shows: of whom was invited in the last `days` days, and of what arose in them."""
    since = now - timedelta(days=days)
    funnel = _funnel(session, since)
    scores = _counts(session, since, "csat")
    satisfied = sum(count for value, count in scores.items() if value in {"4", "5"})
    csat = share(satisfied, sum(scores.values()))
    return Figures(
        since=since,
        until=now,
        funnel=funnel,
        csat=csat,
        csat_distribution={str(star): scores.get(str(star), 0) for star in range(1, 6)},
        gap_distribution=_counts(session, since, "gap"),
        csat_bounds=bounds(csat, funnel),
        escalations=_escalations(session, since, now),
        testimonials=_testimonials(session, since),
    )


def bounds(csat: Share, funnel: Funnel) -> tuple[float, float] | None:
    """What could be true of everybody when those who kept silent all thought ill, or all thought well."""
    if csat.value is None or not funnel.eligible:
        return None
    rate = csat.n / funnel.eligible
    return csat.value * rate, csat.value * rate + 1 - rate


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0


def _funnel(session: Session, since: datetime) -> Funnel:
    talks = (
        select(func.count(func.distinct(Conversation.invitation_id)))
        .join(Invitation, Invitation.id == Conversation.invitation_id)
        .where(*_asked(since))
    )
    finished = talks.where(Conversation.status == ConversationStatus.FINISHED)
    answers = talks.join(Answer, Answer.conversation_id == Conversation.id)
    answered = session.scalar(answers.where(Answer.taken_back_at.is_(None))) or 0
    eligible = _count(session, *_asked(since))
    return Funnel(
        purchases=_count(session, Purchase.created_at >= since),
        eligible=eligible,
        opened=_count(session, *_asked(since), Invitation.accepted_at.is_not(None)),
        started=session.scalar(talks) or 0,
        answered=answered,
        finished=session.scalar(finished) or 0,
        response_rate=share(answered, eligible),
    )


def _asked(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """The invitations that all of the funnel, the scores and their bounds speak of; each counts once."""
    return Invitation.created_at >= since, Invitation.status != InvitationStatus.CANCELLED


def _counts(session: Session, since: datetime, metric: str) -> dict[str, int]:
    """Category -> answers, the first that counts to each invitation."""
    first = (
        select(func.min(Answer.id))
        .join(Conversation, Conversation.id == Answer.conversation_id)
        .join(Invitation, Invitation.id == Conversation.invitation_id)
        .where(Answer.metric == metric, Answer.taken_back_at.is_(None), *_asked(since))
        .group_by(Invitation.id)
    )
    rows = session.execute(
        select(Answer.value, func.count())
        .where(Answer.id.in_(first), Answer.value.is_not(None))
        .group_by(Answer.value)
    )
    return {str(value): count for value, count in rows}


def _escalations(session: Session, since: datetime, now: datetime) -> EscalationFigures:
    rows = session.scalars(select(Escalation).where(Escalation.opened_at >= since)).all()
    answered = [row for row in rows if row.first_reply_at is not None]
    due = [row for row in rows if _is_due(row, now)]
    in_time = [row for row in due if _answered_in_time(row)]
    verdicts = [row.recovered for row in rows if row.recovered is not None]
    causes: dict[str, int] = {}
    for row in rows:
        if row.cause:
            causes[row.cause] = causes.get(row.cause, 0) + 1
    return EscalationFigures(
        opened=len(rows),
        open=_with(rows, EscalationStatus.OPEN),
        claimed=_with(rows, EscalationStatus.CLAIMED),
        resolved=_with(rows, EscalationStatus.RESOLVED),
        reopened=sum(1 for row in rows if row.reopened),
        first_human_reply=_waiting([_minutes(row) for row in answered]),
        within_due=share(len(in_time), len(due)),
        recovered=share(verdicts.count("solved"), len(verdicts)),
        causes=dict(sorted(causes.items(), key=lambda item: -item[1])),
    )


def _with(rows: Sequence[Escalation], status: EscalationStatus) -> int:
    return sum(1 for row in rows if row.status is status)


def _is_due(row: Escalation, now: datetime) -> bool:
    """Answered, or kept waiting beyond its first deadline; not what was settled in time without a word."""
    if row.first_due_at is None:
        return False
    if row.first_reply_at is not None:
        return True
    return row.first_due_at <= min(now, row.resolved_at or now)


def _answered_in_time(row: Escalation) -> bool:
    return (
        row.first_reply_at is not None
        and row.first_due_at is not None
        and row.first_reply_at <= row.first_due_at
    )


def _minutes(row: Escalation) -> float:
    if row.first_reply_at is None:
        return 0.0
    return (row.first_reply_at - row.opened_at).total_seconds() / 60


def _waiting(minutes: Sequence[float]) -> Waiting:
    if not minutes:
        return Waiting(n=0, median_minutes=None, p90_minutes=None)
    ordered = sorted(minutes)
    # the smallest that nine of ten do not exceed, in whole numbers
    ninetieth = ordered[-(-9 * len(ordered) // 10) - 1]
    return Waiting(
        n=len(ordered),
        median_minutes=round(statistics.median(ordered), 1),
        p90_minutes=round(ninetieth, 1),
    )


def _testimonials(session: Session, since: datetime) -> TestimonialFigures:
    rows = session.scalars(select(Testimonial).where(Testimonial.created_at >= since)).all()

    def count(status: TestimonialStatus) -> int:
        return sum(1 for row in rows if row.status is status)

    asked = _count(session, AuditEntry.act == "testimonial_offered", AuditEntry.at >= since)
    return TestimonialFigures(
        asked=asked,
        consented=len(rows),
        published=count(TestimonialStatus.PUBLISHED),
        rejected=count(TestimonialStatus.REJECTED),
        withdrawn=count(TestimonialStatus.WITHDRAWN),
    )
