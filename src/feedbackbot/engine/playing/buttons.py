"""Finds the button that somebody means: by what is written on it, by its number, by its key or by its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feedbackbot.engine.events import Button
from feedbackbot.engine.talking.posing import CHANGE
from feedbackbot.engine.talking.saying import Rows
from feedbackbot.engine.talking.talk import CHOSEN
from feedbackbot.engine.wording.folding import fold


def labels_of(rows: Rows) -> tuple[str, ...]:
    return tuple(button.label for row in rows for button in row)


def to_tap(rows: Rows) -> tuple[str, ...]:
    """The labels without what only shows an answer."""
    return tuple(button.label for row in rows for button in row if button.choice != CHOSEN)


def find_button(
    keyboards: Mapping[int, Rows], words: str, *, by_place: bool = False
) -> tuple[int, Button] | None:
    """Under the newest question that has such a button; its key counts, or `by_place` its number in the row."""
    if not words.strip():
        return None
    for visit, button in _newest_first(keyboards):
        if _is_meant(button, words) or (words == button.choice and not by_place):
            return visit, button
    return _at_place(keyboards, words) if by_place else None


def number_of(button: Button) -> str | None:
    """The number that is written on it, such as 4 on "4 ★"; none where it is an answer already."""
    if button.choice.startswith("~"):
        return None
    first = button.label.split()[0]
    return first if first.isdecimal() else None


def _is_meant(button: Button, words: str) -> bool:
    """By the whole label, or by its last part: "Change" is enough for "4 ★ · Change", "Sport" for "✓ Sport"."""
    last = button.label.rpartition(" · ")[2].removeprefix("✓ ")
    return fold(words) in (fold(button.label), fold(last), number_of(button))


def _newest_first(keyboards: Mapping[int, Rows]) -> Iterator[tuple[int, Button]]:
    for visit in sorted(keyboards, reverse=True):
        for row in keyboards[visit]:
            for button in row:
                yield visit, button


def _at_place(keyboards: Mapping[int, Rows], words: str) -> tuple[int, Button] | None:
    """Never what stands under an answer that has been given."""
    newest = max(keyboards, default=0)
    rows = keyboards.get(newest, ())
    buttons = [button for row in rows for button in row if button.choice not in (CHANGE, CHOSEN)]
    if words.isdecimal() and 1 <= int(words) <= len(buttons):
        return newest, buttons[int(words) - 1]
    return None
