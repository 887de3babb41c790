"""A code that a turn gave away, taken out of its pool in that turn's transaction; and what marketing hears of it."""

from __future__ import annotations

from feedbackbot.conversing.recording import Recording
from feedbackbot.engine.events import NoteTold, RewardGiven
from feedbackbot.models import audit, reward


def take(recording: Recording, event: RewardGiven) -> None:
    """The code belongs to the purchase from the commit on, together with the words that name it."""
    if event.code is None:
        return
    hand_over = reward.give_common if event.common else reward.give
    hand_over(
        recording.session,
        event.pool,
        event.code,
        purchase_id=recording.purchase_id,
        conversation_id=recording.conversation_id,
        now=recording.now,
    )


def find_note(recording: Recording, event: RewardGiven) -> NoteTold | None:
    """Marketing hears of an empty pool, once a day."""
    is_empty = event.code is None or event.common
    key = f"empty_pool:{event.pool}:{recording.now:%Y-%m-%d}"
    if not is_empty or not audit.remember(recording.session, key, now=recording.now):
        return None
    meanwhile = "customers get the common code" if event.common else "customers get nothing"
    text = (
        f"There is no code left in the pool {event.pool}; {meanwhile}. "
        f"New ones: feedbackbot rewards import {event.pool} FILE.csv"
    )
    return NoteTold(to="marketing", text=text)
