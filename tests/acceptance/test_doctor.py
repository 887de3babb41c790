"""`feedbackbot doctor` beside a running bot: what is wrong at the platforms is named together with its fix."""

from __future__ import annotations

import json
from typing import Any

import pytest

from acceptance.asking import ask, until
from acceptance.bot import TELEGRAM_SECRET
from acceptance.platforms import MARKETING, SUPPORT
from acceptance.stage import Stage
from feedbackbot.clock import Clock, SandboxClock
from feedbackbot.commands.doctor import look_at_everything
from feedbackbot.config import load_settings
from feedbackbot.findings import Finding, Level
from feedbackbot.sandbox import SLACK_APP_TOKEN, SLACK_BOT_TOKEN, TELEGRAM_TOKEN

ALARMS = {"FEEDBACKBOT_ALARM_URL": "https://pager.example/alarms?key=7"}
STAFF = ["U0RITA", "U0OMAR", "U0MIA"]
BOT = "U0BOT"


def diagnosis(stage: Stage, **changed: str | None) -> list[Finding]:
    """Whatever is not in order; `changed` are settings that differ, None for one that is not there."""
    environ = {
        name: value for name, value in (stage.settings() | ALARMS | changed).items() if value
    }
    settings = load_settings(env_file=stage.folder / ".env", environ=environ)
    clock = SandboxClock(settings.clock_url) if settings.clock_url else Clock()
    try:
        found = look_at_everything(settings, clock.now)
    finally:
        clock.close()
    return [one for one in found if one.level is not Level.OK]


def at_telegram(stage: Stage, method: str, **how: Any) -> Any:
    """As another program would call it that has the same token."""
    return ask(f"{stage.sandbox}/telegram/bot{TELEGRAM_TOKEN}/{method}", how)


@pytest.mark.parametrize("way", ["shop", "hooked"])
def test_beside_a_bot_in_order_everything_is_in_order(
    way: str, request: pytest.FixtureRequest
) -> None:
    stage: Stage = request.getfixturevalue(way)

    assert diagnosis(stage) == []


def test_where_alarms_have_no_way_but_slack_it_is_told_and_is_no_problem(shop: Stage) -> None:
    done = shop.command("doctor")

    assert done.returncode == 0
    assert "alarms: FEEDBACKBOT_ALARM_URL is not set: while Slack is away" in done.stdout
    assert done.stdout.rstrip().endswith("1 warning.")


def test_the_page_names_what_was_looked_at(shop: Stage) -> None:
    done = shop.command("doctor", **ALARMS)

    page = done.stdout
    assert done.returncode == 0
    assert "Telegram: accepts the token of @feedback_demo_bot." in page
    assert "Slack scopes: all that are needed are granted." in page
    assert "channel support: #support, and the bot is in it." in page
    assert "bot: is running" in page
    assert page.rstrip().endswith("Everything is in order.")
    assert "\x1b" not in page


def test_a_revoked_telegram_token_is_told_with_the_way_to_a_new_one(shop: Stage) -> None:
    shop.play("telegram/token", revoked=True)
    try:
        found = diagnosis(shop)
    finally:
        shop.play("telegram/token", revoked=False)

    assert found[0].says == "does not accept TELEGRAM_BOT_TOKEN."
    assert "BotFather" in found[0].fix


def test_a_program_that_asks_gets_json_and_an_exit_code_and_never_a_secret(shop: Stage) -> None:
    shop.play("slack/app", bot_token="account_inactive")
    try:
        done = shop.command("doctor", "--json")
    finally:
        shop.play("slack/app")

    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert said["healthy"] is False
    assert {"level", "about", "says", "fix"} == set(said["findings"][0])
    for secret in (TELEGRAM_TOKEN, SLACK_BOT_TOKEN, SLACK_APP_TOKEN):
        assert secret not in done.stdout + done.stderr


