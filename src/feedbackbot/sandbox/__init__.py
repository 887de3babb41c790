"""A strict stand-in for Telegram and Slack on this machine, with a page on which you play customer and staff."""

from __future__ import annotations

from feedbackbot.sandbox.app import create_app
from feedbackbot.sandbox.credentials import (
    MARKETING_CHANNEL,
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET,
    SUPPORT_CHANNEL,
    TELEGRAM_BOT_USERNAME,
    TELEGRAM_TOKEN,
)
from feedbackbot.sandbox.world import World

__all__ = [
    "MARKETING_CHANNEL",
    "SLACK_APP_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SUPPORT_CHANNEL",
    "TELEGRAM_BOT_USERNAME",
    "TELEGRAM_TOKEN",
    "World",
    "create_app",
]
