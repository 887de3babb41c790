"""Nothing could come in for a while: the bot did not run, was frozen, or could not reach Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels.conftest import Running, Stopwatch, with_webhook
from complaining import Customer
from feedbackbot.alarming import Alarm
from feedbackbot.app import build
from feedbackbot.building import Parts
from feedbackbot.channels.telegram_polling import TelegramPolling
from feedbackbot.config import Settings
from feedbackbot.conversing import absence
from feedbackbot.presence import Presence
from feedbackbot.sandbox.client import SandboxClient


@pytest.fixture
async def bot(
    settings: Settings, platforms: SandboxClient, watch: Stopwatch
) -> AsyncIterator[Running]:
    """Polling, and measuring its absences with that watch."""
    app = await build(settings)
    app.parts.polling = TelegramPolling(
        bot=app.parts.telegram.bot, inbox=app.parts.inbox, wait_seconds=1, ticks=watch
    )
    app.presence = Presence(app.parts, announce=app.alarms.announce, ticks=watch)
    running = Running(app, platforms)
    await running.start()
    yield running
    await running.end()


async def is_out_of_reach(bot: Running, watch: Stopwatch, seconds: float) -> None:
    polling = bot.app.parts.polling
    assert polling is not None
    await bot.post("faults", platform="telegram", method="getUpdates", times=3, drop="before")
    async with asyncio.timeout(20):
        while polling.trouble is None:  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.02)
        watch.seconds += seconds
        while polling.fetched_at != watch.seconds:  # noqa: ASYNC110 - nor for this
            await asyncio.sleep(0.02)


async def test_whoever_had_an_open_question_while_telegram_was_out_of_reach_is_asked_again(
    bot: Running, watch: Stopwatch
) -> None:
    ada = await bot.customer("Ada", start=await bot.invite())
    await bot.hears(ada, "Ask me now")
    await bot.taps(ada, "Ask me now")
    await bot.hears(ada, "Has it reached you?")
    await asyncio.sleep(2.5)

    await is_out_of_reach(bot, watch, 600)

    await asyncio.to_thread(bot.platforms.wait, customer=ada, has="out of order", timeout=20)


async def test_two_minutes_out_of_reach_cost_no_tap(bot: Running, watch: Stopwatch) -> None:
    ada = await bot.customer("Ada", start=await bot.invite())
    await bot.hears(ada, "Ask me now")
    await asyncio.sleep(2.5)

    await is_out_of_reach(bot, watch, 140)
    await asyncio.sleep(2.5)

    assert not any("out of order" in words for words in await bot.heard(ada))


class Frozen:
    """A bot with a webhook, whose process gets no time for a while; Ada has an open question."""

    def __init__(self, parts: Parts, watch: Stopwatch) -> None:
        self.parts = parts
        self.watch = watch
        self.alarms: list[Alarm] = []
        self.ada = Customer(parts.database, parts.house, parts.clock.now(), name="Ada")
        self.ada.buys_and_opens()
        self.ada.sees_everything()
        self.wakes_up()

    def wakes_up(self) -> None:
        """As another process, which knows what stands in the database."""
        self.presence = Presence(
            self.parts, announce=self.alarms.append, ticks=self.watch, catch_up_seconds=0
        )

    def was_asked_again(self) -> bool:
        return any("out of order" in words for words in self.ada.heard())


@pytest.fixture
async def frozen(settings: Settings, watch: Stopwatch) -> AsyncIterator[Frozen]:
    app = await build(with_webhook(settings))
    yield Frozen(app.parts, watch)
    await app.parts.close()


async def test_a_process_that_was_frozen_asks_again_too(frozen: Frozen) -> None:
    await frozen.presence.look()
    frozen.watch.seconds += 149
    await frozen.presence.look()
    assert not frozen.was_asked_again()

    frozen.watch.seconds += 151
    await frozen.presence.look()

    assert frozen.was_asked_again()
    assert frozen.alarms == []


async def test_after_more_than_a_day_people_are_told_that_messages_may_be_lost(
    frozen: Frozen,
) -> None:
    await frozen.presence.look()
    frozen.watch.seconds += 25 * 3600
    await frozen.presence.look()

    assert "away for 25 hours" in frozen.alarms[0].text


async def test_a_clock_that_is_moved_is_no_absence(frozen: Frozen) -> None:
    await frozen.presence.look()
    long_ago = frozen.parts.clock.now() - timedelta(days=2)
    await frozen.parts.database.awrite(lambda s: absence.say_alive(s, now=long_ago))
    frozen.watch.seconds += 3
    await frozen.presence.look()

    assert not frozen.was_asked_again()


async def test_a_bot_that_ends_before_it_has_asked_again_does_so_when_it_is_back(
    frozen: Frozen,
) -> None:
    before = frozen.parts.clock.now() - timedelta(minutes=10)
    await frozen.parts.database.awrite(lambda s: absence.say_alive(s, now=before))
    await frozen.presence.look_back()

    frozen.wakes_up()
    await frozen.presence.look_back()
    await frozen.presence.look()
    assert frozen.was_asked_again()

    frozen.wakes_up()
    await frozen.presence.look_back()
    await frozen.presence.look()
    assert sum("out of order" in words for words in frozen.ada.heard()) == 1


async def test_while_telegram_is_in_trouble_nobody_is_taken_for_present(frozen: Frozen) -> None:
    await frozen.presence.look()
    frozen.parts.telegram.trouble = "Telegram can't be reached."
    for _ in range(4):
        frozen.watch.seconds += 60
        await frozen.presence.look()
    assert not frozen.was_asked_again()

    frozen.parts.telegram.trouble = None
    await frozen.presence.look()

    assert frozen.was_asked_again()
