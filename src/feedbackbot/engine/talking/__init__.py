"""The one entry for everything that can happen to a customer's chat."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, assert_never

from msgspec.structs import replace

from feedbackbot.engine.chat import Chat, Scene, Turn
from feedbackbot.engine.events import Purpose
from feedbackbot.engine.happenings import (
    Blocked,
    CaseClaimed,
    CaseNeglected,
    CaseReleased,
    CaseReopened,
    CaseReplied,
    CaseResolved,
    CaseTyping,
    Command,
    EditSuggested,
    Happening,
    LinkOpened,
    MediaLost,
    QuestionDue,
    Reply,
    Tap,
    TestimonialNotUsed,
    TestimonialPublished,
    TooMuch,
    Unblocked,
    WasAway,
    Woken,
)
from feedbackbot.engine.talking import (
    aside_answers,
    casework,
    commands,
    floods,
    hearing,
    posing,
    quotes,
    timers,
    welcomes,
)
from feedbackbot.engine.talking.asides import drop_edit, put_again
from feedbackbot.engine.talking.cases import open_case, tell_case
from feedbackbot.engine.talking.remembering import chat_from_json, to_json
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import EngineLimit, Talk

__all__ = [
    "EngineLimit",
    "chat_from_json",
    "receive",
    "to_json",
    "with_case_id",
    "with_testimonial_id",
]
_CustomerMove: TypeAlias = Tap | Reply | Command | LinkOpened
_Passing: TypeAlias = Woken | QuestionDue | Blocked | Unblocked | WasAway | TooMuch | MediaLost
_StaffMove: TypeAlias = (
    CaseClaimed
    | CaseReleased
    | CaseReplied
    | CaseTyping
    | CaseResolved
    | CaseReopened
    | CaseNeglected
    | EditSuggested
    | TestimonialPublished
    | TestimonialNotUsed
)


def receive(chat: Chat, happening: Happening, scene: Scene, *, now: datetime) -> Turn:
    """The new chat and everything that was decided; nothing else is changed by it."""
    talk = Talk(chat, scene, now=now)
    if isinstance(happening, (Tap, Reply, Command, LinkOpened)):
        _customer_acts(talk, happening)
    elif isinstance(happening, _Passing):
        _time_passes(talk, happening)
    else:
        _staff_act(talk, happening)
    welcomes.offer_next(talk)
    if talk.chat.blocked:
        timers.shelve(talk)
    return talk.turn()


def with_case_id(chat: Chat, escalation_id: int) -> Chat:
    """For whoever created the row of the `ComplaintRaised` of the last turn."""
    if chat.case is None or chat.case.escalation_id is not None:
        return chat
    return replace(chat, case=replace(chat.case, escalation_id=escalation_id))


def with_testimonial_id(chat: Chat, testimonial_id: int) -> Chat:
    """For whoever created the row of the `ConsentGiven` of the last turn."""
    return replace(chat, quote=quotes.with_id(chat.quote, testimonial_id))


def _customer_acts(talk: Talk, happening: _CustomerMove) -> None:
    talk.acts = True
    if talk.chat.blocked:
        talk.chat = replace(talk.chat, blocked=False)
    timers.unshelve(talk)
    match happening:
        case Tap():
            hearing.tap(talk, happening)
        case Reply():
            hearing.reply(talk, happening)
        case Command():
            commands.obey(talk, happening)
        case LinkOpened():
            aside_answers.settle(talk)
            welcomes.open_link(talk, happening)
        case _:
            assert_never(happening)


def _time_passes(talk: Talk, happening: _Passing) -> None:
    match happening:
        case Woken():
            timers.fire_due(talk)
        case QuestionDue():
            welcomes.fall_due(talk, happening)
        case Blocked():
            _block(talk)
        case Unblocked():
            talk.chat = replace(talk.chat, blocked=False)
        case WasAway():
            _ask_again(talk)
        case TooMuch():
            floods.tell(talk)
        case MediaLost():
            _tell_lost(talk)
        case _:
            assert_never(happening)


def _staff_act(talk: Talk, happening: _StaffMove) -> None:
    match happening:
        case CaseClaimed():
            casework.claimed(talk, happening)
        case CaseReleased():
            casework.released(talk, happening)
        case CaseReplied():
            casework.replied(talk, happening)
        case CaseTyping():
            casework.typing(talk, happening)
        case CaseResolved():
            casework.resolved(talk, happening)
        case CaseReopened():
            casework.reopened(talk, happening)
        case CaseNeglected():
            casework.neglected(talk, happening)
        case EditSuggested() | TestimonialPublished() | TestimonialNotUsed():
            _marketing_acts(talk, happening)
        case _:
            assert_never(happening)


def _marketing_acts(
    talk: Talk, happening: EditSuggested | TestimonialPublished | TestimonialNotUsed
) -> None:
    match happening:
        case EditSuggested():
            _suggest(talk, happening)
        case TestimonialPublished():
            _tell_published(talk, happening)
        case TestimonialNotUsed():
            _tell_not_used(talk)
        case _:
            assert_never(happening)


def _block(talk: Talk) -> None:
    if talk.chat.blocked:
        return
    talk.chat = replace(talk.chat, blocked=True)
    drop_edit(talk)
    if open_case(talk):
        tell_case(talk, "The customer has blocked the bot; nothing can reach them there.")


def _ask_again(talk: Talk) -> None:
    """After an outage, in which a tap may have been lost."""
    if talk.chat.blocked or talk.chat.stopped:
        return
    aside = talk.chat.aside
    if aside is not None:
        talk.say(wording(talk, "outage"), Purpose.ANSWER)
        put_again(talk, aside)
    elif talk.state is not None and talk.state.visit is not None:
        talk.say(wording(talk, "outage"), Purpose.ANSWER)
        posing.put(talk)
        posing.start_timers(talk)


def _tell_lost(talk: Talk) -> None:
    if not (talk.chat.stopped or talk.chat.blocked):
        talk.say(wording(talk, "media.lost"), Purpose.ANSWER)


def _suggest(talk: Talk, edit: EditSuggested) -> None:
    if quotes.may_be_asked(talk):
        aside_answers.settle(talk)
        quotes.suggest(talk, edit)


def _tell_published(talk: Talk, news: TestimonialPublished) -> None:
    if not (talk.chat.stopped or talk.chat.blocked):
        quotes.tell_published(talk, news)


def _tell_not_used(talk: Talk) -> None:
    if not (talk.chat.stopped or talk.chat.blocked):
        quotes.tell_not_used(talk)
