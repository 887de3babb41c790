from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from activities.test_conversing import Ada
from complaining import CARD_TS, OMAR, RITA
from complaining import Customer as Phone
from feedbackbot import conversing, escalating, remembering
from feedbackbot.conversing.incoming import IncomingFile, Written
from feedbackbot.engine.happenings import Command, ReplyKind
from feedbackbot.errors import NotAllowed
from feedbackbot.escalating.listening import ThreadMessage
from feedbackbot.house import House
from feedbackbot.models.customer import Customer
from feedbackbot.models.database import Database
from feedbackbot.remembering import forgotten


@pytest.fixture
def ada(database: Database, house: House, now: datetime, tmp_path: Path) -> Ada:
    house.erased_file = tmp_path / "erased.txt"
    ada = Ada(database, house, now)
    ada.is_asked()
    ada.taps("here")
    ada.taps("1")
    ada.writes("The sole came off on the second day")
    return ada


def customer_of(ada: Ada) -> int:
    return int(ada.rows("select min(id) from customers")[0][0])


def erase(ada: Ada) -> None:
    ada.database.write(lambda s: remembering.erase(s, ada.house, customer_of(ada), now=ada.now))


def test_a_copy_holds_what_was_said_on_both_sides(ada: Ada) -> None:
    copy = ada.database.read(lambda s: remembering.copy_of(s, customer_of(ada)))

    text = json.dumps(copy)
    assert "The sole came off on the second day" in text
    assert copy["customer"][0]["first_name"] == "Ada"
    assert copy["purchases"][0]["order_id"] == "1042"
    assert [a["value"] for a in copy["answers"]][:2] == ["here", "1"]


def test_a_copy_holds_replies_and_nothing_that_colleagues_said_to_each_other(
    database: Database, house: House, now: datetime
) -> None:
    bo = Phone(database, house, now)
    case = bo.complains()
    bo.post_cards()
    overheard(bo, "He did this last year too", staff=RITA, ts="1700000002.000100")
    bo.write(
        lambda s: escalating.reply(s, house, case, staff=RITA, text="A pair is coming.", now=now)
    )
    wants_it = {"ts": "1700000003.000100", "mentions_bot": True}
    overheard(bo, "Rita is on leave, I can help", staff=OMAR, **wants_it)
    bo.write(
        lambda s: escalating.resolve(
            s, house, case, staff=RITA, cause="quality", action_taken="Lena mixed them up", now=now
        )
    )

    copy = bo.read(lambda s: remembering.copy_of(s, bo.case().customer_id))

    assert [one["text"] for one in copy["replies_of_staff"]] == ["A pair is coming."]
    text = json.dumps(copy)
    for inside in ("last year", "on leave", "Lena", RITA.user_id, OMAR.user_id, OMAR.name, CARD_TS):
        assert inside not in text
    assert "1700000002" not in text


@pytest.mark.parametrize("status", ["waiting", "failed", "unknown"])
def test_a_line_to_staff_that_did_not_arrive_forgets_the_name(
    database: Database, house: House, now: datetime, status: str
) -> None:
    bo = Phone(database, house, now)
    bo.complains()
    bo.post_cards()
    overheard(bo, "Was this the bad batch?", staff=RITA, ts="1700000002.000100")
    assert "Send to Bo" in str(bo.in_slack("ephemeral"))
    bo.write(
        lambda s: s.execute(
            text("update outbox set status = :to where kind = 'ephemeral'"), {"to": status}
        )
    )

    bo.write(lambda s: remembering.erase(s, house, bo.case().customer_id, now=bo.now))

    assert bo.in_slack("ephemeral") == []


def overheard(bo: Phone, text: str, **more: Any) -> None:
    """Words in the complaint's thread."""
    usual: dict[str, Any] = {"team": "T0", "channel": "C0SUPPORT", "thread_ts": CARD_TS}
    message = ThreadMessage(text=text, **usual, **more)
    bo.write(lambda s: escalating.staff_message(s, bo.house, message, now=bo.now))


def test_a_copy_gives_no_secret_away(ada: Ada) -> None:
    copy = ada.database.read(lambda s: remembering.copy_of(s, customer_of(ada)))

    assert "token" not in json.dumps(copy)


def test_what_could_not_be_applied_of_somebody_who_is_forgotten_leaves_the_quarantine(
    ada: Ada,
) -> None:
    for number in (ada.telegram_id, 5):
        ada.database.write(
            lambda s, who=number: conversing.quarantine(  # type: ignore[misc]
                s,
                platform="telegram",
                key=f"telegram:1:{who}",
                raw=json.dumps({"message": {"from": {"id": who}}}),
                error=ValueError("then"),
                now=ada.now,
            )
        )

    erase(ada)

    assert ada.rows("select key from quarantine") == [("telegram:1:5",)]


def test_what_somebody_else_sent_stays_where_the_number_is_only_a_part_of_it(ada: Ada) -> None:
    others = {"from": {"id": 5}, "date": ada.telegram_id, "text": f"{ada.telegram_id}"}
    _put_aside(ada, json.dumps({"message": others}))

    erase(ada)

    assert ada.rows("select key from quarantine") == [("telegram:1:?",)]


