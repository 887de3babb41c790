"""Scripts begun by a settled complaint, by the customer's own command, or by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot import conversing, escalating, inviting
from feedbackbot.channels.telegram_commands import script_commands
from feedbackbot.conversing.incoming import Incoming, Sender
from feedbackbot.engine.events import ComplaintRaised
from feedbackbot.engine.happenings import Command
from feedbackbot.engine.script import Trigger
from feedbackbot.house import House
from feedbackbot.inviting import ByHand
from feedbackbot.inviting.starting import ONLY_BY_LINK, newest_purchases
from feedbackbot.models.customer import Customer, Purchase, Reach
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation
from feedbackbot.models.invitation import Invitation, InvitationStatus
from feedbackbot.models.outbox import OutgoingMessage
from feedbackbot.staff import Staff
from shopping import ADA, Shopping, on

RITA = Staff(user_id="U0RITA", name="Rita Hale")


@pytest.fixture
def shopping(database: Database, house: House, now: object) -> Shopping:
    return Shopping(database, house, now)  # type: ignore[arg-type]


def switch_on(shopping: Shopping, name: str, trigger: Trigger, **start: object) -> None:
    script = shopping.house.library.scripts[name]
    changed = replace(script.start, trigger=trigger, **start)  # type: ignore[arg-type]
    shopping.add_script(replace(script, start=changed))


def ada(shopping: Shopping, **changes: object) -> int:
    """Ada has opened a link; nothing is asked at the moment."""
    opened = shopping.open(shopping.tell(gift=True).link)
    assert opened.customer_id is not None
    shopping.customer(opened.customer_id, **{"reach": Reach.REACHABLE, **changes})
    return opened.customer_id


def settle_a_complaint(shopping: Shopping, customer_id: int) -> None:
    raised = ComplaintRaised(
        step=None, origin="human", to="support", priority="normal", summary="A hole."
    )

    def work(session: Session) -> int:
        return escalating.open_for(
            session,
            shopping.house,
            session.get_one(Customer, customer_id),
            raised,
            conversation_id=None,
            purchase_id=session.scalar(select(Purchase.id)),
            now=shopping.now,
        )

    resolve(shopping, shopping.write(work))


def resolve(shopping: Shopping, case_id: int) -> None:
    shopping.write(
        lambda s: escalating.resolve(
            s, shopping.house, case_id, staff=RITA, cause="quality", now=shopping.now
        )
    )


def settle_again(shopping: Shopping) -> None:
    case_id = shopping.database.read(lambda s: s.scalar(select(Escalation.id)))
    assert case_id is not None
    shopping.write(
        lambda s: escalating.reopen(s, shopping.house, case_id, staff=RITA, now=shopping.now)
    )
    resolve(shopping, case_id)


def of(shopping: Shopping, script: str) -> list[Invitation]:
    return [one for one in shopping.invitations() if one.script == script]


def commands(shopping: Shopping, name: str, number: int = 1) -> None:
    act = Command(name=name, message_key=f"{ADA}:{number}")
    sender = Sender(telegram_id=ADA, first_name="Ada", language="en")
    incoming = Incoming(key=f"telegram:1:{number}", sender=sender, act=act)
    shopping.house.text_pause = 0
    shopping.write(lambda s: conversing.receive(s, shopping.house, incoming, now=shopping.now))


def said(shopping: Shopping) -> list[str]:
    rows = shopping.database.read(
        lambda s: list(s.scalars(select(OutgoingMessage).order_by(OutgoingMessage.id)))
    )
    return [str((r.payload or {}).get("text")) for r in rows if r.channel == "telegram"]


def by_hand(shopping: Shopping, name: str, **more: bool) -> ByHand:
    script = shopping.house.library.scripts[name]
    return shopping.write(
        lambda s: inviting.begin_by_hand(
            s, shopping.house, script, s.scalars(select(Purchase)).one(), now=shopping.now, **more
        )
    )


def test_a_settled_complaint_begins_the_script_that_waits_for_it(shopping: Shopping) -> None:
    switch_on(shopping, "after_support", on("escalation.resolved", days=1))
    customer_id = ada(shopping)

    settle_a_complaint(shopping, customer_id)

    (invitation,) = of(shopping, "after_support")
    assert invitation.status is InvitationStatus.ACCEPTED
    assert shopping.timers()[invitation.id] == shopping.now + timedelta(days=1)
    shopping.pass_time(days=1)
    assert shopping.due(invitation.id) is not None


def test_as_shipped_a_settled_complaint_begins_nothing(shopping: Shopping) -> None:
    settle_a_complaint(shopping, ada(shopping))

    assert [one.script for one in shopping.invitations()] == ["after_purchase"]


def test_of_two_scripts_the_first_by_name_that_applies_begins(shopping: Shopping) -> None:
    resolved = on("escalation.resolved", days=1)
    switch_on(shopping, "after_support", resolved, condition="customer.last_cause == 'delivery'")
    switch_on(shopping, "unhappy_follow_up", resolved)

    settle_a_complaint(shopping, ada(shopping))

    assert not of(shopping, "after_support")
    assert len(of(shopping, "unhappy_follow_up")) == 1


def test_settling_again_counts_the_days_anew(shopping: Shopping) -> None:
    switch_on(shopping, "after_support", on("escalation.resolved", days=1))
    settle_a_complaint(shopping, ada(shopping))
    shopping.pass_time(hours=5)

    settle_again(shopping)

    (invitation,) = of(shopping, "after_support")
    assert shopping.timers()[invitation.id] == shopping.now + timedelta(days=1)


@pytest.mark.parametrize("wish", [{"permission": "no"}, {"reach": Reach.BLOCKED}])
def test_who_does_not_want_to_be_asked_is_not(shopping: Shopping, wish: dict[str, object]) -> None:
    switch_on(shopping, "after_support", on("escalation.resolved", days=1))

    settle_a_complaint(shopping, ada(shopping, **wish))

    assert not of(shopping, "after_support")


def feedback(shopping: Shopping) -> None:
    switch_on(
        shopping, "nps_quarterly", Trigger(on="command", after=timedelta(), command="feedback")
    )


def test_a_command_begins_its_script_at_once(shopping: Shopping) -> None:
    feedback(shopping)
    ada(shopping)

    commands(shopping, "feedback")

    assert said(shopping)[-1].startswith("Hi Ada. How likely are you to recommend")
    rows = shopping.database.read(
        lambda s: list(s.scalars(select(OutgoingMessage.payload).order_by(OutgoingMessage.id)))
    )
    labels = [button["label"] for row in rows[-1]["buttons"] for button in row]
    assert labels == [str(number) for number in range(11)]


def test_the_command_again_shows_the_open_question(shopping: Shopping) -> None:
    feedback(shopping)
    ada(shopping)
    commands(shopping, "feedback", 1)

    commands(shopping, "feedback", 2)

    assert len(of(shopping, "nps_quarterly")) == 1
    assert "How likely are you to recommend" in said(shopping)[-1]


def test_a_command_after_a_no_is_a_yes(shopping: Shopping) -> None:
    feedback(shopping)
    customer_id = ada(shopping)
    script = "nps_quarterly"
    made = shopping.write(
        lambda s: inviting.invite_to(s, shopping.house, script, customer_id, now=shopping.now)
    )
    assert made is not None
    shopping.write(lambda s: inviting.decline(s, made.id))

    commands(shopping, "feedback")

    assert shopping.invitation(made.id).status is InvitationStatus.STARTED


def test_a_stranger_with_a_command_is_not_left_alone(shopping: Shopping) -> None:
    feedback(shopping)

    commands(shopping, "feedback")

    assert said(shopping)
    assert not of(shopping, "nps_quarterly")


def test_a_command_that_no_script_waits_for_gets_help(shopping: Shopping) -> None:
    ada(shopping)

    commands(shopping, "feedback")

    assert "/stop" in said(shopping)[-1]


def test_the_command_stands_in_the_menu(shopping: Shopping) -> None:
    assert script_commands(shopping.house) == []

    feedback(shopping)

    (entry,) = script_commands(shopping.house)
    assert entry.command == "feedback"
    assert entry.description.startswith("Ask how likely customers are")


def test_by_hand_who_said_yes_is_asked(shopping: Shopping) -> None:
    ada(shopping, permission="each")

    begun = by_hand(shopping, "expectation_gap")

    (invitation,) = of(shopping, "expectation_gap")
    assert begun.asked_at == shopping.now
    assert shopping.timers()[invitation.id] == shopping.now
    assert by_hand(shopping, "expectation_gap").asked_at is not None
    assert len(of(shopping, "expectation_gap")) == 1


def test_by_hand_everybody_else_gets_a_link(shopping: Shopping) -> None:
    ada(shopping)

    begun = by_hand(shopping, "expectation_gap")

    assert begun.link
    assert not of(shopping, "expectation_gap")[0].accepted_at
    opened = shopping.open(begun.link)
    assert opened.script is not None
    assert opened.script.name == "expectation_gap"


def test_without_links_nothing_is_left_behind(shopping: Shopping) -> None:
    ada(shopping)

    assert by_hand(shopping, "expectation_gap", links=False).why_not == ONLY_BY_LINK
    assert not of(shopping, "expectation_gap")


def test_by_hand_the_conditions_of_the_script_hold(shopping: Shopping) -> None:
    ada(shopping, permission="each")

    begun = by_hand(shopping, "loyal_customer_interview")

    assert begun.why_not == "the script asks only if customer.purchases >= 3"


def test_who_said_stop_is_not_asked_by_hand(shopping: Shopping) -> None:
    ada(shopping, permission="each", stopped_at=shopping.now)

    assert by_hand(shopping, "expectation_gap").why_not == "the customer said stop"


def test_everybody_is_asked_about_the_newest_purchase_alone(shopping: Shopping) -> None:
    ada(shopping)
    shopping.open(shopping.tell(order_id="1043").link)

    newest = shopping.database.read(newest_purchases)

    assert [purchase.order_id for purchase in newest] == ["1043"]
