"""Puts the texts of a side file in the place of those that they translate, and says which don't fit any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from feedbackbot.engine import wording
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.names import is_misspelt
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.tree import Scalar
from feedbackbot.engine.translating.side_files import Entry, SideFile, spoken_name
from feedbackbot.engine.translating.texts import mark
from feedbackbot.engine.wording.dialect import WordingError


def fitting(side: SideFile, texts: Mapping[str, Scalar], notes: Notes) -> dict[str, Scalar]:
    """The translated texts by key; a stale one is still said, until somebody has looked at it."""
    found: dict[str, Scalar] = {}
    for key, entry in side.entries.items():
        if key not in texts:
            guess = did_you_mean(key, tuple(texts)) or "It can be deleted here."
            notes.complain(entry.place, "W703", f"There is no text “{key}” to translate.", guess)
            continue
        _check_mark(entry, texts[key], notes)
        if _has_fitting_names(entry, texts[key], notes):
            found[key] = entry.text
    return found


def check_missing(
    side: SideFile, texts: Mapping[str, Scalar], there: Mapping[str, Scalar], notes: Notes
) -> None:
    """The place is that of the text to be translated, or the side file where that can't be shown."""
    for key, text in texts.items():
        if key not in there:
            place = side.place if text.place.file.startswith("packaged/") else text.place
            message = f"“{key}” is not in {spoken_name(side.language)}; it is said untranslated."
            notes.complain(place, "W701", message, f"Add it to {side.place.file}.")


def stand_ins(texts: Mapping[str, Scalar], instead: Mapping[str, Scalar]) -> dict[int, Scalar]:
    """For `with_texts`; a text is never read as a number or a switch."""
    return {
        id(texts[key]): replace(scalar, plain=False, tail="")
        for key, scalar in instead.items()
        if key in texts
    }


def _check_mark(entry: Entry, text: Scalar, notes: Notes) -> None:
    now = mark(text.value)
    if entry.of == now:
        return
    hint = f"When it says the same, write: of: {now}"
    if entry.of is None:
        message = f"It is not noted which text “{entry.key}” translates."
    else:
        message = f"“{entry.key}” translates a text that has changed since."
        hint = f"It is now: “{_short(text.value)}” {hint}"
    notes.complain(entry.place, "W702", message, hint)


def _has_fitting_names(entry: Entry, text: Scalar, notes: Notes) -> bool:
    """A name that the original does without may be unknown or empty where the translation is said."""
    try:
        there = wording.names_in(text.value)
        names = wording.names_in(entry.text.value)
    except WordingError as error:
        notes.complain(entry.place, "E301", str(error))
        return False
    if any(map(is_misspelt, there)):
        # the original is refused for it, and nothing more can be said of the translation
        return True
    for name in sorted(names - there):
        message = f"The translation says “{name}”, which the original does not."
        notes.complain(entry.place, "E702", message, did_you_mean(name, tuple(there)))
    for name in sorted(there - names):
        message = f"The original says “{name}”, and the translation does not."
        notes.complain(entry.place, "W704", message)
    return names <= there


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
