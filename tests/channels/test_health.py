"""/healthz speaks of this process alone, /readyz of everything that the bot leans on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from starlette.applications import Starlette

from channels.conftest import Running
from feedbackbot.app import build
from feedbackbot.config import Settings
from feedbackbot.running import report
from feedbackbot.sandbox.client import SandboxClient


async def says(bot: Running, path: str) -> tuple[int, Any]:
    """Status and body, as a load balancer gets them."""
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    await Starlette(routes=bot.app.parts.routes())(scope, receive, send)
    body = b"".join(part.get("body", b"") for part in answers[1:])
    return int(answers[0]["status"]), json.loads(body)


async def test_a_process_is_alive_once_it_has_started(
    settings: Settings, platforms: SandboxClient
) -> None:
    bot = Running(await build(settings), platforms)
    starting = {"status": "not alive", "troubles": ["The bot is still starting."]}
    assert await says(bot, "/healthz") == (503, starting)

    await bot.start()

    assert await says(bot, "/healthz") == (200, {"status": "alive"})
    await bot.end()


async def test_a_process_that_has_lost_a_loop_is_not_alive(bot: Running) -> None:
    bot.app.parts.collector.stop()

    async with asyncio.timeout(5):
        while (await says(bot, "/healthz"))[0] == 200:  # noqa: ASYNC110 - nobody rings a bell for it
            await asyncio.sleep(0.01)

    ended = "The loop files has ended."
    assert (await says(bot, "/healthz"))[1]["troubles"] == [ended]
    assert ended in (await says(bot, "/readyz"))[1]["troubles"]


async def test_a_refused_token_is_no_reason_to_start_the_process_anew(bot: Running) -> None:
    await bot.post("telegram/token", revoked=True)

    async with asyncio.timeout(10):
        while (await says(bot, "/readyz"))[0] == 200:  # noqa: ASYNC110 - nor for this
            await asyncio.sleep(0.05)

    assert (await says(bot, "/healthz"))[0] == 200


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "told to nobody: set FEEDBACKBOT_ALARM_URL"),
        ({"alarm_url": "https://pager.example/7"}, "FEEDBACKBOT_ALARM_URL"),
    ],
)
def test_the_first_lines_say_who_hears_of_trouble(
    settings: Settings, more: dict[str, str], line: str
) -> None:
    told = Settings.model_validate({**settings.model_dump(), **more})

    assert f"  Alarms         {line}" in report(told).splitlines()
