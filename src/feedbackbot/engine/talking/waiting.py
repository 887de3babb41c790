"""When a wait of a script is over: after so long, at an hour of the day, or at a moment that staff have chosen."""

from __future__ import annotations

from datetime import datetime, timedelta

from feedbackbot.engine.script import Wait
from feedbackbot.engine.talking.speech import timezone
from feedbackbot.engine.talking.talk import Talk, running
from feedbackbot.engine.times.zones import zone_of


def end_of_wait(talk: Talk, step: Wait) -> datetime:
    if step.duration is not None:
        return talk.now + step.duration
    if step.until_time is not None:
        local = talk.now.astimezone(zone_of(timezone(talk)))
        today = local.replace(
            hour=step.until_time.hour, minute=step.until_time.minute, second=0, microsecond=0
        )
        return today if today > local else today + timedelta(days=1)
    state, _ = running(talk)
    moment = state.escalation.get((step.until_name or "").removeprefix("escalation."))
    return datetime.fromisoformat(moment) if isinstance(moment, str) else talk.now
