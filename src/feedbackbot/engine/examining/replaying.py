"""The lines that lead `feedbackbot play` along a way through a script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from feedbackbot.engine.answers import choices_of, is_valid, understand
from feedbackbot.engine.examining.meaning import UNKNOWN, WORDS, Value
from feedbackbot.engine.script import (
    Ask,
    Common,
    Medium,
    QuestionType,
    Step,
    TestimonialStep,
    Wait,
)

RESOLVE: Final = "/staff resolve"
_MOST_SIGNS: Final = 40
_SENTENCE: Final = "These are some words that nobody could foresee."
_GIBBERISH: Final = ("hmm", "?", "…")
_EXAMPLES: Final = {QuestionType.EMAIL: "ada@example.com", QuestionType.CONTACT: "+44 20 7946 0000"}
_ADA: Final = {"full_name": "Ada Lovelace", "first_name": "Ada", "initials": "A. L."}
_COUNTED: Final = (QuestionType.RATING, QuestionType.NPS, QuestionType.CES)


def answer_to(ask: Ask, value: Value, common: Common) -> tuple[str, ...] | None:
    """What to type so that this value is saved; None where this question can't give it."""
    if ask.type in _COUNTED:
        is_on_scale = isinstance(value, int) and str(value) in dict(choices_of(ask))
        return (str(value),) if is_on_scale else None
    if ask.type in (QuestionType.CHOICE, QuestionType.YESNO, QuestionType.GAP):
        label = dict(choices_of(ask)).get(str(value))
        return (label,) if label is not None else None
    if ask.type is QuestionType.CHOICES:
        return _ticks(ask, value, common)
    if ask.type is QuestionType.NUMBER:
        return (f"{value:g}",) if isinstance(value, (int, float)) else None
    return _words(ask, value)


def value_of(ask: Ask, key: str) -> Value:
    """What is saved when the button with this key is tapped."""
    if ask.type in _COUNTED or ask.type is QuestionType.GAP:
        return int(key)
    return (key,) if ask.type is QuestionType.CHOICES else key


def any_answer(ask: Ask, common: Common) -> tuple[str, ...]:
    """What to type where it does not matter which answer is given."""
    buttons = choices_of(ask)
    if ask.type is QuestionType.CHOICES:
        return _ticks(ask, (buttons[0][0],), common) or ()
    if ask.type in _COUNTED:
        return (buttons[0][0],)
    if buttons and ask.type is not QuestionType.TEXT:
        return (buttons[0][1],)
    return answer_to(ask, 1 if ask.type is QuestionType.NUMBER else WORDS, common) or (_SENTENCE,)


def skip(common: Common) -> tuple[str, ...]:
    return (common.texts.get("buttons.skip", "Skip"),)


def nonsense_to(ask: Ask) -> tuple[str, ...] | None:
    """As often as it takes until the question is given up; None where everything is understood."""
    for said in _GIBBERISH:
        is_free = ask.type is QuestionType.TEXT and Medium.TEXT in ask.accept
        is_taken = is_free or understand(ask, said, language="en") is not None
        if not is_taken or not is_valid(ask, said):
            return (said,) * (ask.retry.times + 1)
    media = {Medium.VOICE: "/voice", Medium.PHOTO: "/photo"}
    for medium, line in media.items():
        if medium not in ask.accept:
            return (line,) * (ask.retry.times + 1)
    return None


def silence(step: Ask | TestimonialStep) -> tuple[str, ...]:
    return (f"/wait {written(step.timeout.after)}",)


def pause(step: Wait) -> tuple[str, ...]:
    if step.duration is not None:
        return (f"/wait {written(step.duration)}",) if step.duration else ()
    return ("/wait 1d",) if step.until_time is not None else ("/wait 3d",)


def change(common: Common) -> tuple[str, ...]:
    """What stands behind the answer on the button is enough: "Change" of "4 ★ · Change"."""
    label = common.texts.get("buttons.change", "")
    return (label.rpartition("}}")[2].strip(" ·") or "Change",)


def call_people() -> tuple[str, ...]:
    """The customer wants a person, who then settles it."""
    return ("/human", _SENTENCE, RESOLVE)


def run_out(step: Ask | TestimonialStep | Wait, expire: timedelta) -> tuple[str, ...]:
    """Until the conversation is over; a sign of life now and then keeps the question from timing out before."""
    if isinstance(step, Wait) or step.timeout.after >= expire:
        return (f"/wait {written(expire)}",)
    patience = max(step.timeout.after - timedelta(minutes=1), timedelta(minutes=1))
    rounds = min(int(expire / patience), _MOST_SIGNS)
    return (*(f"/wait {written(patience)}", "/sticker") * rounds, f"/wait {written(patience)}")


def decline(common: Common) -> tuple[str, ...]:
    return (_label(common, "testimonial.reuse", "no"),)


def agree(step: TestimonialStep, common: Common) -> tuple[str, ...]:
    signed = _ADA.get(step.credit[0], common.texts.get("testimonial.without_name", "Anonymous"))
    name = (signed,) if len(step.credit) > 1 else ()
    return (_SENTENCE, *name, _label(common, "testimonial.consent", "agree"))


def said_by(step: Step) -> str | None:
    """What the bot says at a step, as the script has it."""
    for field in ("ask", "say"):
        text = getattr(step, field, None)
        if isinstance(text, str) and text:
            return re.sub(r"\s+", " ", text)
    return None


def written(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        amount, seconds = divmod(seconds, size)
        parts += [f"{amount}{unit}"] if amount else []
    return "".join(parts) or "0s"


def _ticks(ask: Ask, value: Value, common: Common) -> tuple[str, ...] | None:
    if not isinstance(value, tuple) or not value:
        return None
    labels = [ask.choices.get(key) for key in value]
    if any(label is None for label in labels):
        return None
    return (*(str(label) for label in labels), common.texts.get("buttons.done", "Done"))


def _words(ask: Ask, value: Value) -> tuple[str, ...] | None:
    if value is not UNKNOWN and not isinstance(value, str):
        return None
    plain = _EXAMPLES.get(ask.type, _SENTENCE)
    said = plain if value in (WORDS, UNKNOWN) else str(value)
    if ask.type in _EXAMPLES and said != plain:
        return None
    if ask.type is QuestionType.TEXT and Medium.TEXT not in ask.accept:
        medium = next((m for m in (Medium.PHOTO, Medium.VOICE) if m in ask.accept), None)
        return (f"/{medium}",) if medium else None
    return (said,)


def _label(common: Common, key: str, choice: str) -> str:
    return common.buttons.get(key, {}).get(choice, choice)
