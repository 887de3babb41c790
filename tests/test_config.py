from __future__ import annotations

import re
from pathlib import Path

import pytest
from dotenv import dotenv_values

from feedbackbot.config import (
    PublicationMode,
    Settings,
    load_settings,
    packaged_conversations,
    packaged_env_example,
    setting_names,
    user_data_folder,
)
from feedbackbot.errors import ConfigError

TELEGRAM = "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
COMPLETE = {
    "TELEGRAM_BOT_TOKEN": TELEGRAM,
    "SLACK_BOT_TOKEN": "xoxb-1-a",
    "SLACK_APP_TOKEN": "xapp-1-a",
    "SLACK_SUPPORT_CHANNEL": "C0SUPPORT",
}


def load(tmp_path: Path, **environ: str) -> Settings:
    return load_settings(env_file=tmp_path / ".env", environ=environ)


def complaint(tmp_path: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **environ)
    return str(refused.value)


def missing(tmp_path: Path, **environ: str) -> list[str]:
    return [each.name for each in load(tmp_path, **environ).missing()]


def test_with_nothing_set_the_defaults_stand(tmp_path: Path) -> None:
    settings = load(tmp_path)

    assert settings.telegram_api_url == "https://api.telegram.org"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.telegram_sends_per_second, settings.telegram_sends_per_chat) == (25, 1)
    assert (settings.inbound_per_minute, settings.text_pause) == (20, 3)
    assert settings.publication_mode is PublicationMode.SELECTED_QUOTES
    assert (settings.telegram_mode, settings.slack_mode) == ("polling", "none")
    assert settings.conversations_folder == packaged_conversations()


def test_the_database_lies_in_the_data_folder_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    settings = load(tmp_path)

    assert settings.data_folder == tmp_path / "feedbackbot" == user_data_folder()
    assert settings.sqlite_file == tmp_path / "feedbackbot" / "feedbackbot.sqlite3"


def test_a_data_folder_with_odd_characters_is_the_same_for_file_and_address(tmp_path: Path) -> None:
    folder = tmp_path / "our data 100%?"

    settings = load(tmp_path, FEEDBACKBOT_DATA=str(folder))

    assert settings.sqlite_file == folder / "feedbackbot.sqlite3"


def test_a_file_is_read_for_each_setting_that_ends_in_file(tmp_path: Path) -> None:
    file = tmp_path / "telegram"
    file.write_text(f"{TELEGRAM}\n")

    settings = load(tmp_path, TELEGRAM_BOT_TOKEN_FILE=str(file))

    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TELEGRAM


def test_every_setting_can_come_from_a_file(tmp_path: Path) -> None:
    samples = {
        "TELEGRAM_API_URL": "http://127.0.0.1:8081",
        "SLACK_API_URL": "http://127.0.0.1:8081/slack/api/",
        "FEEDBACKBOT_PUBLIC_URL": "https://feedback.example",
        "FEEDBACKBOT_CLOCK_URL": "http://127.0.0.1:8081/clock",
        "FEEDBACKBOT_DATABASE_URL": "postgresql://localhost/feedbackbot",
        "FEEDBACKBOT_ALARM_URL": "https://hooks.example/abc?key=7",
        "FEEDBACKBOT_PUBLICATION_MODE": "everyone",
        "FEEDBACKBOT_LOG": "json",
    }
    names = [name for name in setting_names() if name != "FEEDBACKBOT_KEY_FILE"]
    environ = {}
    for name in names:
        file = tmp_path / name
        file.write_text(samples.get(name, "7"))
        environ[f"{name}_FILE"] = str(file)

    settings = load(tmp_path, **environ)

    assert len(settings.model_fields_set) == len(names)


def test_a_file_that_is_not_there_is_named_with_its_remedy(tmp_path: Path) -> None:
    said = complaint(tmp_path, SLACK_BOT_TOKEN_FILE="/run/secrets/gone")

    assert "SLACK_BOT_TOKEN_FILE names /run/secrets/gone, which can't be read" in said
    assert "set SLACK_BOT_TOKEN" in said


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    assert "is empty" in complaint(tmp_path, SLACK_BOT_TOKEN_FILE=str(tmp_path / "empty"))


def test_a_setting_and_its_file_at_once_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-2")

    said = complaint(tmp_path, SLACK_BOT_TOKEN="xoxb-1", SLACK_BOT_TOKEN_FILE=str(file))

    assert "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set" in said


def test_the_key_file_is_a_setting_of_its_own(tmp_path: Path) -> None:
    settings = load(tmp_path, FEEDBACKBOT_KEY_FILE="/keys/feedbackbot.key")

    assert settings.key_file == Path("/keys/feedbackbot.key")


def test_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# ours\nSLACK_SUPPORT_CHANNEL=C0FILE\nSLACK_IDEAS_CHANNEL='C0IDEAS'\nFOREIGN=1\n"
    )

    settings = load(tmp_path, SLACK_SUPPORT_CHANNEL="C0ENV")

    assert settings.slack_channels == {"support": "C0ENV", "ideas": "C0IDEAS"}


def test_a_dollar_in_a_secret_is_a_dollar(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FEEDBACKBOT_API_TOKEN=a${HOME}b$c\n")

    assert load(tmp_path).secrets() == ("a${HOME}b$c",)


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, TELEGRAM_BOT_TOKEN=" ").telegram_bot_token is None


