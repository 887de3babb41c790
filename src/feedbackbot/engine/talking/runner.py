"""Runs the steps of a script until it waits: for an answer, for time, for people, or for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, assert_never
from urllib.parse import urlsplit

from msgspec.structs import replace

from feedbackbot.engine.chat import Passed, State
from feedbackbot.engine.events import (
    Button,
    ConversationAbandoned,
    ConversationExpired,
    ConversationFinished,
    ConversationStarted,
    Purpose,
    TagsSet,
    TestimonialOffered,
)
from feedbackbot.engine.script import (
    Ask,
    Branch,
    Call,
    End,
    Escalate,
    ReviewLink,
    Reward,
    Route,
    Say,
    Script,
    SetNames,
    Step,
    Tell,
    TestimonialStep,
    Wait,
)
from feedbackbot.engine.talking import (
    afterthoughts,
    cases,
    giving,
    permission,
    posing,
    telling,
    testimonials,
)
from feedbackbot.engine.talking.speech import (
    for_team,
    from_script,
    is_true,
    saved_as,
    script_now,
    step_now,
)
from feedbackbot.engine.talking.talk import EngineLimit, Talk, running
from feedbackbot.engine.talking.waiting import end_of_wait

#: more steps than this in one turn are a script that turns in circles
MOST_STEPS: Final = 200
_TIMERS: Final = ("remind", "timeout", "expire", "wait", "later", "resume")


def begin(talk: Talk, invitation_id: int, script: Script, *, begun_by: str) -> None:
    talk.script = script
    talk.begun_by = begun_by
    talk.state = State(
        script=script.name, version=script.version, invitation_id=invitation_id, step=script.first
    )
    afterthoughts.begin_anew(talk)
    cases.leave_behind(talk)
    talk.note(
        ConversationStarted(invitation_id=invitation_id, script=script.name, version=script.version)
    )
    talk.set_timer("expire", talk.now + script.expire)
    run(talk)


def go_on(talk: Talk) -> None:
    """The step where the conversation stands is done."""
    step = step_now(talk)
    go_to(talk, _route(talk, () if isinstance(step, End) else step.next))


def go_to(talk: Talk, step: str, *, way: str | None = None) -> None:
    """`way` says why, where it is not a line of `next`."""
    state, _ = running(talk)
    if way is not None:
        _leave_trail(talk, way)
    talk.state = replace(state, step=step)
    run(talk)


def run(talk: Talk) -> None:
    for _ in range(MOST_STEPS):
        state, _script = running(talk)
        act = _pass_by if state.late else _perform
        following = act(talk, step_now(talk))
        if following is None:
            return
        state, _script = running(talk)
        talk.state = replace(state, step=following)
    raise EngineLimit("This script turns in circles without asking anything.")


def abandon(talk: Talk, reason: str) -> None:
    """Ends the conversation from outside the script; says nothing."""
    if talk.state is not None:
        _leave(talk)
        talk.note(ConversationAbandoned(reason=reason))


def run_out(talk: Talk) -> None:
    """`expire` is over: no more questions and no more words, but what people are to hear still reaches them."""
    talk.drop_timers(*_TIMERS)
    state, _ = running(talk)
    talk.state = replace(state, late=True)
    step = step_now(talk)
    # people are done with an escalation already, and the customer was away
    following = _route(talk, step.next) if isinstance(step, Escalate) else _pass_by(talk, step)
    if following is not None:
        go_to(talk, following)


def _perform(talk: Talk, step: Step) -> str | None:
    """The next step, or None where the script waits or has ended."""
    _leave_trail(talk)
    if isinstance(step, End):
        return _end(talk, step)
    if isinstance(step, Call):
        return _enter(talk, step)
    if isinstance(step, (Ask, Escalate, Wait, TestimonialStep)):
        if _waits_at(talk, step):
            return None
    else:
        _do(talk, step)
    return _route(talk, step.next)


def _pass_by(talk: Talk, step: Step) -> str | None:
    """As silence would have it: every question has timed out, every wait is over."""
    if isinstance(step, (Ask, TestimonialStep)):
        posing.leave_unanswered(talk)
        return step.timeout.goto
    if isinstance(step, (Say, Wait, Reward, ReviewLink)):
        return _route(talk, step.next)
    return _perform(talk, step)


def _waits_at(talk: Talk, step: Ask | Escalate | Wait | TestimonialStep) -> bool:
    match step:
        case Ask():
            _mark_check(talk, step)
            posing.pose(talk)
            return True
        case Escalate():
            cases.escalate(talk, step)
            return True
        case Wait():
            return _waits(talk, step)
        case TestimonialStep():
            return _offers(talk, step)
        case _:
            assert_never(step)


def _do(talk: Talk, step: Say | Branch | SetNames | Tell | Reward | ReviewLink) -> None:
    match step:
        case Say():
            _say(talk, step)
        case Branch():
            pass  # nothing but a decision
        case SetNames():
            _set(talk, step)
        case Tell():
            telling.tell(talk, step)
        case Reward():
            giving.give(talk, step)
        case ReviewLink():
            _link(talk, step)
        case _:
            assert_never(step)


def _route(talk: Talk, routes: Sequence[Route]) -> str:
    for number, route in enumerate(routes):
        if route.condition is None or is_true(talk, route.condition):
            _leave_trail(talk, str(number))
            return route.goto
    state, _ = running(talk)
    raise EngineLimit(f"Nothing in `next` of “{state.step}” applies.")


def _leave_trail(talk: Talk, way: str | None = None) -> None:
    state, _ = running(talk)
    talk.trail.append(Passed(script=script_now(talk).name, step=state.step, way=way))


def _mark_check(talk: Talk, step: Ask) -> None:
    """From now on a new escalation of this conversation is the old one, not put right."""
    case = talk.chat.case
    if case is not None and case.resolved and step.is_recovery:
        talk.chat = replace(talk.chat, case=replace(case, checked=True))


def _say(talk: Talk, step: Say) -> None:
    talk.say(from_script(talk, step.say), Purpose.STATEMENT)
    talk.draft.photo = talk.draft.photo or step.photo
    links = tuple((Button(label=link.label, url=link.url),) for link in step.buttons)
    talk.draft.rows = (*talk.draft.rows, *links)


def _waits(talk: Talk, step: Wait) -> bool:
    due_at = end_of_wait(talk, step)
    if due_at <= talk.now:
        return False
    talk.set_timer("wait", posing.waking_hour(talk, due_at))
    return True


def _offers(talk: Talk, step: TestimonialStep) -> bool:
    """Never twice, and never while people still owe an answer, or owe it again."""
    state, _ = running(talk)
    if state.declined_testimonial or testimonials.is_settled(talk):
        return False
    if not cases.is_put_right(talk):
        return False
    talk.note(TestimonialOffered(step=step.id))
    talk.state = replace(state, testimonial=testimonials.first_stage(talk, step))
    posing.pose(talk)
    return True


def _set(talk: Talk, step: SetNames) -> None:
    for name, value in step.values.items():
        state, _ = running(talk)
        ready = for_team(talk, value) if isinstance(value, str) else value
        talk.state = replace(state, names={**state.names, saved_as(talk, name): ready})
    if step.tags:
        talk.note(TagsSet(tags=step.tags))
        customer = talk.scene.customer
        known = tuple(dict.fromkeys((*customer.tags, *step.tags)))
        talk.scene = replace(talk.scene, customer=replace(customer, tags=known))


def _link(talk: Talk, step: ReviewLink) -> None:
    talk.say(from_script(talk, step.say), Purpose.STATEMENT)
    url = from_script(talk, step.url)
    button = Button(label=urlsplit(url).hostname or url, url=url)
    talk.draft.rows = (*talk.draft.rows, (button,))


def _enter(talk: Talk, step: Call) -> str:
    posing.forget_way_back(talk)
    state, _ = running(talk)
    talk.state = replace(state, calls=(*state.calls, step.id))
    return script_now(talk).first


def _end(talk: Talk, step: End) -> str | None:
    state, _ = running(talk)
    if step.say and not state.late:
        talk.say(from_script(talk, step.say), Purpose.STATEMENT)
    if state.calls:
        posing.forget_way_back(talk)
        state, _ = running(talk)
        talk.state = replace(state, calls=state.calls[:-1], step=state.calls[-1])
        caller = step_now(talk)
        return _route(talk, caller.next if isinstance(caller, Call) else ())
    _leave(talk)
    if state.late:
        reason = talk.cut_short_by
        talk.note(ConversationAbandoned(reason=reason) if reason else ConversationExpired())
        return None
    talk.note(ConversationFinished(outcome=step.outcome))
    if permission.may_be_asked(talk):
        permission.ask_permission(talk)
    return None


def _leave(talk: Talk) -> None:
    if talk.state is None:
        return
    posing.close_question(talk, None)
    posing.drop_change(talk)
    talk.drop_timers(*_TIMERS)
    talk.left = talk.state.names
    talk.state = None
    if talk.chat.case is not None and talk.chat.case.resolved and "check" not in talk.timers:
        cases.keep_for_a_while(talk)
