"""The secret link: it binds to the first account, shows others nothing, and one person stays one row."""

from __future__ import annotations

from datetime import datetime

import pytest

from feedbackbot import inviting, remembering
from feedbackbot.engine.happenings import LinkOpened, LinkState
from feedbackbot.errors import InvitationError, PurchaseRefused
from feedbackbot.house import House
from feedbackbot.models.customer import Customer, Reach
from feedbackbot.models.database import Database
from feedbackbot.models.invitation import InvitationStatus
from shopping import ADA, BO, Shopping

GUESS = "https://t.me/SomaFeedbackBot?start=AAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def shopping(database: Database, house: House, now: datetime) -> Shopping:
    return Shopping(database, house, now)


def known_on_telegram(shopping: Shopping, telegram_id: int, **more: object) -> int:
    """Somebody who has written to the bot before any link was opened."""
    row = Customer(telegram_id=telegram_id, created_at=shopping.now, **more)
    shopping.write(lambda s: s.add(row))
    return row.id


def test_the_first_to_open_it_is_the_customer(shopping: Shopping) -> None:
    told = shopping.tell()

    opened = shopping.open(told.link)

    assert isinstance(opened, LinkOpened)
    assert opened.state is LinkState.NEW
    assert opened.script is not None
    assert told.invitation is not None
    assert (opened.invitation_id, opened.due_at) == (told.invitation.id, told.invitation.due_at)
    ada = shopping.customer(opened.customer_id)
    assert (ada.telegram_id, ada.reach, ada.first_name) == (ADA, Reach.REACHABLE, "Ada")
    assert shopping.invitation(opened.invitation_id).status is InvitationStatus.ACCEPTED
    assert shopping.timers() == {told.invitation.id: told.invitation.due_at}


def test_another_person_is_shown_nothing(shopping: Shopping) -> None:
    link = shopping.tell().link
    shopping.open(link)

    theirs = shopping.open(link, BO)

    assert theirs == inviting.OpenedLink(state=LinkState.TAKEN)
    assert len(shopping.customers()) == 1


def test_the_same_person_comes_back_to_where_things_stand(shopping: Shopping) -> None:
    link = shopping.tell().link
    first = shopping.open(link)
    assert first.invitation_id is not None
    accepted_at = shopping.invitation(first.invitation_id).accepted_at
    shopping.pass_time(hours=1)

    again = shopping.open(link)
    assert (again.state, again.invitation_id) == (LinkState.NEW, first.invitation_id)
    assert shopping.invitation(first.invitation_id).accepted_at == accepted_at

    conversation = shopping.begin(first.invitation_id)
    assert shopping.open(link).state is LinkState.RUNNING
    shopping.finish(conversation)
    assert shopping.open(link).state is LinkState.DONE


def test_unknown_expired_and_called_off_look_alike(shopping: Shopping) -> None:
    cancelled = shopping.tell().link
    shopping.tell(cancelled_at=shopping.now.isoformat())
    old = shopping.tell(order_id="1043").link
    shopping.pass_time(days=91)

    answers = [shopping.open(link) for link in (cancelled, old, GUESS, "x=' OR 1=1", "x=")]

    assert answers == [inviting.OpenedLink(state=LinkState.EXPIRED)] * 5
    assert all(one.telegram_id is None for one in shopping.customers())


def test_a_link_works_until_its_last_day_and_not_on_it(shopping: Shopping) -> None:
    shopping.rewrite(not_after=None)
    link, other = shopping.tell().link, shopping.tell(order_id="1043").link
    shopping.pass_time(days=89, hours=23)
    assert shopping.open(link).state is LinkState.NEW

    shopping.pass_time(hours=1)

    assert shopping.open(other).state is LinkState.EXPIRED
    assert shopping.open(link).state is LinkState.NEW  # it was opened in time


def test_a_stranger_with_an_old_link_learns_not_even_that_it_was_used(shopping: Shopping) -> None:
    link = shopping.tell().link
    shopping.open(link)
    shopping.pass_time(days=91)

    assert shopping.open(link, BO).state is LinkState.EXPIRED


def test_start_without_a_link_is_no_link(shopping: Shopping) -> None:
    assert shopping.open(None) == inviting.OpenedLink(state=LinkState.NONE)
    known = known_on_telegram(shopping, ADA)
    assert shopping.open(None).customer_id == known


def test_after_ten_useless_tries_in_an_hour_there_is_silence(shopping: Shopping) -> None:
    link = shopping.tell().link
    tries = [shopping.open(GUESS, BO) for _ in range(10)]
    assert not any(one.silent for one in tries)

    assert shopping.open(GUESS, BO).silent
    assert shopping.open(link, BO).silent
    assert shopping.open(link, ADA).state is LinkState.NEW
    shopping.pass_time(minutes=61)
    assert not shopping.open(GUESS, BO).silent


