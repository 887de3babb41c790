"""Everything that a customer sends is kept as it came, before anybody has understood it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from feedbackbot.conversing.incoming import Act, IncomingFile, Started, Written
from feedbackbot.engine.happenings import (
    Attachment,
    Blocked,
    Command,
    Happening,
    MediaTrouble,
    Reply,
    ReplyKind,
    Tap,
    Unblocked,
)
from feedbackbot.models import audit
from feedbackbot.models.conversation import MediaStatus
from feedbackbot.models.prepared import Prepared
from feedbackbot.models.tables import TABLES

#: Telegram hands out no larger files
LARGEST_FILE = 20 * 1024 * 1024
#: minutes of voice or clip that are taken
VOICE_MINUTES = 5


def keep(
    session: Session, customer_id: int, act: Act, *, conversation_id: int | None, now: datetime
) -> None:
    """Into the transcript; an edited message takes the place of what it was."""
    if isinstance(act, Blocked | Unblocked):
        return
    key = f"telegram:{act.message_key}"
    if isinstance(act, Written) and act.edited:
        values = {"of_customer": customer_id, "key": key, "new_text": act.text, "moment": now}
        if session.connection().execute(_EDIT, values).rowcount:
            whose = f"customer:{customer_id}"
            audit.record(session, actor="customer", act="corrected", subject=whose, now=now)
            return
        # what it was before never came; these words must be kept all the same
    kind, text = _summary(act)
    values = {
        "customer_id": customer_id,
        "conversation_id": conversation_id,
        "kind": kind,
        "text": text,
        "platform_key": key,
        "received_at": now,
    }
    _KEEP.run(session, values)


def happening_of(
    session: Session,
    customer_id: int,
    act: Written | Tap | Command | Blocked | Unblocked,
    *,
    now: datetime,
) -> Happening:
    """The same for the engine: files have rows of ours, a quoted message is known as a question."""
    if not isinstance(act, Written):
        return act
    return Reply(
        kind=act.kind,
        text=act.text,
        attachments=tuple(_want(session, customer_id, file, now=now) for file in act.files),
        message_key=act.message_key,
        album=act.album,
        edited=act.edited,
        replies_to_visit=_visit_of(session, customer_id, act),
    )


def _summary(act: Written | Started | Tap | Command) -> tuple[str, str]:
    match act:
        case Written():
            return str(act.kind), act.text
        case Tap():
            return "tap", f"{act.visit}:{act.choice}"
        case Command():
            return "command", f"/{act.name}"
        case Started():
            # The link's secret stays out of the transcript.
            return "command", "/start"


def _want(session: Session, customer_id: int, file: IncomingFile, *, now: datetime) -> Attachment:
    trouble = _trouble(file)
    lost = trouble is MediaTrouble.TOO_LARGE
    values = {
        "customer_id": customer_id,
        "kind": str(file.kind),
        "mime": file.mime,
        "status": MediaStatus.LOST if lost else MediaStatus.WANTED,
        "file_id": None if lost else file.file_id,
        "size": file.size,
        "seconds": file.seconds,
        "attempts": 0,
        "next_attempt_at": None if lost else now,
        "created_at": now,
    }
    added: Any = session.connection().execute(_WANT, values).inserted_primary_key
    return Attachment(media_id=added[0], kind=file.kind, seconds=file.seconds, trouble=trouble)


def _trouble(file: IncomingFile) -> MediaTrouble | None:
    if file.size is not None and file.size > LARGEST_FILE:
        return MediaTrouble.TOO_LARGE
    sounds = file.kind in {ReplyKind.VOICE, ReplyKind.VIDEO}
    if sounds and file.seconds is not None and file.seconds > VOICE_MINUTES * 60:
        return MediaTrouble.TOO_LONG
    return None


def _visit_of(session: Session, customer_id: int, act: Written) -> int | None:
    if act.replies_to is None:
        return None
    values = {"of_customer": customer_id, "message": act.replies_to}
    return session.connection().execute(_ASKED, values).scalar()


_MESSAGES = TABLES["messages"]
_OUTBOX = TABLES["outbox"]
_KEEP = Prepared(
    insert(_MESSAGES),
    columns=("customer_id", "conversation_id", "kind", "text", "platform_key", "received_at"),
)
_EDIT = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.customer_id == bindparam("of_customer"),
        _MESSAGES.c.platform_key == bindparam("key"),
    )
    .values(
        text=bindparam("new_text", type_=_MESSAGES.c.text.type),
        edited_at=bindparam("moment", type_=_MESSAGES.c.edited_at.type),
    )
)
_WANT = insert(TABLES["media"])
_ASKED = (
    select(_OUTBOX.c.visit)
    .where(
        _OUTBOX.c.customer_id == bindparam("of_customer"),
        _OUTBOX.c.channel == "telegram",
        _OUTBOX.c.platform_id == bindparam("message"),
    )
    .limit(1)
)
