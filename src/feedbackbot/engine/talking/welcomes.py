"""How a conversation comes about: a link is opened, the day comes, or it turns out to be somebody else's order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Aside
from feedbackbot.engine.events import InvitationAccepted, InvitationQueued, Purpose, TieCut
from feedbackbot.engine.happenings import LinkOpened, LinkState, QuestionDue, Tap
from feedbackbot.engine.talking import cases, people, posing, postponing, runner, stopping
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import day, rows_of, wording
from feedbackbot.engine.talking.talk import Talk

#: "Ask me now" works as long as this
_PATIENCE: Final = timedelta(days=45)
#: built-in questions that collect words: a due question waits for them
_COLLECTING: Final = ("human", "nothing_open")


def open_link(talk: Talk, link: LinkOpened) -> None:
    """/start, with a link or without one."""
    resumed = stopping.resume(talk)
    if link.state is LinkState.NEW and link.invitation_id is not None:
        _open_new(talk, link, link.invitation_id)
    elif link.state is LinkState.TAKEN:
        _ask(talk, "welcome.link_taken")
    elif link.state is LinkState.EXPIRED:
        _open_expired(talk)
    elif resumed:
        talk.say(wording(talk, "stop.back"), Purpose.ANSWER)
    elif talk.state is not None or cases.open_case(talk):
        show_where_we_were(talk)
    elif link.state is LinkState.NONE:
        _greet(talk, link)
    else:
        talk.say(wording(talk, "welcome.done"), Purpose.ANSWER)


def fall_due(talk: Talk, due: QuestionDue) -> None:
    """The day has come; not for somebody who has stopped, and not while something else is talked about."""
    if talk.chat.stopped or talk.chat.blocked:
        return
    aside = talk.chat.aside
    collects = aside is not None and aside.key in _COLLECTING
    if talk.state is not None and talk.state.invitation_id == due.invitation_id:
        if "later" in talk.timers and not collects and cases.open_case(talk) is None:
            close_aside(talk)
            postponing.come_back(talk)
    elif _is_busy(talk) or collects:
        _queue(talk, due.invitation_id)
    else:
        close_aside(talk)
        _unqueue(talk, due.invitation_id)
        runner.begin(talk, due.invitation_id, due.script, begun_by="due")


def offer_next(talk: Talk) -> None:
    """When nothing is talked about any more, the first purchase that waited has its turn."""
    queued = talk.chat.queued
    if not queued or talk.chat.aside or _is_busy(talk) or talk.chat.stopped or talk.chat.blocked:
        return
    _unqueue(talk, queued[0])
    talk.note(InvitationAccepted(invitation_id=queued[0], due_at=talk.now))


def answer_welcome(talk: Talk, aside: Aside, pressed: Tap, label: str) -> None:
    close_aside(talk, label)
    invitation_id = aside.notes["invitation_id"]
    if pressed.choice == "problem":
        people.ask_for_words(talk, origin="problem")
    elif pressed.choice == "now" and isinstance(invitation_id, int):
        talk.note(InvitationAccepted(invitation_id=invitation_id, due_at=talk.now))
    elif pressed.choice == "not_mine" and isinstance(invitation_id, int):
        cut_tie(talk, invitation_id)
    else:
        due_at = aside.notes["due_at"]
        when = day(talk, datetime.fromisoformat(due_at)) if isinstance(due_at, str) else None
        talk.say(wording(talk, "welcome.fine", when=when), Purpose.ANSWER)


def answer_stranger(talk: Talk, aside: Aside, pressed: Tap, label: str) -> None:
    """Somebody without an order here, or with a link that another account opened first."""
    close_aside(talk, label)
    if pressed.choice == "no":
        talk.say(wording(talk, "nothing_open.kept"), Purpose.ANSWER)
    elif aside.key == "welcome.link_taken":
        people.ask_for_words(talk, origin="link_taken")
    else:
        people.ask_for_words(talk, origin="nothing_open", insists=False)


def cut_tie(talk: Talk, invitation_id: int) -> None:
    """Not their order: nothing about it is said or asked in this chat again."""
    if talk.state is not None and talk.state.invitation_id == invitation_id:
        runner.abandon(talk, "tie cut")
    talk.note(TieCut(invitation_id=invitation_id))
    talk.say(wording(talk, "welcome.not_my_order"), Purpose.ANSWER)


def show_where_we_were(talk: Talk) -> None:
    if cases.open_case(talk):
        talk.say(wording(talk, "human.already_open"), Purpose.ANSWER)
    elif talk.state is not None and talk.state.visit is not None:
        talk.say(wording(talk, "welcome.same_link"), Purpose.ANSWER)
        posing.put(talk)
        posing.start_timers(talk)
    else:
        due_at = talk.timers.get("wait") or talk.timers.get("later")
        text = wording(talk, "welcome.same_link_waiting", when=day(talk, due_at))
        talk.say(text, Purpose.ANSWER)


def _greet(talk: Talk, link: LinkOpened) -> None:
    """/start alone: what waits for its day is said again."""
    if link.invitation_id is not None:
        _open_new(talk, link, link.invitation_id)
    elif _is_stranger(talk):
        _ask(talk, "welcome.no_purchase")
    else:
        talk.say(wording(talk, "help"), Purpose.ANSWER)


def _open_new(talk: Talk, link: LinkOpened, invitation_id: int) -> None:
    is_due = link.due_at is not None and link.due_at <= talk.now and link.script is not None
    if talk.state is not None and talk.state.invitation_id == invitation_id:
        show_where_we_were(talk)
    elif _is_busy(talk):
        if is_due:
            _queue(talk, invitation_id)
        else:
            talk.note(InvitationAccepted(invitation_id=invitation_id, due_at=link.due_at))
        talk.say(wording(talk, "welcome.queued"), Purpose.ANSWER)
    elif is_due and link.script is not None:
        _unqueue(talk, invitation_id)
        begun_by = "command" if link.by_command else "link"
        runner.begin(talk, invitation_id, link.script, begun_by=begun_by)
    else:
        _welcome(talk, link, invitation_id)


def _welcome(talk: Talk, link: LinkOpened, invitation_id: int) -> None:
    key = "welcome.later" if link.due_at else "welcome.later_unknown_day"
    known = talk.chat.last_visit > 0
    text = wording(talk, "welcome.again" if known else f"{key}.say", when=day(talk, link.due_at))
    talk.note(InvitationAccepted(invitation_id=invitation_id, due_at=link.due_at))
    due_at = link.due_at.isoformat() if link.due_at else None
    notes = {"invitation_id": invitation_id, "due_at": due_at}
    put_aside(talk, key, text, notes=notes, patience=_PATIENCE)


def _open_expired(talk: Talk) -> None:
    text = wording(talk, "welcome.link_expired")
    if _is_busy(talk):
        talk.say(text, Purpose.ANSWER)
    else:
        put_aside(talk, "welcome.link_expired", text, rows=())


def _ask(talk: Talk, key: str) -> None:
    put_aside(talk, key, wording(talk, f"{key}.say"), rows=rows_of(talk, key))


def _is_stranger(talk: Talk) -> bool:
    return talk.scene.purchase is None or talk.scene.customer.purchases == 0


def _is_busy(talk: Talk) -> bool:
    return talk.state is not None or cases.open_case(talk) is not None


def _queue(talk: Talk, invitation_id: int) -> None:
    if invitation_id not in talk.chat.queued:
        talk.chat = replace(talk.chat, queued=(*talk.chat.queued, invitation_id))
        talk.note(InvitationQueued(invitation_id=invitation_id))


def _unqueue(talk: Talk, invitation_id: int) -> None:
    if invitation_id in talk.chat.queued:
        left = tuple(waiting for waiting in talk.chat.queued if waiting != invitation_id)
        talk.chat = replace(talk.chat, queued=left)
