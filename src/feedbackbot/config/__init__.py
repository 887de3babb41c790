"""Every setting, under the name it has in the environment; what is wrong is said in sentences, all at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from feedbackbot.config import checks as config_checks
from feedbackbot.config.checks import Missing
from feedbackbot.config.environment import read_environment
from feedbackbot.errors import ConfigError


class PublicationMode(StrEnum):
    #: what marketing has approved
    SELECTED_QUOTES = "selected_quotes"
    #: everything consented to, good or bad
    EVERYONE = "everyone"


HttpUrl = Annotated[str, AfterValidator(config_checks.http_url)]
Token = Annotated[SecretStr, AfterValidator(config_checks.one_word)]
Address = Annotated[SecretStr, AfterValidator(config_checks.secret_address)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Folder = Annotated[Path, BeforeValidator(config_checks.expand_user)]


class Settings(BaseModel):
    """What `load_settings` found. Built directly it looks at nothing but its arguments."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    telegram_bot_token: Token | None = Field(default=None, validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_api_url: HttpUrl = Field(
        default="https://api.telegram.org", validation_alias="TELEGRAM_API_URL"
    )
    telegram_webhook_secret: Token | None = Field(
        default=None, validation_alias="TELEGRAM_WEBHOOK_SECRET"
    )
    telegram_sends_per_second: NotNegative = Field(
        default=25, validation_alias="TELEGRAM_SENDS_PER_SECOND"
    )
    telegram_sends_per_chat: NotNegative = Field(
        default=1, validation_alias="TELEGRAM_SENDS_PER_CHAT"
    )
    slack_bot_token: Token | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: Token | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: Token | None = Field(
        default=None, validation_alias="SLACK_SIGNING_SECRET"
    )
    slack_api_url: HttpUrl = Field(
        default="https://slack.com/api/", validation_alias="SLACK_API_URL"
    )
    slack_support_channel: str | None = Field(
        default=None, validation_alias="SLACK_SUPPORT_CHANNEL"
    )
    slack_marketing_channel: str | None = Field(
        default=None, validation_alias="SLACK_MARKETING_CHANNEL"
    )
    slack_ideas_channel: str | None = Field(default=None, validation_alias="SLACK_IDEAS_CHANNEL")
    database: str | None = Field(default=None, validation_alias="FEEDBACKBOT_DATABASE_URL")
    data: Folder | None = Field(default=None, validation_alias="FEEDBACKBOT_DATA")
    key_file: Folder | None = Field(default=None, validation_alias="FEEDBACKBOT_KEY_FILE")
    secret_key: SecretStr | None = Field(default=None, validation_alias="FEEDBACKBOT_SECRET_KEY")
    conversations: Folder | None = Field(default=None, validation_alias="FEEDBACKBOT_CONVERSATIONS")
    public_url: HttpUrl = Field(default="", validation_alias="FEEDBACKBOT_PUBLIC_URL")
    api_token: Token | None = Field(default=None, validation_alias="FEEDBACKBOT_API_TOKEN")
    alarm_url: Address | None = Field(default=None, validation_alias="FEEDBACKBOT_ALARM_URL")
    publication_mode: PublicationMode = Field(
        default=PublicationMode.SELECTED_QUOTES, validation_alias="FEEDBACKBOT_PUBLICATION_MODE"
    )
    inbound_per_minute: int = Field(
        default=20, ge=0, validation_alias="FEEDBACKBOT_INBOUND_PER_MINUTE"
    )
    text_pause: NotNegative = Field(default=3, validation_alias="FEEDBACKBOT_TEXT_PAUSE")
    log: Literal["", "json", "text"] = Field(default="", validation_alias="FEEDBACKBOT_LOG")
    clock_url: HttpUrl | None = Field(default=None, validation_alias="FEEDBACKBOT_CLOCK_URL")
    crash_at: str | None = Field(default=None, validation_alias="FEEDBACKBOT_CRASH_AT")

    @property
    def data_folder(self) -> Path:
        return self.data or user_data_folder()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{quote(str(self.data_folder / 'feedbackbot.sqlite3'))}"

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        if not self.is_sqlite:
            return None
        return Path(unquote(self.database_url.partition(":///")[2].partition("?")[0]))

    @property
    def conversations_folder(self) -> Path:
        return self.conversations or packaged_conversations()

    @property
    def telegram_mode(self) -> Literal["polling", "webhook"]:
        return "webhook" if self.telegram_webhook_secret else "polling"

    @property
    def slack_mode(self) -> Literal["socket", "http", "none"]:
        """The app token wins where both are configured."""
        if self.slack_bot_token is None:
            return "none"
        if self.slack_app_token is not None:
            return "socket"
        return "http" if self.slack_signing_secret is not None else "none"

    @property
    def slack_channels(self) -> dict[str, str]:
        """Route of a script -> channel id, for the routes that have one."""
        routes = {
            "support": self.slack_support_channel,
            "marketing": self.slack_marketing_channel,
            "ideas": self.slack_ideas_channel,
        }
        return {route: channel for route, channel in routes.items() if channel}

    def secrets(self) -> tuple[str, ...]:
        """Every secret value, to be kept out of the logs."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(v.get_secret_value() for v in values if isinstance(v, SecretStr))

    def missing(self) -> list[Missing]:
        """What `feedbackbot run` can't do its work without."""
        return config_checks.find_missing(self)


def load_settings(
    *, env_file: Path = Path(".env"), environ: Mapping[str, str] | None = None
) -> Settings:
    """Read them all; raises one ConfigError that names everything that is wrong, and what to do."""
    found = read_environment(setting_names(), env_file, os.environ if environ is None else environ)
    settings, wrong = _build(found.values)
    problems = [*found.problems, *wrong, *config_checks.find_wrong(settings)]
    if problems:
        raise ConfigError("\n".join(problems))
    return settings


def setting_names() -> list[str]:
    """The names as they stand in the environment; each also works as `NAME_FILE`."""
    return [str(field.validation_alias) for field in Settings.model_fields.values()]


def user_data_folder() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "feedbackbot"


def packaged_conversations() -> Path:
    """The shipped scripts."""
    return _shipped("conversations", "conversations")


def packaged_env_example() -> Path:
    """The `.env` to begin with, every setting explained."""
    return _shipped("env.example", ".env.example")


def _shipped(installed: str, in_working_copy: str) -> Path:
    """Inside the installed package, or beside `src` in a working copy."""
    package = Path(str(files("feedbackbot")))
    place = package / installed
    return place if place.exists() else package.parent.parent / in_working_copy


def _build(values: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """What is wrong is left out, so that what is wrong together with something else is found too."""
    try:
        return Settings.model_validate(values), []
    except ValidationError as error:
        wrong = {str(each["loc"][0]): each for each in error.errors()}
        good = {name: value for name, value in values.items() if name not in wrong}
        settings, more = _build(good)
        return settings, [config_checks.sentence(n, each) for n, each in wrong.items()] + more
