from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from feedbackbot.models import timer
from feedbackbot.models.database import Database


def subjects(database: Database, now: datetime, limit: int = 100) -> list[tuple[str, int]]:
    found = database.read(lambda session: timer.due(session, now, limit))
    return [(each.kind, each.subject_id) for each in found]


def test_what_is_due_comes_oldest_first_and_no_more_than_asked(
    database: Database, now: datetime
) -> None:
    def work(session: Session) -> None:
        timer.set_timer(session, "chat", 1, now - timedelta(minutes=1))
        timer.set_timer(session, "escalation", 1, now - timedelta(minutes=2))
        timer.set_timer(session, "chat", 2, now)
        timer.set_timer(session, "chat", 3, now + timedelta(microseconds=1))

    database.write(work)

    assert subjects(database, now) == [("escalation", 1), ("chat", 1), ("chat", 2)]
    assert subjects(database, now, limit=1) == [("escalation", 1)]


def test_setting_a_timer_again_moves_it(database: Database, now: datetime) -> None:
    database.write(lambda session: timer.set_timer(session, "chat", 1, now))
    database.write(lambda session: timer.set_timer(session, "chat", 1, now + timedelta(days=3)))

    assert subjects(database, now) == []
    assert subjects(database, now + timedelta(days=3)) == [("chat", 1)]


def test_a_cleared_timer_is_gone_and_the_others_stay(database: Database, now: datetime) -> None:
    def work(session: Session) -> None:
        for kind in ("chat", "invitation"):
            timer.set_timer(session, kind, 1, now)
        timer.clear_timer(session, "chat", 1)
        timer.clear_timer(session, "chat", 99)

    database.write(work)

    assert subjects(database, now) == [("invitation", 1)]


def test_the_next_moment_is_known(database: Database, now: datetime) -> None:
    assert database.read(timer.find_next_due_at) is None

    database.write(lambda session: timer.set_timer(session, "chat", 1, now + timedelta(hours=2)))
    database.write(lambda session: timer.set_timer(session, "chat", 2, now + timedelta(hours=1)))

    assert database.read(timer.find_next_due_at) == now + timedelta(hours=1)


def test_a_moment_without_a_time_zone_is_refused(database: Database, now: datetime) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        database.write(
            lambda session: timer.set_timer(session, "chat", 1, now.replace(tzinfo=None))
        )


def test_moments_are_kept_to_the_microsecond(database: Database, now: datetime) -> None:
    moment = now.replace(microsecond=999_999)

    database.write(lambda session: timer.set_timer(session, "chat", 1, moment))

    assert database.read(timer.find_next_due_at) == moment
