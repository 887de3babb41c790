"""An escalation as the customer's chat sees it: raised, written to, opened again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Case
from feedbackbot.engine.events import (
    CaseTold,
    CaseWritten,
    ComplaintRaised,
    Purpose,
    Reacted,
    Stopped,
)
from feedbackbot.engine.happenings import Attachment, Reply
from feedbackbot.engine.script import Escalate
from feedbackbot.engine.talking.own_words import told_to_team
from feedbackbot.engine.talking.posing import close_question, drop_change
from feedbackbot.engine.talking.speech import (
    FIRST_REPLY,
    from_script,
    reply_due,
    reply_time,
    script_now,
    wording,
)
from feedbackbot.engine.talking.talk import EngineLimit, Talk, running

EYES: Final = "👀"
_SUPPORT: Final = "support"
#: before the summary: what stands at the end of a long one is not on the card
_STOPPED: Final = (
    "Has since asked for no more messages: your answer arrives only if they say yes to it."
)
_NOBODY_AFTER: Final = timedelta(days=1)
#: how long writing still opens a resolved escalation again when no script waits for a check
_AFTERMATH: Final = timedelta(days=7)


def open_case(talk: Talk) -> Case | None:
    """The escalation that people have to answer now."""
    case = talk.chat.case
    return case if case is not None and not case.resolved else None


def leave_behind(talk: Talk) -> None:
    """A conversation begins: writing still reaches what an earlier one had raised, but it is not this one's own."""
    case = talk.chat.case
    if case is not None:
        talk.chat = replace(talk.chat, case=replace(case, step=None, checked=False))


def escalate(talk: Talk, step: Escalate) -> None:
    """What a script's `escalate` does; a second one after "not yet" opens the same escalation again."""
    before = talk.chat.case
    again = before if before is not None and before.resolved and before.checked else None
    due = reply_due(talk, step.first_reply)
    facts = reply_time(talk, due)
    words, attachments = _unread(talk)
    talk.note(
        ComplaintRaised(
            step=step.id,
            origin="reopened" if again else "script",
            to=step.to,
            priority=step.priority,
            summary=_summary(talk, step, facts),
            words=words,
            attachments=attachments,
            first_reply=step.first_reply,
            unclaimed_after=step.unclaimed.after if step.unclaimed else None,
            nobody_after=step.nobody.after if step.nobody else None,
            reopens=again.escalation_id if again else None,
        )
    )
    case = Case(escalation_id=None, step=step.id, answer_due=due)
    if again:
        case = replace(again, step=step.id, resolved=False, checked=False, denied=False)
        case = replace(case, answer_due=due)
    talk.chat = replace(talk.chat, case=case)
    hold_script(talk)
    if step.say and not talk.chat.stopped:
        talk.say(from_script(talk, step.say, escalation=facts), Purpose.CASE)


def is_put_right(talk: Talk) -> bool:
    """Nothing is with people, and nothing came back from them of which the customer said: not yet."""
    case = talk.chat.case
    return case is None or (case.resolved and not case.denied)


def raise_outside(
    talk: Talk,
    *,
    origin: str,
    summary: str,
    words: str,
    attachments: tuple[Attachment, ...] = (),
    step: str | None = None,
) -> None:
    """An escalation that no script foresaw: the customer wants a person, or wrote what nobody asked for."""
    earlier, pictures = _unread(talk)
    talk.note(
        ComplaintRaised(
            step=step,
            origin=origin,
            to=_SUPPORT,
            priority="high" if origin == "problem" else "normal",
            summary=summary,
            words="\n".join(part for part in (earlier, words) if part),
            attachments=(*pictures, *attachments),
            first_reply=FIRST_REPLY,
            nobody_after=_NOBODY_AFTER,
        )
    )
    case = Case(escalation_id=None, step=step, answer_due=reply_due(talk, FIRST_REPLY))
    talk.chat = replace(talk.chat, case=case)
    hold_script(talk, keep=True)
    may_answer(talk)


def write_to_case(
    talk: Talk, reply: Reply, *, reopens: bool = False, only_thanks: bool = False
) -> None:
    """Thanks alone leave the clock as it is: nobody owes an answer to them."""
    talk.note(
        CaseWritten(
            escalation_id=case_id(talk),
            words=reply.text,
            attachments=reply.attachments,
            message_key=reply.message_key,
            reopens=reopens,
            edited=reply.edited,
            only_thanks=only_thanks,
        )
    )
    talk.note(Reacted(message_key=reply.message_key, emoji=EYES))
    if not only_thanks:
        wait_for_answer(talk)


