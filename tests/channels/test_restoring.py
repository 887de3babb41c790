"""A backup was restored: it is put right before anybody is answered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from complaining import MIA, Customer
from feedbackbot import publishing, reviewing
from feedbackbot.app import build
from feedbackbot.building import Parts
from feedbackbot.config import Settings
from feedbackbot.delivering.high_water import HighWater
from feedbackbot.models.outbox import OutgoingStatus


@pytest.fixture
def database_kind() -> str:
    """A file can be put back."""
    return "sqlite"


async def lives(settings: Settings, what: Callable[[Parts, Customer], None]) -> None:
    """The program is put together, as if to be served the moment after, and ends."""
    app = await build(settings)
    parts = app.parts
    parts.house.slack_channels = {"support": "C0SUPPORT", "marketing": "C0MARKETING"}
    what(parts, Customer(parts.database, parts.house, parts.clock.now(), name="Ada"))
    await parts.close()


def public(parts: Parts) -> list[str]:
    now = parts.clock.now()
    found = parts.database.read(lambda s: list(publishing.published(s, parts.house, now=now)))
    return [one.quote for one in found]


def is_published(parts: Parts, ada: Customer) -> None:
    quote = ada.praises()
    fingerprint = ada.card()["fingerprint"]
    ada.write(
        lambda s: reviewing.approve(
            s, ada.house, quote, staff=MIA, fingerprint=fingerprint, now=ada.now
        )
    )
    assert len(public(parts)) == 1


def withdraws(parts: Parts, ada: Customer) -> None:
    ada.write(lambda s: reviewing.withdraw(s, ada.house, ada.quote().id, now=ada.now))
    HighWater(parts.house.sent_file).raise_to(ada.outbox()[-1].id)


async def test_words_taken_back_since_are_off_the_wall_before_the_first_visitor(
    settings: Settings, tmp_path: Path
) -> None:
    file = Path(str(make_url(settings.database_url).database))
    await lives(settings, is_published)
    shutil.copy(file, tmp_path / "backup")
    await lives(settings, withdraws)
    shutil.copy(tmp_path / "backup", file)

    def shows_nothing_and_sends_nothing_again(parts: Parts, ada: Customer) -> None:
        old = ada.messages()
        assert public(parts) == []
        assert {one.status for one in old if one.kind == "text"} == {OutgoingStatus.UNKNOWN}
        # an answer to what comes in from now on is new, and leaves
        bo = Customer(parts.database, parts.house, ada.now, name="Bo", telegram_id=333)
        bo.sends("help")
        assert [one.status for one in bo.messages()] == [OutgoingStatus.WAITING]

    await lives(settings, shows_nothing_and_sends_nothing_again)
