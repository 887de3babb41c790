"""What a tap, words or silence mean at a built-in question."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from feedbackbot.engine.answers import understand
from feedbackbot.engine.chat import Aside
from feedbackbot.engine.events import Toasted
from feedbackbot.engine.happenings import Reply, ReplyKind, Tap
from feedbackbot.engine.script import Ask, Place, QuestionType, Timeout
from feedbackbot.engine.talking import (
    cases,
    people,
    permission,
    postponing,
    quotes,
    rights,
    stopping,
    welcomes,
)
from feedbackbot.engine.talking.asides import close_aside
from feedbackbot.engine.talking.people import is_thanks
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk
from feedbackbot.engine.wording.folding import fold

#: whatever is written there is what was asked for
_COLLECTING: Final = ("human", "welcome.no_purchase", "welcome.link_expired")
_WELCOMES: Final = ("welcome.later", "welcome.later_unknown_day")
#: the button that a plain yes means, where none is called so
_YES: Final = {
    "less": "each",
    "welcome.no_purchase": "problem",
    "welcome.link_taken": "problem",
}
_NOWHERE: Final = Place(file="", line=1, column=1)
_YES_OR_NO: Final = Ask(
    id="yes_or_no",
    place=_NOWHERE,
    ask="",
    type=QuestionType.YESNO,
    next=(),
    timeout=Timeout(after=timedelta(0), goto=""),
)


def tap(talk: Talk, aside: Aside, pressed: Tap) -> None:
    label = _labels(talk, aside).get(pressed.choice)
    if label is None and not (aside.key == "withdraw" and pressed.choice[1:].isdigit()):
        talk.note(Toasted(text=wording(talk, "buttons.old")))
        return
    _answer(talk, aside, pressed, label or "…")


def words(talk: Talk, aside: Aside, said: Reply) -> bool:
    """False where the words are not for this question; it is then taken away, and they go where they belong."""
    choice = _typed_choice(talk, aside, said) or _said_of_last_answer(talk, aside, said)
    if choice is not None:
        pressed = Tap(visit=aside.visit, choice=choice, message_key=said.message_key)
        tap(talk, aside, pressed)
        return True
    if aside.key in _COLLECTING:
        people.collect(talk, aside, said)
        return True
    if aside.key == "nothing_open":
        people.add_to_offer(talk, aside, said)
        return True
    if aside.key in _WELCOMES and is_thanks(talk, said):
        tap(talk, aside, Tap(visit=aside.visit, choice="fine", message_key=said.message_key))
        return True
    close_aside(talk)
    return False


def settle(talk: Talk) -> None:
    """Something else has happened, or nothing for long: the question goes, collected words do not."""
    aside = talk.chat.aside
    if aside is None:
        return
    if aside.key == "human":
        people.say_no_words(talk, aside)
    elif aside.key == "nothing_open":
        people.pass_on_in_silence(talk, aside)
    else:
        close_aside(talk)


def _answer(talk: Talk, aside: Aside, pressed: Tap, label: str) -> None:
    match aside.key:
        case "welcome.later" | "welcome.later_unknown_day":
            welcomes.answer_welcome(talk, aside, pressed, label)
        case "welcome.no_purchase" | "welcome.link_taken":
            welcomes.answer_stranger(talk, aside, pressed, label)
        case "nothing_open":
            people.answer_offer(talk, aside, pressed, label)
        case "stop.with_open_case":
            stopping.answer_stop(talk, pressed, label)
        case "later":
            postponing.answer_when(talk, pressed, label)
        case "less":
            permission.answer_permission(talk, pressed.choice, label)
        case "forget":
            rights.answer_forget(talk, pressed, label)
        case "withdraw":
            rights.answer_withdraw(talk, pressed)
        case _:
            quotes.answer(talk, aside, pressed, label)


def _typed_choice(talk: Talk, aside: Aside, said: Reply) -> str | None:
    """A label typed out, or a plain yes or no where these are the buttons."""
    if said.kind is not ReplyKind.TEXT:
        return None
    labels = _labels(talk, aside)
    typed = fold(said.text)
    for choice, label in labels.items():
        if typed == fold(label):
            return choice
    plain = {"yes": _YES.get(aside.key, "yes"), "no": "no"}
    if aside.key.startswith("testimonial.") or not set(plain.values()) <= set(labels):
        return None
    return plain.get(_yes_or_no(talk, said)) if len(said.text.split()) <= 3 else None


def _said_of_last_answer(talk: Talk, aside: Aside, said: Reply) -> str | None:
    """A yes or no with reasons, after a stop: it counts, and the reasons go to the people."""
    if aside.key != "stop.with_open_case" or cases.open_case(talk) is None:
        return None
    meant = _yes_or_no(talk, said)
    if meant:
        cases.write_to_case(talk, said)
    return meant or None


def _yes_or_no(talk: Talk, said: Reply) -> str:
    meant = understand(_YES_OR_NO, said.text, language=talk.scene.common.language)
    return str(meant.value) if meant else ""


def _labels(talk: Talk, aside: Aside) -> dict[str, str]:
    return dict(talk.scene.common.buttons.get(aside.key, {}))
