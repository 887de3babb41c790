"""What shops tell of purchases: read with care, merged in any order, invited once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedbackbot import inviting
from feedbackbot.errors import PurchaseRefused
from feedbackbot.house import House
from feedbackbot.inviting import identifying, parse_purchase
from feedbackbot.models import timer
from feedbackbot.models.audit import Suppression
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.invitation import InvitationStatus
from feedbackbot.models.keys import KeyRing
from shopping import Shopping, on

BARE = {"source": "webshop", "order_id": "7", "customer": {"id": "c-1"}, "items": ["Mug"]}


@pytest.fixture
def shopping(database: Database, house: House, now: datetime) -> Shopping:
    return Shopping(database, house, now)


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"source": None}, "source", "webshop"),
        ({"source": "my shop!"}, "source", "a-z"),
        ({"order_id": ""}, "order_id", "order number"),
        ({"order_id": ["7"]}, "order_id", "quotes"),
        ({"order_id": "7" * 101}, "order_id", "100 characters"),
        ({"customer": None}, "customer", '"id"'),
        ({"customer": "Ada"}, "customer", "c-17"),
        ({"customer": {"id": "c-1", "email": "nobody"}}, "customer.email", "Leave it out"),
        ({"items": None}, "items", "Trail shoes"),
        ({"items": [{"sku": "M-1"}]}, "items[0].name", "what was bought"),
        ({"total": "a lot"}, "total", "129.00"),
        ({"total": float("nan")}, "total", "129.00"),
        ({"total": "1e999999"}, "total", "129.00"),
        ({"total": -1}, "total", "129.00"),
        ({"currency": "pounds"}, "currency", "GBP"),
        ({"gift": "yes"}, "gift", "without quotes"),
        ({"purchased_at": "yesterday"}, "purchased_at", "2026-11-20"),
        ({"delivered_at": 1_700_000_000}, "delivered_at", "2026-11-20"),
        ({"delivered_at": "9999-12-31"}, "delivered_at", "2026-11-20"),
        ({"deliverd_at": "2026-11-20"}, "deliverd_at", "delivered_at"),
        ({"customer": {"id": "c-1", "firstname": "Ada"}}, "customer.firstname", "first_name"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy(
    change: dict[str, Any], field: str, remedy: str
) -> None:
    with pytest.raises(PurchaseRefused) as refused:
        parse_purchase(BARE | change)

    assert refused.value.field == field
    assert remedy in refused.value.remedy
    assert refused.value.reason in str(refused.value)


def test_what_is_not_known_here_is_named_and_left_out() -> None:
    told = parse_purchase(BARE | {"warehouse": "B", "customer": {"id": "c-1", "phone": "1"}})

    assert told.notes == (
        "warehouse is not known here and was left out.",
        "customer.phone is not known here and was left out.",
    )


@pytest.mark.parametrize(
    ("total", "cents"), [(129, 12900), ("129.00", 12900), (0.1 + 0.2, 30), ("19.995", 2000), (0, 0)]
)
def test_money_is_counted_exactly(total: object, cents: int) -> None:
    assert parse_purchase(BARE | {"total": total}).total_cents == cents


def test_a_date_without_a_zone_is_the_shops_time(shopping: Shopping) -> None:
    told = shopping.tell(
        purchased_at="2026-07-01T12:00:00", delivered_at="2026-11-19T09:00:00+09:00"
    )

    assert told.purchase is not None
    assert told.purchase.purchased_at == datetime(2026, 7, 1, 11, tzinfo=UTC)  # London in summer
    assert told.purchase.delivered_at == datetime(2026, 11, 19, 0, tzinfo=UTC)


def test_nothing_unseen_stays_in_a_name() -> None:
    told = parse_purchase(BARE | {"items": ["Mug\u202e\x00 \ud800 blue"]})

    assert told.items[0].name == "Mug ? blue"


def test_a_purchase_gets_a_secret_link_that_says_nothing(shopping: Shopping) -> None:
    told = shopping.tell()

    assert told.created
    assert told.link is not None
    assert told.invitation is not None
    token = told.link.removeprefix("https://t.me/SomaFeedbackBot?start=")
    assert 22 <= len(token) <= 64
    assert "1042" not in token
    assert told.invitation.token_sha256 != token
    assert told.invitation.expires_at == shopping.now + timedelta(days=90)


def test_links_are_not_to_be_guessed_from_one_another(shopping: Shopping) -> None:
    links = {shopping.tell(order_id=str(n)).link for n in range(50)}

    assert len(links) == 50


def test_the_same_purchase_again_keeps_its_link(shopping: Shopping) -> None:
    first = shopping.tell()

    again = shopping.tell()

    assert (again.link, again.created, again.changed) == (first.link, False, False)
    assert len(shopping.customers()) == len(shopping.invitations()) == 1


def test_news_is_merged_and_silence_blanks_nothing_out(shopping: Shopping) -> None:
    shopping.tell(total="129.00", currency="gbp", tags=["vip"], gift=True, delivered_at=None)

    news = {"source": "webshop", "order_id": "1042", "delivered_at": "2026-11-19T10:00:00Z"}
    told = shopping.write(
        lambda s: inviting.record_purchase(
            s, shopping.house, parse_purchase(news), now=shopping.now
        )
    )

    assert told.changed
    assert told.purchase is not None
    assert (told.purchase.total_cents, told.purchase.currency) == (12900, "GBP")
    assert (told.purchase.tags, told.purchase.gift) == ("vip", True)
    assert told.purchase.items == [{"name": "Trail shoes"}]
    assert told.purchase.delivered_at is not None
    assert shopping.customers()[0].first_name == "Ada"


def test_one_order_cannot_belong_to_two_customers(shopping: Shopping) -> None:
    shopping.tell()

    with pytest.raises(PurchaseRefused, match="another customer") as refused:
        shopping.tell(customer={"id": "c-8"}, items=[{"name": "Stolen shoes"}])

    assert refused.value.field == "customer.id"
    assert shopping.purchases()[0].items == [{"name": "Trail shoes"}]
    assert len(shopping.customers()) == 1


def test_two_orders_of_one_customer_are_one_person(shopping: Shopping) -> None:
    shopping.tell()
    shopping.tell(order_id="1050")

    assert len(shopping.customers()) == 1
    assert len(shopping.invitations()) == 2


def test_an_email_address_tells_who_it_is_where_an_id_is_missing(shopping: Shopping) -> None:
    shopping.tell()
    shopping.tell(source="market", order_id="a", customer={"email": "Ada@Example.org"})

    (ada,) = shopping.customers()
    assert {one.customer_id for one in shopping.purchases()} == {ada.id}


def test_an_address_that_a_marketplace_shares_makes_nobody_one_person(shopping: Shopping) -> None:
    shopping.tell(customer={"id": "c-7", "email": "orders@market.example"})
    shopping.tell(order_id="1043", customer={"id": "c-8", "email": "orders@market.example"})

    assert len(shopping.customers()) == 2


def test_guests_without_any_name_stay_apart(shopping: Shopping) -> None:
    shopping.tell(customer={})
    shopping.tell(order_id="1043", customer={})

    assert len(shopping.customers()) == 2


@pytest.mark.parametrize("what", ["cancelled", "refunded", "returned"])
def test_an_undone_purchase_calls_the_invitation_off(shopping: Shopping, what: str) -> None:
    told = shopping.tell()
    assert told.link is not None
    opened = shopping.open(told.link)

    undone = shopping.tell(**{f"{what}_at": shopping.now.isoformat()})

    assert undone.invitation is not None
    assert undone.invitation.status is InvitationStatus.CANCELLED
    assert undone.invitation.reason == what
    assert opened.invitation_id not in shopping.timers()
    assert undone.notes == (f"Nobody is asked about this purchase: {what}.",)


def test_a_refund_after_the_talk_began_stops_nothing(shopping: Shopping) -> None:
    told = shopping.tell()
    assert told.invitation is not None
    shopping.open(told.link)
    shopping.begin(told.invitation.id)

    shopping.tell(refunded_at=shopping.now.isoformat())

    assert shopping.invitation(told.invitation.id).status is InvitationStatus.STARTED


def test_a_refund_before_its_order_is_remembered(shopping: Shopping) -> None:
    refund = shopping.tell(
        customer=None, items=None, purchased_at=None, delivered_at=None, refunded_at="2026-11-19"
    )
    order = shopping.tell()

    assert refund.created
    assert refund.invitation is None
    assert order.invitation is None
    assert "refunded" in order.notes[0]
    (ada,) = shopping.customers()
    assert (ada.source_customer_id, ada.first_name) == ("c-7", "Ada")


def test_of_somebody_who_asked_to_be_erased_nothing_is_kept(
    shopping: Shopping, keys: KeyRing
) -> None:
    marks = identifying.marks_of(keys, email="ada@example.org")
    shopping.write(
        lambda s: s.add_all(Suppression(mark=mark, created_at=shopping.now) for mark in marks)
    )

    told = shopping.tell(customer={"id": "new", "email": "ADA@example.org"})

    assert told.purchase is None
    assert told.to_json()["invitation"] is None
    assert "erased" in told.notes[0]
    assert shopping.purchases() == []
    assert shopping.customers() == []


def test_a_batch_takes_the_good_and_refuses_the_bad(shopping: Shopping) -> None:
    batch = [
        parse_purchase(shopping.purchase()),
        parse_purchase(shopping.purchase(customer={"id": "c-8"})),
        parse_purchase(shopping.purchase(order_id="1043", customer={"id": "c-8"})),
        parse_purchase(shopping.purchase(total="5.00")),
    ]

    outcomes = shopping.write(
        lambda s: inviting.record_all(s, shopping.house, batch, now=shopping.now)
    )

    assert isinstance(outcomes[1], PurchaseRefused)
    assert sorted(one.order_id for one in shopping.purchases()) == ["1042", "1043"]
    assert shopping.purchases()[0].total_cents == 500
    assert len(shopping.invitations()) == 2


@pytest.mark.parametrize(
    ("permission", "status"),
    [
        ("each", InvitationStatus.ACCEPTED),
        ("sometimes", InvitationStatus.ACCEPTED),
        ("no", InvitationStatus.SENT),
        ("unasked", InvitationStatus.SENT),
    ],
)
def test_a_standing_yes_makes_a_link_needless(
    shopping: Shopping, permission: str, status: InvitationStatus
) -> None:
    opened = shopping.open(shopping.tell().link)
    shopping.customer(opened.customer_id, permission=permission)

    second = shopping.tell(order_id="1050")

    assert second.invitation is not None
    assert second.invitation.status is status
    planned = shopping.timers().get(second.invitation.id)
    assert planned == (second.invitation.due_at if status is InvitationStatus.ACCEPTED else None)


def test_now_and_then_is_twice_a_year_at_most(shopping: Shopping) -> None:
    opened = shopping.open(shopping.tell().link)
    shopping.customer(opened.customer_id, permission="sometimes")
    assert opened.invitation_id is not None
    shopping.begin(opened.invitation_id)

    second, third = shopping.tell(order_id="1050"), shopping.tell(order_id="1051")
    shopping.pass_time(days=400)
    much_later = shopping.tell(order_id="1052")

    statuses = [told.invitation.status for told in (second, third, much_later) if told.invitation]
    assert statuses == ["accepted", "sent", "accepted"]


@pytest.mark.parametrize("change", [{"reach": Reach.BLOCKED}, {"stopped_at": datetime.now(UTC)}])
def test_who_stopped_or_blocked_is_not_asked_unbidden(
    shopping: Shopping, change: dict[str, Any]
) -> None:
    opened = shopping.open(shopping.tell().link)
    shopping.customer(opened.customer_id, permission="each", **change)

    second = shopping.tell(order_id="1050")

    assert second.invitation is not None
    assert second.invitation.status is InvitationStatus.SENT


def test_a_link_by_hand_is_the_same_link_again(shopping: Shopping) -> None:
    def invite() -> inviting.RecordedPurchase:
        return shopping.write(
            lambda s: inviting.invite(
                s, shopping.house, order_id="A-1", item="Mug", first_name="Ada", now=shopping.now
            )
        )

    first = invite()
    shopping.pass_time(days=1)

    assert invite().link == first.link
    assert len(shopping.customers()) == 1


def test_for_each_trigger_the_first_script_that_applies_asks(shopping: Shopping) -> None:
    packaged = shopping.house.library.scripts["after_purchase"]
    start = packaged.start

    vip = replace(packaged, name="a_vip", start=replace(start, condition="purchase.total >= 200"))
    placed = replace(packaged, name="checkout", start=replace(start, trigger=on("purchase.placed")))
    shopping.add_script(vip)
    shopping.add_script(placed)

    shopping.tell(total="250")
    shopping.tell(order_id="1043", total="20")

    chosen = [one.script for one in shopping.invitations()]
    assert sorted(chosen) == ["a_vip", "after_purchase", "checkout", "checkout"]


TRUTH: dict[str, Any] = {
    "customer": {"id": "c-7", "first_name": "Ada", "email": "ada@example.org"},
    "items": [{"name": "Trail shoes", "sku": "TS-1"}, {"name": "Laces"}],
    "total": "129.00",
    "currency": "GBP",
    "gift": True,
    "tags": ["vip", "winter"],
    "purchased_at": "2026-11-14T09:00:00Z",
    "shipped_at": "2026-11-15T09:00:00Z",
    "delivered_at": "2026-11-18T09:00:00Z",
    "cancelled_at": "2026-11-19T09:00:00Z",
    "refunded_at": "2026-11-19T10:00:00Z",
}
NEWS = st.sets(st.sampled_from([key for key in TRUTH if key not in {"customer", "items"}]))
ORDERED = {"source": "webshop", "order_id": "1042"}


def event(news: set[str], with_order: bool) -> dict[str, Any]:
    keys = {*news, "customer", "items"} if with_order else {*news, "delivered_at"}
    return ORDERED | {key: value for key, value in TRUTH.items() if key in keys}


def row(shopping: Shopping) -> Mapping[str, Any]:
    (purchase,) = shopping.purchases()
    hidden = {"_sa_instance_state", "id", "customer_id", "created_at", "updated_at"}
    return {key: value for key, value in vars(purchase).items() if key not in hidden}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_same_events_in_any_order_end_in_the_same_purchase(
    data: st.DataObject,
    migrated_file: Path,
    tmp_path: Path,
    keys: KeyRing,
    house: House,
    now: datetime,
) -> None:
    events = data.draw(st.lists(st.builds(event, NEWS, st.booleans()), min_size=1, max_size=5))
    shuffled = data.draw(st.permutations(events))
    ends = []
    for order in (events, shuffled):
        file = tmp_path / "shop.sqlite3"
        shutil.copy(migrated_file, file)
        database = open_database(f"sqlite:///{file}", keys, now=now)
        shopping = Shopping(database, house, now)
        for told in order:
            incoming = parse_purchase(told)
            database.write(
                partial(inviting.record_purchase, house=house, incoming=incoming, now=now)
            )
        live = [one for one in shopping.invitations() if one.status == InvitationStatus.SENT]
        ends.append((row(shopping), len(live), len(shopping.customers())))
        assert len(shopping.invitations()) <= 1
        database.close()
        for left in tmp_path.glob("shop.sqlite3*"):
            left.unlink()

    assert ends[0] == ends[1]


def test_a_person_who_turns_out_to_be_another_leaves_no_timer_behind(
    database: Database, now: datetime
) -> None:
    def work(session: Session) -> None:
        gone, into = (Customer(source="webshop", created_at=now) for _ in range(2))
        session.add_all([gone, into])
        session.flush()
        for one in (gone, into):
            timer.set_timer(session, "chat", one.id, now)
        identifying.absorb(session, gone, into=into)

    database.write(work)

    due = database.read(lambda session: timer.due(session, now))
    kept = database.read(lambda session: session.scalars(select(Customer.id)).all())
    assert [one.subject_id for one in due] == kept
