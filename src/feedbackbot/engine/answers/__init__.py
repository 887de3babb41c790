"""What a reply means at a question: one small parser for each type, all with one signature.

A parser that is not sure returns None; the words are kept and the question is asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from feedbackbot.engine.answers.figures import decimal_number, whole_number
from feedbackbot.engine.answers.scales import (
    GAP_LABELS,
    GAP_WORDS,
    NO_WORDS,
    SCALES,
    YES_NO_LABELS,
    YES_WORDS,
    by_language,
)
from feedbackbot.engine.script import Ask, QuestionType
from feedbackbot.engine.wording.folding import fold, openings

#: (choice, label) for each button of each row
Rows: TypeAlias = tuple[tuple[tuple[str, str], ...], ...]
_LONGEST_CHECKED: Final = 500
#: characters of a button that shares its row
_LONGEST_HALF: Final = 18
_EMAIL: Final = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE: Final = re.compile(r"\+?[\d\s()./-]{6,25}")
_BETWEEN_CHOICES: Final = re.compile(r"[,;\n]+|\s+(?:and|y|und|e|و)\s+|\s*[&+]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    #: the category (a number as text, a choice's key, "yes"); several for choices; None for free words
    value: str | tuple[str, ...] | None
    number: float | None
    #: how the answer reads to the customer
    label: str

    @property
    def saved(self) -> str | int | float | tuple[str, ...]:
        """What the `save` name holds in texts and conditions."""
        if self.number is not None:
            return int(self.number) if self.number.is_integer() else self.number
        return self.label if self.value is None else self.value


def understand(ask: Ask, text: str, *, language: str) -> Understood | None:
    """What was typed, or None where it is not an answer to this question."""
    words = text.strip() if ask.type is QuestionType.TEXT else text.strip()[:_LONGEST_CHECKED]
    return _PARSERS[ask.type](ask, words, language) if words else None


def by_choice(ask: Ask, choice: str, *, language: str = "en") -> Understood | None:
    """What a tapped button means; for `choices`, all the chosen keys with commas between them."""
    if ask.type is QuestionType.CHOICES:
        return _several(ask, tuple(key for key in choice.split(",") if key))
    label = dict(choices_of(ask, language=language)).get(choice)
    if label is None:
        return None
    if ask.type in _FREE:
        return _free(label)
    number = float(choice) if ask.type in _COUNTED else None
    return Understood(value=choice, number=number, label=label)


def is_valid(ask: Ask, text: str) -> bool:
    """Whether the question's own `validate` accepts these words."""
    rule = ask.validate
    return rule is None or re.search(rule.matches, text[:_LONGEST_CHECKED]) is not None


def choices_of(ask: Ask, *, language: str = "en") -> tuple[tuple[str, str], ...]:
    """Every button of the question as (choice, label), in order."""
    return tuple(button for row in buttons_of(ask, language=language) for button in row)


def buttons_of(ask: Ask, *, language: str = "en") -> Rows:
    """The question's buttons in rows; Skip, Change and the like are not among them."""
    if ask.type in SCALES:
        return _scale_rows(ask.type)
    if ask.type is QuestionType.YESNO:
        return _side_by_side(_yes_no(ask, language))
    return tuple((button,) for button in _one_per_row(ask, language))


def _scale_rows(kind: QuestionType) -> Rows:
    scale = SCALES[kind]
    rows: list[tuple[tuple[str, str], ...]] = []
    first = scale.lowest
    for length in scale.rows:
        numbers = range(first, first + length)
        rows.append(tuple((str(number), f"{number}{scale.mark}") for number in numbers))
        first += length
    return tuple(rows)


def _side_by_side(two: tuple[tuple[str, str], ...]) -> Rows:
    """Below each other where half the width of a phone would cut a label."""
    fits = all(len(label) <= _LONGEST_HALF for _, label in two)
    return (two,) if fits else tuple((one,) for one in two)


def _yes_no(ask: Ask, language: str) -> tuple[tuple[str, str], ...]:
    yes, no = by_language(YES_NO_LABELS, language)
    return (("yes", ask.choices.get("yes", yes)), ("no", ask.choices.get("no", no)))


def _one_per_row(ask: Ask, language: str) -> tuple[tuple[str, str], ...]:
    if ask.type is QuestionType.GAP:
        labels = by_language(GAP_LABELS, language)
        keys = (str(number) for number in range(-2, 3))
        return tuple(
            (key, ask.choices.get(key, label)) for key, label in zip(keys, labels, strict=True)
        )
    if ask.type in (QuestionType.CHOICE, QuestionType.CHOICES):
        return tuple(ask.choices.items())
    return tuple((str(index), label) for index, label in enumerate(ask.buttons))


def _counted(ask: Ask, text: str, language: str) -> Understood | None:
    scale = SCALES[ask.type]
    stars = ask.type is QuestionType.RATING
    number = whole_number(text, highest=scale.highest, language=language, stars=stars)
    if number is None or not scale.lowest <= number <= scale.highest:
        return None
    return by_choice(ask, str(number), language=language)


