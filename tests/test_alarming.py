"""People hear of a trouble once, by every way that works, until it has passed; and again when it has grown."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from feedbackbot.alarming import Alarm, Alarms
from feedbackbot.errors import NotSent
from feedbackbot.models import outbox
from feedbackbot.models.audit import Quarantined
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation, EscalationStatus
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
    _put_card(office)

    office.look(after=200)
    assert office.heard == []
    office.look(after=200)

    assert "1 complaint has not reached Slack" in office.heard[0][1]
    assert office.alarms.found[0].disables


@pytest.mark.parametrize("status", ["sending", "unknown", "failed"])
def test_a_complaint_whose_card_is_not_seen_in_slack_is_told_of_whatever_it_waits_for(
    office: Office, status: str
) -> None:
    _put_card(office, status)

    office.look(after=400)

    assert "1 complaint has not reached Slack" in office.heard[0][1]


@pytest.mark.parametrize("status", ["sent", "cancelled"])
def test_a_complaint_that_stands_in_slack_is_no_alarm(office: Office, status: str) -> None:
    _put_card(office, status)

    office.look(after=400)

    assert office.heard == []


def test_of_a_complaint_that_was_settled_or_erased_nobody_is_told(office: Office) -> None:
    _put_card(office, complaint="resolved")
    _put_card(office, "failed", complaint="resolved")

    office.look(after=400)

    assert office.alarms.found == ()


def test_complaints_that_come_to_one_that_was_told_of_are_told_as_well(office: Office) -> None:
    _put_card(office, "failed")
    office.look(after=400)
    for _ in range(3):
        office.look(after=86400)
    assert len(office.heard) == 2

    for _ in range(50):
        _put_card(office)
    office.look(after=400)
    office.look(after=400)

    assert len(office.heard) == 4
    assert "51 complaints have not reached Slack" in office.heard[-1][1]


def test_a_trouble_that_grows_and_grows_is_told_once_an_hour(office: Office) -> None:
    for _ in range(25):
        _put_card(office)
        office.look(after=360)

    assert [words.split()[0] for way, words in office.heard if way == "slack"] == ["1", "11", "21"]


def test_what_became_less_and_grows_again_is_news(office: Office) -> None:
    for _ in range(3):
        _put_card(office)
    office.look(after=400)
    office.run_sql("update outbox set status = 'sent' where id > 1")
    office.look(after=4000)
    _put_card(office)

    office.look(after=400)

    assert [words[:12] for _, words in office.heard[2:]] == ["2 complaints"] * 2


def test_more_in_quarantine_than_was_told_of_is_told(office: Office) -> None:
    _quarantine(office)
    office.look()
    office.look(after=4000)
    assert "1 message could not be applied and lies in quarantine" in office.heard[0][1]
    assert len(office.heard) == 2

    _quarantine(office)
    office.look()

    assert "2 messages could not be applied and lie in quarantine" in office.heard[-1][1]
    assert len(office.heard) == 4


def test_the_log_says_what_people_are_told_and_no_more_often(office: Office) -> None:
    with capture_logs() as lines:
        _quarantine(office)
        for _ in range(3):
            office.look(after=4000)

    alarms = [line for line in lines if line["event"] == "alarm"]
    assert [(line["alarm"], line["text"]) for line in alarms] == [
        ("quarantine", office.heard[0][1])
    ]


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
    _put_card(office)
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


def _put_card(office: Office, status: str = "waiting", *, complaint: str = "open") -> None:
    """Of a complaint that stands so in the database."""

    def put(session: Session) -> None:
        key = "slack:escalation:1"
        row = outbox.put(
            session, channel="slack", chat_key=key, kind="card", payload={}, now=office.now
        )
        session.get_one(OutgoingMessage, row).status = OutgoingStatus(status)
        bo = Customer(reach=Reach.REACHABLE, created_at=office.now)
        session.add(bo)
        session.flush()
        case = Escalation(
            customer_id=bo.id,
            card_outbox_id=row,
            origin="script",
            route="support",
            priority="high",
            status=EscalationStatus(complaint),
            opened_at=office.now,
        )
        session.add(case)

    office.database.write(put)
