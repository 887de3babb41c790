"""The day on which a question is due, and what makes it wait or never come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.engine.happenings import QuestionDue
from feedbackbot.house import House
from feedbackbot.inviting import identifying
from feedbackbot.inviting.timing import next_open
from feedbackbot.models.audit import Suppression
from feedbackbot.models.customer import Reach
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation, EscalationStatus
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.keys import KeyRing
from shopping import ADA, Shopping, on

NINE_TO_EIGHT = (time(9), time(20))


@pytest.fixture
def shopping(database: Database, house: House, now: datetime) -> Shopping:
    return Shopping(database, house, now)


def accepted(shopping: Shopping, **news: object) -> int:
    """An invitation whose link Ada has opened."""
    opened = shopping.open(shopping.tell(**news).link)
    assert opened.invitation_id is not None
    return opened.invitation_id


def test_three_days_after_delivery(shopping: Shopping) -> None:
    told = shopping.tell(delivered_at="2026-11-19T12:00:00Z")

    assert told.invitation is not None
    assert told.invitation.due_at == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_two_weeks_after_the_order_while_delivery_is_unknown(shopping: Shopping) -> None:
    told = shopping.tell(purchased_at="2026-11-19T12:00:00Z", delivered_at=None)

    assert told.invitation is not None
    assert told.invitation.due_at == datetime(2026, 12, 3, 12, tzinfo=UTC)


def test_delivery_moves_the_day_and_its_timer(shopping: Shopping) -> None:
    invitation_id = accepted(shopping, delivered_at=None)

    shopping.tell(delivered_at="2026-11-20T09:30:00Z")

    planned = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert shopping.invitation(invitation_id).due_at == planned
    assert shopping.timers()[invitation_id] == planned


def test_without_otherwise_the_day_stays_open_until_delivery(shopping: Shopping) -> None:
    shopping.rewrite(otherwise=None)
    invitation_id = accepted(shopping, delivered_at=None)

    assert shopping.invitation(invitation_id).due_at is None
    assert invitation_id not in shopping.timers()
    shopping.tell(delivered_at="2026-11-20T09:30:00Z")
    assert invitation_id in shopping.timers()


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("Europe/London", "2026-11-20T10:00", "2026-11-20T10:00"),
        ("Europe/London", "2026-11-20T20:00", "2026-11-20T20:00"),
        ("Europe/London", "2026-11-20T20:01", "2026-11-21T09:00"),
        ("Europe/London", "2026-11-20T03:00", "2026-11-20T09:00"),
        (
            "America/New_York",
            "2026-10-31T21:00",
            "2026-11-01T09:00",
        ),  # the clocks change that night
        ("Pacific/Auckland", "2026-11-20T08:59", "2026-11-20T09:00"),
    ],
)
def test_the_hours_are_those_of_the_customers_clock(zone: str, moment: str, expected: str) -> None:
    local = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    at = next_open(local, NINE_TO_EIGHT, ZoneInfo(zone))

    assert at == datetime.fromisoformat(expected).replace(tzinfo=ZoneInfo(zone))


def test_hours_may_lie_over_midnight() -> None:
    night = (time(22), time(2))

    assert next_open(datetime(2026, 1, 1, 23, tzinfo=UTC), night, UTC).hour == 23
    assert next_open(datetime(2026, 1, 1, 1, tzinfo=UTC), night, UTC).hour == 1
    assert next_open(datetime(2026, 1, 1, 5, tzinfo=UTC), night, UTC).hour == 22


def test_a_customers_own_zone_counts_before_the_shops(shopping: Shopping) -> None:
    customer = {"id": "c-7", "timezone": "America/Los_Angeles"}
    told = shopping.tell(customer=customer, delivered_at="2026-11-17T11:00:00Z")

    assert told.invitation is not None
    assert told.invitation.due_at == datetime(2026, 11, 20, 17, tzinfo=UTC)  # nine in the morning


def test_the_day_has_come(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)
    shopping.pass_time(days=1)

    due = shopping.due(invitation_id)

    assert isinstance(due, QuestionDue)
    assert (due.invitation_id, due.script.name) == (invitation_id, "after_purchase")


def test_a_question_that_was_handed_over_is_looked_after_until_it_begins(
    shopping: Shopping,
) -> None:
    invitation_id = accepted(shopping)
    shopping.pass_time(days=1)
    shopping.due(invitation_id)

    assert shopping.timers()[invitation_id] == shopping.now + timedelta(hours=1)
    shopping.begin(invitation_id)
    assert invitation_id not in shopping.timers()
    assert shopping.due(invitation_id) is None


def test_at_night_the_question_waits_for_the_morning(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)
    shopping.pass_time(days=1, hours=13)

    assert shopping.due(invitation_id) is None
    assert shopping.timers()[invitation_id] == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_a_cooldown_delays_and_does_not_drop(shopping: Shopping) -> None:
    first = accepted(shopping)
    shopping.finish(shopping.begin(first))
    asked_at = shopping.now
    second = accepted(shopping, order_id="1050")
    shopping.pass_time(days=1)

    assert shopping.due(second) is None
    assert shopping.timers()[second] == asked_at + timedelta(days=30)
    shopping.pass_time(days=29)
    assert isinstance(shopping.due(second), QuestionDue)


def test_while_another_talk_runs_the_question_waits(shopping: Shopping) -> None:
    shopping.rewrite(cooldown=timedelta(0))
    first, second = accepted(shopping), accepted(shopping, order_id="1050")
    conversation = shopping.begin(first)
    shopping.pass_time(days=1)

    assert shopping.due(second) is None
    shopping.finish(conversation)
    assert isinstance(shopping.due(second), QuestionDue)


def test_a_script_may_rather_skip_than_queue(shopping: Shopping) -> None:
    shopping.rewrite(cooldown=timedelta(0), if_busy="skip")
    first, second = accepted(shopping), accepted(shopping, order_id="1050")
    shopping.begin(first)
    shopping.pass_time(days=1)

    assert shopping.due(second) is None
    assert shopping.invitation(second).reason == "another conversation was running"


def test_nobody_is_asked_while_a_complaint_is_open(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)
    escalation_id = complain(shopping, shopping.invitation(invitation_id).customer_id)
    shopping.pass_time(days=1)

    assert shopping.due(invitation_id) is None
    settle(shopping, escalation_id)
    assert isinstance(shopping.due(invitation_id), QuestionDue)


def test_a_question_of_a_running_talk_is_held_back_while_a_complaint_is_open(
    shopping: Shopping,
) -> None:
    invitation_id = accepted(shopping)
    conversation = shopping.begin(invitation_id)

    assert shopping.why_not(invitation_id) is None
    escalation_id = complain(shopping, shopping.invitation(invitation_id).customer_id)
    assert shopping.why_not(invitation_id) == "a complaint is open"
    settle(shopping, escalation_id)
    assert shopping.why_not(invitation_id) is None
    shopping.finish(conversation)
    assert shopping.why_not(invitation_id) == "already asked"


def test_what_is_long_ago_is_not_asked_about(shopping: Shopping) -> None:
    told = shopping.tell(purchased_at="2026-04-01", delivered_at="2026-04-04")

    assert told.invitation is None
    assert told.notes == ("Nobody is asked about this purchase: it is too long ago.",)


def test_a_wait_that_takes_too_long_ends_with_its_reason(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)
    shopping.pass_time(days=60)

    assert shopping.due(invitation_id) is None
    given_up = shopping.invitation(invitation_id)
    assert (given_up.status, given_up.reason) == (InvitationStatus.EXPIRED, "it is too long ago")


def test_the_scripts_own_condition_decides(shopping: Shopping) -> None:
    shopping.rewrite(condition="not purchase.gift and customer.purchases < 2")

    assert shopping.tell().invitation is not None
    gift = shopping.tell(order_id="1043", customer={"id": "c-8"}, gift=True)
    second = shopping.tell(order_id="1044")

    assert gift.invitation is None
    assert "not purchase.gift" in gift.notes[0]
    assert second.invitation is None


def test_once_per_customer_is_once(shopping: Shopping) -> None:
    shopping.rewrite(once_per="customer", cooldown=timedelta(0))
    first, second = accepted(shopping), accepted(shopping, order_id="1050")
    shopping.finish(shopping.begin(first))
    shopping.pass_time(days=1)

    assert shopping.due(second) is None
    assert shopping.invitation(second).reason == "already asked"
    assert shopping.tell(order_id="1051").invitation is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stopped_at": datetime(2026, 11, 20, tzinfo=UTC)}, "the customer said stop"),
        ({"reach": Reach.BLOCKED}, "the customer blocked the bot"),
    ],
)
def test_whoever_does_not_want_to_be_asked_is_not(
    shopping: Shopping, change: dict[str, object], reason: str
) -> None:
    invitation_id = accepted(shopping)
    shopping.customer(shopping.invitation(invitation_id).customer_id, **change)
    shopping.pass_time(days=1)

    assert shopping.why_not(invitation_id) == reason
    assert shopping.due(invitation_id) is None
    assert shopping.invitation(invitation_id).reason == reason
    assert invitation_id not in shopping.timers()


def test_a_no_holds_for_what_was_to_come_unbidden_and_not_for_an_opened_link(
    shopping: Shopping,
) -> None:
    opened = accepted(shopping)
    customer_id = shopping.invitation(opened).customer_id
    shopping.customer(customer_id, permission="each")
    unbidden = shopping.tell(order_id="1050").invitation
    assert unbidden is not None

    shopping.customer(customer_id, permission="no")

    assert shopping.why_not(opened) is None
    assert shopping.why_not(unbidden.id) == "the customer does not want to be asked without a link"


def test_who_asked_to_be_erased_is_not_asked(shopping: Shopping, keys: KeyRing) -> None:
    invitation_id = accepted(shopping)
    marks = identifying.marks_of(keys, telegram_id=ADA)

    shopping.write(
        lambda s: s.add_all(Suppression(mark=mark, created_at=shopping.now) for mark in marks)
    )

    assert shopping.why_not(invitation_id) == "the customer asked to be erased"


def test_a_script_that_is_gone_asks_nothing(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)
    shopping.house.library = type(shopping.house.library)(
        scripts={}, common=shopping.house.library.common, shop=shopping.house.library.shop
    )

    assert shopping.why_not(invitation_id) == "its script is no longer there"
    assert shopping.due(invitation_id) is None


def test_a_timer_without_its_invitation_is_cleared(shopping: Shopping) -> None:
    assert shopping.due(999) is None


def test_a_script_that_no_purchase_starts_is_asked_about_the_newest_one(shopping: Shopping) -> None:
    first = accepted(shopping)
    shopping.finish(shopping.begin(first))
    script = shopping.rewrite(trigger=on("escalation.resolved", days=2), cooldown=timedelta(0))
    customer_id = shopping.invitation(first).customer_id

    shopping.tell(order_id="1050")
    made = shopping.write(
        lambda s: inviting.invite_to(s, shopping.house, script.name, customer_id, now=shopping.now)
    )

    assert made is not None
    assert made.purchase_id != shopping.invitation(first).purchase_id
    assert shopping.timers()[made.id] == shopping.now + timedelta(days=2)


def complain(shopping: Shopping, customer_id: int) -> int:
    escalation = Escalation(
        customer_id=customer_id,
        origin="human",
        route="support",
        priority="high",
        opened_at=shopping.now,
    )
    shopping.write(lambda s: s.add(escalation))
    return escalation.id


def settle(shopping: Shopping, escalation_id: int) -> None:
    def work(session: Session) -> None:
        session.get_one(Escalation, escalation_id).status = EscalationStatus.RESOLVED

    shopping.write(work)


def test_an_offer_that_was_turned_down_is_over(shopping: Shopping) -> None:
    invitation_id = accepted(shopping)

    shopping.write(lambda s: inviting.decline(s, invitation_id))

    assert shopping.why_not(invitation_id) == "the customer does not want to be asked about it"
    assert shopping.timers() == {}


def test_an_offer_may_be_accepted_for_another_day_and_queued_for_its_own(
    shopping: Shopping,
) -> None:
    invitation_id = accepted(shopping)
    later = shopping.now + timedelta(days=9)

    shopping.write(lambda s: inviting.accept(s, invitation_id, due_at=later, now=shopping.now))
    assert shopping.timers()[invitation_id] == later

    shopping.write(lambda s: inviting.accept(s, invitation_id, due_at=None, now=shopping.now))
    assert shopping.timers()[invitation_id] == shopping.invitation(invitation_id).due_at