def _gap(ask: Ask, text: str, language: str) -> Understood | None:
    buttons = choices_of(ask, language=language)
    bare = text.replace("−", "-").replace("–", "-").replace(" ", "")
    if re.fullmatch(r"[+-]?[0-2]", bare):
        return by_choice(ask, str(int(bare)), language=language)
    meant = _matching(dict(buttons), text)
    if meant is None and (number := GAP_WORDS.get(fold(text))) is not None:
        meant = str(number)
    return by_choice(ask, meant, language=language) if meant is not None else None


def _choice(ask: Ask, text: str, language: str) -> Understood | None:
    key = _matching(ask.choices, text) or _numbered(ask.choices, text, language)
    return by_choice(ask, key, language=language) if key is not None else None


def _choices(ask: Ask, text: str, language: str) -> Understood | None:
    whole = [key for key, label in ask.choices.items() if fold(text) in (fold(label), fold(key))]
    if len(whole) == 1:
        return _several(ask, (whole[0],))
    parts = [part.strip() for part in _BETWEEN_CHOICES.split(text) if part.strip()]
    keys = [
        _matching(ask.choices, part) or _numbered(ask.choices, part, language) for part in parts
    ]
    known = tuple(dict.fromkeys(key for key in keys if key is not None))
    return _several(ask, known) if keys and None not in keys else None


def _yesno(ask: Ask, text: str, language: str) -> Understood | None:
    labels = dict(_yes_no(ask, language))
    folded = fold(text)
    for choice, words in (("yes", _YES), ("no", _NO)):
        if {folded, *openings(text)} & {*words, fold(labels[choice])}:
            return Understood(value=choice, number=None, label=labels[choice])
    return None


def _text(ask: Ask, text: str, language: str) -> Understood | None:  # noqa: ARG001
    return _free(text)


def _number(ask: Ask, text: str, language: str) -> Understood | None:  # noqa: ARG001
    number = decimal_number(text, language=language)
    if number is None:
        return None
    return Understood(value=f"{number:g}", number=number, label=text)


def _email(ask: Ask, text: str, language: str) -> Understood | None:  # noqa: ARG001
    found = set(_EMAIL.findall(text))
    if len(found) != 1 or text.count("@") != 1:
        return None
    name, _, host = found.pop().rpartition("@")
    return _free(f"{name}@{host.lower()}")


def _contact(ask: Ask, text: str, language: str) -> Understood | None:  # noqa: ARG001
    digits = re.sub(r"\D", "", text)
    is_number = _PHONE.fullmatch(text) is not None and 6 <= len(digits) <= 15
    return _free(text) if is_number else None


_Parser: TypeAlias = Callable[[Ask, str, str], Understood | None]
_PARSERS: Final[Mapping[QuestionType, _Parser]] = {
    QuestionType.RATING: _counted,
    QuestionType.NPS: _counted,
    QuestionType.CES: _counted,
    QuestionType.GAP: _gap,
    QuestionType.CHOICE: _choice,
    QuestionType.CHOICES: _choices,
    QuestionType.YESNO: _yesno,
    QuestionType.TEXT: _text,
    QuestionType.NUMBER: _number,
    QuestionType.EMAIL: _email,
    QuestionType.CONTACT: _contact,
}
_COUNTED: Final = (QuestionType.RATING, QuestionType.NPS, QuestionType.CES, QuestionType.GAP)
_FREE: Final = (
    QuestionType.TEXT,
    QuestionType.NUMBER,
    QuestionType.EMAIL,
    QuestionType.CONTACT,
)
_YES: Final = frozenset(fold(word) for word in YES_WORDS)
_NO: Final = frozenset(fold(word) for word in NO_WORDS)


def _free(text: str) -> Understood:
    return Understood(value=None, number=None, label=text)


def _several(ask: Ask, keys: tuple[str, ...]) -> Understood | None:
    if any(key not in ask.choices for key in keys):
        return None
    ordered = tuple(key for key in ask.choices if key in keys)
    label = ", ".join(ask.choices[key] for key in ordered)
    return Understood(value=ordered, number=None, label=label)


def _matching(choices: Mapping[str, str], text: str) -> str | None:
    """By label or key; then the one label that begins so, or that the text begins with."""
    folded = fold(text)
    exact = [key for key, label in choices.items() if folded in (fold(label), fold(key))]
    if exact:
        return exact[0] if len(exact) == 1 else None
    begins = [key for key, label in choices.items() if _begins(fold(label), folded)]
    if len(begins) == 1:
        return begins[0]
    starts = openings(text)
    led = [key for key, label in choices.items() if fold(label) in starts]
    return led[0] if len(led) == 1 else None


def _begins(label: str, folded: str) -> bool:
    return len(folded) >= 2 and label.startswith(folded)


def _numbered(choices: Mapping[str, str], text: str, language: str) -> str | None:
    number = whole_number(text, highest=len(choices), language=language)
    keys = tuple(choices)
    return keys[number - 1] if number is not None and 1 <= number <= len(keys) else None
