"""Whether the customer will be asked, on the day that staff choose, if a complaint was put right."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedbackbot.engine.script import Ask, End, Escalate, Script, Step, TestimonialStep, Wait
from feedbackbot.house import House
from feedbackbot.models.conversation import Conversation, ConversationStatus
from feedbackbot.models.escalation import Escalation
from feedbackbot.versions import find_version

_THE_DAY = "escalation.check_on"


def is_asked(session: Session, house: House, row: Escalation) -> bool:
    """Only a script asks: the one that raised it, while it waits for people."""
    conversation = session.get(Conversation, row.conversation_id) if row.conversation_id else None
    if conversation is None or row.step is None:
        return False
    if conversation.status != ConversationStatus.WAITING:
        return False
    script = find_version(session, house, conversation.version)
    step = script.steps.get(row.step) if script else None
    if script is None or step is None:  # a step of a script that was called
        return True
    return isinstance(step, Escalate) and _waits_for_the_day(script, step)


def _waits_for_the_day(script: Script, step: Step) -> bool:
    """Before people are needed again, on any way that the answers may take."""
    seen, ahead = {step.id}, _following(step)
    while ahead:
        here = script.steps[ahead.pop()]
        if isinstance(here, Wait) and here.until_name == _THE_DAY:
            return True
        if here.id not in seen and not isinstance(here, Escalate):
            ahead += _following(here)
        seen.add(here.id)
    return False


def _following(step: Step) -> list[str]:
    ways = [] if isinstance(step, End) else [route.goto for route in step.next]
    if isinstance(step, (Ask, TestimonialStep)):
        ways.append(step.timeout.goto)
    return ways