def test_opening_ones_own_link_often_is_no_guessing(shopping: Shopping) -> None:
    link = shopping.tell().link

    states = {shopping.open(link).state for _ in range(15)}

    assert states == {LinkState.NEW}


def test_the_shops_customer_and_the_chat_become_one_person(shopping: Shopping) -> None:
    chat = known_on_telegram(shopping, ADA, first_name="Adi", permission="each")
    link = shopping.tell().link
    shopping.tell(order_id="1043")

    opened = shopping.open(link)

    assert opened.customer_id == chat
    (ada,) = shopping.customers()
    assert (ada.first_name, ada.email, ada.permission) == ("Adi", "ada@example.org", "each")
    assert (ada.source, ada.source_customer_id) == ("webshop", "c-7")
    assert {one.customer_id for one in shopping.purchases()} == {chat}
    assert {one.customer_id for one in shopping.invitations()} == {chat}


def test_news_still_reaches_a_person_with_two_accounts_at_the_shop(shopping: Shopping) -> None:
    shopping.open(shopping.tell().link)
    second = shopping.tell(order_id="1043", customer={"id": "c-900"}, delivered_at=None)
    shopping.open(second.link)
    assert len(shopping.customers()) == 1

    news = shopping.tell(order_id="1043", customer={"id": "c-900"})
    third = shopping.tell(order_id="1044", customer={"id": "c-900"})

    assert news.purchase is not None
    assert news.purchase.delivered_at is not None
    assert third.purchase is not None
    assert third.purchase.customer_id == shopping.customers()[0].id
    with pytest.raises(PurchaseRefused):
        shopping.tell(order_id="1043", customer={"id": "c-901"})


def test_a_new_link_opened_from_another_account_moves_that_purchase_alone(
    shopping: Shopping,
) -> None:
    first = shopping.open(shopping.tell().link)
    second = shopping.open(shopping.tell(order_id="1043").link, BO)

    assert second.state is LinkState.NEW
    assert second.customer_id != first.customer_id
    owners = {one.order_id: one.customer_id for one in shopping.purchases()}
    assert owners == {"1042": first.customer_id, "1043": second.customer_id}
    shopping.tell(order_id="1043", total="9.00")  # the shop still knows it as Ada's
    assert shopping.customer(second.customer_id).first_name is None


def test_not_my_order_takes_everything_of_the_order_out_of_the_chat(shopping: Shopping) -> None:
    link = shopping.tell().link
    wrong = shopping.open(link, BO)
    assert wrong.invitation_id is not None

    shopping.write(lambda s: inviting.cut_tie(s, wrong.invitation_id or 0, now=shopping.now))

    bo = shopping.customer(wrong.customer_id)
    assert (bo.telegram_id, bo.first_name, bo.email, bo.source_customer_id) == (
        BO,
        None,
        None,
        None,
    )
    assert shopping.purchases()[0].customer_id != bo.id
    assert shopping.timers() == {}
    right = shopping.open(link, ADA)
    assert right.state is LinkState.NEW
    assert shopping.customer(right.customer_id).first_name == "Ada"
    shopping.tell(total="9.00")


def test_not_my_order_leaves_a_customers_other_orders_alone(shopping: Shopping) -> None:
    shopping.open(shopping.tell().link)
    wrong = shopping.open(shopping.tell(order_id="1043").link)
    assert wrong.invitation_id is not None

    shopping.write(lambda s: inviting.cut_tie(s, wrong.invitation_id or 0, now=shopping.now))

    ada = shopping.customer(wrong.customer_id)
    assert (ada.telegram_id, ada.source_customer_id) == (ADA, "c-7")
    owners = {one.order_id: one.customer_id == ada.id for one in shopping.purchases()}
    assert owners == {"1042": True, "1043": False}


def of_bo(shopping: Shopping, order: str) -> inviting.RecordedPurchase:
    bo = {"id": "c-bo", "first_name": "Bo", "email": "bo@example.org"}
    return shopping.tell(order_id=order, customer=bo, items=[{"name": "Lamp"}])


def not_mine(shopping: Shopping, opened: inviting.OpenedLink) -> None:
    assert opened.invitation_id is not None
    wrong = opened.invitation_id
    shopping.write(lambda s: inviting.cut_tie(s, wrong, now=shopping.now))


def owners(shopping: Shopping) -> dict[str, int]:
    return {one.order_id: one.customer_id for one in shopping.purchases()}


