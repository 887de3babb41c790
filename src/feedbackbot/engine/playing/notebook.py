"""Keeps what is played as the turns of a test, so that a good chat need not be typed twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from feedbackbot.engine.events import (
    ComplaintRaised,
    ConversationFinished,
    Event,
    NoteTold,
    Said,
)
from feedbackbot.engine.playing.yaml_lines import flow, quoted, text_lines
from feedbackbot.engine.times.zones import zone_of

_INDENT: Final = 6


class Notebook:
    """Filled while the chat goes on; `as_test` is the whole of it."""

    def __init__(self, begun_at: datetime, given: Sequence[str] = ()) -> None:
        """`given`: such as `customer: {first_name: "Bo"}`."""
        self._begun_at = begun_at
        self._given = given
        self._lines: list[str] = []
        self._end: str | None = None
        #: time that has passed by itself since the last turn that was kept
        self._passed = timedelta(0)
        self._acts = 0

    def __bool__(self) -> bool:
        return self._acts > 0

    def let_pass(self, amount: timedelta) -> None:
        self._passed += amount

    def did(self, key: str, value: str) -> None:
        """A turn of the customer: tap, send or wait."""
        self._act(f"{key}: {quoted(value)}")

    def did_with(self, key: str, values: Mapping[str, str]) -> None:
        """Such as staff: {reply: …}."""
        self._act(f"{key}: {flow(values)}")

    def resolved(self, facts: Mapping[str, str]) -> None:
        self._act(f"staff: {{resolve: {flow(facts)}}}")

    def heard(self, event: Event) -> None:
        if isinstance(event, Said):
            self._catch_up()
            first, *rest = text_lines("bot", event.text, indent=_INDENT)
            self._lines += [f"    - {first}", *rest]
        elif isinstance(event, ComplaintRaised):
            self._slack(event.to, event.summary)
        elif isinstance(event, NoteTold):
            self._slack(event.to, event.text)
        elif isinstance(event, ConversationFinished):
            self._catch_up()
            self._end = event.outcome

    def as_test(self, name: str, *, timezone: str) -> str:
        self._put_end()
        begun = f"{self._begun_at.astimezone(zone_of(timezone)):%Y-%m-%d %H:%M}"
        head = [
            f"- test: {quoted(name)}",
            f"  given: {{{', '.join((f'now: {quoted(begun)}', *self._given))}}}",
            "  turns:",
        ]
        return "\n".join((*head, *self._lines)) + "\n"

    def _act(self, line: str) -> None:
        self._acts += 1
        self._catch_up()
        self._put_end()
        self._lines.append(f"    - {line}")

    def _slack(self, channel: str, text: str) -> None:
        self._catch_up()
        self._lines.append(f"    - slack: {flow({'channel': channel, 'contains': text})}")

    def _catch_up(self) -> None:
        """Time that went by itself is waited for in the test."""
        seconds = ceil(self._passed.total_seconds())
        if seconds > 0:
            self._put_end()
            self._lines.append(f"    - wait: {duration_words(timedelta(seconds=seconds))}")
            self._passed -= timedelta(seconds=seconds)

    def _put_end(self) -> None:
        """Behind the words with which the conversation ends."""
        if self._end is not None:
            self._lines.append(f"    - end: {quoted(self._end)}")
            self._end = None


def duration_words(amount: timedelta) -> str:
    """As scripts write it: 1d12h."""
    seconds = int(amount.total_seconds())
    words = ""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, length)
        words += f"{count}{unit}" if count else ""
    return words or "0s"
