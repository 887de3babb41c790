"""Golden values from the literature and from reference/measuring: a wrong formula shows at once."""

from __future__ import annotations

import pytest

from feedbackbot import measuring


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(18, 20, 0.6990, 0.9721), (10, 10, 0.7225, 1.0), (0, 5, 0.0, 0.4345)],
)
def test_wilson_gives_the_published_intervals(hits: int, n: int, low: float, high: float) -> None:
    assert measuring.wilson(hits, n) == pytest.approx((low, high), abs=0.0001)


def test_the_promoter_score_is_rounded_by_nobody_and_its_interval_is_adjusted() -> None:
    assert measuring.nps(12, 5, 3) == pytest.approx((45.0, 8.43, 69.83), abs=0.01)


def test_ten_promoters_and_nobody_else_still_leave_doubt() -> None:
    assert measuring.nps(10, 0, 0) == pytest.approx((100.0, 47.5, 100.0), abs=0.1)


def test_four_answers_are_counted_and_not_turned_into_a_percentage() -> None:
    four = measuring.share(3, 4)

    assert (four.hits, four.n, four.value) == (3, 4, None)


def test_a_share_of_twenty_is_marked_as_resting_on_few() -> None:
    assert measuring.share(18, 20).low_base
    assert not measuring.share(27, 30).low_base
