"""F01 to F06 once more: the process dies at every named place of a consent, an approval and a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from acceptance.people import Phone
from acceptance.platforms import MARKETING
from acceptance.scenes import PUBLIC, is_shown_the_quote, said_twice
from acceptance.stage import Stage
from faults.scenes import begins, cards, start_to_die
from feedbackbot import crash


@dataclass(slots=True, kw_only=True)
class Praise:
    """Words of one customer, on their way to the wall and off it."""

    stage: Stage
    words: str
    phone: Phone

    def consent(self) -> None:
        self.phone.taps("I agree")

    def approve(self) -> None:
        mia = self.stage.staff("U0MIA")
        mia.clicks("Approve", mia.reads(self.words, MARKETING))

    def withdraw(self) -> None:
        self.phone.writes("/withdraw")

    def reads(self, *sentences: str) -> None:
        def has_come() -> bool:
            return any(words in "".join(self.phone.heard()[-2:]) for words in sentences)

        self.stage.while_time_passes(has_come, f"one of {sentences}")

    def times_on_the_wall(self) -> int:
        return sum(public["quote"] == self.words for public in self.stage.testimonials())


#: what is done, what the customer then reads, and how often the words are public
STEPS: dict[str, tuple[Callable[[Praise], None], str, int]] = {
    "consent": (Praise.consent, "A person looks at it first", 0),
    "approve": (Praise.approve, PUBLIC, 1),
    "withdraw": (Praise.withdraw, "Taken back", 0),
}
SAMPLE = ("withdraw", "committed")
MATRIX = [(step, point) for step in STEPS for point in crash.POINTS]


@pytest.mark.parametrize(
    ("step", "point"),
    [pytest.param(*pair, marks=[] if pair == SAMPLE else [pytest.mark.matrix]) for pair in MATRIX],
)
def test_f01_to_f06_a_crash_on_the_way_to_the_wall_or_off_it_shows_no_words_too_early_or_too_long(
    polled: Stage, step: str, point: str
) -> None:
    words = f"Light, dry and on my feet every day, {step} {point}".replace("_", " ")
    praise = Praise(stage=polled, words=words, phone=begins(polled, "Ada"))
    lead_up_to(praise, step)
    polled.kill_bot()
    start_to_die(polled, point)

    act, heard, times = STEPS[step]
    with suppress(OSError, AssertionError):
        act(praise)
    assert polled.ends_by_itself() == 137
    polled.start_bot()
    polled.later("1m")
    if step == "approve":
        # a click is not delivered again, and where it has counted there is no button any more
        with suppress(AssertionError):
            act(praise)

    # a withdrawal is heeded before it is stored, so that what comes again may find nothing left to take down
    praise.reads(heard, *(["Nothing of yours is public"] if step == "withdraw" else []))
    polled.while_time_passes(polled.is_done, "everything has left")
    assert praise.times_on_the_wall() == times
    assert len(said_twice(praise.phone)) <= (1 if point == "sent_not_stored" else 0)
    assert len(cards(polled, words, MARKETING)) <= 1
    assert polled.rows("select count(*) from quarantine") == [(0,)]


def lead_up_to(praise: Praise, last: str) -> None:
    is_shown_the_quote(praise.phone, "Ada", praise.words)
    for step, (act, heard, _) in STEPS.items():
        if step == last:
            break
        act(praise)
        praise.phone.reads(heard)
    praise.stage.while_time_passes(praise.stage.has_settled, "everything is stored")
