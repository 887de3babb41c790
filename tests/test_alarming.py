"""People hear of a trouble once, by every way that works, until it has passed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from feedbackbot.alarming import Alarm, Alarms
from feedbackbot.errors import NotSent
from feedbackbot.models import outbox
from feedbackbot.models.audit import Quarantined
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus

FULL = Alarm(name="database", text="The disk is full.")


class Office:
    """Two ways to people, of which each may be closed, and what they were told."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now
        self.troubles: list[Alarm] = []
        self.heard: list[tuple[str, str]] = []
        self.closed: set[str] = set()
        self.is_eldest = True
        self.alarms = Alarms(
            database=database,
            now=lambda: self.now,
            troubles=lambda: self.troubles,
            ways={way: self.way(way) for way in ("slack", "address")},
            is_eldest=lambda: self.is_eldest,
        )

    def way(self, name: str):  # type: ignore[no-untyped-def]
        async def tell(text: str) -> None:
            if name in self.closed:
                raise NotSent
            self.heard.append((name, text))

        return tell

    def run_sql(self, words: str) -> None:
        self.database.write(lambda session: session.execute(text(words)))

    def look(self, after: float = 0) -> None:
        self.now += timedelta(seconds=after)
        asyncio.run(self.alarms.look())


@pytest.fixture
def office(database: Database, now: datetime) -> Office:
    return Office(database, now)


def test_what_passes_within_a_minute_is_no_alarm(office: Office) -> None:
    office.troubles = [FULL]
    office.look()
    office.look(after=50)
    office.troubles = []
    office.look(after=20)
    office.troubles = [FULL]
    office.look(after=20)

    assert office.heard == []


def test_what_stays_is_told_once_by_every_way(office: Office) -> None:
    office.troubles = [FULL]
    for _ in range(5):
        office.look(after=61)

    assert sorted(office.heard) == [("address", FULL.text), ("slack", FULL.text)]


def test_a_way_that_was_closed_is_told_when_it_opens(office: Office) -> None:
    office.troubles, office.closed = [FULL], {"slack"}
    office.look()
    office.look(after=61)
    assert office.heard == [("address", FULL.text)]

    office.closed = set()
    office.look(after=5)

    assert office.heard[1:] == [("slack", FULL.text)]


def test_a_trouble_that_comes_back_is_told_again(office: Office) -> None:
    for troubles in ([FULL], [FULL], [], [FULL], [FULL]):
        office.troubles = troubles
        office.look(after=61)

    assert len(office.heard) == 4


def test_news_is_told_at_once_and_once(office: Office) -> None:
    office.alarms.announce(Alarm(name="away", text="The bot was away for 30 hours."))
    office.look()
    office.look(after=5)

    assert len(office.heard) == 2


def test_complaints_that_do_not_reach_slack_are_told_within_minutes(office: Office) -> None:
    _put_card(office, "slack:escalation:1")
    _put_card(office, "slack:testimonial:1")

    office.look(after=200)
    assert office.heard == []
    office.look(after=200)

    assert "1 complaint has not reached Slack" in office.heard[0][1]
    assert office.alarms.found[0].disables


@pytest.mark.parametrize("status", ["sending", "unknown", "failed"])
def test_a_complaint_whose_card_is_not_seen_in_slack_is_told_of_whatever_it_waits_for(
    office: Office, status: str
) -> None:
    _put_card(office, "slack:escalation:1", status=status)

    office.look(after=400)

    assert "1 complaint has not reached Slack" in office.heard[0][1]


def test_nobody_is_promised_a_card_that_slack_has_refused_for_good(office: Office) -> None:
    _put_card(office, "slack:escalation:1")
    _put_card(office, "slack:escalation:2", status="failed")

    office.look(after=400)

    told = office.heard[0][1]
    assert "2 complaints have not reached Slack" in told
    assert "Slack has refused 1 for good" in told
    assert "Nothing is lost" not in told


@pytest.mark.parametrize("status", ["sent", "cancelled"])
def test_a_complaint_that_stands_in_slack_or_is_settled_is_no_alarm(
    office: Office, status: str
) -> None:
    _put_card(office, "slack:escalation:1", status=status)

    office.look(after=400)

    assert office.heard == []


def test_what_is_known_is_not_told_again_because_the_database_was_away_for_a_moment(
    office: Office,
) -> None:
    _quarantine(office)
    office.look()
    assert len(office.heard) == 2

    office.run_sql("alter table outbox rename to elsewhere")
    office.look(after=5)
    office.run_sql("alter table elsewhere rename to outbox")
    office.look(after=5)

    assert len(office.heard) == 2


def test_what_was_taken_out_of_quarantine_is_no_trouble_any_more(office: Office) -> None:
    _quarantine(office, replayed_at=office.now)

    office.look()

    assert office.heard == []


def test_what_lies_in_quarantine_is_told_and_disables_nothing(office: Office) -> None:
    _quarantine(office)

    office.look()

    assert "quarantine list" in office.heard[0][1]
    assert not office.alarms.found[0].disables


def test_of_several_processes_one_tells_what_all_of_them_find(office: Office) -> None:
    office.is_eldest = False
    _put_card(office, "slack:escalation:1")
    office.look(after=400)
    assert office.heard == []
    assert office.alarms.found

    office.is_eldest = True
    office.look(after=5)
    office.look(after=5)

    assert [way for way, _ in sorted(office.heard)] == ["address", "slack"]


def _quarantine(office: Office, **more: object) -> None:
    values = {"platform": "telegram", "key": "x", "raw": "{}", "created_at": office.now, **more}
    office.database.write(lambda session: session.execute(insert(Quarantined).values(values)))


def _put_card(office: Office, key: str, *, status: str = "waiting") -> None:
    def put(session: Session) -> None:
        row = outbox.put(
            session, channel="slack", chat_key=key, kind="card", payload={}, now=office.now
        )
        session.get_one(OutgoingMessage, row).status = OutgoingStatus(status)

    office.database.write(put)