@pytest.mark.parametrize(
    "raw",
    [
        '{"callback_query": {"from": {"id": "NUMBER"}}}',
        '{"edited_message": {"chat": {"id": NUMBER}}}',
        '{"message": {"from": {"id": NUMBER}, "text": "half an upda',
    ],
)
def test_what_is_theirs_leaves_however_it_was_broken(ada: Ada, raw: str) -> None:
    _put_aside(ada, raw.replace("NUMBER", str(ada.telegram_id)))

    erase(ada)

    assert ada.rows("select key from quarantine") == []


def _put_aside(ada: Ada, raw: str) -> None:
    usual = {"platform": "telegram", "key": "telegram:1:?", "error": ValueError("then")}
    ada.database.write(lambda s: conversing.quarantine(s, raw=raw, now=ada.now, **usual))  # type: ignore[arg-type]


def test_forgetting_keeps_numbers_and_no_words(ada: Ada) -> None:
    erase(ada)

    assert ada.rows("select count(*) from answers where words is not null") == [(0,)]
    assert ada.rows("select number from answers where metric = 'csat'") == [(1.0,)]
    assert ada.rows("select status, outcome from conversations") == [("abandoned", "erased")]
    assert ada.rows("select order_id like 'erased:%' from purchases") == [(1,)]


def test_forgetting_stops_everything_that_was_still_to_come(ada: Ada) -> None:
    ada.does(Command(name="human", message_key="7:9"))

    erase(ada)

    assert ada.rows("select count(*) from timers") == [(0,)]
    assert ada.rows(
        "select count(*) from outbox where channel = 'telegram' and status = 'waiting'"
    ) == [(0,)]


def test_the_file_itself_holds_no_word_of_somebody_who_was_forgotten(ada: Ada) -> None:
    file = IncomingFile(kind=ReplyKind.PHOTO, file_id="a-file-id", size=10)
    ada.does(Written(kind=ReplyKind.PHOTO, message_key="7:11", files=(file,)))

    erase(ada)

    left = ada.database.read(lambda s: remembering.copy_of(s, customer_of(ada)))
    text = json.dumps(left)
    assert "sole" not in text
    assert "Ada" not in text
    assert "1042" not in text


def test_somebody_whom_a_backup_brings_back_is_found(ada: Ada) -> None:
    """The backup is of before; the file of marks is not part of it."""
    marks = ada.house.erased_file
    assert marks is not None
    later = ada.now + timedelta(hours=1)
    ada.database.write(
        lambda s: forgotten.remember_marks(
            s, ada.house, s.get_one(Customer, customer_of(ada)), now=later
        )
    )

    found = ada.database.read(lambda s: forgotten.find_returned(s, marks))

    assert found == [customer_of(ada)]


def test_somebody_who_came_back_by_their_own_will_stays(ada: Ada) -> None:
    erase(ada)
    ada.pass_time(days=1)
    ada.writes("Hello again")
    marks = ada.house.erased_file
    assert marks is not None

    assert ada.database.read(lambda s: forgotten.find_returned(s, marks)) == []


def test_a_line_cut_short_by_a_crash_hurts_nobody(ada: Ada, tmp_path: Path) -> None:
    file = tmp_path / "cut.txt"
    file.write_text("abcdef 2026-11-2")

    assert ada.database.read(lambda s: forgotten.find_returned(s, file)) == []


def test_forgetting_takes_down_what_the_team_was_told_in_a_channel(ada: Ada) -> None:
    from feedbackbot.models import outbox
    from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus

    note = {"card": "note", "channel": "C0IDEAS", "text": "1/5, Shoes: the sole came off"}

    def post(session: Session) -> None:
        row = outbox.put(
            session,
            channel="slack",
            chat_key="slack:channel:C0IDEAS",
            kind="card",
            payload=note,
            customer_id=customer_of(ada),
            now=ada.now,
        )
        session.get_one(OutgoingMessage, row).status = OutgoingStatus.SENT

    ada.database.write(post)

    erase(ada)

    def posts(session: Session) -> list[dict[str, object] | None]:
        rows = select(OutgoingMessage.payload).where(
            OutgoingMessage.chat_key == "slack:channel:C0IDEAS"
        )
        return list(session.scalars(rows.order_by(OutgoingMessage.id)))

    first, over_it = ada.database.read(posts)
    assert first is None
    assert over_it == {"card": "erased", "of": "card", "channel": "C0IDEAS"}


def test_nothing_is_written_to_or_about_somebody_who_was_forgotten(ada: Ada) -> None:
    ada.taps("swap")
    case = ada.rows("select id from escalations")[0][0]
    erase(ada)

    with pytest.raises(NotAllowed, match="forgotten"):
        ada.database.write(
            lambda s: escalating.reply(
                s, ada.house, case, staff=RITA, text="A new pair is coming.", now=ada.now
            )
        )

    assert ada.rows("select count(*) from staff_replies") == [(0,)]
