"""What comes from Slack and can't be applied, by a mistake of ours: kept without anybody's words, and told to whoever did it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from feedbackbot import conversing, threads
from feedbackbot.models import audit

Body = dict[str, Any]


def key_of(body: Body) -> str:
    """Slack's own name for what came."""
    return f"slack:{body.get('event_id') or body.get('trigger_id') or '?'}"


def without_words(part: Any) -> Any:
    """What happened where and by whom, as numbers and names of kinds.

    A button brings along the whole card it stands on, a mention what is said of a customer; none of it is ever applied
    again from here, its author still has it in Slack, and who asks to be forgotten must not be left in it.
    """
    if isinstance(part, dict):
        return {key: without_words(value) for key, value in part.items() if key in _KEPT}
    return [without_words(one) for one in part] if isinstance(part, list) else part


def put_aside(
    session: Session, body: Body, error: Exception, *, bot_user: str, now: datetime
) -> None:
    """Slack does not show an event again, so that words for a customer would vanish without a word to their author."""
    event = body.get("event") or {}
    ts = event.get("ts") or event.get("event_ts")
    # Slack tells of one mention twice
    if ts and not audit.remember(session, f"slack:failed:{event.get('channel')}:{ts}", now=now):
        return
    raw = json.dumps(without_words(body))
    conversing.quarantine(
        session, platform="slack", key=key_of(body), raw=raw, error=error, now=now
    )
    written = event.get("message") or event
    if f"<@{bot_user}" in str(written.get("text")) and written.get("user"):
        _tell_author(session, event, written, now=now)


def _tell_author(session: Session, event: Body, written: Body, *, now: datetime) -> None:
    what = "your change" if event.get("message") else "this"
    threads.whisper(
        session,
        str(written["user"]),
        f"I could not take in {what}, by a mistake of mine; nothing of it was sent. Please write it "
        "once more, or use the Reply button on the card. What went wrong stands in "
        "`feedbackbot quarantine list`, for whoever looks after me.",
        channel=event.get("channel"),
        thread_ts=written.get("thread_ts"),
        now=now,
    )


#: ids and kinds; of a form's fields not even those, since a field's value is what was written there
_KEPT = frozenset(
    {
        *("type", "subtype", "event_id", "event", "event_ts", "event_time", "team", "team_id"),
        *("id", "ts", "thread_ts", "message_ts", "channel", "channel_id", "channel_type"),
        *("user", "user_id", "bot_id", "message", "previous_message", "deleted_ts", "container"),
        *("actions", "action_id", "block_id", "value", "view", "view_id", "callback_id"),
        *("private_metadata", "is_ephemeral"),
    }
)
