"""Words that are meant for a person: after /human, after "Something is wrong", and when no question is open."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from feedbackbot.engine.chat import Aside
from feedbackbot.engine.events import ButtonsChanged, Purpose
from feedbackbot.engine.happenings import Reply, ReplyKind, Tap
from feedbackbot.engine.talking import afterthoughts, cases, media, posing
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import reply_time, rows_of, wording
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.wording.folding import fold

_TIME_TO_WRITE: Final = timedelta(minutes=15)
_TIME_TO_TAP: Final = timedelta(hours=1)
_SUMMARIES: Final = {
    "human": "Would like to talk to a person.",
    "problem": "Says that something is wrong.",
    "link_taken": "Opened a link that belongs to another Telegram account, and says it is theirs.",
    "nothing_open": "Wrote without having been asked.",
}


def ask_for_words(talk: Talk, *, origin: str, insists: bool = True) -> None:
    """What is it about? The script waits meanwhile. `insists`: a person is told even if nothing follows."""
    if cases.open_case(talk):
        talk.say(wording(talk, "human.already_open"), Purpose.ANSWER)
        return
    if talk.state is not None:
        posing.close_question(talk, None)
        posing.drop_change(talk)
    put_aside(
        talk,
        "human",
        wording(talk, "human.ask_problem" if origin == "problem" else "human.ask"),
        rows=(),
        notes={"origin": origin, "insists": insists},
        patience=_TIME_TO_WRITE,
    )


def collect(talk: Talk, aside: Aside, said: Reply) -> None:
    """The first words are passed on at once; what follows goes to the same people."""
    spoiled = media.mention_trouble(talk, said)
    if said.kind is ReplyKind.STICKER:
        talk.say(wording(talk, "media.sticker"), Purpose.ANSWER)
        return
    if spoiled and not said.text.strip():
        return
    _hand_over(talk, str(aside.notes.get("origin", "nothing_open")), said)


def say_no_words(talk: Talk, aside: Aside) -> None:
    """Nothing was written in time: a person is told all the same, unless it was only offered."""
    close_aside(talk)
    if not aside.notes.get("insists"):
        return
    if _reopens(talk):
        cases.tell_case(talk, "The customer would like to talk.", reopens=True)
        cases.back_to_people(talk)
    else:
        origin = str(aside.notes["origin"])
        cases.raise_outside(talk, origin=origin, summary=_SUMMARIES[origin], words="")
    talk.say(wording(talk, "human.no_words", escalation=reply_time(talk)), Purpose.CASE)


def is_thanks(talk: Talk, said: Reply) -> bool:
    if said.kind is ReplyKind.STICKER:
        return True
    words = talk.scene.common.thanks_words
    is_words = said.kind is ReplyKind.TEXT
    return is_words and (fold(said.text) in words or said.text.strip().casefold() in words)


def say_you_are_welcome(talk: Talk) -> None:
    talk.say(wording(talk, "nothing_open.thanks_only"), Purpose.ANSWER)


def offer_to_pass_on(talk: Talk, said: Reply) -> None:
    """The customer writes when nothing is open: the most valuable message there is."""
    spoiled = media.mention_trouble(talk, said)
    if spoiled and not said.text.strip():
        return
    talk.pause()
    put_aside(
        talk,
        "nothing_open",
        wording(talk, "nothing_open.ask"),
        notes={"words": said.text.strip()},
        attachments=said.attachments,
        patience=_TIME_TO_TAP,
    )


def add_to_offer(talk: Talk, aside: Aside, said: Reply) -> None:
    """More words before the tap; asked again only of somebody who had said that more would come."""
    media.mention_trouble(talk, said)
    words = "\n".join(part for part in (str(aside.notes["words"]), said.text.strip()) if part)
    notes = {**aside.notes, "words": words}
    attachments = (*aside.attachments, *said.attachments)
    if notes.pop("adding", False):
        talk.pause()
        close_aside(talk)
        text = wording(talk, "nothing_open.ask")
        put_aside(
            talk,
            "nothing_open",
            text,
            notes=notes,
            attachments=attachments,
            patience=_TIME_TO_TAP,
        )
        return
    aside = replace(aside, notes=notes, attachments=attachments)
    talk.chat = replace(talk.chat, aside=aside)


def answer_offer(talk: Talk, aside: Aside, pressed: Tap, label: str) -> None:
    if pressed.choice == "add":
        talk.chat = replace(talk.chat, aside=replace(aside, notes={**aside.notes, "adding": True}))
        rows = rows_of(talk, "nothing_open", without=("add",))
        talk.note(ButtonsChanged(visit=aside.visit, buttons=rows))
        return
    close_aside(talk, label)
    if pressed.choice == "yes":
        _pass_on(talk, aside, _SUMMARIES["nothing_open"])
        text = wording(talk, "nothing_open.passed", escalation=reply_time(talk))
        talk.say(text, Purpose.ANSWER)
    else:
        talk.say(wording(talk, "nothing_open.kept"), Purpose.ANSWER)


def pass_on_to_person(talk: Talk, aside: Aside) -> None:
    """/human after words that nobody had asked for: these are the words."""
    close_aside(talk)
    _pass_on(talk, aside, _SUMMARIES["human"])
    talk.say(wording(talk, "human.passed", escalation=reply_time(talk)), Purpose.ANSWER)


def pass_on_in_silence(talk: Talk, aside: Aside) -> None:
    """Nobody tapped: a person reads it all the same, and the customer is not bothered again."""
    close_aside(talk)
    _pass_on(talk, aside, "Wrote this, and did not say whether it should be passed on.")


def _pass_on(talk: Talk, aside: Aside, summary: str) -> None:
    cases.raise_outside(
        talk,
        origin="nothing_open",
        summary=summary,
        words=str(aside.notes["words"]),
        attachments=aside.attachments,
    )


def _hand_over(talk: Talk, origin: str, said: Reply) -> None:
    aside = talk.chat.aside
    close_aside(talk)
    if _reopens(talk):
        cases.reopen(talk, said)
        return
    cases.raise_outside(
        talk,
        origin=origin,
        summary=_SUMMARIES[origin],
        words=said.text.strip(),
        attachments=said.attachments,
    )
    talk.pause()
    afterthoughts.leave_open(talk, said, aside.visit if aside else 0)
    talk.say(wording(talk, "human.passed", escalation=reply_time(talk)), Purpose.ANSWER)


def _reopens(talk: Talk) -> bool:
    """Something was resolved a while ago: it is most likely about that."""
    case = talk.chat.case
    return case is not None and case.resolved
