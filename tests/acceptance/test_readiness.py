"""/readyz says in words why the bot can't do its job, and turns green by itself when it can again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from acceptance.asking import ask, status_of, until
from acceptance.scenes import readiness
from acceptance.stage import Stage
from feedbackbot.sandbox import TELEGRAM_TOKEN


def troubles(stage: Stage) -> list[str]:
    ready = readiness(stage)
    found: list[str] = json.loads(ready.content)["troubles"]
    assert ready.status == (503 if found else 200)
    return found


def is_told(stage: Stage, words: str) -> None:
    until(lambda: any(words in trouble for trouble in troubles(stage)), f"told: {words}")
    assert status_of(f"{stage.bot}/healthz") == 200


def recovers(stage: Stage) -> None:
    until(lambda: not troubles(stage), "ready again")


def test_a_refused_telegram_token_is_told_until_it_is_accepted_again(hooked: Stage) -> None:
    hooked.play("telegram/token", revoked=True)
    hooked.customer("Ada").writes("Hello?")
    is_told(hooked, "TELEGRAM_BOT_TOKEN")
    assert TELEGRAM_TOKEN not in "".join(troubles(hooked))

    hooked.play("telegram/token", revoked=False)

    recovers(hooked)


def test_a_refused_slack_token_is_told_until_it_is_accepted_again(hooked: Stage) -> None:
    hooked.play("slack/app", bot_token="token_revoked")
    bo = hooked.customer("Bo")
    bo.writes("/human")
    bo.reads("What is it about?")
    bo.writes("The parcel was empty")
    is_told(hooked, "SLACK_BOT_TOKEN was revoked")

    hooked.play("slack/app")

    recovers(hooked)


def test_a_database_that_somebody_else_holds_is_told_until_it_is_let_go(hooked: Stage) -> None:
    with closing(sqlite3.connect(hooked.database_file)) as other:
        other.execute("begin immediate")
        is_told(hooked, "The database")
        other.rollback()

    recovers(hooked)


def test_another_program_that_fetches_the_updates_is_told_here_and_by_the_doctor(
    quick_stage: Stage,
) -> None:
    stage = quick_stage

    def is_disturbed() -> bool:
        ask(f"{stage.sandbox}/telegram/bot{TELEGRAM_TOKEN}/getUpdates", {"timeout": 0})
        return bool(troubles(stage))

    until(is_disturbed, "the poller was ended")

    is_told(stage, "Another program is fetching this bot's updates")
    until(
        lambda: "bot: Another program is fetching" in stage.command("doctor").stdout,
        "the doctor passes it on",
    )
