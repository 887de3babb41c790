from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedbackbot.models import audit
from feedbackbot.models.audit import AuditEntry
from feedbackbot.models.database import Database


@pytest.fixture
def trail(database: Database, now: datetime) -> list[int]:
    """The line of the first opening, and three of staff."""

    def work(session: Session) -> list[int]:
        for number, act in enumerate(("claimed", "replied", "resolved")):
            at = now + timedelta(minutes=number)
            audit.record(session, actor="slack:U1", act=act, subject="escalation:7", now=at)
        return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))

    return database.write(work)


def test_what_came_in_twice_is_applied_once(database: Database, now: datetime) -> None:
    def remember(key: str) -> bool:
        return database.write(lambda session: audit.remember(session, key, now=now))

    assert [remember(key) for key in ("telegram:1:5", "telegram:1:5", "telegram:1:6")] == [
        True,
        False,
        True,
    ]


def test_what_failed_is_not_remembered(database: Database, now: datetime) -> None:
    def fail(session: Session) -> None:
        audit.remember(session, "telegram:1:5", now=now)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fail)

    assert database.write(lambda session: audit.remember(session, "telegram:1:5", now=now))


def test_a_fact_is_the_last_that_was_said(database: Database) -> None:
    database.write(lambda session: audit.set_fact(session, "offset", "41"))
    database.write(lambda session: audit.set_fact(session, "offset", "42"))

    assert database.read(lambda session: audit.fact(session, "offset")) == "42"
    assert database.read(lambda session: audit.fact(session, "unheard of")) is None


def test_an_untouched_trail_is_whole(database: Database, trail: list[int]) -> None:
    assert len(trail) == 4
    assert database.read(audit.find_broken) is None


@pytest.mark.parametrize(
    "change", [{"actor": "slack:U2"}, {"act": "viewed"}, {"detail": "nothing happened"}]
)
def test_a_changed_line_is_noticed(
    database: Database, trail: list[int], change: dict[str, str]
) -> None:
    second = update(AuditEntry).where(AuditEntry.id == trail[1]).values(**change)
    database.write(lambda session: session.execute(second))

    assert database.read(audit.find_broken) == trail[1]


def test_a_removed_line_is_noticed(database: Database, trail: list[int]) -> None:
    gone = delete(AuditEntry).where(AuditEntry.id == trail[2])
    database.write(lambda session: session.execute(gone))

    assert database.read(audit.find_broken) == trail[3]


def test_a_line_that_was_put_in_is_noticed(
    database: Database, trail: list[int], now: datetime
) -> None:
    forged = AuditEntry(at=now, actor="slack:U1", act="approved", subject="testimonial:3")
    database.write(lambda session: session.add(forged))

    assert database.read(audit.find_broken) == trail[-1] + 1


def test_old_lines_may_be_cleared_away(database: Database, trail: list[int]) -> None:
    old = delete(AuditEntry).where(AuditEntry.id <= trail[1])
    database.write(lambda session: session.execute(old))

    assert database.read(audit.find_broken) is None
