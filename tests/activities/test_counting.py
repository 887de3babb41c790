"""What the delivery loop counts: first replies once a turn, waits for our own pace as time, outcomes by kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.claiming import Claimed
from feedbackbot.delivering.counting import Counting
from feedbackbot.errors import (
    ChannelBusy,
    CustomerUnreachable,
    DeliveryError,
    MaybeSent,
    NotSent,
)


@dataclass
class Counted:
    """Counts by what has been added since it was made: the registry is one for the process."""

    now: datetime
    tick: float = 50.0
    before: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counting = Counting(ticks=lambda: self.tick)

    def added(self, name: str, **labels: str) -> float:
        key = f"{name}{sorted(labels.items())}"
        value = REGISTRY.get_sample_value(name, labels) or 0.0
        since = value - self.before.get(key, 0.0)
        self.before[key] = value
        return since

    def sends(
        self, chat: str, error: DeliveryError | None = None, *, ago: float = 2, priority: int = 0
    ) -> None:
        message = Outgoing(id=1, channel="telegram", address=chat, kind="text", payload={})
        claimed = Claimed(
            message=message,
            chat_key=f"telegram:{chat}",
            purpose=None,
            customer_id=None,
            reply_id=None,
            created_at=self.now - timedelta(seconds=ago),
            look_first=False,
            priority=priority,
        )
        self.counting.sent(claimed, error, seconds=0.1, now=self.now)


@pytest.fixture
def counted(now: datetime) -> Counted:
    return Counted(now)


def test_only_the_first_message_of_a_turn_is_its_reply(counted: Counted) -> None:
    counted.added("feedbackbot_first_reply_seconds_sum", platform="telegram")

    counted.sends("1", ago=2)
    counted.sends("1", ago=2)
    counted.sends("2", ago=3)
    counted.sends("1", ago=4)
    counted.sends("3", ago=100, priority=1)

    assert counted.added("feedbackbot_first_reply_seconds_sum", platform="telegram") == 9


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "sent"),
        (ChannelBusy(35), "busy"),
        (NotSent("502"), "later"),
        (MaybeSent("time-out"), "unknown"),
        (CustomerUnreachable(), "unreachable"),
        (DeliveryError("no"), "failed"),
    ],
)
def test_every_try_is_counted_by_its_outcome(
    counted: Counted, error: DeliveryError | None, outcome: str
) -> None:
    labels = {"platform": "telegram", "outcome": outcome}
    counted.added("feedbackbot_sends_total", **labels)

    counted.sends("1", error)

    assert counted.added("feedbackbot_sends_total", **labels) == 1


def test_how_long_telegram_asks_us_to_wait_is_added_up(counted: Counted) -> None:
    counted.added("feedbackbot_rate_limited_seconds_total", platform="telegram")

    counted.sends("1", ChannelBusy(35))
    counted.sends("2", ChannelBusy(5))

    assert counted.added("feedbackbot_rate_limited_seconds_total", platform="telegram") == 40


def test_waiting_for_our_own_pace_counts_as_time_and_not_by_message(counted: Counted) -> None:
    for name in ("feedbackbot_paced_total", "feedbackbot_paced_seconds_total"):
        counted.added(name, platform="telegram")

    counted.counting.held_back("telegram")
    counted.counting.held_back("telegram")
    counted.tick += 0.5
    counted.counting.round_begins()
    counted.tick += 7
    counted.counting.round_begins()

    assert counted.added("feedbackbot_paced_total", platform="telegram") == 1
    assert counted.added("feedbackbot_paced_seconds_total", platform="telegram") == 0.5
