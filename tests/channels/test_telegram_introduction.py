"""Telegram learns who the bot is and how it is reached, and somebody else with the same token changes that."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.conftest import Stopwatch, with_webhook
from feedbackbot.app import build
from feedbackbot.building import Parts
from feedbackbot.channels.telegram_introduction import Introduction
from feedbackbot.config import Settings
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.troubles import troubles_of

OURS = "https://feedback.example/webhooks/telegram"


@pytest.fixture
async def parts(settings: Settings, watch: Stopwatch) -> AsyncIterator[Parts]:
    """Of a bot with a webhook, that has not said anything yet."""
    wanted = with_webhook(settings)
    built = (await build(wanted)).parts
    built.introduction = Introduction(
        wanted, built.database, built.house, built.telegram, ticks=watch
    )
    await built.introduction.meet()
    yield built
    await built.close()


async def webhook(parts: Parts) -> str:
    return (await parts.telegram.bot.get_webhook_info()).url


async def test_a_webhook_that_another_program_took_away_is_told_and_registered_again(
    parts: Parts, watch: Stopwatch
) -> None:
    await parts.introduction.begin()
    assert await webhook(parts) == OURS
    await parts.telegram.bot.delete_webhook()

    watch.seconds += 61
    await parts.introduction.look_again()
    (told,) = troubles_of(parts)
    assert "had been taken away; it is registered again" in told.text
    assert await webhook(parts) == OURS

    watch.seconds += 61
    await parts.introduction.look_again()
    assert troubles_of(parts) == []


async def test_where_it_was_set_to_is_named_without_its_path_which_may_be_a_secret(
    parts: Parts, watch: Stopwatch
) -> None:
    await parts.introduction.begin()
    await parts.telegram.bot.set_webhook("https://elsewhere.example/s3cret")

    watch.seconds += 61
    await parts.introduction.look_again()

    (told,) = troubles_of(parts)
    assert "had been set to elsewhere.example;" in told.text
    assert "s3cret" not in told.text


async def test_telegrams_wish_for_a_pause_is_heeded(
    parts: Parts, platforms: SandboxClient, watch: Stopwatch
) -> None:
    fault = {"platform": "telegram", "method": "setWebhook", "times": 1, "status": 429}
    platforms.post("faults", **fault, retry_after=40)
    await parts.introduction.begin()

    watch.seconds += 39
    await parts.introduction.look_again()
    assert await webhook(parts) == ""

    watch.seconds += 2
    await parts.introduction.look_again()
    assert await webhook(parts) == OURS


async def test_it_is_asked_less_and_less_often_while_it_refuses(
    parts: Parts, platforms: SandboxClient, watch: Stopwatch
) -> None:
    fault = {"platform": "telegram", "method": "setWebhook", "times": 2, "status": 400}
    platforms.post("faults", **fault, error="Bad Request: bad webhook")
    await parts.introduction.begin()
    for _ in range(5):
        watch.seconds += 2
        await parts.introduction.look_again()
    assert await webhook(parts) == ""

    watch.seconds += 6
    await parts.introduction.look_again()

    assert await webhook(parts) == OURS
