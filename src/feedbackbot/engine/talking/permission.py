"""May I ask again after your next order? Asked once, after the first conversation that the customer finished."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.events import Permission, PermissionGiven, Purpose
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk

_PATIENCE: Final = timedelta(days=3)


def may_be_asked(talk: Talk) -> bool:
    """Never of somebody who was silent, has stopped, waits for people or is asked something else."""
    chat = talk.chat
    waits = chat.case is not None and not chat.case.resolved
    asked = chat.permission_asked or chat.permission is not Permission.UNASKED
    return talk.acts and not (asked or waits or chat.stopped or chat.queued or chat.aside)


def ask_permission(talk: Talk) -> None:
    talk.chat = replace(talk.chat, permission_asked=True)
    text = wording(talk, "less.ask")
    put_aside(talk, "less", text, patience=_PATIENCE, purpose=Purpose.QUESTION)


def answer_permission(talk: Talk, choice: str, label: str) -> None:
    close_aside(talk, label)
    permission = Permission(choice)
    talk.chat = replace(talk.chat, permission=permission)
    talk.note(PermissionGiven(permission=permission))
    talk.say(wording(talk, f"less.{choice}"), Purpose.ANSWER)
