"""Finds buttons in tests that no script has: a misspelt label would only be seen when the test is played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from urllib.parse import urlsplit

from feedbackbot.engine.answers import choices_of
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.rehearsing.turns import (
    Bot,
    MarketingActed,
    ScriptTest,
    Sent,
    Tapped,
    Turn,
    Visible,
)
from feedbackbot.engine.script import Ask, Common, Library, ReviewLink, Say, Script, Step
from feedbackbot.engine.wording.folding import fold


def check_labels(tests: Iterable[ScriptTest], library: Library, notes: Notes) -> None:
    """Buttons that bear a name, or words that were quoted, are known only from the test itself."""
    labels = frozenset(_labels_in(library))
    known = {fold(spoken) for label in labels for spoken in _ways_to_say(label)}
    for test in tests:
        for turn in test.turns:
            for label in _tapped_or_seen(turn):
                if not any(fold(way) in known for way in _ways_to_say(label)):
                    _complain(label, turn, test, labels, notes)


def _complain(
    label: str, turn: Turn, test: ScriptTest, labels: frozenset[str], notes: Notes
) -> None:
    if _is_name(label, test) or _is_quoted(label, test):
        return
    hint = did_you_mean(label, tuple(sorted(labels)))
    notes.complain(turn.place, "E626", f"No script here has a button “{label}”.", hint)


def _tapped_or_seen(turn: Turn) -> tuple[str, ...]:
    match turn:
        case Tapped():
            return (turn.label,) if turn.label else ()
        case Bot():
            return turn.buttons or ()
        case Visible():
            return turn.labels
        case _:
            return ()


def _ways_to_say(label: str) -> Iterator[str]:
    """The whole, its last part ("Change" of "4 ★ · Change"), and the number on it."""
    yield label
    yield label.rpartition(" · ")[2].removeprefix("✓ ")
    first = label.split(maxsplit=1)[0] if label.split() else ""
    if first.isdecimal():
        yield first


def _labels_in(library: Library) -> Iterator[str]:
    for common in (library.common, *library.common.translations.values()):
        yield from _labels_of_common(common)
    for script in library.scripts.values():
        for spoken in (script, *script.translations.values()):
            for step in spoken.steps.values():
                yield from _labels_of(step, spoken)


def _labels_of_common(common: Common) -> Iterator[str]:
    """Keys are understood as well as labels."""
    for labels in common.buttons.values():
        yield from chain(labels.keys(), labels.values())
    for key, text in common.texts.items():
        if key.startswith("buttons.") or key == "testimonial.without_name":
            yield text


def _labels_of(step: Step, script: Script) -> Iterator[str]:
    if isinstance(step, Ask):
        yield from chain.from_iterable(choices_of(step, language=script.language))
        yield from step.buttons
    elif isinstance(step, Say):
        yield from (link.label for link in step.buttons)
    elif isinstance(step, ReviewLink):
        yield urlsplit(step.url).hostname or step.url


def _is_name(label: str, test: ScriptTest) -> bool:
    """As customers sign: Bo Berg, Bo, or B. B."""
    customer = test.given.customer
    names = [name for name in (customer.first_name, customer.last_name) if name]
    parts = (fold(part.rstrip(".")) for part in label.split())
    return all(any(fold(name).startswith(part) for name in names) for part in parts)


def _is_quoted(label: str, test: ScriptTest) -> bool:
    begin = fold(label.rstrip("… "))
    said = (turn.text for turn in test.turns if isinstance(turn, (Sent, MarketingActed)))
    return any(begin in fold(text) for text in said)
