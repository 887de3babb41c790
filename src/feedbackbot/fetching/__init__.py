"""Brings customers' photos, voice notes and files home after the commit: checked, cleaned, sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from feedbackbot import conversing, escalating, reviewing
from feedbackbot.engine.happenings import MediaLost
from feedbackbot.fetching.cleaning import Cleaned
from feedbackbot.house import House
from feedbackbot.models.base import UtcMoment
from feedbackbot.models.conversation import Media, MediaStatus
from feedbackbot.models.locking import lock_owner

#: Telegram keeps files for longer, but a customer should hear today that one is missing
_GIVE_UP_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    media_id: int
    kind: str


def wanted(session: Session, *, limit: int = 8, now: datetime) -> list[Wanted]:
    """What is to be fetched now, the oldest first."""
    rows = session.connection().execute(_DUE, {"now": now, "most": limit})
    return [Wanted(media_id=row.id, kind=row.kind) for row in rows]


def file_id_of(session: Session, media_id: int) -> str:
    """Each by itself, since one that can't be unsealed must keep no other from being fetched."""
    return session.execute(select(Media.file_id).where(Media.id == media_id)).scalar_one() or ""


def next_at(session: Session) -> datetime | None:
    return session.connection().execute(_NEXT).scalar()


def store(
    session: Session, house: House, media_id: int, cleaned: Cleaned, *, now: datetime
) -> None:
    """Keep the cleaned bytes and hand them to whoever waits for them."""
    lock_owner(session, "media", media_id)
    media = session.get_one(Media, media_id)
    if media.status != MediaStatus.WANTED:
        return
    media.content, media.sha256, media.mime = cleaned.content, cleaned.sha256, cleaned.mime
    media.size, media.status = len(cleaned.content), MediaStatus.STORED
    media.file_id = media.next_attempt_at = None
    session.flush()
    escalating.media_stored(session, house, media_id, now=now)
    reviewing.media_stored(session, house, media_id, now=now)


def try_later(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """The platform did not hand it out this time."""
    lock_owner(session, "media", media_id)
    media = session.get_one(Media, media_id)
    if media.status != MediaStatus.WANTED:
        return
    if now - media.created_at > _GIVE_UP_AFTER:
        lose(session, house, media_id, now=now)
    else:
        put_off(session, media_id, now=now)


def put_off(session: Session, media_id: int, *, now: datetime) -> None:
    """Nothing but the next attempt is changed, so that this works where everything else raises."""
    attempts = session.scalar(select(Media.attempts).where(Media.id == media_id)) or 0
    later = now + timedelta(seconds=min(2.0 ** min(attempts + 1, 10), 900))
    session.execute(
        update(Media)
        .where(Media.id == media_id, Media.status == MediaStatus.WANTED)
        .values(attempts=attempts + 1, next_attempt_at=later)
    )


def lose(session: Session, house: House, media_id: int, *, now: datetime) -> None:
    """It can't be had: the customer is asked once for another, people learn that something was there."""
    lock_owner(session, "media", media_id)
    media = session.get_one(Media, media_id)
    if media.status != MediaStatus.WANTED:
        return
    media.status, media.file_id, media.next_attempt_at = MediaStatus.LOST, None, None
    session.flush()
    escalating.media_lost(session, house, media_id, now=now)
    reviewing.media_lost(session, house, media_id, now=now)
    conversing.happen(session, house, media.customer_id, MediaLost(media_id=media_id), now=now)


_DUE = (
    select(Media.id, Media.kind)
    .where(
        Media.status == MediaStatus.WANTED,
        Media.next_attempt_at <= bindparam("now", type_=UtcMoment),
    )
    .order_by(Media.id)
    .limit(bindparam("most"))
)
_NEXT = (
    select(Media.next_attempt_at)
    .where(Media.status == MediaStatus.WANTED)
    .order_by(Media.next_attempt_at)
    .limit(1)
)
