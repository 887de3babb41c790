from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from activities.test_conversing import Ada
from feedbackbot.house import House
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import Database
from feedbackbot.models.timer import due, set_timer
from feedbackbot.sweeping import Sweep


@pytest.fixture
def ada(database: Database, house: House, now: datetime) -> Ada:
    return Ada(database, house, now)


def sweep(ada: Ada) -> None:
    loop = Sweep(
        database=ada.database, house=ada.house, now=lambda: ada.now, committed=lambda: None
    )
    with capture_logs():
        asyncio.run(loop.sweep())


def due_now(ada: Ada) -> list[str]:
    return [timer.kind for timer in ada.database.read(lambda s: due(s, ada.now))]


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_a_timer_that_can_only_fail_is_tried_again_later_and_holds_up_no_other(ada: Ada) -> None:
    ada.is_asked()
    ada.now += timedelta(days=30)
    asked = len(ada.said())
    ada.database.write(lambda s: set_timer(s, "chat", 999, ada.now))

    sweep(ada)

    assert due_now(ada) == []
    assert len(ada.said()) > asked


def test_a_chat_that_cannot_be_read_any_more_is_looked_at_again_later(ada: Ada) -> None:
    ada.is_asked()
    ada.now += timedelta(days=30)
    ada.database.write(lambda s: s.execute(update(Customer).values(chat="{")))

    sweep(ada)

    assert due_now(ada) == []
    ada.now += timedelta(minutes=10)
    assert due_now(ada) == ["chat"]
