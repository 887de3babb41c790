"""When a message that did not leave is tried again, and when it is given up."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedbackbot.channels.base import Outgoing
from feedbackbot.delivering.breaking import ENOUGH
from feedbackbot.errors import NotSent, PlaceClosed, PlatformAway, TokenRefused

#: what could not be handed over for so long is given up
GIVE_UP_AFTER = timedelta(days=3)
#: what was refused for itself will be refused again, until somebody has changed something
ASK_AGAIN_AFTER = timedelta(hours=1)
#: what says something in Slack; the rest decorates it, or is about one moment
_WORDS = {"card", "thread", "direct"}
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


def pause_unseen(attempts: int) -> timedelta:
    """Four seconds, half a minute, minutes: each try may be one more that people read."""
    return back_off(3 * attempts)


def is_given_up(error: NotSent, message: Outgoing, *, created_at: datetime, now: datetime) -> bool:
    """What the house's own people can mend is waited for as long as it takes. So is Slack: words that people find there
    late are better than none, while a customer who is asked or answered days later is only puzzled.
    """
    if isinstance(error, TokenRefused | PlaceClosed):
        return False
    if message.channel == "slack" and (isinstance(error, PlatformAway) or message.kind in _WORDS):
        return False
    return now - created_at > GIVE_UP_AFTER


def is_asked_again(message: Outgoing) -> bool:
    """A card that Slack refuses, by a mistake of ours, waits for the next version of us: all that belongs to it stands
    in its thread, which there would never be. What was erased meanwhile, or opens no thread, is given up.
    """
    is_new_card = message.kind == "card" and message.about is None
    return is_new_card and message.payload.get("card", "note") != "note"
