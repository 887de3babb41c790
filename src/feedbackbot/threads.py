"""One card in Slack and the thread under it, whatever it is about; everything goes through the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from feedbackbot.models import outbox
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus

#: characters of one line in a thread
A_LINE = 1900


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """`key` keeps its messages in order; `card` is the outbox row that posted the card, None where there is none."""

    key: str
    channel: str | None
    card: int | None
    customer_id: int


def put_card(
    session: Session, thread: Thread, facts: dict[str, Any], *, now: datetime
) -> int | None:
    """Post the card, or bring it up to date; None where this house has no Slack."""
    if thread.channel is None:
        return None
    row = outbox.put_card(
        session,
        channel="slack",
        chat_key=thread.key,
        payload=facts | {"channel": thread.channel},
        now=now,
        about_id=thread.card,
        customer_id=thread.customer_id,
    )
    return thread.card or row


def say(
    session: Session,
    thread: Thread,
    text: str,
    *,
    now: datetime,
    by: str | None = None,
    notify: str | None = None,
    broadcast: bool = False,
) -> int | None:
    """Lines for the thread, in order; `by` makes them a quotation. Returns the first line's outbox row."""
    first = None
    for number, part in enumerate(parts_of(text)):
        payload = {"text": part, "by": by, "quoted": by is not None}
        if number == 0:
            payload |= {"notify": notify, "broadcast": broadcast}
        line = put(session, thread, "thread", payload, now=now)
        first = first or line
    return first


def attach(session: Session, thread: Thread, media_id: int, title: str, *, now: datetime) -> None:
    """A photo or recording of the customer, into the thread."""
    put(session, thread, "file", {"title": title, "media_id": media_id}, now=now)


def put(
    session: Session,
    thread: Thread,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    about_id: int | None = None,
) -> int | None:
    """Anything about the card, or about another row of its thread."""
    if thread.card is None:
        return None
    return outbox.put(
        session,
        channel="slack",
        chat_key=thread.key,
        kind=kind,
        payload={"channel": thread.channel} | payload,
        now=now,
        customer_id=thread.customer_id,
        about_id=about_id if about_id is not None else thread.card,
    )


def whisper(
    session: Session,
    user_id: str,
    text: str,
    *,
    channel: str | None,
    thread_ts: str | None = None,
    actions: tuple[dict[str, str], ...] = (),
    customer_id: int | None = None,
    now: datetime,
) -> None:
    """A sentence that only one member of staff sees; `customer_id` says whose name may stand in it."""
    if channel is not None:
        payload = {"user": user_id, "text": text, "actions": list(actions)}
        outbox.put(
            session,
            channel="slack",
            chat_key=f"slack:user:{user_id}",
            kind="ephemeral",
            payload=payload | {"thread_ts": thread_ts, "channel": channel},
            now=now,
            customer_id=customer_id,
        )


def erase(session: Session, thread: Thread, *, now: datetime) -> None:
    """What waits to be posted is dropped; what stands in Slack is overwritten or taken down."""
    if thread.card is None:
        return
    rows = select(OutgoingMessage).where(OutgoingMessage.chat_key == thread.key)
    posts = session.scalars(rows).all()
    for post in posts:
        if post.status == OutgoingStatus.WAITING:
            post.status = OutgoingStatus.CANCELLED
        post.payload = None
    session.flush()
    for post in posts:
        if _stands(post, thread):
            face = {"card": "erased", "of": post.kind}
            put(session, thread, "card", face, now=now, about_id=post.id)


def erase_notes(session: Session, customer_id: int, *, now: datetime) -> None:
    """What the team was told outside any thread; Slack lets nobody change a direct message by its reader's name."""
    notes = select(OutgoingMessage).where(
        OutgoingMessage.customer_id == customer_id,
        OutgoingMessage.kind.in_(["card", "direct", "ephemeral"]),
        or_(
            OutgoingMessage.chat_key.startswith("slack:channel:", autoescape=True),
            OutgoingMessage.chat_key.startswith("slack:user:", autoescape=True),
        ),
        OutgoingMessage.payload.is_not(None),
    )
    for note in session.scalars(notes).all():
        channel = str((note.payload or {}).get("channel"))
        thread = Thread(key=note.chat_key, channel=channel, card=note.id, customer_id=customer_id)
        if note.status == OutgoingStatus.WAITING:
            note.status = OutgoingStatus.CANCELLED
        note.payload = None
        session.flush()
        if note.kind == "card" and _stands(note, thread):
            put(session, thread, "card", {"card": "erased", "of": "card"}, now=now)


def ts_of(session: Session, card: int | None) -> str | None:
    """Slack's name for the card, which is also its thread; None until it has been posted."""
    row = session.get(OutgoingMessage, card) if card is not None else None
    return row.platform_id if row else None


def parts_of(text: str) -> Iterator[str]:
    """The text in pieces that fit a line, cut at white space where there is any."""
    rest = text.strip()
    while len(rest) > A_LINE:
        cut = max(rest.rfind(" ", 1, A_LINE), rest.rfind("\n", 1, A_LINE))
        cut = cut if cut > 0 else A_LINE
        yield rest[:cut]
        rest = rest[cut:].strip()
    yield rest


def _stands(post: OutgoingMessage, thread: Thread) -> bool:
    is_post = post.id == thread.card or post.kind in {"thread", "file"}
    return is_post and post.status not in {OutgoingStatus.CANCELLED, OutgoingStatus.FAILED}