def test_everything_wrong_is_said_at_once_by_name_and_with_a_remedy(tmp_path: Path) -> None:
    said = complaint(
        tmp_path,
        TELEGRAM_BOT_TOKEN="secret token",
        TELEGRAM_SENDS_PER_SECOND="many",
        FEEDBACKBOT_TEXT_PAUSE="-1",
        FEEDBACKBOT_PUBLICATION_MODE="all",
        FEEDBACKBOT_PUBLIC_URL="feedback.example",
        SLACK_BOT_TOKEN="xapp-1-a",
        SLACK_APP_TOKEN="xoxb-1-a",
        FEEDBACKBOT_DATABASE_URL="mysql://localhost/feedbackbot",
    ).splitlines()

    assert said == [
        "TELEGRAM_BOT_TOKEN has blanks or slashes in it: copy it again, whole, without quotes.",
        "TELEGRAM_SENDS_PER_SECOND must be a number, such as 3; 0 turns it off.",
        "FEEDBACKBOT_PUBLIC_URL must be an address such as https://feedback.example.com.",
        "FEEDBACKBOT_PUBLICATION_MODE must be one of: 'selected_quotes' or 'everyone'.",
        "FEEDBACKBOT_TEXT_PAUSE must not be negative; 0 turns it off.",
        "SLACK_BOT_TOKEN begins with xapp-: that one belongs into SLACK_APP_TOKEN.",
        "SLACK_APP_TOKEN begins with xoxb-: that one belongs into SLACK_BOT_TOKEN.",
        (
            "FEEDBACKBOT_DATABASE_URL must begin with sqlite:/// or postgresql://, such as "
            "sqlite:////var/lib/feedbackbot/feedbackbot.sqlite3."
        ),
    ]


@pytest.mark.parametrize("name", ["FEEDBACKBOT_CLOCK_URL", "FEEDBACKBOT_CRASH_AT"])
@pytest.mark.parametrize("url", [None, "https://api.telegram.org", "http://127.0.0.1.evil.example"])
def test_the_sandbox_s_settings_are_refused_in_front_of_customers(
    tmp_path: Path, name: str, url: str | None
) -> None:
    more = {} if url is None else {"TELEGRAM_API_URL": url}

    assert f"unset {name}" in complaint(tmp_path, **{name: "http://127.0.0.1:1/clock"}, **more)


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost:8081", "[::1]:8081"])
def test_the_sandbox_s_settings_are_taken_on_this_machine(tmp_path: Path, host: str) -> None:
    settings = load(
        tmp_path,
        TELEGRAM_API_URL=f"http://{host}",
        FEEDBACKBOT_CLOCK_URL=f"http://{host}/clock",
        FEEDBACKBOT_CRASH_AT="committed",
    )

    assert settings.crash_at == "committed"


@pytest.mark.parametrize(
    ("tokens", "mode"),
    [
        ({}, "none"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "none"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "none"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "socket"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, "http"),
        (
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_APP_TOKEN": "xapp-1",
                "SLACK_SIGNING_SECRET": "s",
            },
            "socket",
        ),
    ],
)
def test_slack_s_way_in_follows_from_the_tokens(
    tmp_path: Path, tokens: dict[str, str], mode: str
) -> None:
    assert load(tmp_path, **tokens).slack_mode == mode


def test_a_webhook_secret_makes_telegram_deliver(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        **COMPLETE,
        TELEGRAM_WEBHOOK_SECRET="s3cret",
        FEEDBACKBOT_PUBLIC_URL="https://feedback.example",
    )

    assert settings.telegram_mode == "webhook"
    assert settings.missing() == []


def test_telegram_delivers_to_https_alone(tmp_path: Path) -> None:
    secret = {"TELEGRAM_WEBHOOK_SECRET": "s3cret", "FEEDBACKBOT_PUBLIC_URL": "http://127.0.0.1"}

    assert "must begin with https://" in complaint(tmp_path, **secret)
    load(tmp_path, **secret, TELEGRAM_API_URL="http://127.0.0.1:8081")


def test_a_webhook_secret_that_telegram_would_refuse_is_refused(tmp_path: Path) -> None:
    assert "A-Z a-z 0-9" in complaint(tmp_path, TELEGRAM_WEBHOOK_SECRET="pässwort")


def test_what_is_missing_is_told_with_why_and_how(tmp_path: Path) -> None:
    assert missing(tmp_path) == [
        "TELEGRAM_BOT_TOKEN",
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SUPPORT_CHANNEL",
    ]
    assert "https://t.me/BotFather" in str(load(tmp_path).missing()[0])


def test_nothing_is_missing_from_a_complete_set(tmp_path: Path) -> None:
    assert missing(tmp_path, **COMPLETE) == []


def test_postgres_misses_a_given_key_and_a_webhook_its_address(tmp_path: Path) -> None:
    names = missing(
        tmp_path,
        **COMPLETE,
        TELEGRAM_WEBHOOK_SECRET="s3cret",
        FEEDBACKBOT_DATABASE_URL="postgresql://localhost/feedbackbot",
    )

    assert names == ["FEEDBACKBOT_PUBLIC_URL", "FEEDBACKBOT_KEY_FILE"]


def test_secrets_don_t_show_in_the_settings(tmp_path: Path) -> None:
    settings = load(tmp_path, **COMPLETE, FEEDBACKBOT_API_TOKEN="fbk_1234567")

    assert set(settings.secrets()) == {TELEGRAM, "xoxb-1-a", "xapp-1-a", "fbk_1234567"}
    for secret in settings.secrets():
        assert secret not in repr(settings)


def test_the_example_explains_every_setting_and_no_other() -> None:
    lines = packaged_env_example().read_text(encoding="utf-8").splitlines()
    named = [match[1] for line in lines if (match := re.match(r"#?([A-Z_]{6,})=", line))]

    assert sorted(named) == sorted(setting_names())


def test_the_example_is_an_env_file_that_sets_nothing(tmp_path: Path) -> None:
    values = dotenv_values(packaged_env_example())

    assert not any(values.values())
    assert load_settings(env_file=packaged_env_example(), environ={}) == Settings()
