"""Whoever only says that they are Telegram, Slack or the shop is turned away."""

from __future__ import annotations

import time

from acceptance.asking import status_of
from acceptance.bot import API_TOKEN
from acceptance.stage import Stage
from acceptance.webhooks import SLACK_HOOK, TELEGRAM_HOOK, from_slack, from_telegram
from feedbackbot.sandbox import SLACK_SIGNING_SECRET


def test_whoever_does_not_know_telegrams_secret_is_turned_away(hooked: Stage) -> None:
    address, body = hooked.bot + TELEGRAM_HOOK, b'{"update_id": 1}'

    assert status_of(address, body) == 401
    assert status_of(address, body, X_Telegram_Bot_Api_Secret_Token="wrong") == 401
    assert from_telegram(hooked, body) == 200


def test_slack_is_believed_only_with_a_fresh_signature(hooked: Stage) -> None:
    moment = hooked.look("clock")["now"]
    now = time.time() + float(hooked.look("clock")["offset_seconds"])

    assert moment
    assert from_slack(hooked, secret="not the secret", at=now) == 401
    assert from_slack(hooked, secret=SLACK_SIGNING_SECRET, at=now - 600) == 401
    assert from_slack(hooked, secret=SLACK_SIGNING_SECRET, at=now) == 200
    assert status_of(hooked.bot + SLACK_HOOK, b"{}") == 401


def test_without_a_secret_there_is_no_webhook(shop: Stage) -> None:
    assert status_of(shop.bot + TELEGRAM_HOOK, b'{"update_id": 1}') in {404, 405}
    assert status_of(shop.bot + SLACK_HOOK, b"{}") in {404, 405}


def test_a_purchase_without_the_shops_token_is_turned_away(shop: Stage) -> None:
    address = f"{shop.bot}/api/purchases"

    assert status_of(address, b"{}") == 401
    assert status_of(address, b"{}", Authorization="Bearer wrong") == 401
    assert status_of(address, b"{}", Authorization=f"Bearer {API_TOKEN}") == 422
