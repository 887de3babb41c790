"""`feedbackbot doctor` on one machine: settings, files, the key, the scripts, and what is stuck in the database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from acceptance.terminal import run
from crowded import write
from feedbackbot.commands.doctor import look_at_everything
from feedbackbot.commands.doctor.keeping import check_invariants
from feedbackbot.config import load_settings
from feedbackbot.findings import Level
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.migrations import HEAD

NOW = datetime.now(UTC)


@pytest.fixture
def home(tmp_path: Path, migrated_file: Path, keys: KeyRing) -> Path:
    """A user who has a database and its key, and nobody else may read them."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated_file, tmp_path / "data" / "feedbackbot.sqlite3")
    (tmp_path / "key").write_text(keys.dump())
    write(tmp_path / "conversations")
    for file in (tmp_path / "key", tmp_path / "data" / "feedbackbot.sqlite3"):
        file.chmod(0o600)
    return tmp_path


def diagnosis(home: Path, **more: str) -> dict[str, str]:
    """Place -> what is wrong there and what to do; settings that are not set are left out."""
    environ = {
        "FEEDBACKBOT_DATA": f"{home}/data",
        "FEEDBACKBOT_KEY_FILE": f"{home}/key",
        "FEEDBACKBOT_CONVERSATIONS": f"{home}/conversations",
    }
    settings = load_settings(env_file=home / ".env", environ=environ | more)
    found = look_at_everything(settings, lambda: NOW)
    return {
        one.about: f"{one.level}: {one.says} {one.fix}"
        for one in found
        if one.level is not Level.OK and " is not set: " not in one.says
    }


@contextmanager
def inside(home: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(home / "data" / "feedbackbot.sqlite3")) as file:
        yield file
        file.commit()


def moment(**ago: float) -> int:
    """As it stands in the database."""
    return int((NOW - timedelta(**ago)).timestamp() * 1_000_000)


def queue(home: Path, status: str, **more: Any) -> None:
    columns = {
        "channel": "telegram",
        "chat_key": "telegram:1",
        "kind": "text",
        "priority": 0,
        "attempts": 1,
        "status": status,
        "created_at": moment(hours=1),
    } | more
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with inside(home) as file:
        file.execute(f"insert into outbox ({names}) values ({marks})", list(columns.values()))


def test_a_newcomer_gets_a_page_of_what_to_set_and_how(tmp_path: Path) -> None:
    done = run("doctor", folder=tmp_path)

    assert done.returncode == 1
    assert "TELEGRAM_BOT_TOKEN is not set" in done.stdout
    assert "https://t.me/BotFather" in done.stdout
    assert "feedbackbot slack manifest" in done.stdout
    assert "4 problems and 1 warning." in done.stdout
    # looking makes nothing
    assert list(tmp_path.iterdir()) == []


def test_wrong_settings_are_told_and_no_more(tmp_path: Path) -> None:
    wrong = {"TELEGRAM_SENDS_PER_SECOND": "fast", "FEEDBACKBOT_DATABASE_URL": "mysql://x"}

    done = run("doctor", folder=tmp_path, environ=wrong)

    assert done.returncode == 1
    assert "TELEGRAM_SENDS_PER_SECOND must be a number" in done.stdout
    assert "FEEDBACKBOT_DATABASE_URL must begin with" in done.stdout


def test_a_house_in_order_has_only_a_bot_that_is_not_running(home: Path) -> None:
    found = diagnosis(home)

    # the script of this house is one that gives rise to advice
    assert found.pop("conversations").startswith("warning: ")
    assert set(found) == {"bot"}
    assert "has never run on this database" in found["bot"]


def test_files_that_others_can_read_are_found(home: Path) -> None:
    (home / "key").chmod(0o640)

    assert f"chmod 600 {home}/key" in diagnosis(home)["permissions"]


def test_a_key_that_lies_beside_the_data_is_found(home: Path) -> None:
    shutil.move(home / "key", home / "data" / "key")

    assert (
        "lies in the data folder" in diagnosis(home, FEEDBACKBOT_KEY_FILE=f"{home}/data/key")["key"]
    )


def test_another_key_is_found(home: Path) -> None:
    (home / "key").write_text(KeyRing.generate().dump())

    assert "the database was sealed with" in diagnosis(home)["key"]


def test_a_key_that_is_gone_is_found_and_no_new_one_is_made(home: Path) -> None:
    (home / "key").unlink()

    assert "its key file" in diagnosis(home)["key"]
    assert not (home / "key").exists()


