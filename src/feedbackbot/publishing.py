"""What the public sees: testimonials with live consent to exactly their words, and the truth about how they were chosen."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from feedbackbot import measuring
from feedbackbot.house import House
from feedbackbot.models import reward
from feedbackbot.models.conversation import Answer, Media, MediaStatus
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.testimonial import Consent, ConsentEnd, Testimonial, TestimonialStatus

#: a quote whose yes is older than this is no longer shown; people and products change
FRESH = timedelta(days=730)
#: the use that the wall and the public API stand for
WEBSITE = "website"
#: first characters that make a spreadsheet read a cell as a formula, full-width forms included (OWASP ASVS 1.2.10)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_COLUMNS = (
    "id",
    "quote",
    "author",
    "rating",
    "item",
    "incentive",
    "uses",
    "consented_at",
    "published_at",
    "link",
)
#: stands beside the words of whoever was given something for the purchase, on the same day or a year later
INCENTIVE = "received a thank-you code"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicTestimonial:
    """One testimonial as the public may see it."""

    id: str
    quote: str
    author: str
    rating: int | None
    item: str | None
    #: what its author was given, in words; must be shown beside the quote
    incentive: str | None
    uses: tuple[str, ...]
    consented_at: datetime
    published_at: datetime
    link: str
    #: photo | voice, with its address; None when there are only words
    media: str | None
    media_url: str | None

    def to_json(self) -> dict[str, object]:
        return {
            **asdict(self),
            "uses": list(self.uses),
            "consented_at": self.consented_at.isoformat(),
            "published_at": self.published_at.isoformat(),
            "verified_purchase": True,
        }


#: fetched, and in its bytes what the consent is to
_AGREED_MEDIA = and_(
    Media.id == Testimonial.media_id,
    Media.status == MediaStatus.STORED,
    Media.sha256 == Consent.media_sha256,
)
_THANKED = reward.was_given_to(Testimonial.__table__.c.purchase_id)


def text_hash(text: str) -> str:
    """SHA-256 of the exact words, as consents keep it."""
    return hashlib.sha256(text.encode()).hexdigest()


def published(
    session: Session, house: House, *, now: datetime, use: str | None = WEBSITE
) -> tuple[PublicTestimonial, ...]:
    """Newest first: published, with a consent that is live, fresh, for this use, and to exactly these words."""
    ended = select(ConsentEnd.id).where(ConsentEnd.consent_id == Consent.id).exists()
    rows = session.execute(
        select(Testimonial, Consent, Media.kind, _THANKED)
        .join(Consent, Consent.id == Testimonial.consent_id)
        .outerjoin(Media, _AGREED_MEDIA)
        .where(
            Testimonial.status == TestimonialStatus.PUBLISHED,
            Consent.granted_at >= now - FRESH,
            ~ended,
        )
        .order_by(Testimonial.published_at.desc(), Testimonial.id.desc())
    )
    return tuple(
        _public(house, testimonial, consent, kind, thanked=thanked)
        for testimonial, consent, kind, thanked in rows
        if _agrees(testimonial, consent)
        and (testimonial.text or kind)
        and (use is None or use in consent.uses.split(","))
    )


def find_published(
    session: Session, house: House, public_id: str, *, now: datetime
) -> PublicTestimonial | None:
    """The public testimonial of that name; None when it is not, or no longer, public."""
    found = (item for item in published(session, house, now=now) if item.id == public_id)
    return next(found, None)


def find_media(session: Session, public_id: str) -> Media | None:
    """The stored photo or recording of a testimonial; whether it is public is for the caller to have asked."""
    return session.scalar(
        select(Media)
        .join(Testimonial, Testimonial.media_id == Media.id)
        .join(Consent, Consent.id == Testimonial.consent_id)
        .where(Testimonial.public_id == public_id, _AGREED_MEDIA)
    )


def _agrees(testimonial: Testimonial, consent: Consent) -> bool:
    return (
        testimonial.text is not None
        and testimonial.published_at is not None
        and text_hash(testimonial.text) == consent.text_sha256
    )


def _public(
    house: House, testimonial: Testimonial, consent: Consent, kind: str | None, *, thanked: bool
) -> PublicTestimonial:
    base = house.public_url.rstrip("/")
    return PublicTestimonial(
        id=testimonial.public_id,
        quote=testimonial.text or "",
        author=consent.credit_name or "A customer",
        rating=testimonial.rating,
        item=testimonial.item,
        incentive=INCENTIVE if thanked else None,
        uses=tuple(consent.uses.split(",")),
        consented_at=consent.granted_at,
        published_at=testimonial.published_at or consent.granted_at,
        link=f"{base}/t/{testimonial.public_id}",
        media=kind,
        media_url=f"{base}/t/{testimonial.public_id}/media" if kind else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """How the quotes were chosen, from the numbers of this very moment."""

    text: str
    mode: str
    responses: int
    satisfied: float | None
    response_rate: float | None
    since: datetime | None
    how_we_collect: str
    #: how authors were thanked; None while nobody who is quoted was given anything
    incentive: str | None

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "since": self.since.isoformat() if self.since else None}


def disclosure(session: Session, house: House) -> Disclosure:
    """The line that every place with quotes must bear (a setting can't take it away)."""
    responses, satisfied, since = _responses(session)
    eligible = (
        session.scalar(select(func.count()).where(Invitation.status != InvitationStatus.CANCELLED))
        or 0
    )
    csat = measuring.share(satisfied, responses)
    rate = measuring.share(min(responses, eligible), eligible)
    shop = house.library.shop.name
    incentive = _incentive(session)
    text = _sentence(shop, house.publication_mode, csat, rate, since)
    return Disclosure(
        text=f"{text} {incentive}" if incentive else text,
        mode=house.publication_mode,
        responses=responses,
        satisfied=csat.value,
        response_rate=rate.value,
        since=since,
        how_we_collect=f"{house.public_url.rstrip('/')}/how-we-collect",
        incentive=incentive,
    )


def _incentive(session: Session) -> str | None:
    """Said with every quote as soon as one of them bears the mark."""
    marked = select(Testimonial.id).where(
        Testimonial.status == TestimonialStatus.PUBLISHED, _THANKED
    )
    if session.scalar(marked.limit(1)) is None:
        return None
    return f"Where a customer {INCENTIVE} for the purchase, whatever they wrote, it is said beside the quote."


def _responses(session: Session) -> tuple[int, int, datetime | None]:
    """First scores of all conversations: how many, how many of them 4 or 5, and since when."""
    first = (
        select(func.min(Answer.id))
        .where(Answer.metric == "csat", Answer.taken_back_at.is_(None))
        .group_by(Answer.conversation_id)
    )
    row = session.execute(
        select(
            func.count(),
            func.count().filter(Answer.value.in_(("4", "5"))),
            func.min(Answer.answered_at),
        ).where(Answer.id.in_(first))
    ).one()
    return row[0], row[1], row[2]


def _sentence(
    shop: str,
    mode: str,
    csat: measuring.Share,
    rate: measuring.Share,
    since: datetime | None,
) -> str:
    if since is None:
        return f"{shop} has no customer responses yet."
    day = f"{since.day} {since:%B %Y}"
    chosen = "Quotes selected by" if mode == "selected_quotes" else "Words published by"
    people = "1 customer response" if csat.n == 1 else f"{csat.n} customer responses"
    start = f"{chosen} {shop} from {people} since {day}."
    if csat.value is None or rate.value is None:
        return f"{start} Too few so far for a percentage."
    return (
        f"{start} Overall: {csat.value:.0%} satisfied (n={csat.n}, response rate {rate.value:.0%})."
    )


def as_json(items: Sequence[PublicTestimonial], note: Disclosure) -> str:
    """The export for programs: the testimonials and the disclosure that must go with them."""
    content = {"disclosure": note.to_json(), "testimonials": [item.to_json() for item in items]}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def as_csv(items: Sequence[PublicTestimonial]) -> str:
    """The export for spreadsheets: no cell can act as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for item in items:
        facts = item.to_json() | {"uses": " ".join(item.uses)}
        writer.writerow([safe_cell(facts[column]) for column in _COLUMNS])
    return out.getvalue()


def safe_cell(value: object) -> str:
    """The text of one CSV cell; what a spreadsheet would run is put behind an apostrophe."""
    text = "" if value is None else str(value)
    if isinstance(value, str) and text.lstrip(" ").startswith(_FORMULA):
        return f"'{text}"
    return text
