"""What staff do, as the customer notices it: read, answered, taken over, settled, forgotten."""

from __future__ import annotations

from msgspec.structs import replace

from feedbackbot.engine.chat import Case
from feedbackbot.engine.events import Purpose, Reacted, ReplyRefused, Typed
from feedbackbot.engine.happenings import (
    CaseClaimed,
    CaseNeglected,
    CaseReleased,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTyping,
    Neglect,
)
from feedbackbot.engine.script import Ask, Escalate, TestimonialStep, Wait
from feedbackbot.engine.talking import cases, posing, runner
from feedbackbot.engine.talking.speech import from_script, reply_time, staff, step_now, wording
from feedbackbot.engine.talking.talk import Talk, running


def claimed(talk: Talk, claim: CaseClaimed) -> None:
    case = _case(talk, claim.escalation_id)
    if case is None or case.staff_name == claim.staff_name:
        return
    talk.chat = replace(talk.chat, case=replace(case, staff_name=claim.staff_name))
    if not _may_tell(talk) or case.resolved:
        return
    if talk.chat.newest_key:
        talk.note(Reacted(message_key=talk.chat.newest_key, emoji=cases.EYES))
    if case.staff_name:
        text = wording(talk, "case.new_person", staff=staff(claim.staff_name))
    else:
        text = _claimed_text(talk, claim.staff_name)
    talk.say(text, Purpose.CASE)


def released(talk: Talk, gone: CaseReleased) -> None:
    """The name that the customer was told holds no longer; who was told none hears nothing."""
    case = _case(talk, gone.escalation_id)
    if case is None or case.resolved or case.staff_name is None:
        return
    talk.chat = replace(talk.chat, case=replace(case, staff_name=None))
    if _may_tell(talk):
        text = wording(talk, "case.released", staff=staff(case.staff_name))
        talk.say(text, Purpose.CASE)


def replied(talk: Talk, answer: CaseReplied) -> None:
    """A person's words always go out, unless the customer does not want or can't get them."""
    if not _may_answer(talk):
        reason = "blocked" if talk.chat.blocked else "stopped"
        talk.note(
            ReplyRefused(
                escalation_id=answer.escalation_id, reply_id=answer.reply_id, reason=reason
            )
        )
        return
    _belongs_to(talk, answer.escalation_id, answer.staff_name)
    heading = wording(talk, "case.reply_heading", staff=staff(answer.staff_name))
    talk.say(f"{heading}\n{answer.text}", Purpose.CASE)
    talk.draft.reply_id = answer.reply_id


def typing(talk: Talk, typed: CaseTyping) -> None:
    if _case(talk, typed.escalation_id) and _may_answer(talk):
        talk.note(Typed())


def resolved(talk: Talk, done: CaseResolved) -> None:
    """The script goes on where it had stopped for people."""
    case = _case(talk, done.escalation_id)
    if case is None or case.resolved:
        return
    case = replace(case, resolved=True, staff_name=done.staff_name, answer_due=None)
    talk.chat = replace(talk.chat, case=case)
    if not done.answered and _may_tell(talk):
        text = wording(talk, "case.closed_without_words", staff=staff(done.staff_name))
        talk.say(text, Purpose.CASE)
    if talk.state is None:
        cases.keep_for_a_while(talk)
        return
    cases.release_script(talk)
    _remember_facts(talk, done)
    if talk.chat.blocked:
        talk.set_timer("resume", talk.now)
    else:
        carry_on(talk)


def carry_on(talk: Talk) -> None:
    """The people are done; what waited for them goes on."""
    case = talk.chat.case
    step = step_now(talk)
    if isinstance(step, Escalate):
        runner.go_on(talk)
    elif isinstance(step, Ask) and case is not None and case.step == step.id:
        posing.leave_unanswered(talk)
        runner.go_to(talk, step.timeout.goto, way="timeout")
    elif isinstance(step, Wait) and "wait" not in talk.timers:
        runner.go_on(talk)
    elif isinstance(step, (Ask, TestimonialStep)) and "later" not in talk.timers:
        posing.pose(talk)


def reopened(talk: Talk, again: CaseReopened) -> None:
    """Staff opened it again: the customer, for whom it was settled, hears why there will be news."""
    if talk.chat.case is None:
        case = Case(escalation_id=again.escalation_id, step=None, resolved=True)
        talk.chat = replace(talk.chat, case=case)
    case_now = _case(talk, again.escalation_id)
    if case_now is not None and case_now.resolved:
        talk.chat = replace(talk.chat, case=replace(case_now, staff_name=again.staff_name))
        cases.back_to_people(talk)
        cases.wait_for_answer(talk)
        _say_reopened(talk, again.staff_name)


def neglected(talk: Talk, neglect: CaseNeglected) -> None:
    case = _case(talk, neglect.escalation_id)
    if case is None or case.resolved or not _may_tell(talk):
        return
    step = cases.step_of(talk, case)
    if neglect.how is Neglect.UNCLAIMED:
        if step and step.unclaimed and step.unclaimed.say and case.staff_name is None:
            talk.say(from_script(talk, step.unclaimed.say), Purpose.CASE)
    elif step and step.nobody and step.nobody.say:
        talk.say(from_script(talk, step.nobody.say), Purpose.CASE)
    else:
        talk.say(wording(talk, "case.nobody_yet"), Purpose.CASE)


def _case(talk: Talk, escalation_id: int) -> Case | None:
    case = talk.chat.case
    return case if case is not None and case.escalation_id == escalation_id else None


def _may_tell(talk: Talk) -> bool:
    """News about an escalation; after a stop only the answer itself may come."""
    return not (talk.chat.stopped or talk.chat.blocked)


def _may_answer(talk: Talk) -> bool:
    return not talk.chat.blocked and (not talk.chat.stopped or talk.chat.let_answer is True)


def _belongs_to(talk: Talk, escalation_id: int, staff_name: str) -> None:
    """Whose words these are; what the customer writes back must find its way to them."""
    case = _case(talk, escalation_id)
    if case is not None:
        case = replace(case, staff_name=staff_name, answer_due=None)
        talk.chat = replace(talk.chat, case=case)
    elif talk.chat.case is None:
        case = Case(escalation_id=escalation_id, step=None, staff_name=staff_name, resolved=True)
        talk.chat = replace(talk.chat, case=case)
        cases.keep_for_a_while(talk)


def _say_reopened(talk: Talk, name: str) -> None:
    case = talk.chat.case
    if case is not None and _may_tell(talk):
        escalation = reply_time(talk, case.answer_due)
        said = {"staff": staff(name), "escalation": escalation}
        talk.say(wording(talk, "case.reopened_by_team", **said), Purpose.CASE)


def _claimed_text(talk: Talk, name: str) -> str:
    case = talk.chat.case
    step = cases.step_of(talk, case) if case else None
    if step and step.claimed:
        return from_script(talk, step.claimed, staff=staff(name))
    return wording(talk, "case.claimed", staff=staff(name))


def _remember_facts(talk: Talk, done: CaseResolved) -> None:
    """Kept as facts of the conversation, and a new count of questions begins."""
    state, _ = running(talk)
    talk.state = replace(
        state,
        questions=0,
        escalation={
            "cause": done.cause,
            "outcome": done.outcome,
            "minutes": done.minutes,
            "check_on": done.check_on.isoformat(),
        },
    )
