"""The commands about versions, quarantine and invitations as people type them, and a script saved while things run."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from acceptance.stage import Stage, run, until
from crowded import REWRITTEN, VISIT, Crowd, house_of, write
from feedbackbot import conversing
from feedbackbot.channels.terminal import play
from feedbackbot.models.database import Database
from feedbackbot.models.keys import KeyRing

BROKEN = VISIT.replace("next: why}", "next: wy}")


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


# ------------------------------------------------------------------ while things run


def state_of(address: str) -> Any:
    with urllib.request.urlopen(f"{address}/sandbox/state", timeout=10) as answer:
        return json.load(answer)


@contextmanager
def demo(scripts: Path, folder: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "feedbackbot", "demo", "--port", "0"]
    with subprocess.Popen(
        [*words, "--conversations", str(scripts)],
        env={**os.environ, "HOME": str(folder)},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            ready = next(line for line in process.stdout if "http://" in line)
            yield ready.split("ready: ")[1].strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_the_demo_takes_a_saved_script_at_once_and_shows_what_check_finds(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")
    with demo(scripts, tmp_path) as address:

        def noted(title: str) -> Callable[[], dict[str, Any] | None]:
            def find() -> dict[str, Any] | None:
                notes: dict[str, Any] = state_of(address)["notes"]
                return notes if title in notes.get("title", "") else None

            return find

        write(scripts, BROKEN)
        refused = until(noted("Not in use yet"), "the refusal stands beside the phone")
        write(scripts, REWRITTEN)
        until(noted("Saved and in use: visit"), "the good one is in use")
        link = next(m["link"] for m in state_of(address)["mail"] if m.get("link"))
        customer = state_of(address)["telegram"]["customers"][0]["id"]
        body = json.dumps({"customer": customer, "link": link}).encode()
        urllib.request.urlopen(f"{address}/sandbox/telegram/open_link", body, timeout=10).close()

        def asked() -> bool:
            messages = state_of(address)["telegram"]["customers"][0]["messages"]
            return any("How did you like" in m.get("text", "") for m in messages)

        until(asked, "the new words")

    [note] = [one for one in refused["notes"] if not one["warning"]]
    assert note["where"].startswith("visit.yaml:")
    assert "wy" in note["words"]
    assert note["source"].startswith("- {id: rate")


def test_a_running_bot_takes_what_is_saved_and_survives_what_is_wrong(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")
    environ = {
        "FEEDBACKBOT_CONVERSATIONS": str(scripts),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    stage = Stage(folder=tmp_path, environ=environ)

    def logged(what: str) -> None:
        until(lambda: what in stage.log() or None, what)

    try:
        stage.open()
        ada, bo, cleo = (stage.customer(name) for name in ("Ada", "Bo", "Cleo"))
        ada.opens(stage.purchase("1", "Ada"))
        ada.reads("How was")
        write(scripts, REWRITTEN)
        logged("scripts_reloaded")
        bo.opens(stage.purchase("2", "Bo"))
        bo.reads("How did you like")
        write(scripts, BROKEN)
        logged("scripts_refused")
        assert stage.end_bot() == 0

        stage.start_bot()
        ada.taps("4 ★")
        ada.reads("Why is that?")
        cleo.opens(stage.purchase("3", "Cleo"))
        cleo.reads("How did you like")
    finally:
        stage.close()
    assert "There is no step" in stage.log()


def test_play_takes_a_saved_script_between_two_lines(tmp_path: Path) -> None:
    scripts = write(tmp_path / "conversations")

    class Typing(io.StringIO):
        """Saves the script after the first line."""

        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            if self.tell():
                write(scripts, next(texts))
            return super().readline(size if size is not None else -1)

    texts = iter((BROKEN, REWRITTEN, REWRITTEN, REWRITTEN))
    out = io.StringIO()
    play(scripts / "visit.yaml", Typing("4\nIt smells\n/restart\n/quit\n"), out)

    heard = out.getvalue()
    assert "the old version goes on" in heard
    assert heard.index("Why is that?") < heard.index("How did you like")
    assert "visit.yaml:7" in heard
