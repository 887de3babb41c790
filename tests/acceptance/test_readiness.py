"""/readyz says in words why the bot can't do its job, and turns green by itself when it can again."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest

from acceptance.stage import PATIENCE, Stage, ask, status_of, until
from feedbackbot.sandbox import TELEGRAM_TOKEN


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One bot with a public address for stories that leave it as they found it."""
    stage = Stage(folder=tmp_path_factory.mktemp("readiness"), over_http=True)
    try:
        yield stage.open()
    finally:
        stage.close()


def troubles(stage: Stage) -> list[str]:
    try:
        answer = urllib.request.urlopen(f"{stage.bot}/readyz", timeout=PATIENCE)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        found: list[str] = json.loads(answer.read())["troubles"]
        assert answer.status == (503 if found else 200)
    return found


def is_told(stage: Stage, words: str) -> None:
    until(lambda: any(words in trouble for trouble in troubles(stage)), f"told: {words}")
    assert status_of(f"{stage.bot}/healthz") == 200


def recovers(stage: Stage) -> None:
    until(lambda: not troubles(stage), "ready again")


def test_a_refused_telegram_token_is_told_until_it_is_accepted_again(shop: Stage) -> None:
    shop.play("telegram/token", revoked=True)
    shop.customer("Ada").writes("Hello?")
    is_told(shop, "TELEGRAM_BOT_TOKEN")
    assert TELEGRAM_TOKEN not in "".join(troubles(shop))

    shop.play("telegram/token", revoked=False)

    recovers(shop)


def test_a_refused_slack_token_is_told_until_it_is_accepted_again(shop: Stage) -> None:
    shop.play("slack/app", bot_token="token_revoked")
    bo = shop.customer("Bo")
    bo.writes("/human")
    bo.reads("What is it about?")
    bo.writes("The parcel was empty")
    is_told(shop, "SLACK_BOT_TOKEN was revoked")

    shop.play("slack/app")

    recovers(shop)


def test_a_database_that_somebody_else_holds_is_told_until_it_is_let_go(shop: Stage) -> None:
    with closing(sqlite3.connect(shop.folder / "data" / "feedbackbot.sqlite3")) as other:
        other.execute("begin immediate")
        is_told(shop, "The database")
        other.rollback()

    recovers(shop)


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
