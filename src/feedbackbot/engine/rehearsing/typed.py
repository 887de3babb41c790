"""What is given on the command line of `feedbackbot play`: KEY=VALUE, in the same words as `given` of a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from feedbackbot.engine.playing.props import Given
from feedbackbot.engine.playing.yaml_lines import flow_of
from feedbackbot.engine.reading.fields import Fields, Notes
from feedbackbot.engine.reading.problems import Problem, in_order
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, Tree, read_tree
from feedbackbot.engine.rehearsing.given import read_given
from feedbackbot.engine.script import Place, Script
from feedbackbot.engine.shop import Shop
from feedbackbot.errors import FeedbackbotError

#: values of these are parted at their commas
_LISTS: Final = frozenset(("items", "tags"))
_EXAMPLES: Final = {"--customer": "first_name=Bo", "--purchase": '"item=Wool socks"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """As it was typed; what is named here counts before what stands in the file."""

    file: Path | None = None
    begin: str | None = None
    language: str | None = None
    #: such as first_name=Bo
    customer: tuple[str, ...] = ()
    #: such as "item=Wool socks"
    purchase: tuple[str, ...] = ()


def given_by(
    typed: Typed, script: Script, shop: Shop, *, now: datetime
) -> tuple[Given, tuple[str, ...]]:
    """And how a test would write it, but for the moment and the beginning."""
    notes = Notes()
    tree = _whole(typed, notes)
    given = read_given(Fields(tree, notes, what="what is given"), script, shop, now=now)
    if notes.problems:
        raise FeedbackbotError("\n".join(map(_in_words, in_order(notes.problems))))
    rest = [(key, value) for key, value in tree.entries if key.value not in ("now", "begin")]
    return given, tuple(f"{key.value}: {flow_of(value)}" for key, value in rest)


def _whole(typed: Typed, notes: Notes) -> Table:
    entries = dict(_file_entries(typed.file, notes))
    language = (f"language={typed.language}",) if typed.language else ()
    options = {"customer": (*language, *typed.customer), "purchase": typed.purchase}
    for option, pairs in options.items():
        if pairs:
            entries[option] = _table(f"--{option}", pairs, entries.get(option))
    if typed.begin:
        entries["begin"] = _scalar("--begin", typed.begin)
    start = Place(file=str(typed.file or ""), line=1, column=1)
    return Table(place=start, entries=tuple(_keyed(entries)))


def _file_entries(file: Path | None, notes: Notes) -> Mapping[str, Tree]:
    if file is None:
        return {}
    if not file.is_file():
        raise FeedbackbotError(f"{file}: there is no such file.")
    tree, problems = read_tree(str(file), file.read_text(encoding="utf-8-sig"))
    notes.problems += problems
    if not isinstance(tree, Table):
        notes.complain(tree.place, "E211", "A file of what is given begins with customer: or such.")
        return {}
    return {key.value: value for key, value in tree.entries}


def _table(option: str, pairs: Sequence[str], before: Tree | None) -> Table:
    kept = before.entries if isinstance(before, Table) else ()
    entries = {key.value: value for key, value in kept}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not (key and equals):
            raise FeedbackbotError(
                f"{option} {pair}: write KEY=VALUE, such as {option} {_EXAMPLES[option]}"
            )
        entries[key] = _value(option, key, value)
    return Table(place=_place(option), entries=tuple(_keyed(entries)))


def _value(option: str, key: str, value: str) -> Tree:
    if key not in _LISTS:
        return _scalar(option, value)
    items = tuple(_scalar(option, part.strip()) for part in value.split(",") if part.strip())
    return Listing(place=_place(option), items=items)


def _keyed(entries: Mapping[str, Tree]) -> Iterable[tuple[Scalar, Tree]]:
    for key, value in entries.items():
        yield Scalar(place=value.place, value=key, plain=True), value


def _scalar(option: str, value: str) -> Scalar:
    return Scalar(place=_place(option), value=value, plain=True)


def _place(option: str) -> Place:
    return Place(file=option, line=0, column=0)


def _in_words(problem: Problem) -> str:
    where = problem.place.file if problem.place.line == 0 else problem.line.partition(": ")[0]
    return f"{where}: {problem.message} {problem.hint}".rstrip()
