from __future__ import annotations

from itertools import pairwise

import pytest

from feedbackbot.delivering.pacing import Pacing


class Watch:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_chat_gets_three_at_once_and_then_one_a_second() -> None:
    watch = Watch()
    pacing = Pacing(per_second=25, per_chat=1, burst=3, ticks=watch)

    for _ in range(3):
        assert pacing.wait("a") == 0
        pacing.take("a")

    assert pacing.wait("a") == 1
    assert pacing.wait("b") == 0
    watch.at += 1
    assert pacing.wait("a") == 0


def departures(pacing: Pacing, watch: Watch, *, seconds: float, every: float) -> list[float]:
    """When messages of a crowd left that is looked at so often."""
    left: list[float] = []
    begun = watch.at
    while watch.at < begun + seconds:
        chat = str(len(left))
        if pacing.wait(chat) == 0:
            pacing.take(chat)
            left.append(watch.at)
        else:
            watch.at += every
    return left


def most_within_a_second(left: list[float]) -> int:
    return max(sum(at <= other < at + 0.999 for other in left) for at in left)


@pytest.mark.parametrize("every", [0.001, 0.013, 0.02, 0.25])
@pytest.mark.parametrize("limit", [1, 2, 7, 25, 30])
def test_all_chats_together_stay_below_the_limit(limit: int, every: float) -> None:
    watch = Watch()
    pacing = Pacing(per_second=limit, ticks=watch)

    first = departures(pacing, watch, seconds=5, every=every)
    watch.at += 60
    after_a_rest = departures(pacing, watch, seconds=5, every=every)

    assert most_within_a_second(first) <= limit
    assert most_within_a_second(after_a_rest) <= limit


def test_a_crowd_leaves_as_fast_as_the_limit_lets_it_however_late_a_round_is() -> None:
    watch = Watch()

    left = departures(Pacing(per_second=25, ticks=watch), watch, seconds=20, every=0.02)

    assert 0.97 * 25 * 20 <= len(left) <= 25 * 20


def test_whoever_talks_waits_for_a_fraction_of_a_second_behind_a_crowd() -> None:
    watch = Watch()

    left = departures(Pacing(per_second=25, ticks=watch), watch, seconds=10, every=0.005)

    assert max(later - at for at, later in pairwise(left)) < 0.3


def test_less_than_one_a_second_may_be_wanted_as_well() -> None:
    watch = Watch()

    left = departures(Pacing(per_second=0.5, ticks=watch), watch, seconds=10, every=0.1)

    assert len(left) == 5


def test_zero_is_no_limit() -> None:
    pacing = Pacing(per_second=0, per_chat=0, ticks=Watch())

    for _ in range(1000):
        pacing.take("a")

    assert pacing.wait("a") == 0


def test_decorations_take_no_turn_of_a_chat() -> None:
    pacing = Pacing(per_second=25, per_chat=1, burst=1, ticks=Watch())
    pacing.take("a")

    assert pacing.wait("a") > 0
    assert pacing.wait("a", light=True) == 0


def test_one_chat_that_must_wait_stops_no_other() -> None:
    pacing = Pacing(ticks=Watch())

    pacing.pause("a", 35)

    assert pacing.wait("a") == 35
    assert pacing.wait("b") == 0


def test_three_chats_that_must_wait_mean_all() -> None:
    pacing = Pacing(ticks=Watch())

    for chat in ("a", "b", "c"):
        pacing.pause(chat, 10)

    assert pacing.wait("d") == 10


def test_refusals_that_come_one_after_the_other_mean_each_chat_alone() -> None:
    watch = Watch()
    pacing = Pacing(ticks=watch)

    for chat in ("a", "b", "c"):
        pacing.pause(chat, 100)
        watch.at += 6

    assert pacing.wait("a") > 0
    assert pacing.wait("d") == 0


def test_decorations_count_for_the_platform_as_a_whole() -> None:
    pacing = Pacing(per_second=2, per_chat=1, ticks=Watch())

    pacing.take("a", light=True)
    pacing.take("b", light=True)

    assert pacing.wait("c") > 0


def test_a_rest_forgets_no_pause_that_lasts() -> None:
    watch = Watch()
    pacing = Pacing(ticks=watch)
    pacing.pause("a", 30)
    watch.at += 10

    pacing.forget_quiet()

    assert pacing.wait("a") == 20


def test_a_rest_forgets_no_chat_that_has_had_its_share() -> None:
    watch = Watch()
    pacing = Pacing(per_chat=1, burst=3, ticks=watch)
    for _ in range(3):
        pacing.take("a")

    pacing.forget_quiet()

    assert pacing.wait("a") == 1
