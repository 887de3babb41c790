"""The customer ends a conversation before its time is over."""

from __future__ import annotations

from contextlib import suppress

from feedbackbot.engine.talking import cases, runner
from feedbackbot.engine.talking.talk import EngineLimit, Talk


def cut_short(talk: Talk, reason: str) -> None:
    """No more questions; but what people are to hear reaches them, as it does when `expire` is over."""
    if talk.state is None:
        return
    talk.cut_short_by = reason
    if not cases.open_case(talk):
        with suppress(EngineLimit):  # the wish is obeyed, whatever is wrong with the script
            runner.run_out(talk)
    runner.abandon(talk, reason)
