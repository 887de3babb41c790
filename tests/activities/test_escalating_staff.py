"""A complaint from the side of staff: whose it is, what reaches the customer, and what became of it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest

from complaining import OMAR, RITA, Customer
from feedbackbot import escalating
from feedbackbot.errors import EscalationTaken, NotAllowed
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import EscalationStatus, StaffReply


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def test_claiming_tells_the_customer_who_has_read_it(bo: Customer) -> None:
    case = bo.complains()

    _claim(bo, case)

    assert bo.heard()[-1].startswith("Rita from Birch & Lane has read your message")
    assert bo.card()["claimed_name"] == "Rita Sommer"
    assert bo.card()["buttons"] == ["reply", "resolve", "release", "take_over"]


def test_of_two_who_claim_at_once_one_hears_who_was_first(bo: Customer) -> None:
    case = bo.complains()
    losers: list[str] = []

    def claim(staff: object) -> None:
        try:
            bo.write(
                lambda s: escalating.claim(s, bo.house, case, staff=staff, now=bo.now)  # type: ignore[arg-type]
            )
        except EscalationTaken as taken:
            losers.append(taken.owner)

    people = [threading.Thread(target=claim, args=(staff,)) for staff in (RITA, OMAR)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert losers == [bo.case().claimed_name]
    assert len([text for text in bo.heard() if "has read your message" in text]) == 1


def test_claiming_twice_says_nothing_twice(bo: Customer) -> None:
    case = bo.complains()

    _claim(bo, case)
    _claim(bo, case)

    assert len([text for text in bo.heard() if "has read your message" in text]) == 1
    assert bo.acts().count("escalation.claimed") == 1


def test_taking_over_tells_the_customer_the_new_name_and_the_old_owner(bo: Customer) -> None:
    case = bo.complains()
    _claim(bo, case)

    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=OMAR, take_over=True, now=bo.now))

    assert bo.heard()[-1].startswith("Omar has taken over")
    line = bo.in_slack("thread")[-1]
    assert line["text"] == "Omar Haddad has taken over from Rita Sommer."
    assert line["notify"] == "U0RITA"


def test_only_the_owner_can_release(bo: Customer) -> None:
    case = bo.complains()
    _claim(bo, case)

    with pytest.raises(EscalationTaken, match="Rita Sommer"):
        bo.write(lambda s: escalating.release(s, bo.house, case, staff=OMAR, now=bo.now))
    bo.write(lambda s: escalating.release(s, bo.house, case, staff=RITA, now=bo.now))

    assert bo.case().status == EscalationStatus.OPEN
    assert bo.card()["buttons"] == ["claim", "reply", "resolve"]
    assert bo.heard()[-1].startswith("Rita has handed your message back to the team")


def test_a_reply_claims_what_nobody_had_and_bears_the_name_of_its_author(bo: Customer) -> None:
    case = bo.complains()

    _reply(bo, case, "A new pair is on its way.")

    assert bo.case().claimed_name == "Rita Sommer"
    assert bo.heard()[-1] == "Rita, Birch & Lane:\nA new pair is on its way."
    assert bo.in_slack("thread")[-1]["text"] == "Rita Sommer to Bo: A new pair is on its way."


def test_a_delivered_reply_is_marked_and_stops_the_clock(bo: Customer) -> None:
    case = bo.complains()
    reply = _reply(bo, case, "A new pair is on its way.")
    bo.now += timedelta(seconds=2)

    bo.write(lambda s: escalating.delivered(s, bo.house, reply, now=bo.now))

    assert bo.in_slack("mark")[-1]["name"] == "white_check_mark"
    assert bo.case().first_reply_at == bo.now
    assert bo.case().waiting_since is None
    assert bo.timer(case) is None


def test_a_reply_that_did_not_arrive_is_crossed_and_says_why(bo: Customer) -> None:
    reply = _reply(bo, bo.complains(), "A new pair is on its way.")

    bo.write(
        lambda s: escalating.delivered(
            s, bo.house, reply, failure="They have blocked the bot.", now=bo.now
        )
    )

    assert bo.in_slack("mark")[-1]["name"] == "x"
    line = bo.in_slack("thread")[-1]
    assert line["text"] == "This did not reach Bo: They have blocked the bot."
    assert line["notify"] == "U0RITA"
    assert bo.card()["trouble"] == "They have blocked the bot."
    assert bo.case().first_reply_at is None


def test_a_reply_of_unknown_fate_is_left_to_a_person(bo: Customer) -> None:
    reply = _reply(bo, bo.complains(), "A new pair is on its way.")

    bo.write(lambda s: escalating.delivered(s, bo.house, reply, unknown=True, now=bo.now))

    assert "may or may not have reached Bo" in bo.in_slack("thread")[-1]["text"]


def test_words_to_somebody_who_wants_none_are_refused_at_once(bo: Customer) -> None:
    case = bo.complains()
    bo.sends("stop")
    bo.taps("no")

    reply = _reply(bo, case, "Are you sure?")

    said = bo.read(lambda s: s.get(StaffReply, reply))
    assert said is not None
    assert said.failure is not None
    assert "Are you sure?" not in " ".join(bo.heard())
    assert bo.in_slack("mark")[-1]["name"] == "x"


def test_an_empty_or_endless_reply_is_refused(bo: Customer) -> None:
    case = bo.complains()

    for text in ("  \n", "x" * 3501):
        with pytest.raises(NotAllowed):
            _reply(bo, case, text)


def test_a_form_is_refused_when_the_complaint_changed_hands_meanwhile(bo: Customer) -> None:
    case = bo.complains()
    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=OMAR, now=bo.now))

    with pytest.raises(EscalationTaken, match="Omar Haddad"):
        bo.write(
            lambda s: escalating.reply_to_form(
                s, bo.house, case, staff=RITA, text="Hello", owner_seen=None, now=bo.now
            )
        )


def test_resolving_keeps_cause_and_day_and_the_script_goes_on(bo: Customer) -> None:
    case = bo.complains()
    _reply(bo, case, "A new pair is on its way.")

    _resolve(bo, case)

    row = bo.case()
    assert (row.status, row.cause, row.resolved_by) == (
        EscalationStatus.RESOLVED,
        "quality",
        "Rita Sommer",
    )
    assert row.check_on == bo.now + timedelta(days=2)
    assert bo.card()["buttons"] == ["reopen"]
    assert "For the team this is settled" in bo.heard()[-1]


def test_a_second_resolve_is_refused(bo: Customer) -> None:
    case = bo.complains()
    _resolve(bo, case)

    with pytest.raises(NotAllowed, match="Rita Sommer has resolved this already"):
        _resolve(bo, case)


def test_reopening_gives_it_back_to_its_owner_and_starts_the_clock(bo: Customer) -> None:
    case = bo.complains()
    _claim(bo, case)
    _resolve(bo, case)

    bo.write(lambda s: escalating.reopen(s, bo.house, case, staff=OMAR, now=bo.now))

    row = bo.case()
    assert (row.status, row.claimed_name, row.reopened) == (
        EscalationStatus.CLAIMED,
        "Rita Sommer",
        1,
    )
    assert bo.timer(case) is not None


def test_every_act_is_in_the_audit_trail_and_no_words_are(bo: Customer) -> None:
    case = bo.complains()
    _claim(bo, case)
    _reply(bo, case, "A new pair is on its way.")
    _resolve(bo, case)

    acts = [act for act in bo.acts() if act.startswith("escalation.")]
    assert acts == [
        "escalation.opened",
        "escalation.claimed",
        "escalation.replied",
        "escalation.resolved",
    ]


def _claim(bo: Customer, case: int) -> None:
    bo.write(lambda s: escalating.claim(s, bo.house, case, staff=RITA, now=bo.now))


def _reply(bo: Customer, case: int, text: str) -> int:
    return bo.write(
        lambda s: escalating.reply(s, bo.house, case, staff=RITA, text=text, now=bo.now)
    )


def _resolve(bo: Customer, case: int) -> None:
    bo.write(
        lambda s: escalating.resolve(s, bo.house, case, staff=RITA, cause="quality", now=bo.now)
    )
