"""A fresh sandbox for every test, and the real libraries pointed at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot

from feedbackbot import sandbox as platforms
from feedbackbot.sandbox.client import SandboxClient
from feedbackbot.sandbox.serving import running
from sandbox.receiver import Receiver, listening
from sandbox.slackbot import SlackBot, connected


@pytest.fixture(autouse=True)
def durations_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own switch for its newer way, without which it warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def sandbox() -> Iterator[SandboxClient]:
    with running() as client:
        yield client


@pytest.fixture
async def bot(sandbox: SandboxClient) -> AsyncIterator[Bot]:
    address = sandbox.telegram_url
    bot = Bot(
        platforms.TELEGRAM_TOKEN, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot"
    )
    async with bot:
        yield bot


@pytest.fixture
def slack(sandbox: SandboxClient) -> AsyncWebClient:
    return AsyncWebClient(token=platforms.SLACK_BOT_TOKEN, base_url=sandbox.slack_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as listener:
        yield listener


@pytest.fixture
async def slackbot(sandbox: SandboxClient) -> AsyncIterator[SlackBot]:
    async with connected(sandbox) as bot:
        yield bot
