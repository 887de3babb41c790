"""A YAML file as a tree in which every value knows its line and column; what scripts never need is refused here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import events
from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
from ruamel.yaml.error import YAMLError

from feedbackbot.engine.reading.problems import Problem
from feedbackbot.engine.reading.traps import explain_syntax, is_braces, tab_in_indent
from feedbackbot.engine.script import Place

_DEEPEST: Final = 20
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """`plain` is text that stands without quotes; `tail` is what follows it on its line."""

    place: Place
    value: str
    plain: bool
    tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    place: Place
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    place: Place
    entries: tuple[tuple[Scalar, Tree], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Has been complained about already."""

    place: Place


Tree: TypeAlias = Scalar | Listing | Table | Broken


def read_tree(file: str, text: str) -> tuple[Tree, tuple[Problem, ...]]:
    """The file's only document; `Broken` where it can't be read at all."""
    start = Place(file=file, line=1, column=1)
    if len(text) > _LARGEST:
        return Broken(place=start), (_problem(start, "E100", "This file is too large."),)
    tab = tab_in_indent(text)
    if tab is not None:
        return Broken(place=start), (_tab_problem(file, tab),)
    reader = _Reader(file, text)
    return reader.document(), tuple(reader.problems)


def is_quoted(tree: Tree) -> bool:
    """Also "" is a text that somebody has written."""
    return isinstance(tree, Scalar) and not tree.plain


def plain_data(tree: Tree) -> object:
    """The content without places, quotes and comments, for a hash."""
    match tree:
        case Table():
            return [[key.value, plain_data(value)] for key, value in tree.entries]
        case Listing():
            return [plain_data(item) for item in tree.items]
        case Scalar():
            return tree.value
        case Broken():
            return None


class _Reader:
    def __init__(self, file: str, text: str) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._lines = text.splitlines()
        self._text = text

    def document(self) -> Tree:
        try:
            return self._only_document(self._events())
        except YAMLError as error:
            place = self._place_of(error)
            message, hint = explain_syntax(
                error,
                self._line(place.line),
                place.column,
                above=self._line(place.line - 1),
            )
            self._complain(place, "E101", message, hint)
            return Broken(place=place)

    def _only_document(self, stream: Iterator[Any]) -> Tree:
        tree: Tree = Broken(place=Place(file=self._file, line=1, column=1))
        documents = 0
        for event in stream:
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    place = self._place(event.start_mark)
                    self._complain(place, "E102", "One file holds one script: remove the “---”.")
                    return tree
                tree = self._tree(next(stream), stream, 0)
        if documents == 0:
            self._complain(tree.place, "E103", "This file is empty.")
        return tree

    def _events(self) -> Iterator[Any]:
        parser = CParser(self._text)
        while not isinstance(event := parser.get_event(), events.StreamEndEvent):
            yield event

    def _tree(self, event: Any, stream: Iterator[Any], depth: int) -> Tree:
        place = self._place(event.start_mark)
        if isinstance(event, events.AliasEvent):
            self._complain(place, "E104", "Aliases (*name) are not possible; write it out.")
            return Broken(place=place)
        if event.anchor is not None:
            self._complain(place, "E104", "Anchors (&name) are not possible; write it out.")
        if event.tag is not None:
            self._complain(place, "E105", f"The tag “{event.tag}” is not possible.")
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event, place)
        if depth >= _DEEPEST:
            raise _too_deep(event)
        if isinstance(event, events.SequenceStartEvent):
            return self._listing(stream, place, depth + 1)
        return self._table(stream, place, depth + 1)

    def _scalar(self, event: Any, place: Place) -> Scalar:
        end = event.end_mark
        tail = self._line(end.line + 1)[end.column :]
        plain = event.implicit[0] and event.style in ("", None)
        return Scalar(place=place, value=event.value, plain=plain, tail=tail)

    def _listing(self, stream: Iterator[Any], place: Place, depth: int) -> Listing:
        items: list[Tree] = []
        for event in stream:
            if isinstance(event, events.SequenceEndEvent):
                break
            items.append(self._tree(event, stream, depth))
        return Listing(place=place, items=tuple(items))

    def _table(self, stream: Iterator[Any], place: Place, depth: int) -> Table | Broken:
        entries: dict[str, tuple[Scalar, Tree]] = {}
        bad_key = False
        for event in stream:
            if isinstance(event, events.MappingEndEvent):
                break
            key = self._tree(event, stream, depth)
            value = self._tree(next(stream), stream, depth)
            if not isinstance(key, Scalar):
                bad_key = True
            elif key.value in entries:
                first = entries[key.value][0].place.line
                message = f"“{key.value}” stands here twice (first in line {first})."
                self._complain(key.place, "E106", message)
            else:
                entries[key.value] = (key, value)
        if bad_key:
            return self._odd_key(place)
        return Table(place=place, entries=tuple(entries.values()))

    def _odd_key(self, place: Place) -> Broken:
        line = self._line(place.line)
        if is_braces(line, place.column):
            message, hint = "A text that begins with {{ needs quotes.", 'Such as: "{{ … }} …"'
            self._complain(place, "E107", message, hint)
        else:
            self._complain(place, "E108", "Only a plain word may stand before the colon.")
        return Broken(place=place)

    def _complain(self, place: Place, code: str, message: str, hint: str = "") -> None:
        self.problems.append(_problem(place, code, message, hint))

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def _place(self, mark: Any) -> Place:
        return Place(file=self._file, line=mark.line + 1, column=mark.column + 1)

    def _place_of(self, error: YAMLError) -> Place:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            return self._place(mark)
        before = self._text[: getattr(error, "position", 0) or 0]
        line = before.count("\n")
        column = len(before) - (before.rfind("\n") + 1)
        return Place(file=self._file, line=line + 1, column=column + 1)


def _too_deep(event: Any) -> YAMLError:
    error = YAMLError("This is nested too deeply.")
    error.problem_mark = event.start_mark  # type: ignore[attr-defined]
    return error


def _tab_problem(file: str, tab: tuple[int, int]) -> Problem:
    place = Place(file=file, line=tab[0], column=tab[1])
    message = "There is a tab in front of this line; YAML takes only spaces there."
    return _problem(place, "E109", message, "Replace each tab by two spaces.")


def _problem(place: Place, code: str, message: str, hint: str = "") -> Problem:
    return Problem(place=place, code=code, message=message, hint=hint)
