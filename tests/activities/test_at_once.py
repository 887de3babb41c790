"""Two processes at one PostgreSQL do the same thing, or opposite things, in the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Barrier
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from complaining import MIA, OMAR, RITA, Customer
from feedbackbot import conversing, escalating, reviewing, sweeping
from feedbackbot.conversing import Outcome
from feedbackbot.conversing.incoming import Act, Incoming, Sender, Written
from feedbackbot.engine.happenings import Command, LinkState, ReplyKind, Tap
from feedbackbot.errors import EscalationTaken, FeedbackbotError
from feedbackbot.house import House
from feedbackbot.invariants import find_broken
from feedbackbot.inviting import OpenedLink
from feedbackbot.models import customer as people
from feedbackbot.models import reward
from feedbackbot.models.audit import find_broken as find_broken_audit
from feedbackbot.models.conversation import Answer, Message
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.invitation import Invitation
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.testimonial import TestimonialStatus
from feedbackbot.models.timer import due
from feedbackbot.reviewing import quote_card
from feedbackbot.staff import Staff
from shopping import ADA, BO, Shopping

T = TypeVar("T")
#: a race that is lost only now and then is run this often
ROUNDS = range(8)


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def processes(
    database: Database, database_url: str, keys: KeyRing, now: datetime
) -> Iterator[tuple[Database, Database]]:
    other = open_database(database_url, keys, now=now)
    yield database, other
    other.close()


@pytest.fixture(autouse=True)
def nothing_is_broken_in_the_end(database: Database, house: House, now: datetime) -> Iterator[None]:
    yield
    assert database.read(find_broken_audit) is None
    assert list(database.read(lambda s: list(find_broken(s, now=now)))) == []


@pytest.fixture
def bo(database: Database, house: House, now: datetime) -> Customer:
    return Customer(database, house, now)


def at_once(*works: Callable[[], T]) -> list[T | Exception]:
    """All begin in the same moment; what each returned or raised."""
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        start.wait(10)
        try:
            return work()
        except FeedbackbotError as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def receives(
    database: Database, house: House, act: Act, key: str, who: int, now: datetime
) -> Callable[[], Outcome]:
    incoming = Incoming(key=key, sender=Sender(telegram_id=who, first_name="Bo"), act=act)
    return lambda: database.write(lambda s: conversing.receive(s, house, incoming, now=now))


def _link(shop: Shopping, **news: Any) -> str | None:
    return shop.tell(**news).link


def _claim(one: Database, house: House, case: int, who: Staff, now: datetime) -> None:
    one.write(lambda s: escalating.claim(s, house, case, staff=who, now=now))


def count(database: Database, what: Any) -> int:
    return database.read(lambda s: s.scalar(select(func.count()).select_from(what))) or 0


def test_one_update_that_comes_to_both_has_one_effect(
    processes: tuple[Database, Database], house: House, bo: Customer, now: datetime
) -> None:
    bo.buys_and_opens()
    tap = Tap(visit=bo.asked().visit or 0, choice="1", message_key="7:50")
    heard = len(bo.messages())

    outcomes = at_once(
        *(receives(one, house, tap, "telegram:1:50", bo.telegram_id, now) for one in processes * 3)
    )

    assert sorted(one.repeated for one in outcomes if isinstance(one, Outcome)) == [
        False,
        *[True] * 5,
    ]
    assert count(bo.database, Answer) == 1
    assert len([m for m in bo.messages()[heard:] if m.visit is not None and m.kind == "text"]) == 1


def test_a_strangers_first_messages_make_one_customer(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for who in ROUNDS:
        works = [
            receives(
                one,
                house,
                Written(kind=ReplyKind.TEXT, text="hello", message_key=f"{who}:{number}"),
                f"telegram:1:{who}:{number}",
                900 + who,
                now,
            )
            for number, one in enumerate(processes)
        ]
        at_once(*works)

    assert count(processes[0], people.Customer) == len(ROUNDS)
    assert count(processes[0], Message) == 2 * len(ROUNDS)


def test_words_that_come_to_both_at_once_all_reach_the_thread(
    processes: tuple[Database, Database], house: House, bo: Customer, now: datetime
) -> None:
    bo.complains()
    said = [f"and number {number} is broken too" for number in range(10)]

    at_once(
        *(
            receives(
                processes[number % 2],
                house,
                Written(kind=ReplyKind.TEXT, text=words, message_key=f"7:{90 + number}"),
                f"telegram:1:w{number}",
                bo.telegram_id,
                now,
            )
            for number, words in enumerate(said)
        )
    )

    assert sorted(line["text"] for line in bo.in_slack("thread") if line["text"] in said) == said


def test_of_two_who_claim_at_once_one_owns_it_and_the_other_is_told(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for number in ROUNDS:
        bo = Customer(processes[0], house, now, telegram_id=1000 + number)
        case = bo.complains()
        outcomes = at_once(
            partial(_claim, processes[0], house, case, RITA, now),
            partial(_claim, processes[1], house, case, OMAR, now),
        )

        (loser,) = [one for one in outcomes if isinstance(one, EscalationTaken)]
        assert bo.case().claimed_name == loser.owner
        assert len([text for text in bo.heard() if "has read your message" in text]) == 1


def test_both_replies_at_once_are_delivered_and_stand_in_one_order(
    processes: tuple[Database, Database], house: House, bo: Customer, now: datetime
) -> None:
    case = bo.complains()
    at_once(
        *(
            lambda one=one, text=text: one.write(
                lambda s: escalating.reply(
                    s, house, case, staff=RITA, text=text, take_over=True, now=now
                )
            )
            for one, text in zip(processes, ("A new pair leaves today.", "Sorry!"), strict=True)
        )
    )

    heard = " ".join(bo.heard())
    assert "A new pair leaves today." in heard
    assert "Sorry!" in heard


def test_whoever_takes_words_back_while_they_are_published_has_the_last_word(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for number in ROUNDS:
        ada = Customer(processes[0], house, now, name="Ada", telegram_id=2000 + number)
        quote = ada.praises(f"They kept me dry, {number}.")

        def approve(session: Session, quote: int = quote) -> str:
            row = quote_card.get(session, quote)
            shown = quote_card.fingerprint(session, row)
            return reviewing.approve(session, house, quote, staff=MIA, fingerprint=shown, now=now)

        at_once(
            lambda work=approve: processes[0].write(work),  # type: ignore[misc]
            lambda quote=quote: processes[1].write(  # type: ignore[misc]
                lambda s: reviewing.withdraw(s, house, quote, now=now)
            ),
        )

        assert ada.quote().status == TestimonialStatus.WITHDRAWN


def test_one_order_told_to_both_is_one_purchase_with_one_link(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for number in ROUNDS:
        shops = [Shopping(one, house, now) for one in processes]
        told = at_once(*(partial(_link, shop, order_id=f"{number}") for shop in shops))
        assert told[0] == told[1]
        assert told[0]

    assert count(processes[0], people.Purchase) == len(ROUNDS)
    assert count(processes[0], people.Customer) == 1


def test_one_link_opened_by_two_at_once_belongs_to_one(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for number in ROUNDS:
        shops = [Shopping(one, house, now) for one in processes]
        customer = {"id": f"c-{number}", "first_name": "Ada"}
        link = shops[0].tell(order_id=f"{number}", customer=customer).link
        works = [
            partial(shop.open, link, who + number)
            for shop, who in zip(shops, (ADA, BO), strict=True)
        ]
        states = [one.state for one in at_once(*works) if isinstance(one, OpenedLink)]
        assert sorted(states) == [LinkState.NEW, LinkState.TAKEN]

    assert count(processes[0], Invitation) == len(ROUNDS)


def test_codes_of_one_pool_are_given_once(
    processes: tuple[Database, Database], now: datetime
) -> None:
    codes: dict[str, datetime | None] = {f"TY-{number}": None for number in range(20)}
    processes[0].write(lambda s: reward.add(s, "thanks", codes, now=now))
    customer = people.Customer(first_name="Ada", created_at=now)
    processes[0].write(lambda s: s.add(customer))
    orders = [
        people.Purchase(
            customer_id=customer.id,
            source="api",
            order_id=str(number),
            items=[],
            tags="",
            created_at=now,
            updated_at=now,
        )
        for number in range(20)
    ]
    processes[0].write(lambda s: s.add_all(orders))

    def take(session: Session, purchase: int) -> str:
        (free,) = reward.free_codes(session, ["thanks"], now=now).values()
        reward.give(
            session, "thanks", free.code, purchase_id=purchase, conversation_id=None, now=now
        )
        return free.code

    with ThreadPoolExecutor(8) as threads:
        given = list(
            threads.map(
                lambda n: processes[n % 2].write(lambda s: take(s, orders[n].id)), range(20)
            )
        )

    assert sorted(given) == sorted(codes)


def test_a_timer_that_both_find_due_happens_once(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    everybody = [Customer(processes[0], house, now, telegram_id=3000 + n) for n in ROUNDS]
    for bo in everybody:
        bo.buys_and_opens()
    later = max(
        t.due_at
        for t in processes[0].read(lambda s: due(s, datetime.max.replace(tzinfo=now.tzinfo)))
    )
    found = processes[0].read(lambda s: due(s, later))

    def look(one: Database) -> int:
        return sum(
            one.write(lambda s, t=timer: sweeping.look_at(s, house, t, now=later))  # type: ignore[misc]
            for timer in found
        )

    looked = at_once(*(partial(look, one) for one in processes))

    assert sum(one for one in looked if isinstance(one, int)) >= len(found) > 0
    for bo in everybody:
        reminders = [text for text in bo.heard() if "No rush" in text]
        assert len(reminders) == 1


def test_stop_and_a_tap_at_once_leave_a_chat_that_is_whole(
    processes: tuple[Database, Database], house: House, now: datetime
) -> None:
    for number in ROUNDS:
        bo = Customer(processes[0], house, now, telegram_id=4000 + number)
        bo.buys_and_opens()
        tap = Tap(visit=bo.asked().visit or 0, choice="1", message_key="7:50")
        stop = Command(name="stop", message_key="7:51")
        at_once(
            receives(processes[0], house, tap, f"a{number}", bo.telegram_id, now),
            receives(processes[1], house, stop, f"b{number}", bo.telegram_id, now),
        )
        stopped = select(people.Customer.stopped_at).where(
            people.Customer.telegram_id == bo.telegram_id
        )
        assert bo.read(lambda s: s.scalar(stopped)) == now  # noqa: B023
