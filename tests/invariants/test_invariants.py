"""Each break is planted in a lively, healthy database, and has to be called by its name; on both databases."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from conftest import NOW
from feedbackbot import conversing
from feedbackbot.engine.script import Library
from feedbackbot.invariants import Rule
from feedbackbot.models import audit, outbox, reward
from feedbackbot.models.conversation import Media, MediaStatus
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import open_database
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.outbox import OutgoingMessage
from feedbackbot.models.reward import RewardCode
from feedbackbot.models.testimonial import Testimonial, TestimonialStatus
from invariants.planted import PLANTED
from postgres import Postgres
from town import Town, house_of


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("lively") / "feedbackbot.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        fresh = postgres.create(like=request.getfixturevalue("migrated_postgres"))
        postgres.empty(fresh)
        yield fresh
        postgres.drop(fresh)


@pytest.fixture(scope="module")
def town(url: str, keys: KeyRing, library: Library) -> Iterator[Town]:
    """Built once; whatever a test does to it is undone."""
    database = open_database(url, keys, now=NOW)
    town = Town(database, house_of(library), NOW)
    asyncio.run(town.live())
    yield town
    database.close()


def test_a_lively_shop_is_in_order(town: Town) -> None:
    assert town.broken() == []


@pytest.mark.parametrize("planted", PLANTED)
def test_a_break_is_called_by_its_name(town: Town, planted: str) -> None:
    statement, subject, rule = PLANTED[planted]
    names = _names(town)

    found = town.broken(statement.format(**names))

    assert (rule, subject.format(**names)) in {(one.rule, one.subject) for one in found}


def test_nothing_is_said_that_a_customer_said(town: Town) -> None:
    names = _names(town)

    found = town.broken(*(statement.format(**names) for statement, _, _ in PLANTED.values()))

    told = " ".join(one.sentence for one in found)
    assert len(found) >= len(Rule)
    assert "sole" not in told
    assert "Ada" not in told


def test_a_chat_that_waits_for_nothing_is_stuck(town: Town) -> None:
    found = town.broken(_change_chat(town, "Cleo", lambda chat: chat | {"timers": []}))

    assert any("waits for nothing" in one.sentence for one in found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"closed": [{"visit": 1, "label": None}]}, "Question 1 is open and closed at once."),
        ({"last_visit": 0}, "Question 1 is open, but only 0 were ever asked."),
        ({"aside": {"key": "forget", "visit": 1}}, "Two questions have the number 1."),
        ({"aside": {"key": "forget", "visit": 2}, "last_visit": 2}, "“forget” waits for ever."),
        ({"conversation": {"script": "other"}}, "name different scripts or offers."),
        ({"conversation": {"invitation_id": 999}}, "name different scripts or offers."),
        ({"quote": {"testimonial_id": 999}}, "there is no testimonial of theirs."),
        ({"case": {"escalation_id": 999, "step": None}}, "there is none of theirs."),
        ({"timers": [{"name": "remind"}]}, "Their conversation can't end by itself."),
        ({"timers": [{"name": "expire"}]}, "nothing but an answer brings it on."),
    ],
)
def test_a_chat_that_contradicts_itself_or_its_rows_is_named(
    town: Town, change: dict[str, object], said: str
) -> None:
    found = town.broken(_change_chat(town, "Cleo", lambda chat: _changed(chat, change, town)))

    assert any(said in one.sentence for one in found), found


def _changed(chat: dict[str, object], change: dict[str, object], town: Town) -> dict[str, object]:
    """What a test leaves out stays as it was, or is as harmless as can be."""
    talk: dict[str, object] = chat["conversation"]  # type: ignore[assignment]
    assert talk["visit"] == 1, "Cleo has one open question, her first"
    whole = {**chat, **change}
    if "conversation" in change:
        whole["conversation"] = {**talk, **change["conversation"]}  # type: ignore[dict-item]
    if "quote" in change:
        of_hers = {"visit": 1, "uses": [], "credit": "none", "credit_name": ""}
        whole["quote"] = {**of_hers, **change["quote"]}  # type: ignore[dict-item]
    if "timers" in change:
        in_time = (town.now + timedelta(days=300)).isoformat()
        timers: list[dict[str, object]] = change["timers"]  # type: ignore[assignment]
        whole["timers"] = [{"due_at": in_time, **timer} for timer in timers]
    return whole


@pytest.mark.parametrize(
    ("status", "named"),
    [
        ("failed", True),
        ("cancelled", True),
        ("unknown", True),
        ("waiting", False),
        ("sending", False),
        # it stands in Slack, and nobody knows where
        ("sent", True),
    ],
)
def test_a_complaint_is_out_of_sight_as_soon_as_its_card_will_not_arrive(
    town: Town, status: str, named: bool
) -> None:
    case = _names(town)["case"]

    found = town.broken(
        f"update escalations set slack_thread_ts = null where id = {case}",
        f"update outbox set status = '{status}', not_before = null where id ="
        f" (select card_outbox_id from escalations where id = {case})",
    )

    told = (Rule.COMPLAINTS_REACH_PEOPLE, f"escalation:{case}")
    assert (told in {(one.rule, one.subject) for one in found}) == named


@pytest.mark.parametrize(
    ("status", "named"),
    [
        ("waiting", False),
        ("sending", False),
        ("unknown", True),
        ("sent", True),
        ("failed", True),
        ("cancelled", True),
    ],
)
def test_an_author_must_know_as_soon_as_it_is_known_what_became_of_their_words(
    town: Town, status: str, named: bool
) -> None:
    reply = _names(town)["reply"]

    found = town.broken(
        f"update staff_replies set delivered_at = null where id = {reply}",
        f"update outbox set status = '{status}' where reply_id = {reply}",
    )

    told = (Rule.NOTHING_HALF_APPLIED, f"reply:{reply}")
    assert (told in {(one.rule, one.subject) for one in found}) == named


def test_words_of_staff_that_count_as_received_are_in_order(town: Town) -> None:
    taken, _, _ = PLANTED["words of staff from a thread that do not count as received"]

    def receive(session: Session) -> None:
        audit.remember(session, "slack:T1:C0SUPPORT:17.000005", now=town.now)

    assert town.broken(taken.format(**_names(town)), receive) == []


def test_what_was_on_its_way_when_the_bot_was_blocked_may_arrive(town: Town) -> None:
    under_way = (
        "update outbox set sending_at = (select max(at) from audit where act = 'blocked') + 500000"
        " where id = {finns_first}"
    )

    assert town.broken(under_way.format(**_names(town))) == []


def test_whoever_has_unblocked_the_bot_may_be_written_to_again(town: Town) -> None:
    sent, _, _ = PLANTED["a question sent to somebody who has blocked the bot"]
    unblocked = "update customers set reach = 'reachable' where id = {Finn}"
    names = _names(town)

    found = town.broken(
        sent.format(**names),
        unblocked.format(**names),
        _change_chat(town, "Finn", lambda chat: chat | {"blocked": False}),
    )

    assert Rule.SILENT_AFTER_STOP not in {one.rule for one in found}


@pytest.mark.parametrize("let_answer", [True, False])
def test_the_answer_to_a_complaint_after_a_stop_is_a_break_only_where_it_was_refused(
    town: Town, let_answer: bool
) -> None:
    names = _names(town)
    answer = (
        "update outbox set status = 'sent', purpose = 'case', sending_at = {tomorrow}"
        " where id = {doras_first}"
    )

    found = town.broken(
        _change_chat(town, "Dora", lambda chat: chat | {"let_answer": let_answer}),
        answer.format(**names),
    )

    assert (Rule.SILENT_AFTER_STOP in {one.rule for one in found}) == (not let_answer)


def test_a_message_that_was_tried_again_may_leave_after_the_next(town: Town) -> None:
    later = (
        "update outbox set sending_at = sending_at + 5000000, attempts = 2 where id = {bos_first}"
    )

    assert town.broken(later.format(**_names(town))) == []


def test_an_answer_that_was_taken_back_may_stand_beside_the_one_that_counts(town: Town) -> None:
    names = _names(town)
    again = PLANTED["two answers to one question"][0]
    taken_back = (
        "update answers set taken_back_at = 0 where conversation_id = {talk} and id <>"
        " (select max(id) from answers where conversation_id = {talk})"
    )

    assert town.broken(again.format(**names), taken_back.format(**names)) == []


def test_a_chat_that_can_not_be_read_is_named(town: Town) -> None:
    found = town.broken(_change_chat(town, "Cleo", lambda _: {"conversation": 7}))

    assert [(one.rule, one.subject) for one in found] == [
        (Rule.NOTHING_HALF_APPLIED, f"customer:{_customer(town, 'Cleo')}")
    ]


def test_words_that_are_public_without_having_been_agreed_to_are_named(town: Town) -> None:
    def change(session: Session) -> None:
        public = select(Testimonial).where(Testimonial.status == TestimonialStatus.PUBLISHED)
        session.scalars(public).one().text = "The best shoes in the world!"

    assert [one.rule for one in town.broken(change)] == [Rule.PUBLIC_WITH_CONSENT]


def test_a_photo_that_is_public_without_having_been_agreed_to_is_named(town: Town) -> None:
    def change(session: Session) -> None:
        public = select(Testimonial).where(Testimonial.status == TestimonialStatus.PUBLISHED)
        row = session.scalars(public).one()
        media = Media(
            customer_id=row.customer_id,
            kind="photo",
            status=MediaStatus.STORED,
            sha256="f" * 64,
            created_at=town.now,
        )
        session.add(media)
        session.flush()
        row.media_id = media.id

    found = town.broken(change)

    assert [one.rule for one in found] == [Rule.PUBLIC_WITH_CONSENT]
    assert "a photo or recording that was not agreed to" in found[0].sentence


def test_a_code_that_was_given_twice_is_named(town: Town) -> None:
    def twice(session: Session) -> None:
        reward.add(session, "thanks", {"MOSS-1": None, "MOSS-2": None}, now=town.now)
        for number, row in enumerate(session.scalars(select(RewardCode)).all()):
            row.code, row.purchase_id, row.given_at = "MOSS-1", number + 1, town.now

    assert [one.rule for one in town.broken(twice)] == [Rule.CODES_GIVEN_ONCE]


def test_a_message_behind_one_that_is_tried_again_waits_with_reason(town: Town) -> None:
    def pause(session: Session) -> None:
        yesterday, later = town.now - timedelta(days=1), town.now + timedelta(minutes=4)
        for moment in (later, None):
            row = outbox.put(
                session,
                channel="telegram",
                chat_key="telegram:7",
                kind="text",
                payload={"text": "How was it?"},
                not_before=moment,
                now=yesterday,
            )
            session.get_one(OutgoingMessage, row).attempts = 0 if moment is None else 5

    assert town.broken(pause) == []


def test_whatever_was_ignored_leaves_a_trace_so_that_its_key_is_not_taken_for_lost(
    town: Town,
) -> None:
    at = town.now + timedelta(seconds=7)

    def receive(session: Session) -> None:
        audit.remember(session, "telegram:1:77", now=at)

    def trace(session: Session) -> None:
        audit.record(session, actor="customer", act="blocked", subject="nobody", now=at)

    assert [one.subject for one in town.broken(receive)] == ["received:telegram:1:77"]
    assert town.broken(receive, trace) == []


@pytest.mark.parametrize(
    ("platform", "raw"),
    [
        ("telegram", {"message": {"from": {"id": "EVE"}, "text": "The sole came off"}}),
        ("slack", {"event": {"type": "app_mention", "text": "Eve wants her money back"}}),
    ],
)
def test_words_of_somebody_who_was_erased_are_found_in_quarantine(
    town: Town, platform: str, raw: dict[str, object]
) -> None:
    text = json.dumps(raw).replace('"EVE"', str(town.people["Eve"].telegram_id))
    before, after = town.now - timedelta(days=300), town.now + timedelta(days=1)

    def put_aside(now: datetime) -> Callable[[Session], None]:
        usual = {"platform": platform, "key": "k", "raw": text, "error": ValueError("then")}
        return lambda s: conversing.quarantine(s, now=now, **usual)  # type: ignore[arg-type]

    assert [one.rule for one in town.broken(put_aside(before))] == [Rule.ERASED_IS_EMPTY]
    assert town.broken(put_aside(after)) == []


def _names(town: Town) -> dict[str, object]:
    """Numbers of rows, for statements to speak of."""
    people = {name: _customer(town, name) for name in town.people}

    def one(query: str) -> object:
        return town.post.rows(query.format(**people))[0][0]

    return {
        **people,
        "phone": town.people["Cleo"].telegram_id,
        "talk": one("select id from conversations where customer_id = {Ada}"),
        "bought": one("select id from purchases where customer_id = {Ada}"),
        "answer": one("select min(id) from answers"),
        "reply": one("select min(id) from staff_replies"),
        "quote": one("select id from testimonials where customer_id = {Ada}"),
        "consent": one("select consent_id from testimonials where customer_id = {Ada}"),
        "first": one("select min(id) from outbox"),
        "message": one("select min(id) from messages where customer_id = {Cleo}"),
        "second": one("select min(id) + 1 from messages where customer_id = {Bo}"),
        "offer": one("select id from invitations where customer_id = {Gil}"),
        "case": one("select id from escalations where customer_id = {Bo}"),
        "doras_first": one("select min(id) from outbox where customer_id = {Dora}"),
        "finns_first": one("select min(id) from outbox where customer_id = {Finn}"),
        "eves_first": one("select min(id) from outbox where customer_id = {Eve}"),
        "eves_message": one("select min(id) from messages where customer_id = {Eve}"),
        "first_card": one("select min(id) from outbox where channel = 'slack'"),
        "bos_first": one(_SENT_TO_BO),
        "bos_second": one(f"{_SENT_TO_BO} and id > ({_SENT_TO_BO})"),
        "tomorrow": int((town.now + timedelta(days=1)).timestamp() * 1_000_000),
    }


_SENT_TO_BO = (
    "select min(id) from outbox where status = 'sent' and channel = 'telegram'"
    " and customer_id = {Bo}"
)


def _customer(town: Town, name: str) -> int:
    """The row of whoever has, or had, this phone."""
    order = f"10{town.people[name].telegram_id % 100}"
    asked = f"select customer_id from purchases where order_id = '{order}'"
    erased = "select customer_id from purchases where order_id like 'erased:%'"
    return int(town.post.rows(erased if name == "Eve" else asked)[0][0])


def _change_chat(
    town: Town, name: str, change: Callable[[dict[str, object]], dict[str, object]]
) -> Callable[[Session], None]:
    customer_id = _customer(town, name)

    def work(session: Session) -> None:
        customer = session.get_one(Customer, customer_id)
        customer.chat = json.dumps(change(json.loads(customer.chat or "{}")))

    return work
