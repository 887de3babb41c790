"""Far too much at once: memory stays bounded, whoever talks is answered, nothing is lost. `make overload` takes more."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import insert

from acceptance.asking import until
from acceptance.bot import TELEGRAM_SECRET
from acceptance.people import Phone
from acceptance.platforms import MARKETING, OPENS_AT, SUPPORT
from acceptance.stage import Stage
from acceptance.webhooks import TELEGRAM_HOOK
from crowded import write
from feedbackbot.config import load_settings
from feedbackbot.models.database import open_database
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.tables import TABLES

FULL = bool(os.environ.get("OVERLOAD"))
FLOOD = 10_000 if FULL else 500
INVITATIONS = 2_000 if FULL else 60
TALKERS = 500 if FULL else 30
#: messages a second that may leave for Telegram
LIMIT = 25 if FULL else 8
#: seconds for all of it
LONG = 300 if FULL else 60
#: seconds for one answer on a machine with much else to do; Telegram hands updates out in the order in which they came,
#: so whoever writes after a flood waits for that as well, about 0.3 ms for each message
SLOW = 3
#: MB by which the bot may grow meanwhile: caches, connections, the pages of SQLite
GROWTH = 64
CROWD = 5_000_000


@contextmanager
def stage_at(folder: Path, *, over_http: bool = False) -> Iterator[Stage]:
    """A stage with one small script, whose bot is started by the story."""
    scripts = write(folder / "conversations")
    environ = {"FEEDBACKBOT_CONVERSATIONS": str(scripts), "SLACK_MARKETING_CHANNEL": MARKETING}
    with Stage(folder=folder, environ=environ, bot_comes_later=True, over_http=over_http) as stage:
        yield stage


def joins(stage: Stage, order: str, name: str) -> Phone:
    phone = stage.customer(name)
    phone.opens(stage.purchase(order, name))
    phone.reads("How was Trail shoes?")
    return phone


def seconds_to_answer(phone: Phone, words: str, answer: str) -> float:
    started = time.monotonic()
    phone.writes(words)
    phone.reads(answer)
    return time.monotonic() - started


def count(stage: Stage, what: str) -> int:
    return int(stage.rows(f"select count(*) from {what}")[0][0])


def grown(stage: Stage, before: float, *, waited: float) -> float:
    """MB since then; `make overload` shows the figures."""
    after = stage.memory()
    sys.stdout.write(f"memory {before:.0f} -> {after:.0f} MB, waited {waited:.1f} s\n")
    return after - before


def test_a_flood_from_one_customer_is_kept_told_once_and_slows_nobody_else(tmp_path: Path) -> None:
    with stage_at(tmp_path) as stage:
        stage.start_bot(FEEDBACKBOT_INBOUND_PER_MINUTE="20")
        ada, zed = joins(stage, "1", "Ada"), joins(stage, "2", "Zed")
        before = stage.memory()

        stage.play("telegram/send", customer=zed.id, text="again", times=FLOOD)
        waited = seconds_to_answer(ada, "5", "Why is that?")
        until(lambda: count(stage, "messages") > FLOOD, "all are kept", patience=LONG)
        until(stage.is_quiet, "everything has left")

        notes = [post for post in stage.posts(SUPPORT) if "great many" in json.dumps(post)]
        assert len(notes) == 1
        assert len(zed.heard()) < 40
        assert len([words for words in zed.heard() if "a lot at once" in words]) <= 2
        assert waited < SLOW + FLOOD / 500
        assert grown(stage, before, waited=waited) < GROWTH


def test_invitations_by_the_thousand_wait_behind_whoever_talks(tmp_path: Path) -> None:
    with stage_at(tmp_path) as stage:
        know_crowd(stage)
        stage.play("telegram/crowd", id=CROWD, count=INVITATIONS)
        stage.start_bot(TELEGRAM_SENDS_PER_SECOND=str(LIMIT))
        ada = joins(stage, "1", "Ada")
        before = stage.memory()

        import_for_crowd(stage)
        until(lambda: waiting(stage) > INVITATIONS / 10, "they pile up", patience=LONG)
        waited = seconds_to_answer(ada, "5", "Why is that?")
        left_then = waiting(stage)

        until(lambda: asked(stage) == INVITATIONS, "everybody is asked", patience=LONG)
        assert left_then > 0
        assert waited < SLOW
        assert most_at_once(stage) <= LIMIT
        assert grown(stage, before, waited=waited) < GROWTH
        assert count(stage, "quarantine") == 0


def test_a_crowd_that_talks_at_once_is_answered_one_and_all(tmp_path: Path) -> None:
    with stage_at(tmp_path) as stage, ThreadPoolExecutor(8) as hands:
        stage.start_bot()
        phones = list(hands.map(lambda n: joins(stage, str(n), f"Nr {n}"), range(TALKERS)))
        before = stage.memory()

        started = time.monotonic()
        list(hands.map(lambda phone: phone.writes("5"), phones))
        list(hands.map(lambda phone: phone.reads("Why is that?"), phones))
        waited = time.monotonic() - started
        list(hands.map(lambda phone: phone.writes("It fits."), phones))
        list(hands.map(lambda phone: phone.reads("Would you come again?"), phones))
        until(stage.is_quiet, "everything has left", patience=LONG)

        answers = stage.rows("select step, count(*) from answers group by step order by step")
        assert answers == [("rate", TALKERS), ("why", TALKERS)]
        assert grown(stage, before, waited=waited) < GROWTH


def test_webhooks_are_told_to_come_again_while_too_much_waits_for_its_commit(
    tmp_path: Path,
) -> None:
    with stage_at(tmp_path, over_http=True) as stage:
        stage.start_bot()
        zed = stage.customer("Zed")
        with closing(sqlite3.connect(stage.database_file)) as other:
            other.execute("begin immediate")
            outcomes = asyncio.run(deliver(stage, zed.id, 700, release=other.rollback))

        statuses = Counter(status for status, _ in outcomes)
        # the bot's own loops have a few works in the queue, too
        assert 480 <= statuses[200] <= 500
        refused = [after for status, after in outcomes if status == 503]
        assert refused == ["1"] * (700 - statuses[200])
        assert count(stage, "messages") == statuses[200]


async def deliver(
    stage: Stage, customer: int, many: int, *, release: Callable[[], None]
) -> list[tuple[int, str | None]]:
    """As Telegram delivers, all at once; the database is released when the last ones were refused."""
    refused = asyncio.Event()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post(number: int) -> tuple[int, str | None]:
            chat = {"id": customer, "type": "private", "first_name": "Zed"}
            message = {"message_id": number, "date": 1, "chat": chat, "text": "again"}
            body = {"update_id": number, "message": message | {"from": chat | {"is_bot": False}}}
            secret = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
            address = stage.bot + TELEGRAM_HOOK
            async with session.post(address, json=body, headers=secret) as answer:
                if answer.status == 503:
                    refused.set()
                return answer.status, answer.headers.get("Retry-After")

        posted = [asyncio.create_task(post(900_000 + number)) for number in range(many)]
        await asyncio.wait_for(refused.wait(), 15)
        await asyncio.sleep(1)
        release()
        return await asyncio.gather(*posted)


def know_crowd(stage: Stage) -> None:
    """Customers from before, who said that the next purchase may be asked about as well."""
    settings = load_settings(env_file=stage.folder / ".env", environ=stage.settings())
    settings.data_folder.mkdir()
    database = open_database(settings.database_url, load_keys(settings), now=OPENS_AT)
    rows = [
        {
            "telegram_id": CROWD + number,
            "source": "csv",
            "source_customer_id": f"c{number}",
            "first_name": f"Nr {number}",
            "tags": "",
            "reach": "reachable",
            "permission": "each",
            "created_at": OPENS_AT - timedelta(days=300),
        }
        for number in range(INVITATIONS)
    ]
    database.write(lambda session: session.execute(insert(TABLES["customers"]), rows))
    database.close()


def import_for_crowd(stage: Stage) -> None:
    file = stage.folder / "orders.csv"
    day = OPENS_AT.date().isoformat()
    lines = [f"o{number},c{number},Soap,{day}" for number in range(INVITATIONS)]
    file.write_text("\n".join(["order_id,customer_id,item,purchased_at", *lines]))
    done = stage.command("import", str(file))
    assert done.returncode == 0, done.stdout + done.stderr


def waiting(stage: Stage) -> int:
    return count(stage, "outbox where status = 'waiting'")


def most_at_once(stage: Stage) -> int:
    """Messages for Telegram that left within any one second, less what a busy machine is late in writing down."""
    sent = "select sending_at from outbox where channel = 'telegram' and sending_at is not null"
    left = sorted(at for (at,) in stage.rows(sent))
    return max(bisect_left(left, at + 850_000) - place for place, at in enumerate(left))


def asked(stage: Stage) -> int:
    """How many of the crowd have their question."""
    crowd = f"chat_key >= 'telegram:{CROWD}' and chat_key < 'telegram:{CROWD + INVITATIONS}'"
    return count(stage, f"outbox where status = 'sent' and kind = 'text' and {crowd}")
