"""Reads `_common.yaml`: the built-in sentences by dotted key, their buttons, and the words that stand for commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from feedbackbot.engine.reading.fields import Fields, Notes, label_of, text_of
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.traps import is_nothing
from feedbackbot.engine.reading.tree import Broken, Scalar, Table, Tree
from feedbackbot.engine.script import Common, Place
from feedbackbot.engine.wording.folding import fold

_WORDS: Final = ("stop", "thanks", "human")
_HEAD: Final = ("common", "language", "words")
_BUTTONS: Final = "buttons"


@dataclass(slots=True)
class _Found:
    texts: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)
    unsaid: set[str] = field(default_factory=set)
    places: dict[str, Place] = field(default_factory=dict)


def read_common(tree: Tree, notes: Notes, *, base: Common | None = None) -> Common:
    """A folder's own sentences over those of `base`, which also says which keys there are."""
    fields = Fields(tree, notes, what="The file")
    language = fields.word("language") or (base.language if base else "en")
    words = _words(fields, base)
    found = _Found()
    if isinstance(tree, Table):
        for key, value in tree.entries:
            if key.value not in _HEAD:
                _collect(key.value, value, found, notes)
    if base is not None:
        _refuse_unknown(found, base, notes)
    return Common(
        language=language,
        texts={**(base.texts if base else {}), **found.texts},
        buttons=_merged(base.buttons if base else {}, found.buttons),
        stop_words=words["stop"],
        thanks_words=words["thanks"],
        human_words=words["human"],
        unsaid=base.unsaid if base else frozenset(found.unsaid),
    )


def _words(fields: Fields, base: Common | None) -> dict[str, frozenset[str]]:
    """Folded, so that "STOP!" and "stop" are the same."""
    known = {
        "stop": base.stop_words if base else frozenset[str](),
        "thanks": base.thanks_words if base else frozenset[str](),
        "human": base.human_words if base else frozenset[str](),
    }
    inner = fields.table("words")
    if inner is None:
        return known
    for key in _WORDS:
        own = inner.words(key)
        if own is not None:
            known[key] = frozenset(fold(word) for word in own if word)
    inner.finish()
    return known


def _collect(key: str, tree: Tree, found: _Found, notes: Notes) -> None:
    found.places[key] = tree.place
    if isinstance(tree, Table):
        _collect_table(key, tree, found, notes)
    elif isinstance(tree, Scalar) and tree.plain and is_nothing(tree.value):
        found.unsaid.add(key)
    elif not isinstance(tree, Broken):
        found.texts[key] = text_of(tree, notes)


def _collect_table(key: str, tree: Table, found: _Found, notes: Notes) -> None:
    question = _question_of(key)
    if question is not None:
        labels = {name.value: label_of(label, notes) for name, label in tree.entries}
        found.buttons[question] = labels
        found.places[question] = tree.place
        return
    for name, value in tree.entries:
        _collect(f"{key}.{name.value}", value, found, notes)


def _question_of(key: str) -> str | None:
    """`stop.buttons` are the buttons of `stop`, `testimonial.reuse_buttons` those of `testimonial.reuse`."""
    before, _, last = key.rpartition(".")
    if before and last == _BUTTONS:
        return before
    return key.removesuffix("_buttons") if last.endswith("_buttons") else None


def _refuse_unknown(found: _Found, base: Common, notes: Notes) -> None:
    known = {*base.texts, *base.unsaid}
    for key in found.texts:
        if key not in known:
            guess = did_you_mean(key, sorted(known))
            notes.complain(found.places[key], "E201", f"There is no sentence “{key}”.", guess)
    for key, labels in found.buttons.items():
        unknown = set(labels) - set(base.buttons.get(key, {}))
        if unknown:
            guess = did_you_mean(min(unknown), tuple(base.buttons.get(key, {})))
            message = f"“{key}” has no button “{min(unknown)}”."
            notes.complain(found.places[key], "E201", message, guess)


def _merged(
    base: Mapping[str, Mapping[str, str]], own: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    keys = (*base, *(key for key in own if key not in base))
    return {key: {**base.get(key, {}), **own.get(key, {})} for key in keys}
