"""How far the outbox has been sent, in a file beside the database: a restored backup must not send it again."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, bindparam, func, select, text, update

from feedbackbot.models.base import UtcMoment
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.tables import TABLES

log = structlog.get_logger(__name__)

FILE_NAME = "sent.txt"
_WIDTH = 20


class HighWater:
    """The number of the newest message that may have left; None keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._number = read(file)
        self._handle: int | None = None

    def raise_to(self, number: int) -> None:
        """Written over in place and not forced to the disk: a mark that is a little old does little harm."""
        if self._file is None or number <= self._number:
            return
        self._number = number
        try:
            if self._handle is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            os.pwrite(self._handle, f"{number:<{_WIDTH}}\n".encode(), 0)
        except OSError as error:
            log.warning("mark_not_written", reason=error.strerror)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def read(file: Path | None) -> int:
    """0 where nothing has been sent yet."""
    if file is None or not file.exists():
        return 0
    digits = file.read_text(encoding="ascii", errors="replace").strip()
    return int(digits) if digits.isdecimal() else 0


def repeat_nothing(connection: Connection, file: Path | None, *, now: datetime) -> bool:
    """True when this database is older than what was sent from it: a backup was restored.

    What waits in it may have been sent since: Slack is asked, customers are not written to twice. Numbers that were
    given out since are never given out again, since Slack's messages and buttons bear them.
    """
    mark = read(file)
    newest = connection.execute(_NEWEST).scalar() or 0
    if mark <= newest:
        return False
    log.warning("backup_restored", lost_messages=mark - newest)
    for channel, look_at in (("telegram", None), ("slack", now)):
        connection.execute(_DOUBT, {"newest": newest, "of_channel": channel, "look_at": look_at})
    _skip_numbers(connection, mark - newest)
    return True


def _skip_numbers(connection: Connection, lost: int) -> None:
    """Ten for each message that is known to be missing, in every table, and all missing ones of the outbox."""
    gap = lost * _GENEROUS
    if connection.dialect.name == "sqlite":
        connection.execute(text("UPDATE sqlite_sequence SET seq = seq + :gap"), {"gap": gap})
        return
    for name, table in TABLES.items():
        if "id" in table.c:
            sequence = func.pg_get_serial_sequence(name, "id")
            moved = select(func.setval(sequence, func.nextval(sequence) + gap))
            connection.execute(moved.where(sequence.is_not(None)))


_GENEROUS = 10
_OUTBOX = TABLES["outbox"]
_NEWEST = select(func.max(_OUTBOX.c.id))
_DOUBT = (
    update(_OUTBOX)
    .where(
        # what another connection has queued since is new
        _OUTBOX.c.id <= bindparam("newest"),
        _OUTBOX.c.channel == bindparam("of_channel"),
        _OUTBOX.c.status.in_(
            [OutgoingStatus.WAITING, OutgoingStatus.SENDING, OutgoingStatus.UNKNOWN]
        ),
    )
    .values(
        status=OutgoingStatus.UNKNOWN,
        not_before=bindparam("look_at", type_=UtcMoment),
        error=bindparam(
            "why",
            "A backup was restored; this may have been sent before.",
            type_=_OUTBOX.c.error.type,
        ),
    )
)