def test_not_my_order_gives_back_all_that_its_link_brought_into_a_known_chat(
    shopping: Shopping,
) -> None:
    ada_id = shopping.open(shopping.tell().link).customer_id
    first, _ = of_bo(shopping, "2001"), of_bo(shopping, "2002")

    not_mine(shopping, shopping.open(first.link))

    of_bo(shopping, "2003")
    ada, bo = shopping.customer(ada_id), shopping.customer(owners(shopping)["2001"])
    assert owners(shopping) == {"1042": ada.id, "2001": bo.id, "2002": bo.id, "2003": bo.id}
    assert (ada.first_name, ada.email, ada.source_customer_id) == ("Ada", "ada@example.org", "c-7")
    assert (bo.first_name, bo.email, bo.source_customer_id) == ("Bo", "bo@example.org", "c-bo")
    shopping.tell(order_id="1043")
    assert owners(shopping)["1043"] == ada.id
    assert shopping.open(first.link, BO).customer_id == bo.id


def test_what_a_link_filled_in_of_a_chat_s_gaps_leaves_with_it(shopping: Shopping) -> None:
    ada_id = shopping.open(shopping.tell(customer={"language": "en"}).link).customer_id

    not_mine(shopping, shopping.open(of_bo(shopping, "2001").link))

    ada = shopping.customer(ada_id)
    assert (ada.first_name, ada.email, ada.source_customer_id) == (None, None, None)
    of_bo(shopping, "2002")
    assert len(set(owners(shopping).values()) - {ada.id}) == 1


def test_not_my_order_gives_back_orders_that_nobody_has_opened(shopping: Shopping) -> None:
    first, _ = of_bo(shopping, "2001"), of_bo(shopping, "2002")

    not_mine(shopping, shopping.open(first.link))

    of_bo(shopping, "2003")
    (bo_id,) = set(owners(shopping).values())
    bo = shopping.customer(bo_id)
    assert (bo.telegram_id, bo.source_customer_id) == (None, "c-bo")


def test_not_my_order_asks_nobody_any_more_about_the_other_orders_of_its_buyer(
    shopping: Shopping,
) -> None:
    ada_id = shopping.open(shopping.tell().link).customer_id
    shopping.customer(ada_id, permission="each")
    first = shopping.open(of_bo(shopping, "2001").link)

    not_mine(shopping, first)
    later = of_bo(shopping, "2002")

    assert later.invitation is not None
    assert later.invitation.status is InvitationStatus.SENT
    assert all(
        one.telegram_id is None for one in shopping.invitations() if one.customer_id != ada_id
    )


def test_what_a_link_brought_is_in_no_copy_and_is_forgotten_with_its_chat(
    shopping: Shopping,
) -> None:
    shopping.open(shopping.tell().link)
    ada = shopping.open(of_bo(shopping, "2001").link)
    assert shopping.invitation(ada.invitation_id).brought is not None
    ada_id = ada.customer_id or 0

    copied = shopping.database.read(lambda s: remembering.copy_of(s, ada_id))
    shopping.write(lambda s: remembering.erase(s, shopping.house, ada_id, now=shopping.now))

    assert "bo@example.org" not in str(copied)
    assert [one.brought for one in shopping.invitations()] == [None, None]


def test_staff_can_look_at_a_link_without_binding_it(shopping: Shopping) -> None:
    link = shopping.tell().link
    assert link is not None

    seen = shopping.database.read(
        lambda s: inviting.preview(s, shopping.house, link, now=shopping.now)
    )

    assert (seen.order_id, seen.item, seen.first_name) == ("1042", "Trail shoes", "Ada")
    assert (seen.is_bound, seen.status, seen.why_not) == (False, "sent", None)
    assert shopping.open(link, BO).state is LinkState.NEW


def test_a_preview_of_nonsense_says_what_to_do(shopping: Shopping) -> None:
    with pytest.raises(InvitationError, match="whole link"):
        shopping.write(lambda s: inviting.preview(s, shopping.house, GUESS, now=shopping.now))


def test_why_says_why_nobody_was_asked(shopping: Shopping) -> None:
    shopping.tell(refunded_at="2026-11-19")
    shopping.tell(order_id="1043")

    def explain(order: str) -> tuple[inviting.LinkPreview | str, ...]:
        return shopping.database.read(
            lambda s: inviting.explain(s, shopping.house, order, now=shopping.now)
        )

    assert explain("1042") == ("Order 1042 from webshop: refunded.",)
    (waiting,) = explain("1043")
    assert isinstance(waiting, inviting.LinkPreview)
    assert waiting.link == shopping.database.read(
        lambda s: inviting.find_link(s, shopping.house, "webshop", "1043")
    )
    assert explain("9999") == ()