def test_telegram_out_of_reach_is_told_without_the_address_that_bears_the_token(
    shop: Stage,
) -> None:
    found = diagnosis(shop, TELEGRAM_API_URL="http://127.0.0.1:9")

    assert "can't be reached at http://127.0.0.1:9 (" in found[0].says


def test_a_webhook_that_stands_in_the_way_of_polling_is_found(shop: Stage) -> None:
    at_telegram(shop, "setWebhook", url="https://elsewhere.example/secret-path")
    try:
        found = diagnosis(shop)
    finally:
        at_telegram(shop, "deleteWebhook")

    polling = next(one for one in found if one.about == "polling")
    assert polling.says == "gets nothing while a webhook stands at https://elsewhere.example."
    assert "secret-path" not in str(found)


def test_a_webhook_that_was_moved_elsewhere_is_found(hooked: Stage) -> None:
    info = at_telegram(hooked, "getWebhookInfo")["result"]
    at_telegram(hooked, "setWebhook", url="https://elsewhere.example/x")
    try:
        found = diagnosis(hooked)
    finally:
        at_telegram(hooked, "setWebhook", url=info["url"], secret_token=TELEGRAM_SECRET)

    assert "is registered at https://elsewhere.example, which is not ours" in found[0].says


def test_a_webhook_that_telegram_can_not_deliver_to_is_found(hooked: Stage) -> None:
    info = at_telegram(hooked, "getWebhookInfo")["result"]
    at_telegram(hooked, "setWebhook", url=info["url"], secret_token="another-secret")
    try:
        hooked.customer("Ada").writes("Hello?")
        until(
            lambda: at_telegram(hooked, "getWebhookInfo")["result"].get("last_error_message"),
            "Telegram could not deliver",
        )
        found = diagnosis(hooked)
    finally:
        at_telegram(hooked, "setWebhook", url=info["url"], secret_token=TELEGRAM_SECRET)

    assert "Wrong response from the webhook: 401" in found[0].says


@pytest.mark.parametrize(
    ("wrong", "about", "says"),
    [
        (
            {"bot_token": "token_revoked"},
            "Slack",
            "does not accept SLACK_BOT_TOKEN (token_revoked)",
        ),
        ({"app_token": "invalid_auth"}, "Slack clicks", "does not accept SLACK_APP_TOKEN"),
        ({"without_scopes": ["files:write"]}, "Slack scopes", "missing: files:write."),
    ],
)
def test_what_is_wrong_with_the_slack_app_is_found(
    shop: Stage, wrong: dict[str, Any], about: str, says: str
) -> None:
    shop.play("slack/app", **wrong)
    try:
        found = diagnosis(shop)
    finally:
        shop.play("slack/app")

    named = next(one for one in found if one.about == about)
    assert says in named.says
    assert named.fix


def test_channels_that_take_nothing_are_found(shop: Stage) -> None:
    shop.play("slack/channels", id=SUPPORT, members=STAFF)
    shop.play("slack/channels", id=MARKETING, archived=True)
    try:
        found = diagnosis(shop, SLACK_IDEAS_CHANNEL="C0NOWHERE")
    finally:
        shop.play("slack/channels", id=SUPPORT, members=[BOT, *STAFF])
        shop.play("slack/channels", id=MARKETING, archived=False)

    told = {one.about: f"{one.says} {one.fix}" for one in found}
    assert "the bot is not in #support. Write in #support: /invite" in told["channel support"]
    assert "#marketing is archived" in told["channel marketing"]
    assert "C0NOWHERE can't be looked at (channel_not_found)" in told["channel ideas"]


def test_a_clock_that_is_wrong_is_found(shop: Stage) -> None:
    found = diagnosis(shop, FEEDBACKBOT_CLOCK_URL=None)

    clock = next(one for one in found if one.about == "clock")
    assert "behind that of Telegram" in clock.says
    assert "NTP" in clock.fix