@pytest.mark.parametrize(
    ("revision", "says"),
    [("0001", "warning: has an older schema (0001;"), ("9999", "problem: was used by a newer")],
)
def test_a_database_of_another_version_is_found_and_left_as_it_is(
    home: Path, revision: str, says: str
) -> None:
    with inside(home) as file:
        file.execute("update alembic_version set version_num = ?", [revision])

    found = diagnosis(home)

    assert says in found["database"]
    assert HEAD in found["database"]
    with inside(home) as file:
        assert file.execute("select version_num from alembic_version").fetchall() == [(revision,)]


def test_a_file_that_is_no_database_is_found(home: Path) -> None:
    (home / "data" / "feedbackbot.sqlite3").write_bytes(b"no database at all" * 100)

    assert "can't be read (DatabaseError)" in diagnosis(home)["database"]


def test_a_data_folder_that_can_not_be_written_to_is_found(home: Path) -> None:
    found = diagnosis(home, FEEDBACKBOT_DATA="/proc/1")

    assert "/proc/1 can't be written to" in found["data folder"]


def test_scripts_with_mistakes_are_found(home: Path) -> None:
    write(home / "conversations", "script: visit\nspec: 1\n")

    found = diagnosis(home)

    assert found["conversations"].startswith("problem: ")
    assert f"feedbackbot check {home}/conversations" in found["conversations"]


def test_webhooks_without_https_are_found(home: Path) -> None:
    found = diagnosis(
        home, SLACK_SIGNING_SECRET="s3cret", SLACK_BOT_TOKEN="xoxb-1",
        SLACK_API_URL="http://127.0.0.1:9/", FEEDBACKBOT_PUBLIC_URL="http://shop.example",
    )  # fmt: skip

    assert "http://shop.example is not https" in found["public address"]
    assert "can't be reached" in found["Slack"]


@pytest.mark.parametrize(
    ("status", "more", "about", "says"),
    [
        ("failed", {}, "outbox", "1 messages of the last 7 days were refused for good"),
        ("unknown", {}, "outbox", "may have arrived or not"),
        ("waiting", {}, "stuck", "1 messages wait to be sent for more than 15 minutes"),
        ("sending", {}, "stuck", "1 messages wait to be sent for more than 15 minutes"),
    ],
)
def test_messages_that_did_not_arrive_are_counted(
    home: Path, status: str, more: dict[str, Any], about: str, says: str
) -> None:
    queue(home, status, **more)

    assert says in diagnosis(home)[about]


def test_what_waits_for_its_hour_is_not_stuck(home: Path) -> None:
    queue(home, "waiting", not_before=moment(hours=-1))

    assert "stuck" not in diagnosis(home)


def test_whoever_waits_for_a_second_answer_waits_too(home: Path) -> None:
    with inside(home) as file:
        file.execute(
            "insert into customers (id, tags, reach, permission, created_at)"
            " values (1, '', 'none', 'unasked', 0)"
        )
        for since in (None, moment(hours=3)):
            file.execute(
                "insert into escalations (customer_id, origin, route, priority, status, media_ids,"
                " reopened, opened_at, first_reply_at, waiting_since, reply_due_at)"
                " values (1, 'human', 'support', 'normal', 'claimed', '', 0, ?, ?, ?, ?)",
                [moment(hours=9), moment(hours=8), since, moment(hours=1)],
            )

    assert "1 complaints have waited longer" in diagnosis(home)["complaints"]


def test_quarantine_and_late_timers_are_counted(home: Path) -> None:
    with inside(home) as file:
        file.execute(
            "insert into quarantine (platform, key, created_at) values ('telegram', 'k', ?)",
            [moment()],
        )
        file.execute(
            "insert into timers (kind, subject_id, due_at) values ('chat', 1, ?)",
            [moment(hours=2)],
        )

    found = diagnosis(home)

    assert "feedbackbot quarantine list" in found["quarantine"]
    assert "1 reminders and clocks are overdue" in found["stuck"]


def test_what_the_running_bot_says_of_itself_is_passed_on(home: Path) -> None:
    with inside(home) as file:
        facts = [("alive_at", NOW.isoformat()), ("troubles", json.dumps(["Telegram is away."]))]
        file.executemany("insert into house_facts (name, value) values (?, ?)", facts)

    assert "problem: Telegram is away." in diagnosis(home)["bot"]


def test_what_may_never_be_is_searched_for_in_every_row(home: Path) -> None:
    environ = {"FEEDBACKBOT_DATA": f"{home}/data", "FEEDBACKBOT_KEY_FILE": f"{home}/key"}
    settings = load_settings(env_file=home / ".env", environ=environ)
    assert [one.says for one in check_invariants(settings, now=NOW)] == ["all of them hold."]
    with inside(home) as file:
        file.execute(
            "insert into timers (kind, subject_id, due_at) values ('chat', 1, ?)",
            [moment(hours=2)],
        )

    done = run("doctor", "--invariants", folder=home, environ=environ)

    assert done.returncode == 1
    assert "nothing_stuck: chat:1: Its timer is" in done.stdout
