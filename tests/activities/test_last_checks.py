"""What has become unwanted while it waited does not leave; what is still wanted does."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from activities.post import PostOffice
from activities.test_delivering import add_reply
from complaining import Customer
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Aside, Case, Chat, State
from feedbackbot.errors import CustomerUnreachable, DeliveryError, MaybeSent
from feedbackbot.house import House
from feedbackbot.models.customer import Customer as CustomerRow
from feedbackbot.models.customer import Reach
from feedbackbot.models.database import Database
from feedbackbot.models.escalation import Escalation
from feedbackbot.models.outbox import OutgoingMessage

ASKED = State(script="after_purchase", version="v", invitation_id=1, step="stars", visit=3)


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


def add_ada(post: PostOffice, chat: Chat | None = None, **more: object) -> int:
    def add(session: Session) -> int:
        values = {"telegram_id": 7, "created_at": post.now, "reach": Reach.REACHABLE, **more}
        ada = CustomerRow(**values, chat=talking.to_json(chat or Chat()))
        session.add(ada)
        session.flush()
        return ada.id

    return post.database.write(add)


@pytest.mark.parametrize(("resolved", "leaves"), [(False, False), (True, True)])
async def test_while_people_have_a_complaint_the_bot_asks_nothing(
    post: PostOffice, resolved: bool, leaves: bool
) -> None:
    case = Case(escalation_id=1, step="what", resolved=resolved)
    ada = add_ada(post, Chat(last_visit=3, conversation=ASKED, case=case))
    post.put("How was it?", customer_id=ada, purpose="question", visit=3)

    await post.deliver()

    assert post.pigeon.texts() == (["How was it?"] if leaves else [])


@pytest.mark.parametrize(("let_answer", "leaves"), [(None, True), (True, True), (False, False)])
async def test_after_a_stop_the_answer_to_a_complaint_comes_unless_it_was_refused(
    post: PostOffice, let_answer: bool | None, leaves: bool
) -> None:
    chat = Chat(stopped=True, let_answer=let_answer)
    ada = add_ada(post, chat, stopped_at=post.now)
    post.put("Rita: a new pair is on its way.", customer_id=ada, purpose="case")

    await post.deliver()

    assert len(post.pigeon.sent) == leaves


async def test_after_a_stop_only_the_question_about_the_stop_itself_is_asked(
    post: PostOffice,
) -> None:
    aside = Aside(key="stop", visit=4)
    ada = add_ada(post, Chat(last_visit=4, stopped=True, aside=aside), stopped_at=post.now)
    post.put("How was it?", customer_id=ada, purpose="question", visit=3)
    post.put("May the answer still come?", customer_id=ada, purpose="question", visit=4)

    await post.deliver()

    assert post.pigeon.texts() == ["May the answer still come?"]


async def test_to_whoever_has_blocked_the_bot_nothing_is_tried(post: PostOffice) -> None:
    ada = add_ada(post, reach=Reach.BLOCKED)
    row = post.put("Done.", customer_id=ada, purpose="answer")

    await post.deliver()

    assert post.pigeon.sent == []
    assert post.status(row) == "cancelled"


async def test_whoever_was_erased_gets_the_goodbye_and_nothing_else(post: PostOffice) -> None:
    ada = add_ada(post, telegram_id=None)
    post.put("How was it?", customer_id=ada, purpose="question", visit=3)
    post.put("Rita: a new pair is on its way.", customer_id=ada, purpose="case")
    post.put("Everything is deleted.", customer_id=ada, purpose="answer")

    await post.deliver()

    assert post.pigeon.texts() == ["Everything is deleted."]
    assert post.rows("select distinct chat_key from outbox where status = 'sent'") == [
        (f"erased:{ada}",)
    ]


@pytest.mark.parametrize("trouble", [CustomerUnreachable(), DeliveryError("Bad request")])
async def test_a_goodbye_that_is_refused_leaves_no_address_either(
    post: PostOffice, trouble: DeliveryError
) -> None:
    ada = add_ada(post, telegram_id=None)
    post.pigeon.troubles = [trouble]
    post.put("Everything is deleted.", customer_id=ada, purpose="answer")

    await post.deliver()

    assert post.rows("select status, chat_key from outbox") == [("failed", f"erased:{ada}")]


async def test_buttons_that_nobody_sees_any_more_leave_no_address_either(post: PostOffice) -> None:
    ada = add_ada(post, telegram_id=None)
    post.put("", kind="buttons", customer_id=ada, visit=3)

    await post.deliver()

    assert post.rows("select status, chat_key from outbox") == [("cancelled", f"erased:{ada}")]


@pytest.mark.parametrize(("priority", "leaves"), [(0, True), (1, False)])
async def test_what_the_bot_begins_by_itself_passes_the_gate_once_more(
    post: PostOffice, priority: int, leaves: bool
) -> None:
    """Meanwhile somebody of the team has opened a case, of which the chat knows nothing yet."""
    ada = Customer(post.database, post.house, post.now)
    ada.buys_and_opens()
    question = ada.asked()

    def meanwhile(session: Session) -> None:
        session.get_one(OutgoingMessage, question.id).priority = priority
        assert question.customer_id is not None
        case = Escalation(
            customer_id=question.customer_id,
            origin="staff",
            route="support",
            priority="high",
            opened_at=post.now,
        )
        session.add(case)

    post.database.write(meanwhile)

    await post.deliver()

    assert post.status(question.id) == ("sent" if leaves else "cancelled")


async def test_what_was_in_doubt_is_called_off_as_well_when_the_bot_is_blocked(
    post: PostOffice,
) -> None:
    post.pigeon.troubles = [MaybeSent("time-out"), CustomerUnreachable()]
    in_doubt = post.put("How was it?", purpose="question")
    await post.deliver()
    post.put("Are you there?")

    await post.deliver()

    assert post.status(in_doubt) == "cancelled"


def spoil(post: PostOffice, how: str) -> None:
    """Every chat that there is."""

    def work(session: Session) -> None:
        if how == "not sealed":
            session.execute(text("update customers set chat = :raw"), {"raw": how.encode()})
        else:
            session.execute(update(CustomerRow).values(chat=how))

    post.database.write(work)


@pytest.mark.parametrize("how", ["{nonsense", "not sealed"])
async def test_a_chat_that_can_not_be_read_costs_nobody_else_their_messages(
    post: PostOffice, how: str
) -> None:
    broken = add_ada(post)
    spoil(post, how)
    row = post.put("How was it?", customer_id=broken, purpose="question", visit=3)
    post.put("Hello", chat=8)

    with capture_logs() as logs:
        await post.deliver()

    assert post.pigeon.texts() == ["Hello"]
    assert [line["row"] for line in logs if line["event"] == "not_checked"] == [row]
    for _ in range(4):
        assert post.status(row) == "waiting"
        post.pass_time(86400)
        await post.deliver()
    assert post.status(row) == "failed"


async def test_a_chat_that_was_mended_gets_its_question_within_the_hour(post: PostOffice) -> None:
    ada = add_ada(post, Chat(last_visit=3, conversation=ASKED))
    spoil(post, "not sealed")
    post.put("How was it?", customer_id=ada, purpose="question", visit=3)
    await post.deliver()
    spoil(post, talking.to_json(Chat(last_visit=3, conversation=ASKED)))

    post.pass_time(3600)
    await post.deliver()

    assert post.pigeon.texts() == ["How was it?"]


async def test_a_person_is_told_at_once_that_their_words_can_not_leave(post: PostOffice) -> None:
    ada = add_ada(post, stopped_at=post.now)
    reply = add_reply(post, ada)
    spoil(post, "{nonsense")
    post.put("Rita: …", customer_id=ada, purpose="case", reply_id=reply)

    await post.deliver()

    ((failure,),) = post.rows("select failure from staff_replies")
    assert "reach them another way" in failure
