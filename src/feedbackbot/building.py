"""What the program is made of, put together from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.orm import Session

from feedbackbot.channels.base import Channel
from feedbackbot.channels.telegram import TelegramBot, TelegramChannel
from feedbackbot.channels.telegram_inbox import TelegramInbox
from feedbackbot.channels.telegram_introduction import USERNAME, Introduction
from feedbackbot.channels.telegram_polling import TelegramPolling
from feedbackbot.channels.telegram_webhook import telegram_webhook
from feedbackbot.clock import Clock, SandboxClock
from feedbackbot.config import Settings
from feedbackbot.delivering import Deliverer, high_water
from feedbackbot.delivering.pacing import Pacing
from feedbackbot.delivering.recovering import recover
from feedbackbot.delivering.shared_pacing import SharedPacing
from feedbackbot.engine.reading.watching import FolderWatch
from feedbackbot.errors import ConfigError
from feedbackbot.fetching.collecting import Collector
from feedbackbot.house import House
from feedbackbot.models import audit
from feedbackbot.models.database import Database, open_database
from feedbackbot.models.sealing import load_keys
from feedbackbot.processes import Alone, Processes, Together
from feedbackbot.reloading import Reloader, load_or_last_good
from feedbackbot.remembering import forgotten
from feedbackbot.reviewing import withdrawn
from feedbackbot.sweeping import Sweep

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from feedbackbot.channels.slack_side import SlackSide
    from feedbackbot.web.parts import Endpoint

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Parts:
    settings: Settings
    clock: Clock
    database: Database
    house: House
    telegram: TelegramChannel
    introduction: Introduction
    inbox: TelegramInbox
    polling: TelegramPolling | None
    slack: SlackSide | None
    deliverer: Deliverer
    processes: Processes
    sweep: Sweep
    collector: Collector
    reloader: Reloader
    loop: asyncio.AbstractEventLoop
    #: what is out of order at all, and what of it only a new start of this process would mend
    troubles: Callable[[], list[str]] = list
    stopped: Callable[[], list[str]] = list

    def committed(self) -> None:
        """Something was written: look at once whether something is to be sent, or due."""
        self.deliverer.wake()
        self.sweep.wake()
        self.collector.wake()

    @property
    def receives_here(self) -> bool:
        """One process fetches updates; with a webhook all of them take some, and the eldest speaks for them."""
        return self.processes.is_eldest if self.polling is None else self.processes.may_poll

    def could_receive_at(self, at: float) -> float | None:
        """The tick at which updates last could come in, if that is known; `at` is now."""
        if self.polling is not None:
            return self.polling.fetched_at
        away = self.telegram.trouble or self.introduction.trouble or self.database.trouble
        return None if away else at

    def all_troubles(self) -> list[str]:
        """Asked anew each time, since `troubles` is set later than the routes are made."""
        return self.troubles()

    def all_stopped(self) -> list[str]:
        """As `all_troubles`."""
        return self.stopped()

    def routes(self) -> list[BaseRoute]:
        """The bot's own addresses, to be served alone or beside others."""
        from feedbackbot.web.app import web_routes
        from feedbackbot.web.parts import WebParts

        settings = self.settings
        token = settings.api_token
        return web_routes(
            WebParts(
                database=self.database,
                house=self.house,
                now=self.clock.now,
                api_token=token.get_secret_value() if token else None,
                troubles=self.all_troubles,
                stopped=self.all_stopped,
                sends_per_second=settings.telegram_sends_per_second,
                telegram_webhook=self.telegram_webhook(),
                slack_webhook=getattr(self.slack, "webhook", None),
            )
        )

    def telegram_webhook(self) -> Endpoint | None:
        """None where no secret is set, without which anybody could call it."""
        secret = self.settings.telegram_webhook_secret
        return None if secret is None else telegram_webhook(self.inbox, secret.get_secret_value())

    async def close(self) -> None:
        self.clock.close()
        if self.slack is not None:
            await self.slack.close()
        await self.telegram.bot.shutdown()
        if self.slack is not None:
            await self.slack.close()
        await asyncio.to_thread(self.database.close)


def build_parts(settings: Settings, *, clock: Clock | None = None) -> Parts:
    """Opens the database (and migrates it); reaches for nothing else yet."""
    clock = clock or _clock(settings)
    keys = load_keys(settings)
    database = open_database(settings.database_url, keys, now=clock.now())
    try:
        return _assemble(settings, clock, database)
    except BaseException:
        database.close()
        raise


