"""When a message that did not leave is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedbackbot.delivering.breaking import ENOUGH
from feedbackbot.errors import NotSent, PlaceClosed, PlatformAway, TokenRefused

#: what could not be handed over for so long is given up
GIVE_UP_AFTER = timedelta(days=3)
_LONGEST_BACK_OFF = 300.0
_ONE_SECOND = timedelta(seconds=1)
#: shorter than what lets those behind it go first (`turns.HOLDS_ORDER`)
_KEEPS_PLACE = timedelta(seconds=8)


def back_off(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … five minutes."""
    return timedelta(seconds=min(2.0 ** min(attempts - 1, 9), _LONGEST_BACK_OFF))


def pause_after(error: NotSent, attempts: int) -> timedelta:
    """How often a platform that is away is asked is the breaker's business; so the oldest message stays the first."""
    return _ONE_SECOND if isinstance(error, PlatformAway) else back_off(attempts)


def pause_in_doubt(attempts: int, *, away: bool) -> timedelta:
    """A post keeps its place, until it has failed so often that the platform would be `away` if it were not the post's
    own trouble.
    """
    if away:
        return _ONE_SECOND
    pause = back_off(attempts)
    return pause if attempts > ENOUGH else min(pause, _KEEPS_PLACE)


def is_given_up(error: NotSent, *, created_at: datetime, now: datetime) -> bool:
    """What the house's own people can mend is waited for as long as it takes."""
    mendable = isinstance(error, TokenRefused | PlaceClosed)
    return not mendable and now - created_at > GIVE_UP_AFTER
