"""Trouble of our own is neither the platform's answer nor the end of a message."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import make_url

from activities.post import PostOffice
from activities.test_rounds_that_fail import claimed
from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.handing_over import HandingOver
from feedbackbot.errors import DeliveryError, NotSent, PlatformAway
from feedbackbot.house import House
from feedbackbot.models.database import Database
from feedbackbot.processes import Alone


class Asleep(Alone):
    may_send = False


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def post(database: Database, house: House, now: datetime) -> PostOffice:
    return PostOffice(database, house, now)


@pytest.fixture
def gone(database: Database, database_url: str) -> Iterator[Path]:
    """The database file can't be opened until the test is over."""
    file = Path(make_url(database_url).database or "")
    away = file.with_suffix(".away")
    for engine in database._engines[1:]:
        engine.dispose()
    file.rename(away)
    file.mkdir()
    yield away
    file.rmdir()
    away.rename(file)


def handing_over(post: PostOffice, kind: type[Alone] = Alone) -> HandingOver:
    return HandingOver(
        database=post.database,
        house=post.house,
        channels={"telegram": post.pigeon},
        processes=kind(post.database, recover=lambda _session: 0),
    )


def photo(post: PostOffice, *, attempts: int = 1, **payload: object) -> Outgoing:
    message = claimed(1, post.now).message
    return replace(message, kind="photo", payload=payload, attempts=attempts)


@pytest.mark.usefixtures("gone")
async def test_a_file_that_the_database_does_not_hand_out_just_now_is_asked_for_again(
    post: PostOffice,
) -> None:
    one = replace(claimed(1, post.now), message=photo(post, media_id=1, caption="Look"))

    attempt = await handing_over(post).attempt(one)

    assert isinstance(attempt.error, NotSent)
    assert not attempt.asked
    assert post.pigeon.sent == []


@pytest.mark.parametrize(("attempts", "final"), [(1, False), (6, True)])
async def test_a_picture_that_can_not_be_read_is_tried_for_half_a_minute(
    post: PostOffice, attempts: int, final: bool
) -> None:
    # reading where nothing is mapped is an error, also for whoever may read everything
    post.house = dataclasses.replace(post.house, conversations=Path("/proc/self"))
    one = replace(claimed(1, post.now), message=photo(post, photo="mem", attempts=attempts))

    attempt = await handing_over(post).attempt(one)

    assert isinstance(attempt.error, DeliveryError)
    assert isinstance(attempt.error, NotSent) is not final
    assert "can't be read" in str(attempt.error)


@pytest.mark.parametrize("kind", [Alone, Asleep])
async def test_only_what_came_to_the_platform_counts_as_its_answer(
    post: PostOffice, kind: type[Alone]
) -> None:
    attempt = await handing_over(post, kind).attempt(claimed(1, post.now))

    assert attempt.asked is kind.may_send
    assert len(post.pigeon.sent) == kind.may_send


async def test_a_picture_that_is_missing_closes_no_breaker(post: PostOffice) -> None:
    for chat in range(12):
        post.put("Hello", chat=chat)
    post.pigeon.troubles = [PlatformAway()] * 12
    loop = post.loop()
    await loop.drain()
    breaker = loop._breakers["telegram"]
    assert breaker.is_open

    one = replace(claimed(99, post.now), message=photo(post, photo="missing.png"))
    breaker.take()
    await loop._deliver(one)

    assert breaker.is_open
    assert breaker.wait() != 1.0
