"""What the sandbox enforces, as numbers that a test may change; and the pacing made of them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Rules:
    """Zero switches a rate off."""

    #: One message a second per chat and per Slack channel, as the platforms ask for.
    strict: bool = False
    telegram_per_second: float = 30.0
    #: Strict only: how many messages one chat or channel takes at once.
    chat_burst: float = 3.0
    #: Strict only: and how many a second after that.
    chat_per_second: float = 1.0
    #: How long a button tap waits for a bot that is away.
    tap_seconds: float = 150.0
    #: How long a tap can be answered.
    answer_seconds: float = 15.0
    update_seconds: float = 86400.0
    webhook_timeout_seconds: float = 30.0
    #: How long Slack waits for an acknowledgement, in real seconds.
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    #: Sandbox seconds between the attempts of a Slack event.
    socket_retries: tuple[float, ...] = (4.0, 60.0, 300.0)
    http_retries: tuple[float, ...] = (0.0, 60.0, 300.0)

    def change(self, name: str, value: object) -> None:
        """Set one rule; ValueError says what is wrong with it."""
        if name not in self.__dataclass_fields__:
            raise ValueError(f"There is no rule '{name}'.")
        if name == "strict":
            self.strict = bool(value)
        elif name.endswith("_retries"):
            setattr(self, name, tuple(float(part) for part in _numbers(value)))
        else:
            setattr(self, name, float(str(value)))


def _numbers(value: object) -> list[float]:
    if not isinstance(value, list):
        raise ValueError("Retries are a list of seconds.")  # noqa: TRY004 - the caller's one refusal
    return [float(part) for part in value]


@dataclass(slots=True)
class Bucket:
    """A token bucket in real seconds."""

    tokens: float
    at: float = field(default_factory=time.monotonic)

    def take(self, *, per_second: float, burst: float) -> float:
        """0 when there was a token, else the seconds until there will be one."""
        now = time.monotonic()
        self.tokens = min(burst, self.tokens + (now - self.at) * per_second)
        self.at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / per_second


class Pace:
    """Buckets by name: one for each chat, and one for all together."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def wait_seconds(self, name: str, *, per_second: float, burst: float) -> int:
        """How many whole seconds the caller must wait; 0 lets it through."""
        if per_second <= 0:
            return 0
        bucket = self._buckets.setdefault(name, Bucket(burst))
        return math.ceil(bucket.take(per_second=per_second, burst=burst))
