"""The whole sandbox as one value: both platforms, the clock, the mail, and what is planned to go wrong."""

from __future__ import annotations

from feedbackbot.sandbox.faults import Faults
from feedbackbot.sandbox.journal import Journal
from feedbackbot.sandbox.outbound import Outbound
from feedbackbot.sandbox.rules import Rules
from feedbackbot.sandbox.slack_api import SlackApi
from feedbackbot.sandbox.slack_people import Staff
from feedbackbot.sandbox.slack_pressing import Pressing
from feedbackbot.sandbox.slack_state import SlackState
from feedbackbot.sandbox.telegram_api import TelegramApi
from feedbackbot.sandbox.telegram_people import People
from feedbackbot.sandbox.telegram_state import TelegramState
from feedbackbot.sandbox.wire import Json


class World:
    """Lives on one event loop; nothing in it is shared with another thread."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.journal = Journal()
        self.clock = self.journal.clock
        self.faults = Faults()
        self.outbound = Outbound()
        self.mail: list[Json] = []
        #: what stands beside the phone, as whoever runs the bot has put it there
        self.notes: Json = {}
        self.telegram = TelegramState(self.journal, self.rules, self.faults)
        self.telegram_api = TelegramApi(self.telegram, self.outbound)
        self.people = People(self.telegram)
        self.slack = SlackState(self.journal, self.rules, self.faults)
        self.slack_api = SlackApi(self.slack, self.outbound)
        self.staff = Staff(self.slack, self.slack_api)
        self.pressing = Pressing(self.slack, self.slack_api)

    async def close(self) -> None:
        """Wake everybody who waits, end every delivery; a server stops quickly after this."""
        await self.slack_api.deliveries.sockets.disconnect("refresh_requested", hard=False)
        await self.journal.close()
        self.telegram.updates.bell.ring()
        self.clock.bell.ring()
        await self.outbound.close()
