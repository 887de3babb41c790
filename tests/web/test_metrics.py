"""/metrics: how things stand in the database, told in labels that name nobody."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, insert, text, update
from sqlalchemy.orm import Session

from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingStatus, put
from feedbackbot.models.tables import TABLES
from feedbackbot.models.timer import set_timer
from feedbackbot.web.metrics import render, stand
from served import Web

OUTBOX = TABLES["outbox"]


def numbers(page: str) -> dict[str, float]:
    """`name{label,label}` -> value."""
    return {
        f"{sample.name}{{{','.join(sample.labels.values())}}}": sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def metrics(web: Web) -> dict[str, float]:
    return numbers(web.get("/metrics").text)


@dataclass
class Shop:
    database: Database
    now: datetime

    def queue(self, chat_key: str, status: OutgoingStatus, **ago: float) -> None:
        channel, at = chat_key.partition(":")[0], self.now - timedelta(**ago)

        def work(session: Session) -> None:
            number = put(
                session, channel=channel, chat_key=chat_key, kind="text", payload={}, now=at
            )
            session.execute(update(OUTBOX).where(OUTBOX.c.id == number).values(status=status))

        self.database.write(work)

    def complaint(self, status: str, *, due_in: timedelta, waits: bool = True) -> None:
        values = {
            "customer_id": self._customer(),
            "origin": "human",
            "route": "support",
            "priority": "normal",
            "media_ids": "",
            "reopened": 0,
            "status": status,
            "opened_at": self.now,
            "waiting_since": self.now if waits else None,
            "first_reply_at": self.now,
            "reply_due_at": self.now + due_in,
        }
        self.database.write(lambda s: s.execute(insert(TABLES["escalations"]).values(values)))

    def _customer(self) -> int:
        values = {"tags": "", "reach": "none", "permission": "unasked", "created_at": self.now}
        add = insert(TABLES["customers"]).values(values).returning(TABLES["customers"].c.id)
        return self.database.write(lambda s: int(s.execute(add).scalar_one()))


@pytest.fixture
def shop(database: Database, now: datetime) -> Shop:
    return Shop(database, now)


def test_the_outbox_is_told_by_channel_and_state_with_the_age_of_its_oldest(
    web: Web, shop: Shop
) -> None:
    shop.queue("telegram:1", OutgoingStatus.WAITING, minutes=3)
    shop.queue("telegram:2", OutgoingStatus.WAITING, minutes=1)
    shop.queue("slack:escalation:1", OutgoingStatus.UNKNOWN, minutes=9)
    shop.queue("telegram:3", OutgoingStatus.SENT, hours=1)

    found = metrics(web)

    assert found["feedbackbot_outbox_messages{telegram,waiting}"] == 2
    assert found["feedbackbot_outbox_oldest_seconds{telegram,waiting}"] == 180
    assert found["feedbackbot_outbox_messages{slack,unknown}"] == 1
    assert found["feedbackbot_outbox_oldest_seconds{slack,unknown}"] == 540
    # what is not there is told as well, since a rule can't see what is missing
    assert found["feedbackbot_outbox_messages{slack,sending}"] == 0
    assert not any("sent" in name for name in found if "outbox" in name)


def test_of_a_storm_of_invitations_it_is_told_how_long_it_takes_to_leave(shop: Shop) -> None:
    for number in range(50):
        shop.queue(f"telegram:{number}", OutgoingStatus.WAITING)
    shop.queue("slack:escalation:1", OutgoingStatus.WAITING)

    page = render(shop.database, now=lambda: shop.now, troubles=list, per_second=25)

    found = numbers(asyncio.run(page).decode())
    assert found["feedbackbot_outbox_remaining_seconds{}"] == 2


def test_complaints_over_their_clock_and_overdue_timers_are_counted(web: Web, shop: Shop) -> None:
    shop.complaint("open", due_in=timedelta(hours=-1))
    shop.complaint("claimed", due_in=timedelta(hours=1))
    shop.complaint("claimed", due_in=timedelta(hours=-1), waits=False)
    shop.complaint("resolved", due_in=timedelta(hours=-1))
    late, soon = shop.now - timedelta(minutes=2), shop.now - timedelta(seconds=5)
    shop.database.write(lambda s: set_timer(s, "chat", 1, late))
    shop.database.write(lambda s: set_timer(s, "chat", 2, soon))

    found = metrics(web)

    assert found["feedbackbot_escalations{open}"] == 1
    assert found["feedbackbot_escalations{claimed}"] == 2
    assert found["feedbackbot_escalations_late{}"] == 1
    assert found["feedbackbot_timers_overdue{}"] == 1


def test_troubles_are_counted_without_their_words(web: Web) -> None:
    web.troubles.append("Telegram has not answered for 3 minutes.")

    page = web.get("/metrics").text

    assert numbers(page)["feedbackbot_troubles{}"] == 1
    assert "3 minutes" not in page


def test_what_was_counted_is_told_while_the_database_is_away(web: Web, shop: Shop) -> None:
    shop.database.write(lambda s: s.execute(text("ALTER TABLE outbox RENAME TO elsewhere")))

    found = metrics(web)

    assert found["feedbackbot_database_readable{}"] == 0
    assert "feedbackbot_commit_seconds_count{}" in found


def test_every_number_has_words_that_explain_it(web: Web) -> None:
    families = text_string_to_metric_families(web.get("/metrics").text)

    assert [one.name for one in families if len(one.documentation) < 15] == []


def test_a_scrape_goes_by_indexes_over_what_is_open(shop: Shop) -> None:
    asked: list[tuple[str, Any]] = []

    engine = shop.database._reader
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, values, *_: asked.append((statement, values)),
    )
    shop.database.read(lambda s: stand(s, now=shop.now))
    looked = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]

    def explained(session: Session) -> list[str]:
        run = session.connection().exec_driver_sql
        return [
            str(step[3])
            for statement, values in looked
            for step in run(f"EXPLAIN QUERY PLAN {statement}", values)
        ]

    steps = shop.database.read(explained)
    # quarantine is small by nature, and empty as a rule
    growing = {"outbox", "conversations", "escalations", "timers", "customers"}
    scans = [step for step in steps if step.startswith("SCAN") and growing & {*step.split()}]
    assert scans == []
    assert any("ix_outbox_queue" in step for step in steps)
