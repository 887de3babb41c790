"""What every customer may ask for at any time: help, privacy, a copy, taking words back, being forgotten."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.chat import Aside, Chat, Published
from feedbackbot.engine.events import Button, CopyAsked, ErasureAsked, Purpose, WithdrawalAsked
from feedbackbot.engine.happenings import Tap
from feedbackbot.engine.talking import cases, runner
from feedbackbot.engine.talking.asides import close_aside, put_aside
from feedbackbot.engine.talking.speech import wording
from feedbackbot.engine.talking.talk import Talk

_LONGEST_EXCERPT: Final = 48


def help_out(talk: Talk) -> None:
    talk.say(wording(talk, "help"), Purpose.ANSWER)


def explain_privacy(talk: Talk) -> None:
    talk.say(wording(talk, "privacy"), Purpose.ANSWER)


def copy(talk: Talk) -> None:
    talk.note(CopyAsked())
    talk.say(wording(talk, "mydata"), Purpose.ANSWER)


def withdraw(talk: Talk) -> None:
    published = talk.scene.published
    if not published:
        talk.say(wording(talk, "withdraw.none"), Purpose.ANSWER)
    elif len(published) == 1:
        _withdraw(talk, published[0])
    else:
        rows = tuple(
            (Button(label=_excerpt(one.text), choice=f"t{one.testimonial_id}"),)
            for one in published
        )
        put_aside(talk, "withdraw", wording(talk, "withdraw.choose"), rows=rows)


def answer_withdraw(talk: Talk, pressed: Tap) -> None:
    chosen = int(pressed.choice.removeprefix("t"))
    known = {one.testimonial_id: one for one in talk.scene.published}
    one = known.get(chosen) or Published(testimonial_id=chosen, text="")
    close_aside(talk, _excerpt(one.text))
    _withdraw(talk, one)


def ask_to_forget(talk: Talk) -> None:
    key = "forget.ask_with_open_case" if cases.open_case(talk) else "forget.ask"
    put_aside(talk, "forget", wording(talk, key))


def may_be_unclear(aside: Aside) -> bool:
    """Whether nothing has been said yet about words where /forget waits for a tap."""
    return aside.key == "forget" and not aside.notes.get("again")


def ask_to_forget_again(talk: Talk) -> None:
    put_aside(talk, "forget", wording(talk, "forget.not_yet"), notes={"again": True})


def answer_forget(talk: Talk, pressed: Tap, label: str) -> None:
    close_aside(talk, label)
    if pressed.choice != "yes":
        talk.say(wording(talk, "forget.kept"), Purpose.ANSWER)
        return
    goodbye = wording(talk, "forget.done")
    runner.abandon(talk, "erased")
    talk.note(ErasureAsked())
    talk.chat = Chat(last_visit=talk.chat.last_visit, stopped=True)
    talk.timers.clear()
    talk.say(goodbye, Purpose.ANSWER)


def _withdraw(talk: Talk, one: Published) -> None:
    talk.note(WithdrawalAsked(testimonial_id=one.testimonial_id))
    text = wording(talk, "withdraw.done", other_uses=one.other_uses)
    talk.say(text, Purpose.ANSWER)


def _excerpt(text: str) -> str:
    line = " ".join(text.split()) or "…"
    return line if len(line) <= _LONGEST_EXCERPT else f"{line[: _LONGEST_EXCERPT - 1]}…"
