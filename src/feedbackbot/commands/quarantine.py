"""`feedbackbot quarantine`: what came in and could not be applied, to be looked at, applied again, or put away."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot.channels.telegram_replaying import Replayed
from feedbackbot.channels.telegram_replaying import replay as replay_one
from feedbackbot.commands.opened import Opened, opened
from feedbackbot.errors import FeedbackbotError
from feedbackbot.models import audit
from feedbackbot.models.audit import Quarantined


def show(*, everything: bool) -> int:
    """Never the content, which is the customer's; the error's own line may quote a little of it."""
    with opened() as office:
        rows = office.database.read(lambda session: _rows(session, everything=everything))
    for row in rows:
        state = f"replayed {row.replayed_at:%Y-%m-%d %H:%M}" if row.replayed_at else "waits"
        sys.stdout.write(
            f"{row.id:>5}  {row.created_at:%Y-%m-%d %H:%M}  {row.key}  {state}\n"
            f"       {_last_line(row.error)}\n"
        )
    if not rows:
        sys.stdout.write("Nothing is in quarantine.\n")
    return 0


def replay(numbers: Sequence[int]) -> int:
    """Each in a transaction of its own, oldest first; exit code 1 where one still can't be applied."""
    with opened() as office:
        wanted = sorted(numbers) or [
            row.id for row in office.database.read(lambda s: _rows(s, everything=False))
        ]
        failed = [number for number in wanted if not _replay(office, number)]
    if not wanted:
        sys.stdout.write("Nothing is in quarantine.\n")
    if failed:
        sys.stdout.write(
            "What will never be applied is put away with `feedbackbot quarantine discard NUMBER`.\n"
        )
    return 1 if failed else 0


def discard(numbers: Sequence[int]) -> int:
    """Gone for good, but for a line in the audit trail; exit code 1 where there is nothing of that number."""
    with opened() as office:
        now = office.clock.now()
        gone = [
            office.database.write(lambda session, one=number: _discard(session, one, now=now))  # type: ignore[misc]
            for number in numbers
        ]
    for number, was_there in zip(numbers, gone, strict=True):
        said = "put away" if was_there else "not put away: there is nothing under this number."
        sys.stdout.write(f"{number:>5}  {said}\n")
    return 0 if all(gone) else 1


def _discard(session: Session, number: int, *, now: datetime) -> bool:
    row = session.get(Quarantined, number)
    if row is None:
        return False
    subject, came = f"quarantine:{number}", f"{row.key}, {row.created_at:%Y-%m-%d %H:%M}"
    session.delete(row)
    audit.record(session, actor="cli", act="discarded", subject=subject, detail=came, now=now)
    return True


def _replay(office: Opened, number: int) -> bool:
    now = office.clock.now()
    try:
        done = office.database.write(
            lambda session: replay_one(session, office.house, number, now=now)
        )
    except FeedbackbotError as error:
        sys.stdout.write(f"{number:>5}  not replayed: {error}\n")
        return False
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others are tried
        sys.stdout.write(f"{number:>5}  still can't be applied ({type(error).__name__})\n")
        return False
    sys.stdout.write(f"{number:>5}  {_in_words(done)}\n")
    return True


def _in_words(done: Replayed) -> str:
    if done.repeated:
        return "had been applied meanwhile"
    return "there is nothing in it for a customer" if done.empty else "applied"


def _rows(session: Session, *, everything: bool) -> list[Quarantined]:
    rows = select(Quarantined).order_by(Quarantined.id)
    if not everything:
        rows = rows.where(Quarantined.replayed_at.is_(None))
    return list(session.scalars(rows))


def _last_line(error: str | None) -> str:
    lines = (error or "").strip().splitlines()
    return lines[-1][:160] if lines else "erased"
