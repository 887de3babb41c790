"""What `feedbackbot doctor` sees in the database: schema, key, whether the bot lives, and everything that is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, func, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from feedbackbot import readiness
from feedbackbot.config import Settings
from feedbackbot.conversing import absence
from feedbackbot.errors import ConfigError
from feedbackbot.findings import Finding, ok, problem, warning
from feedbackbot.invariants import find_broken
from feedbackbot.models import audit
from feedbackbot.models.engines import is_sqlite, postgres_engine, sqlite_reader
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.migrations import HEAD, find_revision
from feedbackbot.models.outbox import OutgoingStatus
from feedbackbot.models.sealing import hand_keys, keys_of
from feedbackbot.models.tables import TABLES

_ABOUT = "database"
#: the bot says every minute that it is alive
_SILENT = timedelta(seconds=150)
#: nothing that is due should wait for so long
_LATE = timedelta(minutes=15)
#: a message that did not arrive is worth a word for so long
_RECENT = timedelta(days=7)


def check_contents(settings: Settings, *, now: datetime) -> list[Finding]:
    if settings.sqlite_file is not None and not _has_content(settings):
        return [ok(_ABOUT, f"{settings.sqlite_file} is not there yet; the first start makes it.")]
    try:
        with opened_database(settings) as engine:
            revision = _revision(engine)
            found = [_schema(revision)]
            if revision == HEAD:
                with Session(engine) as session:
                    found += _in(session, now=now)
    except ConfigError as error:
        return [problem("key", str(error), "Put the key back: nothing can be read without it.")]
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        return [problem(_ABOUT, f"can't be read ({reason}).", _how_to_reach(settings))]
    return found


def check_invariants(settings: Settings, *, now: datetime) -> list[Finding]:
    """What may never be, looked for in every row."""
    if settings.sqlite_file is not None and not _has_content(settings):
        return [ok(_ABOUT, f"{settings.sqlite_file} is not there yet.")]
    with opened_database(settings) as engine, Session(engine) as session:
        if _revision(engine) != HEAD:
            return [_schema(_revision(engine))]
        broken = find_broken(session, now=now)
    fix = "Keep a copy of the database, and report it with the version and the log of that hour."
    return [problem(one.rule, f"{one.subject}: {one.sentence}", fix) for one in broken] or [
        ok("invariants", "all of them hold.")
    ]


@contextmanager
def opened_database(settings: Settings) -> Iterator[Engine]:
    """As it stands: it is not brought to another schema, and no key is made."""
    keys = load_keys(settings)
    url = settings.database_url
    engine = sqlite_reader(url) if is_sqlite(url) else postgres_engine(url, connections=1)
    hand_keys(engine, keys)
    try:
        yield engine
    finally:
        engine.dispose()


def _has_content(settings: Settings) -> bool:
    file = settings.sqlite_file
    return file is not None and file.exists() and file.stat().st_size > 0


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return find_revision(connection)


def _schema(revision: str | None) -> Finding:
    if revision == HEAD:
        return ok(_ABOUT, f"has the schema of this program ({HEAD}).")
    if revision is not None and revision > HEAD:
        return problem(
            _ABOUT,
            f"was used by a newer feedbackbot (schema {revision}; this one knows {HEAD}).",
            "Install the newer version again.",
        )
    return warning(
        _ABOUT,
        f"has an older schema ({revision or 'none'}; this program's is {HEAD}).",
        "feedbackbot db upgrade, or restart `feedbackbot run`; make a copy before.",
    )


def _how_to_reach(settings: Settings) -> str:
    if settings.sqlite_file is not None:
        return f"See whether {settings.sqlite_file} is whole and may be read by this user."
    return "See whether the server of FEEDBACKBOT_DATABASE_URL runs and lets this machine in."


def _in(session: Session, *, now: datetime) -> Iterator[Finding]:
    yield _key(session)
    yield from _life(session, now=now)
    for look in (_quarantine, _undelivered, _in_doubt, _late_messages, _late_timers, _late_replies):
        yield from look(session, now)


def _key(session: Session) -> Finding:
    known, held = audit.fact(session, "key_fingerprint"), keys_of(session).fingerprint()
    if known in {None, held}:
        return ok("key", f"is the one that the database was sealed with ({held}).")
    return problem(
        "key",
        f"is {held}, and the database was sealed with {known}.",
        "Set FEEDBACKBOT_KEY_FILE or FEEDBACKBOT_SECRET_KEY to the key it was made with.",
    )


def _life(session: Session, *, now: datetime) -> Iterator[Finding]:
    last = absence.find_alive_at(session)
    if last is None or now - last > _SILENT:
        since = (
            "has never run on this database"
            if last is None
            else f"was last seen {last:%d %b %H:%M} UTC"
        )
        yield warning("bot", f"{since}.", "feedbackbot run")
        return
    yield ok("bot", f"is running, or was {(now - last).total_seconds():.0f} s ago.")
    for trouble in readiness.find_reported(session):
        yield problem("bot", trouble, "It goes on by itself once this is mended.")


def _quarantine(session: Session, now: datetime) -> Iterator[Finding]:
    del now
    quarantine = TABLES["quarantine"]
    count = _count(session, select(func.count()).where(quarantine.c.replayed_at.is_(None)))
    if count:
        yield warning(
            "quarantine",
            f"{count} things came in and could not be applied.",
            "feedbackbot quarantine list; after an update, feedbackbot quarantine replay; what nobody "
            "misses, feedbackbot quarantine discard NUMBER",
        )
    else:
        yield ok("quarantine", "is empty.")


def _undelivered(session: Session, now: datetime) -> Iterator[Finding]:
    failed = select(func.count()).where(
        _OUTBOX.c.status == OutgoingStatus.FAILED, _OUTBOX.c.created_at > now - _RECENT
    )
    if count := _count(session, failed):
        yield warning(
            "outbox",
            f"{count} messages of the last 7 days were refused for good.",
            "The bot's log says why (not_delivered); staff replies among them are marked in their "
            "Slack threads.",
        )


def _in_doubt(session: Session, now: datetime) -> Iterator[Finding]:
    """Those that are asked again are in doubt for half a minute only."""
    unknown = select(func.count()).where(
        _OUTBOX.c.status == OutgoingStatus.UNKNOWN,
        _OUTBOX.c.not_before.is_(None),
        _OUTBOX.c.created_at > now - _RECENT,
    )
    if count := _count(session, unknown):
        yield warning(
            "outbox",
            f"{count} messages of the last 7 days may have arrived or not; nobody can tell.",
            "Staff replies among them are marked in their Slack threads: ask the customer there.",
        )


def _late_messages(session: Session, now: datetime) -> Iterator[Finding]:
    on_their_way = (OutgoingStatus.WAITING, OutgoingStatus.SENDING)
    late = select(func.count()).where(
        _OUTBOX.c.status.in_(on_their_way),
        _OUTBOX.c.created_at < now - _LATE,
        or_(_OUTBOX.c.not_before.is_(None), _OUTBOX.c.not_before < now - _LATE),
    )
    yield _stuck(session, late, "messages", "wait to be sent")


def _late_timers(session: Session, now: datetime) -> Iterator[Finding]:
    timers = TABLES["timers"]
    late = select(func.count()).where(timers.c.due_at < now - _LATE)
    yield _stuck(session, late, "reminders and clocks", "are overdue")


def _late_replies(session: Session, now: datetime) -> Iterator[Finding]:
    escalations = TABLES["escalations"]
    late = select(func.count()).where(
        escalations.c.status != "resolved",
        escalations.c.waiting_since.is_not(None),
        escalations.c.reply_due_at < now,
    )
    count = _count(session, late)
    if count:
        says = f"{count} complaints have waited longer than was promised."
        yield warning("complaints", says, "Answer them: their cards stand in Slack.")


def _stuck(session: Session, late: Select[Any], what: str, how: str) -> Finding:
    count = _count(session, late)
    minutes = f"{_LATE.total_seconds() / 60:.0f} minutes"
    if not count:
        return ok("stuck", f"no {what} {how} for more than {minutes}.")
    return problem(
        "stuck",
        f"{count} {what} {how} for more than {minutes}.",
        "See that `feedbackbot run` is running, and what its log and /readyz say.",
    )


def _count(session: Session, statement: Select[Any]) -> int:
    return int(session.execute(statement).scalar_one())


_OUTBOX = TABLES["outbox"]
