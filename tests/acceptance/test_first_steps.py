"""Commands by somebody who has set nothing yet, and what they are told to do next."""

from __future__ import annotations

import re
from pathlib import Path

from acceptance.terminal import run


def test_run_without_a_setting_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    done = run("run", "--port", "0", folder=tmp_path)

    assert done.returncode == 1
    for name, how in (
        ("TELEGRAM_BOT_TOKEN", "t.me/BotFather"),
        ("SLACK_BOT_TOKEN", "feedbackbot slack manifest"),
        ("SLACK_APP_TOKEN", "connections:write"),
        ("SLACK_SUPPORT_CHANNEL", "Invite the bot"),
    ):
        assert re.search(rf"{name} is not set: .*{how}", done.stdout)


def test_wrong_settings_are_named_all_at_once_without_their_values(tmp_path: Path) -> None:
    wrong = {"SLACK_BOT_TOKEN": "xapp-secret-one", "TELEGRAM_SENDS_PER_SECOND": "fast-secret"}

    done = run("run", "--port", "0", folder=tmp_path, environ=wrong)

    assert done.returncode == 1
    assert "SLACK_BOT_TOKEN begins with xapp-" in done.stderr
    assert "TELEGRAM_SENDS_PER_SECOND must be a number" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_a_link_needs_the_bots_name_and_says_so(tmp_path: Path) -> None:
    done = run("invite", "1", "--item", "Lamp", folder=tmp_path)

    assert done.returncode == 1
    assert "feedbackbot run" in done.stderr


def test_new_scripts_are_in_order_and_are_what_the_bot_in_that_folder_says(tmp_path: Path) -> None:
    made = run("init", "mine", folder=tmp_path)
    checked = run("check", "mine", folder=tmp_path)
    script = tmp_path / "mine" / "conversations" / "after_purchase.yaml"
    started = run("run", "--port", "0", folder=tmp_path / "mine")

    assert (made.returncode, checked.returncode) == (0, 0), made.stderr + checked.stdout
    assert "wrote mine/.env" in made.stdout
    assert script.is_file()
    assert "Conversations  conversations" in started.stdout


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    env = tmp_path / "mine" / ".env"
    env.write_text("TELEGRAM_BOT_TOKEN=precious\n")

    again = run("init", "mine", folder=tmp_path)

    assert again.returncode == 1
    assert env.read_text() == "TELEGRAM_BOT_TOKEN=precious\n"


def test_a_wrong_script_is_refused_with_file_line_and_column(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    folder = tmp_path / "mine" / "conversations"
    script = folder / "after_purchase.yaml"
    text = script.read_text(encoding="utf-8")
    script.write_text(text.replace("- {else: arrived}", "- {else: arived}"), encoding="utf-8")
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "{else: arrived}" in words)

    for where in ("mine", "mine/conversations"):
        done = run("check", where, folder=tmp_path)

        assert done.returncode == 1, where
        assert re.search(rf"after_purchase\.yaml:{line}:\d+: .*arived", done.stdout)
        assert "arrived" in done.stdout


def test_a_folder_without_scripts_is_not_in_order(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    for where in ("empty", "nowhere"):
        done = run("check", where, folder=tmp_path)

        assert done.returncode == 1
        assert "in order" not in done.stdout


def test_a_script_is_played_from_a_pipe(tmp_path: Path) -> None:
    run("init", "mine", folder=tmp_path)
    script = "mine/conversations/after_purchase.yaml"
    typed = "1\nThe sole came off\nRepair or replace it\n/staff claim\n/quit\n"

    done = run("play", script, folder=tmp_path, typed=typed)

    assert done.returncode == 0, done.stderr
    assert "bot> Hi Ada" in done.stdout
    assert "Rita from Birch & Lane has read your message" in done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    done = run("--help", folder=tmp_path)

    assert done.returncode == 0
    wanted = [
        "demo",
        "run",
        "init",
        "check",
        "play",
        "import",
        "invite",
        "stats",
        "slack",
        "export",
        "db",
    ]
    assert [
        name for name in wanted if not re.search(rf"^ +{name} ", done.stdout, re.MULTILINE)
    ] == []
    for name in wanted:
        assert run(name, "--help", folder=tmp_path).returncode == 0
