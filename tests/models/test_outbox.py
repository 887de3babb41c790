from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from feedbackbot.engine.events import Purpose
from feedbackbot.models import outbox
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage, OutgoingStatus


def put_question(session: Session, now: datetime, **more: Any) -> int:
    return outbox.put(
        session,
        channel="telegram",
        chat_key="telegram:900001",
        kind="text",
        payload={"text": "How was it, Ada?", "buttons": []},
        now=now,
        **more,
    )


def put_face(session: Session, now: datetime, status: str, about_id: int | None) -> int:
    return outbox.put_card(
        session,
        channel="slack",
        chat_key="slack:escalation:7",
        payload={"card": "escalation", "status": status},
        now=now,
        about_id=about_id,
    )


def rows(database: Database) -> list[OutgoingMessage]:
    ordered = select(OutgoingMessage).order_by(OutgoingMessage.id)
    return list(database.read(lambda session: session.scalars(ordered).all()))


def faces(database: Database) -> list[tuple[int | None, str]]:
    return [(row.about_id, (row.payload or {})["status"]) for row in rows(database)]


def move(database: Database, row_id: int, status: OutgoingStatus) -> None:
    statement = update(OutgoingMessage).where(OutgoingMessage.id == row_id).values(status=status)
    database.write(lambda session: session.execute(statement))


def test_a_message_waits_with_all_that_is_known_about_it(database: Database, now: datetime) -> None:
    later = now + timedelta(seconds=3)

    row_id = database.write(
        lambda session: put_question(
            session, now, purpose=Purpose.QUESTION, priority=1, visit=4, not_before=later
        )
    )

    row = database.read(lambda session: session.get_one(OutgoingMessage, row_id))
    assert (row.status, row.attempts, row.purpose) == (OutgoingStatus.WAITING, 0, "question")
    assert (row.visit, row.priority, row.not_before) == (4, 1, later)
    assert row.payload == {"text": "How was it, Ada?", "buttons": []}


def test_ids_tell_the_order(database: Database, now: datetime) -> None:
    ids = database.write(lambda session: [put_question(session, now) for _ in range(5)])

    assert ids == sorted(set(ids))


def test_nothing_is_left_to_send_of_a_work_that_failed(database: Database, now: datetime) -> None:
    def fail(session: Session) -> None:
        put_question(session, now)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fail)

    assert rows(database) == []


def test_statuses_stand_in_the_table_as_words(database: Database, now: datetime) -> None:
    database.write(lambda session: put_question(session, now))

    query = text("SELECT status FROM outbox")
    assert database.read(lambda session: session.execute(query).scalar()) == "waiting"


def test_a_card_that_has_not_left_yet_leaves_with_its_newest_face(
    database: Database, now: datetime
) -> None:
    card = database.write(lambda session: put_face(session, now, "open", None))

    again = database.write(lambda session: put_face(session, now, "claimed", card))

    assert again == card
    assert faces(database) == [(None, "claimed")]


def test_of_several_changes_of_a_posted_card_only_the_last_leaves(
    database: Database, now: datetime
) -> None:
    card = database.write(lambda session: put_face(session, now, "open", None))
    move(database, card, OutgoingStatus.SENT)

    def three_changes(session: Session) -> None:
        for status in ("claimed", "open", "resolved"):
            put_face(session, now, status, card)

    database.write(three_changes)

    assert faces(database) == [(None, "open"), (card, "resolved")]


def test_a_change_that_is_just_leaving_is_followed_by_the_next(
    database: Database, now: datetime
) -> None:
    card = database.write(lambda session: put_face(session, now, "open", None))
    move(database, card, OutgoingStatus.SENDING)

    database.write(lambda session: put_face(session, now, "claimed", card))

    assert faces(database) == [(None, "open"), (card, "claimed")]


def test_cards_of_different_complaints_don_t_replace_each_other(
    database: Database, now: datetime
) -> None:
    first, second = database.write(
        lambda session: [put_face(session, now, "open", None) for _ in range(2)]
    )

    database.write(lambda session: put_face(session, now, "claimed", second))

    assert first != second
    assert faces(database) == [(None, "open"), (None, "claimed")]
