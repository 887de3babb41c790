"""What comes from Slack and can't be applied, by a mistake of ours: kept whole, and told to whoever wrote it."""

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


def put_aside(
    session: Session, body: Body, error: Exception, *, bot_user: str, now: datetime
) -> None:
    """Slack does not show an event again, so that words for a customer would vanish without a word to their author."""
    event = body.get("event") or {}
    ts = event.get("ts") or event.get("event_ts")
    # Slack tells of one mention twice
    if ts and not audit.remember(session, f"slack:failed:{event.get('channel')}:{ts}", now=now):
        return
    conversing.quarantine(
        session, platform="slack", key=key_of(body), raw=json.dumps(body), error=error, now=now
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
        "once more, or use the Reply button on the card. It is kept for whoever looks after me: "
        "`feedbackbot quarantine list`.",
        channel=event.get("channel"),
        thread_ts=written.get("thread_ts"),
        now=now,
    )