def wait_for_answer(talk: Talk) -> None:
    """The clock runs on the oldest words that nobody has answered."""
    case = talk.chat.case
    if case is not None and case.answer_due is None:
        step = step_of(talk, case)
        due = reply_due(talk, step.first_reply if step else None)
        talk.chat = replace(talk.chat, case=replace(case, answer_due=due))


def step_of(talk: Talk, case: Case) -> Escalate | None:
    """The step that raised it, while its script is running."""
    if talk.state is None or case.step is None:
        return None
    step = script_now(talk).steps.get(case.step)
    return step if isinstance(step, Escalate) else None


def tell_case(talk: Talk, note: str, *, reopens: bool = False) -> None:
    """A line in the thread; one that was raised in this very turn has no thread yet."""
    case = talk.chat.case
    if case is not None and case.escalation_id is not None:
        talk.note(CaseTold(escalation_id=case.escalation_id, note=note, reopens=reopens))


def case_id(talk: Talk) -> int:
    case = talk.chat.case
    if case is None or case.escalation_id is None:
        raise EngineLimit(
            "The escalation's id is missing: call with_case_id after ComplaintRaised."
        )
    return case.escalation_id


def reopen(talk: Talk, reply: Reply) -> None:
    """The customer writes although it was resolved."""
    write_to_case(talk, reply, reopens=True)
    may_answer(talk)
    back_to_people(talk)
    talk.say(wording(talk, "case.reopened"), Purpose.ANSWER)


def back_to_people(talk: Talk) -> None:
    """A resolved escalation is open again; its own script waits where it had been raised, any other where it is."""
    case = talk.chat.case
    if case is None:
        return
    talk.chat = replace(
        talk.chat,
        case=replace(case, resolved=False, checked=False, denied=False, acknowledged=True),
    )
    step = step_of(talk, case)
    hold_script(talk, keep=step is None)
    if talk.state and step:
        talk.state = replace(talk.state, step=step.id)


def may_answer(talk: Talk) -> None:
    """Who asks a person something after a stop wants that one answer, and is told by when it will come."""
    case = talk.chat.case
    if case is None or not talk.chat.stopped or talk.chat.let_answer is True:
        return
    talk.chat = replace(talk.chat, let_answer=True, case=replace(case, acknowledged=False))
    talk.note(Stopped(let_answer=True))
    tell_case(talk, "The customer has written again, so your answer to this may reach them.")


def hold_script(talk: Talk, *, keep: bool = False) -> None:
    """While people have it the script asks nothing, and its `expire` stands still.

    `keep`: a wait that runs goes on running; what comes due meanwhile happens when they are done.
    """
    talk.drop_timers("check")
    if talk.state is None:
        return
    close_question(talk, None)
    drop_change(talk)
    if not keep:
        talk.drop_timers("wait", "later", "resume")
    expire = talk.timers.pop("expire", None)
    if expire is not None:
        left = max(0.0, (expire - talk.now).total_seconds())
        talk.state = replace(talk.state, expire_left=left)


def release_script(talk: Talk) -> None:
    """Its `expire` goes on; where that was over, people have given the conversation a new one."""
    state, script = running(talk)
    if state.late:
        talk.set_timer("expire", talk.now + script.expire)
    elif state.expire_left is not None:
        talk.set_timer("expire", talk.now + timedelta(seconds=state.expire_left))
    talk.state = replace(state, expire_left=None, late=False)


def keep_for_a_while(talk: Talk) -> None:
    """No script waits for the check: writing opens it again for some days more."""
    talk.set_timer("check", talk.now + _AFTERMATH)


def _summary(talk: Talk, step: Escalate, facts: Mapping[str, object]) -> str:
    summary = told_to_team(talk, step.summary, escalation=facts)
    return f"{_STOPPED} {summary}" if talk.chat.stopped else summary


def _unread(talk: Talk) -> tuple[str, tuple[Attachment, ...]]:
    """All that the customer wrote in this conversation and nobody has been given yet."""
    unread = [spoken for spoken in talk.chat.spoken if not spoken.passed_on]
    if not unread:
        return "", ()
    passed = tuple(replace(spoken, passed_on=True) for spoken in talk.chat.spoken)
    talk.chat = replace(talk.chat, spoken=passed)
    words = "\n".join(spoken.text for spoken in unread if spoken.text)
    return words, tuple(a for spoken in unread for a in spoken.attachments)
