"""Finds out what a message or a tap of the customer belongs to."""

from __future__ import annotations

from msgspec.structs import replace

from feedbackbot.engine.chat import Aside, Case, Spoken
from feedbackbot.engine.events import Purpose, Toasted
from feedbackbot.engine.happenings import Reply, ReplyKind, Tap
from feedbackbot.engine.talking import (
    afterthoughts,
    aside_answers,
    cases,
    commands,
    consenting,
    corrections,
    media,
    people,
    posing,
    postponing,
    questions,
    rights,
    stopping,
    welcomes,
)
from feedbackbot.engine.talking.speech import reply_time, wording
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.wording.folding import fold


def reply(talk: Talk, said: Reply) -> None:
    talk.chat = replace(talk.chat, newest_key=said.message_key)
    if said.edited and corrections.correct(talk, said):
        return
    if said.kind is ReplyKind.TEXT and _is_command(talk, said):
        return
    first = afterthoughts.belongs_to(talk, said)
    if first is not None and not afterthoughts.answers_after_all(talk, said, first):
        _add(talk, said, first)
        return
    aside = talk.chat.aside
    if aside is not None and aside_answers.words(talk, aside, said):
        return
    if aside is not None and rights.may_be_unclear(aside):
        _keep_and_ask_again(talk, said, aside)
        return
    _hear(talk, said)


def tap(talk: Talk, pressed: Tap) -> None:
    talk.tapped = pressed.visit
    aside = talk.chat.aside
    if aside is not None and pressed.visit == aside.visit:
        aside_answers.tap(talk, aside, pressed)
        return
    if _is_live(talk, pressed):
        aside_answers.settle(talk)
    if not _is_live(talk, pressed):
        _late(talk, pressed)
    elif pressed.choice == posing.CHANGE:
        questions.change(talk)
    elif pressed.choice == posing.NOT_NOW:
        postponing.ask_when(talk)
    elif pressed.choice == posing.NOT_MINE and talk.state is not None:
        welcomes.cut_tie(talk, talk.state.invitation_id)
    else:
        questions.tap(talk, pressed)


def _is_live(talk: Talk, pressed: Tap) -> bool:
    state = talk.state
    if state is None:
        return False
    if pressed.choice == posing.CHANGE:
        return pressed.visit == state.changeable_visit
    return pressed.visit == state.visit


def _late(talk: Talk, pressed: Tap) -> None:
    """A button from before: a friendly word, and nothing changes."""
    answer = talk.answer_to(pressed.visit)
    if answer and pressed.choice != posing.CHANGE:
        text = wording(talk, "buttons.already", answer=answer)
    else:
        text = wording(talk, "buttons.old")
    talk.note(Toasted(text=text))


def _is_command(talk: Talk, said: Reply) -> bool:
    """A whole message that says stop, or asks for a person."""
    common = talk.scene.common
    words = {fold(said.text), said.text.strip().casefold()}
    if words & common.stop_words:
        aside_answers.settle(talk)
        stopping.stop(talk)
        return True
    if words & common.human_words:
        commands.call_a_person(talk)
        return True
    return False


def _hear(talk: Talk, said: Reply) -> None:
    """The question of the script, people who have it, or nothing at all waits for these words."""
    case = talk.chat.case
    if talk.state is not None and talk.state.visit is not None:
        if said.kind is ReplyKind.TEXT and fold(said.text) == fold(
            wording(talk, "buttons.not_now")
        ):
            postponing.ask_when(talk)
        else:
            questions.reply(talk, said)
    elif case is not None and not case.resolved:
        _to_people(talk, said)
    elif case is not None:
        _after_resolved(talk, said)
    elif people.is_thanks(talk, said):
        people.say_you_are_welcome(talk)
    else:
        people.offer_to_pass_on(talk, said)


def _keep_and_ask_again(talk: Talk, said: Reply, aside: Aside) -> None:
    """Who wrote at /forget, neither yes nor no, must not believe that anything was deleted."""
    if cases.open_case(talk):
        _to_people(talk, said)
    else:
        media.mention_trouble(talk, said)
        afterthoughts.remember(talk, said, visit=aside.visit, step=aside.key, answered=False)
    rights.ask_to_forget_again(talk)


def _to_people(talk: Talk, said: Reply) -> None:
    only_thanks = people.is_thanks(talk, said)
    cases.write_to_case(talk, said, only_thanks=only_thanks)
    if not (only_thanks or said.edited):
        cases.may_answer(talk)
    media.mention_trouble(talk, said)
    waiting = talk.chat.case
    if waiting is None or waiting.acknowledged or said.edited or afterthoughts.in_pause(talk):
        return
    if only_thanks:
        return
    talk.chat = replace(talk.chat, case=replace(waiting, acknowledged=True))
    talk.say(_who_has_it(talk, waiting), Purpose.ANSWER)


def _who_has_it(talk: Talk, case: Case) -> str:
    """And by when there will be an answer, as long as that is still ahead."""
    due = case.answer_due
    facts = reply_time(talk, due) if due and due > talk.now else {"reply_by": None}
    return wording(talk, "case.added", escalation=facts)


def _after_resolved(talk: Talk, said: Reply) -> None:
    """Thanks are passed on; anything else opens it again."""
    if people.is_thanks(talk, said):
        cases.write_to_case(talk, said, only_thanks=True)
        people.say_you_are_welcome(talk)
    else:
        media.mention_trouble(talk, said)
        cases.reopen(talk, said)


def _add(talk: Talk, said: Reply, first: Spoken) -> None:
    afterthoughts.add(talk, said, first)
    media.mention_trouble(talk, said)
    consenting.refresh(talk, first.visit)
    if cases.open_case(talk):
        cases.write_to_case(talk, said)
        afterthoughts.mark_passed_on(talk, said.message_key)
