"""The installation opened for one command, beside a bot that may be running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from feedbackbot.clock import Clock, SandboxClock
from feedbackbot.config import Settings, load_settings
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.errors import ConfigError
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.keyfile import load_keys
from feedbackbot.remembering import forgotten
from feedbackbot.reviewing import withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    settings: Settings
    database: Database
    house: House
    clock: Clock


@contextmanager
def opened(*, needs_links: bool = False) -> Iterator[Opened]:
    """Settings, database and house; `needs_links` refuses to go on while the bot's Telegram name is unknown."""
    settings = load_settings()
    clock = SandboxClock(settings.clock_url) if settings.clock_url else Clock()
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url, load_keys(settings), now=clock.now())
    try:
        house = _house(settings, database)
        if needs_links and not house.bot_username:
            raise ConfigError(
                "Links need the bot's Telegram name, which is not known yet. "
                "Start `feedbackbot run` once with TELEGRAM_BOT_TOKEN set, then try again."
            )
        yield Opened(settings=settings, database=database, house=house, clock=clock)
    finally:
        database.close()
        clock.close()


def _house(settings: Settings, database: Database) -> House:
    name, number = database.read(
        lambda session: (audit.fact(session, "bot_username"), audit.fact(session, "bot_id"))
    )
    return House(
        library=load_library(settings.conversations_folder),
        conversations=settings.conversations_folder,
        bot_username=name or "",
        bot_id=int(number or 0),
        slack_channels=settings.slack_channels,
        public_url=settings.public_url,
        publication_mode=settings.publication_mode,
        text_pause=settings.text_pause,
        erased_file=settings.data_folder / forgotten.FILE_NAME,
        withdrawn_file=settings.data_folder / withdrawn.FILE_NAME,
    )
