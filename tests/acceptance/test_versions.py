"""The commands about versions, quarantine and invitations as people type them."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from acceptance.terminal import run
from crowded import BROKEN, REWRITTEN, VISIT, Crowd, house_of, write
from feedbackbot import conversing
from feedbackbot.models.database import Database
from feedbackbot.models.keys import KeyRing


class Shop:
    """Three conversations in a database file, and a terminal beside it."""

    def __init__(self, crowd: Crowd, folder: Path, keys: KeyRing) -> None:
        self.crowd, self.folder = crowd, folder
        self.file = folder / "feedbackbot.sqlite3"
        self.key = {"FEEDBACKBOT_SECRET_KEY": keys.dump().strip()}
        self.scripts = crowd.house.conversations

    def types(self, *words: str, key: bool = True) -> CompletedProcess[str]:
        environ = {
            "FEEDBACKBOT_DATABASE_URL": f"sqlite:///{self.file}",
            "FEEDBACKBOT_CONVERSATIONS": str(self.scripts),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        return run(*words, folder=self.folder, environ=environ | (self.key if key else {}))


@pytest.fixture
def shop(database: Database, tmp_path: Path, keys: KeyRing, now: datetime) -> Shop:
    folder = write(tmp_path / "conversations")
    crowd = Crowd(database, house_of(folder), now)
    crowd.joins(1, 2, 3)
    for number in (2, 3):
        crowd.taps(number, "4")
    crowd.writes(3, "It smells of lavender")
    return Shop(crowd, tmp_path, keys)


def test_check_against_a_database_lists_whom_a_change_touches(shop: Shop) -> None:
    write(shop.scripts, REWRITTEN)
    before = shop.crowd.rows("select * from customers")

    seen = shop.types("check", "--against", str(shop.file))

    assert seen.returncode == 0, seen.stderr
    assert "3 conversations run on an older version" in seen.stdout
    assert "visit, order 1 (since 2026-11-20): at “rate”, changed (ask, next)" in seen.stdout
    assert "visit, order 2 (since 2026-11-20): at “why”, gone" in seen.stdout
    assert "visit, order 3 (since 2026-11-20): at “again”, changed (choices)" in seen.stdout
    assert shop.crowd.rows("select * from customers") == before


def test_check_against_needs_no_key_where_nobody_is_touched(shop: Shop) -> None:
    seen = shop.types("check", "--against", f"sqlite:///{shop.file}", key=False)

    assert seen.returncode == 0, seen.stderr
    assert "No running conversation is touched" in seen.stdout


def test_without_the_key_check_says_who_is_touched_and_what_it_can_not_read(shop: Shop) -> None:
    write(shop.scripts, REWRITTEN)

    keyless = shop.types("check", "--against", str(shop.file), key=False)
    shop.key = {"FEEDBACKBOT_SECRET_KEY": KeyRing.generate().dump().strip()}
    wrong = shop.types("check", "--against", str(shop.file))

    for seen in (keyless, wrong):
        assert seen.returncode == 0
        assert "visit, order 2" in seen.stdout
        assert "“why”" not in seen.stdout
        assert "sealed, and can't be read without the key" in seen.stderr
        assert "Traceback" not in seen.stderr
    assert not (shop.folder / ".config").exists()


@pytest.mark.parametrize(
    "wrong",
    ["nowhere.sqlite3", "sqlite:////nowhere/x.sqlite3", "what://?", "sqlite://", "visit.txt"],
)
def test_a_database_that_is_not_there_is_said_in_a_sentence(shop: Shop, wrong: str) -> None:
    (shop.folder / "visit.txt").write_text("no database at all, but long enough to be one" * 99)
    seen = shop.types("check", "--against", wrong)

    assert seen.returncode == 1
    assert "database" in seen.stderr or "--against takes" in seen.stderr
    assert "Traceback" not in seen.stderr
    assert not (shop.folder / "nowhere.sqlite3").exists()


def test_wrong_scripts_are_compared_with_nothing(shop: Shop) -> None:
    write(shop.scripts, BROKEN)
    seen = shop.types("check", "--against", str(shop.file))

    assert seen.returncode == 1
    assert "order 2" not in seen.stdout


def test_migrate_shows_first_and_moves_when_told_to(shop: Shop) -> None:
    write(shop.scripts, REWRITTEN)

    shown = shop.types("script", "migrate", "visit")
    untouched = shop.crowd.rows("select count(distinct version), count(outcome) from conversations")
    done = shop.types("script", "migrate", "visit", "--yes")
    again = shop.types("script", "migrate", "visit", "--yes")

    assert shown.returncode == 0, shown.stderr
    assert untouched == [(1, 0)]
    assert "1 go on where they stand, 1 are asked again, 1 end" in shown.stdout
    assert "Nothing has been changed." in shown.stdout
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:3] == shown.stdout.splitlines()[:3]
    assert "“why” is gone; the team gets a note" in done.stdout
    assert "We have changed our questions" in shop.crowd.said_to(2)[-1]
    assert "Nothing to move" in again.stdout


def test_migrate_takes_new_names_of_steps(shop: Shop) -> None:
    write(
        shop.scripts,
        VISIT.replace("id: why,", "id: because,").replace("next: why}", "next: because}"),
    )

    done = shop.types("script", "migrate", "--map", "why:because", "--yes")

    assert done.returncode == 0, done.stderr
    assert "order 2 (since 2026-11-20): goes on at “why” (now “because”, unchanged)" in done.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["visit", "--map", "why"], "write OLD:NEW"),
        (["visit", "--map", "why:nowhere"], "no step “nowhere”"),
        (["visitt"], "no script visitt"),
    ],
)
def test_a_slip_in_migrate_is_said_in_a_sentence(shop: Shop, words: list[str], why: str) -> None:
    seen = shop.types("script", "migrate", *words, "--yes")

    assert (seen.returncode, why in seen.stderr) == (1, True), seen.stderr
    assert "Traceback" not in seen.stderr


def test_the_quarantine_is_listed_and_replayed(shop: Shop) -> None:
    sender = {"id": 1, "is_bot": False, "first_name": "Nr 1"}
    message = {"message_id": 99, "date": 1, "text": "5", "from": sender}
    raw = {"update_id": 77, "message": message | {"chat": {"id": 1, "type": "private"}}}
    for number, kept in enumerate((json.dumps(raw), "{half")):
        shop.crowd.database.write(
            lambda s, kept=kept, number=number: conversing.quarantine(  # type: ignore[misc]
                s,
                platform="telegram",
                key=f"telegram:1:7{7 + number}",
                raw=kept,
                error=ValueError("the disk was full"),
                now=shop.crowd.now,
            )
        )

    listed = shop.types("quarantine", "list")
    replayed = shop.types("quarantine", "replay")
    left, whole = shop.types("quarantine", "list"), shop.types("quarantine", "list", "--all")

    assert "telegram:1:77  waits" in listed.stdout
    assert "ValueError: the disk was full" in listed.stdout
    assert "Nr 1" not in listed.stdout
    assert replayed.returncode == 1
    assert "1  applied" in replayed.stdout
    assert "2  not replayed: It is no update of Telegram's" in replayed.stdout
    assert shop.crowd.said_to(1)[-1] == "Why is that?"
    assert ("telegram:1:77" in left.stdout, "telegram:1:78" in left.stdout) == (False, True)
    assert "telegram:1:77  replayed " in whole.stdout


def test_what_nobody_misses_is_put_away_and_the_audit_trail_knows(shop: Shop) -> None:
    shop.crowd.database.write(
        lambda s: conversing.quarantine(
            s,
            platform="telegram",
            key="telegram:1:?",
            raw="{half",
            error=ValueError("no JSON"),
            now=shop.crowd.now,
        )
    )

    refused = shop.types("quarantine", "replay")
    none, gone = (shop.types("quarantine", "discard", number) for number in ("7", "1"))

    assert "put away with `feedbackbot quarantine discard NUMBER`" in refused.stdout
    assert (none.returncode, gone.returncode) == (1, 0)
    assert "7  not put away: there is nothing under this number." in none.stdout
    assert "1  put away" in gone.stdout
    assert shop.types("quarantine", "list", "--all").stdout == "Nothing is in quarantine.\n"
    kept = shop.crowd.rows("select actor, act, subject from audit where act = 'discarded'")
    assert kept == [("cli", "discarded", "quarantine:1")]


def test_an_empty_quarantine_says_so(shop: Shop) -> None:
    seen = [shop.types("quarantine", what) for what in ("list", "replay")]

    assert [(one.returncode, one.stdout) for one in seen] == [
        (0, "Nothing is in quarantine.\n")
    ] * 2


def test_why_says_what_became_of_an_order(shop: Shop) -> None:
    known, unknown = shop.types("why", "#2"), shop.types("why", "4711")

    assert known.returncode == 0, known.stderr
    assert "Order 2 from " in known.stdout
    assert "visit: started" in known.stdout
    assert unknown.returncode == 1
    assert "No purchase with order number 4711" in unknown.stderr
