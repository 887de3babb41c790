"""What can be wrong with settings, and what may be missing, in sentences that name the remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

if TYPE_CHECKING:
    from feedbackbot.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A setting without which something of the promise can't be kept."""

    name: str
    why: str
    how: str

    def __str__(self) -> str:
        return f"{self.name} is not set: {self.why} {self.how}"


def http_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be an address such as https://feedback.example.com.")
    if parts.query or parts.fragment:
        raise ValueError("must be an address without ? and #.")
    return value


def one_word(value: SecretStr) -> SecretStr:
    if re.search(r"[\s/?#\x00-\x1f]", value.get_secret_value()):
        raise ValueError("has blanks or slashes in it: copy it again, whole, without quotes.")
    return value


def secret_address(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an address such as https://hooks.example.com/abc.")
    return value


def expand_user(value: Any) -> Any:
    return Path(value).expanduser() if isinstance(value, str | Path) else value


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def sentence(name: str, error: Any) -> str:
    """One of pydantic's errors, without the value: it may be a secret."""
    match error["type"]:
        case "value_error":
            return f"{name} {error['ctx']['error']}"
        case "enum" | "literal_error":
            return f"{name} must be one of: {error['ctx']['expected']}."
        case "float_parsing" | "int_parsing" | "int_from_float" | "finite_number":
            return f"{name} must be a number, such as 3; 0 turns it off."
        case "greater_than_equal":
            return f"{name} must not be negative; 0 turns it off."
        case "extra_forbidden":
            return f"{name} is no setting."
        case _:
            return f"{name} is wrong: {error['msg']}."


def find_wrong(settings: Settings) -> Iterator[str]:
    """What is wrong only together with something else."""
    yield from _wrong_for_tests(settings)
    yield from _wrong_slack(settings)
    yield from _wrong_webhook(settings)
    if settings.key_file is not None and settings.secret_key is not None:
        yield (
            "FEEDBACKBOT_KEY_FILE and FEEDBACKBOT_SECRET_KEY are both set: take one of them away."
        )
    if settings.database and not re.match(r"(sqlite|postgresql)(\+\w+)?://", settings.database):
        yield (
            "FEEDBACKBOT_DATABASE_URL must begin with sqlite:/// or postgresql://, such as "
            "sqlite:////var/lib/feedbackbot/feedbackbot.sqlite3."
        )


def find_missing(settings: Settings) -> list[Missing]:
    return [*_missing_telegram(settings), *_missing_slack(settings), *_missing_house(settings)]


def _wrong_for_tests(settings: Settings) -> Iterator[str]:
    if is_loopback(settings.telegram_api_url):
        return
    for name, value in (
        ("FEEDBACKBOT_CLOCK_URL", settings.clock_url),
        ("FEEDBACKBOT_CRASH_AT", settings.crash_at),
    ):
        if value:
            yield (
                f"{name} is for the sandbox and for tests, and TELEGRAM_API_URL is not on this "
                f"machine: unset {name}."
            )


def _wrong_slack(settings: Settings) -> Iterator[str]:
    for name, token, prefix, other in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token, "xapp-", "SLACK_APP_TOKEN"),
        ("SLACK_APP_TOKEN", settings.slack_app_token, "xoxb-", "SLACK_BOT_TOKEN"),
    ):
        if token is not None and token.get_secret_value().startswith(prefix):
            yield f"{name} begins with {prefix}: that one belongs into {other}."


def _wrong_webhook(settings: Settings) -> Iterator[str]:
    secret = settings.telegram_webhook_secret
    if secret is None:
        return
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
        yield (
            "TELEGRAM_WEBHOOK_SECRET may have 1 to 256 of the characters A-Z a-z 0-9 _ - : make one "
            "with openssl rand -hex 32."
        )
    is_plain = settings.public_url.startswith("http:")
    if is_plain and not is_loopback(settings.telegram_api_url):
        yield (
            "FEEDBACKBOT_PUBLIC_URL must begin with https:// since Telegram delivers to nothing "
            "else; unset TELEGRAM_WEBHOOK_SECRET to fetch messages instead."
        )


def _missing_telegram(settings: Settings) -> Iterator[Missing]:
    if settings.telegram_bot_token is None:
        yield Missing(
            name="TELEGRAM_BOT_TOKEN",
            why="customers are reached through a Telegram bot.",
            how="Write /newbot to https://t.me/BotFather and copy the token it gives you.",
        )
    if settings.telegram_mode == "webhook" and not settings.public_url:
        yield Missing(
            name="FEEDBACKBOT_PUBLIC_URL",
            why="TELEGRAM_WEBHOOK_SECRET asks Telegram to deliver to it.",
            how="Set it to the https address of this server, or unset TELEGRAM_WEBHOOK_SECRET.",
        )


def _missing_slack(settings: Settings) -> Iterator[Missing]:
    if settings.slack_bot_token is None:
        yield Missing(
            name="SLACK_BOT_TOKEN",
            why="complaints are brought to people in Slack.",
            how="Create an app from `feedbackbot slack manifest`, install it, and copy the Bot "
            "User OAuth Token (xoxb-…).",
        )
    if settings.slack_app_token is None and settings.slack_signing_secret is None:
        yield Missing(
            name="SLACK_APP_TOKEN",
            why="replies and buttons come back from Slack through it.",
            how="Make an app-level token with connections:write (xapp-…); or set "
            "SLACK_SIGNING_SECRET and let Slack deliver to /webhooks/slack.",
        )
    if settings.slack_support_channel is None:
        yield Missing(
            name="SLACK_SUPPORT_CHANNEL",
            why="it is where complaints are posted.",
            how="Invite the bot into the channel and copy the channel's id (C…) from its details.",
        )


def _missing_house(settings: Settings) -> Iterator[Missing]:
    if not settings.is_sqlite and settings.key_file is None and settings.secret_key is None:
        yield Missing(
            name="FEEDBACKBOT_KEY_FILE",
            why="with PostgreSQL all processes must seal with one key.",
            how="Make one with openssl rand -base64 32 and give every process the same file.",
        )
