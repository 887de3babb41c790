"""`feedbackbot doctor`: looks at everything the bot leans on, and names the fix for each thing that is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from feedbackbot.clock import Clock, SandboxClock
from feedbackbot.commands.doctor.keeping import check_contents, check_invariants
from feedbackbot.commands.doctor.machine import check_machine
from feedbackbot.commands.doctor.showing import show
from feedbackbot.config import Settings, load_settings
from feedbackbot.errors import ConfigError
from feedbackbot.findings import Finding, Level, ok, problem, warning


def run_doctor(*, as_json: bool, invariants: bool) -> int:
    """The exit code is 1 while there is a problem; nothing is changed, whatever is found."""
    try:
        settings = load_settings()
    except ConfigError as error:
        fix = "Mend it in .env or in the environment; .env.example explains every setting."
        show([problem("settings", line, fix) for line in str(error).splitlines()], as_json=as_json)
        return 1
    clock = SandboxClock(settings.clock_url) if settings.clock_url else Clock()
    try:
        if invariants:
            found = check_invariants(settings, now=clock.now())
        else:
            found = look_at_everything(settings, clock.now)
    finally:
        clock.close()
    show(found, as_json=as_json, secrets=settings.secrets())
    return 1 if any(one.level is Level.PROBLEM for one in found) else 0


def look_at_everything(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Settings, platforms, machine and database, in the order in which they are mended."""
    return [
        *_missing(settings),
        _alarms(settings),
        *asyncio.run(_ask_platforms(settings, now)),
        *check_machine(settings),
        *check_contents(settings, now=now()),
    ]


def _missing(settings: Settings) -> list[Finding]:
    return [
        problem("settings", f"{one.name} is not set: {one.why}", one.how)
        for one in settings.missing()
    ]


def _alarms(settings: Settings) -> Finding:
    if settings.alarm_url is not None:
        return ok("alarms", "reach people although Slack is away, at FEEDBACKBOT_ALARM_URL.")
    return warning(
        "alarms",
        "FEEDBACKBOT_ALARM_URL is not set: while Slack is away, nobody is told that complaints wait; "
        "only the log and /readyz say so.",
        "Set it to the incoming webhook of a pager or of another chat program, which takes "
        '{"text": "…"}.',
    )


async def _ask_platforms(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    from feedbackbot.channels.slack_checkup import check_slack
    from feedbackbot.channels.telegram_checkup import check_telegram

    found: list[Finding] = []
    if settings.telegram_bot_token is not None:
        found += await check_telegram(settings, now)
    if settings.slack_bot_token is not None:
        found += await check_slack(settings, now)
    return found
