"""A restored backup sends nothing again, and gives no number out twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from activities.post import PostOffice
from feedbackbot.channels.base import Receipt
from feedbackbot.delivering.high_water import HighWater, read, repeat_nothing
from feedbackbot.delivering.recovering import catch_up
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage


@pytest.fixture
def post(database: Database, house: House, now: datetime, tmp_path: Path) -> PostOffice:
    house.sent_file = tmp_path / "sent.txt"
    return PostOffice(database, house, now)


async def test_the_mark_stands_at_the_newest_message_that_has_left(post: PostOffice) -> None:
    numbers = [post.put("Hello", chat=chat) for chat in range(3)]

    await post.deliver()

    assert read(post.house.sent_file) == max(numbers)


def test_a_mark_never_falls(tmp_path: Path) -> None:
    file = tmp_path / "sent.txt"
    mark = HighWater(file)
    mark.raise_to(1000)
    mark.raise_to(999)
    mark.close()

    assert read(file) == 1000
    again = HighWater(file)
    again.raise_to(12)
    assert read(file) == 1000


@pytest.mark.parametrize("status", ["waiting", "sending", "unknown"])
async def test_what_waits_in_a_restored_backup_is_not_sent_to_customers_again(
    post: PostOffice, status: str
) -> None:
    row = post.put("How was it?")
    post.database.write(
        lambda session: session.execute(
            update(OutgoingMessage).values(status=status, attempts=1, not_before=post.now)
        )
    )
    HighWater(post.house.sent_file).raise_to(row + 50)

    await _begin_again(post)
    post.pass_time(3600)
    await _begin_again(post)

    assert post.pigeon.sent == []
    assert post.status(row) == "unknown"


async def test_slack_is_asked_whether_it_has_been_posted(post: PostOffice) -> None:
    payload = {"card": "note", "channel": "C1"}
    row = post.put("", channel="slack", chat_key="slack:x", kind="card", payload=payload)
    HighWater(post.house.sent_file).raise_to(row + 50)
    post.slack.found = Receipt(platform_id="17.1")

    await _begin_again(post)

    assert len(post.slack.looked_for) == 1
    assert post.slack.sent == []
    assert post.status(row) == "sent"


def test_numbers_that_were_given_out_since_are_not_given_out_again(post: PostOffice) -> None:
    row = post.put("How was it?")
    HighWater(post.house.sent_file).raise_to(row + 50)

    assert post.database.write(
        lambda session: repeat_nothing(session.connection(), post.house.sent_file, now=post.now)
    )

    assert post.put("Something else") > row + 50


async def test_an_orderly_or_hard_restart_is_no_restore(post: PostOffice) -> None:
    row = post.put("How was it?")
    await post.deliver()
    later = post.put("And now?")

    await _begin_again(post)

    assert (post.status(row), post.status(later)) == ("sent", "sent")


def test_a_pause_of_seconds_is_not_made_an_hour_by_a_clock_that_is_put_back(
    post: PostOffice,
) -> None:
    soon = post.put("In a second", not_before=post.now + timedelta(seconds=1))
    morning = post.put("In the morning", not_before=post.now + timedelta(hours=9))
    back = timedelta(hours=-1)

    post.database.write(lambda session: catch_up(session, back, now=post.now + back))

    assert _until(post, soon) == timedelta(hours=-1, seconds=1)
    assert _until(post, morning) == timedelta(hours=9)


def test_a_pause_that_had_begun_before_the_clock_was_put_back_to_stays_as_it_is(
    post: PostOffice,
) -> None:
    row = post.put("In ten minutes", not_before=post.now + timedelta(minutes=10))
    post.pass_time(300)

    post.database.write(lambda session: catch_up(session, timedelta(seconds=-1), now=post.now))

    assert _until(post, row) == timedelta(minutes=5)


async def test_a_mark_that_can_not_be_written_keeps_no_message_back(
    post: PostOffice, tmp_path: Path
) -> None:
    row = post.put("Hello")
    (tmp_path / "no folder").touch()
    post.house.sent_file = tmp_path / "no folder" / "sent.txt"

    await post.deliver()

    assert post.status(row) == "sent"


def _until(post: PostOffice, row: int) -> timedelta:
    moment = post.database.read(lambda session: session.get_one(OutgoingMessage, row).not_before)
    assert moment is not None
    return moment - post.now


async def _begin_again(post: PostOffice) -> None:
    loop = post.loop()
    await loop.recover()
    await loop.drain()
