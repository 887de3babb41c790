"""What went into quarantine is applied again, once, the way the inbox would have done it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from feedbackbot import conversing
from feedbackbot.channels.telegram import TelegramBot
from feedbackbot.channels.telegram_inbox import TelegramInbox
from feedbackbot.channels.telegram_replaying import Replayed, replay
from feedbackbot.errors import NotAllowed
from feedbackbot.house import House
from feedbackbot.models.audit import Quarantined
from feedbackbot.models.database import Database
from feedbackbot.models.outbox import OutgoingMessage

BOT_ID = 7_000_000_001


def update(words: str = "/help", number: int = 9) -> dict[str, Any]:
    ada = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": "en"}
    message = {"message_id": number, "date": 1, "text": words, "from": ada}
    return {"update_id": number, "message": message | {"chat": {"id": 7, "type": "private"}}}


class Kept:
    """A quarantine, and hands to replay from it."""

    def __init__(self, database: Database, house: House, now: datetime) -> None:
        self.database, self.house, self.now = database, house, now
        self.bot = TelegramBot("1:nobody", "http://127.0.0.1:9/telegram")

    def puts(self, raw: str, *, platform: str = "telegram", key: str | None = None) -> int:
        self.database.write(
            lambda s: conversing.quarantine(
                s,
                platform=platform,
                key=key or f"{platform}:{BOT_ID}:9",
                raw=raw,
                error=ValueError("then"),
                now=self.now,
            )
        )
        return self.row().id

    def replays(self, number: int) -> Replayed:
        return self.database.write(lambda s: replay(s, self.house, number, now=self.now))

    def row(self) -> Quarantined:
        newest = select(Quarantined).order_by(Quarantined.id.desc()).limit(1)
        return self.database.read(lambda s: s.scalars(newest).one())

    def said(self) -> list[str]:
        rows = self.database.read(lambda s: list(s.scalars(select(OutgoingMessage))))
        return [str((row.payload or {}).get("text")) for row in rows]

    def inbox(self) -> TelegramInbox:
        return TelegramInbox(
            bot=self.bot,
            database=self.database,
            house=self.house,
            now=lambda: self.now,
            committed=lambda: None,
        )


@pytest.fixture
def kept(database: Database, house: House, now: datetime) -> Kept:
    return Kept(database, house, now)


async def test_what_raised_then_is_answered_now(kept: Kept) -> None:
    """A table was away for a while."""
    kept.database.write(lambda s: s.execute(text("alter table media rename to away")))
    saved = update("/help")
    saved["message"] |= {
        "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    }
    saved["message"]["caption"] = saved["message"].pop("text")
    await kept.inbox().take(saved)
    number = kept.row().id
    before = kept.said()
    kept.database.write(lambda s: s.execute(text("alter table away rename to media")))

    done = kept.replays(number)

    assert before == []
    assert done == Replayed()
    assert "Shall I pass this on" in kept.said()[0]
    assert kept.row().replayed_at == kept.now


def test_an_update_is_applied_once_however_often_it_is_replayed(kept: Kept) -> None:
    number = kept.puts(json.dumps(update()))
    kept.replays(number)

    with pytest.raises(NotAllowed, match="already"):
        kept.replays(number)
    assert len(kept.said()) == 1


async def test_what_telegram_delivered_again_meanwhile_has_no_second_effect(kept: Kept) -> None:
    number = kept.puts(json.dumps(update()))
    await kept.inbox().take(update())

    assert kept.replays(number).repeated
    assert len(kept.said()) == 1
    assert kept.row().replayed_at is not None


def test_what_still_raises_stays_as_it_was(kept: Kept) -> None:
    broken = update()
    broken["message"]["from"] = {"id": "seven"}
    number = kept.puts(json.dumps(broken))

    with pytest.raises(ValueError, match="seven"):
        kept.replays(number)
    assert kept.row().replayed_at is None
    assert kept.said() == []


@pytest.mark.parametrize(
    ("put", "why"),
    [
        (lambda kept: kept.puts('{"update_id": 9, '), "no update"),
        (lambda kept: kept.puts("[1, 2]"), "no update"),
        (lambda kept: kept.puts("{}", platform="slack", key="slack:1"), "came from Slack"),
        (lambda _: 404, "nothing under the number"),
    ],
    ids=["half a file", "a list", "from Slack", "unknown"],
)
def test_what_can_not_be_replayed_is_said_in_a_sentence(
    kept: Kept, put: Callable[[Kept], int], why: str
) -> None:
    number = put(kept)

    with pytest.raises(NotAllowed, match=why):
        kept.replays(number)


def test_what_was_erased_is_not_brought_back(kept: Kept) -> None:
    number = kept.puts(json.dumps(update()))
    kept.database.write(lambda s: s.execute(text("update quarantine set raw = null")))

    with pytest.raises(NotAllowed, match="erased"):
        kept.replays(number)


def test_a_whole_day_of_updates_is_no_flood(kept: Kept) -> None:
    kept.house.inbound_per_minute = 3
    for number in range(20, 30):
        kept.replays(
            kept.puts(json.dumps(update(number=number)), key=f"telegram:{BOT_ID}:{number}")
        )

    assert len([words for words in kept.said() if "/human" in words]) == 10
    assert kept.house.inbound_per_minute == 3
