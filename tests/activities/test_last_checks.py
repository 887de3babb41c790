"""What has become unwanted while it waited does not leave; what is still wanted does."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from activities.post import PostOffice
from feedbackbot.engine import talking
from feedbackbot.engine.chat import Aside, Case, Chat, State
from feedbackbot.errors import CustomerUnreachable, MaybeSent
from feedbackbot.house import House
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database

ASKED = State(script="after_purchase", version="v", invitation_id=1, step="stars", visit=3)


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


def add_ada(post: PostOffice, chat: Chat | None = None, **more: object) -> int:
    def add(session: Session) -> int:
        values = {"telegram_id": 7, "created_at": post.now, "reach": Reach.REACHABLE, **more}
        ada = Customer(**values, chat=talking.to_json(chat or Chat()))
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


async def test_what_was_in_doubt_is_called_off_as_well_when_the_bot_is_blocked(
    post: PostOffice,
) -> None:
    post.pigeon.troubles = [MaybeSent("time-out"), CustomerUnreachable()]
    in_doubt = post.put("How was it?", purpose="question")
    await post.deliver()
    post.put("Are you there?")

    await post.deliver()

    assert post.status(in_doubt) == "cancelled"
