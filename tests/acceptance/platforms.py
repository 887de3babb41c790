"""The sandbox as a story sees it: both platforms with what is on them, their faults, and the clock."""

from __future__ import annotations

import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from acceptance.asking import PATIENCE, ask, until
from feedbackbot.sandbox import MARKETING_CHANNEL, SUPPORT_CHANNEL
from feedbackbot.sandbox.credentials import SLACK_BOT_USER

T = TypeVar("T")
SUPPORT, MARKETING = SUPPORT_CHANNEL, MARKETING_CHANNEL
#: a Tuesday morning: the shop is open, and nobody sleeps
OPENS_AT = datetime(2027, 3, 2, 10, 0, tzinfo=UTC)


def days_ago(days: int) -> str:
    """A moment of the stage's own time, as shops write it."""
    return (OPENS_AT - timedelta(days=days)).isoformat()


@dataclass(slots=True, kw_only=True)
class Platforms:
    #: the sandbox's address, once it has been opened
    sandbox: str = ""

    def play(self, what: str, **how: Any) -> Any:
        return ask(f"{self.sandbox}/sandbox/{what}", how)

    def look(self, what: str, **how: Any) -> Any:
        return ask(f"{self.sandbox}/sandbox/{what}?{urllib.parse.urlencode(how)}")

    def now(self) -> datetime:
        return datetime.fromisoformat(self.look("clock")["now"])

    def later(self, how_much: str) -> None:
        self.play("clock", advance=how_much)

    def while_time_passes(self, find: Callable[[], T | None], what: str) -> T:
        """Wait for a fact while the clock runs faster: pauses before another try end early."""

        def tick() -> T | None:
            self.later("5s")
            return find()

        return until(tick, what)

    def calls(self, method: str, platform: str = "telegram") -> list[dict[str, Any]]:
        """The bot's calls of one API method so far."""
        found: list[dict[str, Any]] = self.look("calls", platform=platform, method=method)
        return found

    def posts(self, channel: str, thread: str | None = None) -> list[dict[str, Any]]:
        """What stands in a channel itself, or in one thread of it; no whispers, nothing deleted."""
        return [
            post
            for post in self.look("state")["slack"]["messages"]
            if post["channel"] == channel
            and post.get("thread_ts", post["ts"]) == (thread or post["ts"])
            and not (post.get("ephemeral_for") or post.get("deleted"))
        ]

    def fault(self, platform: str, method: str, **how: Any) -> None:
        self.play("faults", platform=platform, method=method, **how)

    def faults_left(self, platform: str) -> int:
        """How many calls are still to go wrong."""
        planned = self.look("faults")
        return sum(fault["times"] for fault in planned if fault["platform"] == platform)

    def mend(self) -> None:
        """The platforms do as they should again."""
        request = urllib.request.Request(f"{self.sandbox}/sandbox/faults", method="DELETE")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            answer.read()
        self.play("telegram/token", revoked=False)
        self.play("slack/app")
        everybody = [SLACK_BOT_USER, "U0RITA", "U0OMAR", "U0MIA"]
        for channel in (SUPPORT, MARKETING):
            self.play("slack/channels", id=channel, archived=False, members=everybody)