def _assemble(settings: Settings, clock: Clock, database: Database) -> Parts:
    # before the folder is read, so that nothing saved in between is overlooked
    watch = FolderWatch(settings.conversations_folder)
    house = _house(settings, database, now=clock.now())
    wakers: list[Callable[[], None]] = []

    def committed() -> None:
        for wake in wakers:
            wake()

    telegram = TelegramChannel(_bot(settings))
    inbox = TelegramInbox(
        bot=telegram.bot, database=database, house=house, now=clock.now, committed=committed
    )
    slack = _slack(settings, database, house, clock.now, committed)
    channels: dict[str, Channel] = {"telegram": telegram}
    if slack is not None:
        channels["slack"] = slack
    processes = _processes(settings, database, house, clock.now)
    deliverer = Deliverer(
        database=database,
        house=house,
        channels=channels,
        pacing=_pacing(settings),
        processes=processes,
        now=clock.now,
    )
    sweep = Sweep(database=database, house=house, now=clock.now, committed=committed)
    collector = Collector(
        database=database, house=house, fetch=telegram.fetch, now=clock.now, committed=committed
    )
    wakers += [deliverer.wake, sweep.wake, collector.wake]
    polls = settings.telegram_mode == "polling"
    return Parts(
        settings=settings,
        clock=clock,
        database=database,
        house=house,
        telegram=telegram,
        introduction=Introduction(settings, database, house, telegram),
        inbox=inbox,
        polling=TelegramPolling(bot=telegram.bot, inbox=inbox, may_poll=lambda: processes.may_poll)
        if polls
        else None,
        processes=processes,
        slack=slack,
        deliverer=deliverer,
        sweep=sweep,
        collector=collector,
        reloader=Reloader(house=house, database=database, watch=watch, now=clock.now),
        loop=asyncio.get_running_loop(),
    )


def _clock(settings: Settings) -> Clock:
    return SandboxClock(settings.clock_url) if settings.clock_url else Clock()


def _house(settings: Settings, database: Database, *, now: datetime) -> House:
    token = settings.telegram_bot_token
    if token is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN is not set; @BotFather gives you one.")
    bot_id = token.get_secret_value().partition(":")[0]
    folder = settings.conversations_folder
    return House(
        library=database.write(lambda session: load_or_last_good(session, folder, now=now)),
        conversations=folder,
        bot_username=database.read(lambda session: audit.fact(session, USERNAME)) or "",
        bot_id=int(bot_id) if bot_id.isdecimal() else 0,
        slack_channels=settings.slack_channels,
        public_url=settings.public_url,
        publication_mode=settings.publication_mode,
        text_pause=settings.text_pause,
        inbound_per_minute=settings.inbound_per_minute,
        erased_file=settings.data_folder / forgotten.FILE_NAME,
        withdrawn_file=settings.data_folder / withdrawn.FILE_NAME,
        sent_file=settings.data_folder / high_water.FILE_NAME,
    )


def _bot(settings: Settings) -> TelegramBot:
    token = settings.telegram_bot_token
    return TelegramBot(token.get_secret_value() if token else "", settings.telegram_api_url)


def _pacing(settings: Settings) -> dict[str, Pacing]:
    """Slack's own limit is one post a second in a channel, with short bursts; Telegram's for a chat is the same."""
    per_second, per_chat = settings.telegram_sends_per_second, settings.telegram_sends_per_chat
    in_slack = 1 if per_chat > 0 else 0
    # who has switched the limits off has nothing to share
    if settings.is_sqlite or not (per_second or per_chat):
        return {
            "telegram": Pacing(per_second=per_second, per_chat=per_chat),
            "slack": Pacing(per_second=0, per_chat=in_slack),
        }
    return {
        "telegram": SharedPacing("telegram", per_second=per_second, per_chat=per_chat),
        "slack": SharedPacing("slack", per_second=0, per_chat=in_slack),
    }


def _processes(
    settings: Settings, database: Database, house: House, now: Callable[[], datetime]
) -> Processes:
    def left_behind(session: Session) -> int:
        return recover(session, house, now=now())

    if settings.is_sqlite:
        return Alone(database, recover=left_behind)
    return Together(database, polls=settings.telegram_mode == "polling", recover=left_behind)


def _slack(
    settings: Settings,
    database: Database,
    house: House,
    now: Callable[[], datetime],
    committed: Callable[[], None],
) -> SlackSide | None:
    if settings.slack_mode == "none":
        return None
    from feedbackbot.channels import slack_side

    return slack_side.build(
        settings=settings, database=database, house=house, now=now, committed=committed
    )
