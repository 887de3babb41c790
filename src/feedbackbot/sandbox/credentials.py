"""The fixed credentials and ids of the sandbox; everything else is refused as the real platforms do."""

from __future__ import annotations

TELEGRAM_BOT_ID = 100200300
TELEGRAM_TOKEN = "100200300:sandbox-token-for-local-use-only-AAAA"  # noqa: S105 - opens nothing but the sandbox
TELEGRAM_BOT_USERNAME = "feedback_demo_bot"
TELEGRAM_BOT_NAME = "Feedback"

SLACK_BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but the sandbox
SLACK_APP_TOKEN = "xapp-sandbox"  # noqa: S105 - opens nothing but the sandbox
SLACK_SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - opens nothing but the sandbox
SLACK_APP_ID = "A0SANDBOX"
SLACK_TEAM = "T0SANDBOX"
SLACK_BOT_USER = "U0BOT"
SLACK_BOT_ID = "B0SANDBOX"
SLACK_BOT_NAME = "feedbackbot"

SLACK_SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,files:write,"
    "groups:history,groups:read,im:history,im:write,metadata.message:read,reactions:read,"
    "reactions:write,users:read"
)

SUPPORT_CHANNEL = "C0SUPPORT"
MARKETING_CHANNEL = "C0MARKETING"
IDEAS_CHANNEL = "C0IDEAS"
