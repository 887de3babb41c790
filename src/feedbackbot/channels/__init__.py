"""The only code that knows Telegram, Slack or a terminal."""
