"""What is reached over HTTP: the purchases API, the public pages, webhooks and the health of the bot."""
