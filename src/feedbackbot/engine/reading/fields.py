"""Takes typed values out of a table of a script file and collects what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

from feedbackbot.engine import wording
from feedbackbot.engine.reading.phrases import cut, did_you_mean, inside
from feedbackbot.engine.reading.problems import Problem
from feedbackbot.engine.reading.traps import (
    PRINTED_QUOTES,
    as_number,
    as_switch,
    is_in_printed_quotes,
    is_nothing,
    not_text,
)
from feedbackbot.engine.reading.tree import Broken, Listing, Scalar, Table, Tree, is_quoted
from feedbackbot.engine.script import Place
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.engine.wording.dialect import WordingError

#: longer labels are cut off on a phone
LONGEST_LABEL: Final = 40
_BRACES: Final = "Names stand between two braces on each side: {{ customer.first_name }}"
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Names that a text or condition uses, and where."""

    place: Place
    names: frozenset[str]
    #: what stands there; empty where it is a bare name
    text: str = ""
    is_condition: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A step that something leads to."""

    place: Place
    goto: str


@dataclass(slots=True)
class Notes:
    """What was noticed while a file was read."""

    problems: list[Problem] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def complain(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """What was written is quoted in it, and may be of any length."""
        problem = Problem(place=place, code=code, message=cut(message), hint=cut(hint))
        self.problems.append(problem)

    def mention(
        self, place: Place, names: frozenset[str], text: str = "", *, is_condition: bool = False
    ) -> None:
        mention = Mention(place=place, names=names, text=text, is_condition=is_condition)
        self.mentions.append(mention)

    def aim(self, place: Place, goto: str) -> None:
        self.targets.append(Target(place=place, goto=goto))


class Fields:
    """One table; each key is taken once, and `finish` complains about those that nobody took."""

    def __init__(self, tree: Tree, notes: Notes, *, what: str) -> None:
        self.notes = notes
        self.place = tree.place
        self.what = what
        self._entries = _entries(tree, notes, what)
        #: has been complained about; what is missing in it is no news
        self.is_broken = not isinstance(tree, Table)
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def keys(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def place_of(self, key: str) -> Place:
        entry = self._entries.get(key)
        return entry[1].place if entry else self.place

    def tree(self, key: str) -> Tree | None:
        self._taken.add(key)
        entry = self._entries.get(key)
        return entry[1] if entry else None

    def text(self, key: str, *, own: frozenset[str] = frozenset()) -> str | None:
        """A template; checked, and its names noted except those that are its own."""
        tree = self.tree(key)
        return text_of(tree, self.notes, own=own) if tree is not None else None

    def need_text(self, key: str, *, own: frozenset[str] = frozenset()) -> str:
        return self._needed(key, self.text(key, own=own), "")

    def condition(self, key: str) -> str | None:
        tree = self.tree(key)
        return condition_of(tree, self.notes) if tree is not None else None

    def word(self, key: str) -> str | None:
        """Text that is taken as it stands."""
        tree = self.tree(key)
        return word_of(tree, self.notes) if tree is not None else None

    def need_word(self, key: str) -> str:
        return self._needed(key, self.word(key), "")

    def words(self, key: str) -> tuple[str, ...] | None:
        tree = self.tree(key)
        if tree is None:
            return None
        return tuple(word_of(item, self.notes) for item in items_of(tree, self.notes))

    def one_of(self, key: str, allowed: Sequence[str], *, default: str = "") -> str:
        value = self.word(key)
        if value is None:
            return default
        return self._allowed(key, value, allowed) or default or allowed[0]

    def some_of(
        self, key: str, allowed: Sequence[str], *, default: tuple[str, ...]
    ) -> tuple[str, ...]:
        values = self.words(key)
        if values is None:
            return default
        return tuple(value for value in values if self._allowed(key, value, allowed))

    def duration(self, key: str) -> timedelta | None:
        value = self.word(key)
        if value is None:
            return None
        found = find_duration(value)
        if found is None:
            hint = "Write 90s, 15m, 2h, 3d, 1w, or combined 1d12h."
            self.complain(key, "E205", f"“{value}” is not a duration.", hint)
        return found or timedelta()

    def need_duration(self, key: str) -> timedelta:
        return self._needed(key, self.duration(key), timedelta())

    def whole(self, key: str, *, lowest: int = 0, highest: int = 1_000_000) -> int | None:
        tree = self.tree(key)
        if tree is None or isinstance(tree, Broken):
            return None
        number = as_number(tree.value) if isinstance(tree, Scalar) and tree.plain else None
        if number is None or not number.is_integer() or not lowest <= number <= highest:
            self.complain(key, "E206", f"“{key}” needs a whole number of at least {lowest}.")
            return None
        return int(number)

    def switch(self, key: str) -> bool:
        tree = self.tree(key)
        if tree is None or isinstance(tree, Broken):
            return False
        found = as_switch(tree.value) if isinstance(tree, Scalar) and tree.plain else None
        if found is None:
            hint = f"Such as: {key}: true"
            self.complain(key, "E207", f"“{key}” is either true or false.", hint)
        return bool(found)

    def table(self, key: str) -> Fields | None:
        tree = self.tree(key)
        if tree is None:
            return None
        return Fields(tree, self.notes, what=f"“{key}” of {inside(self.what)}")

    def aim(self, key: str, goto: str | None) -> None:
        if goto:
            self.notes.aim(self.place_of(key), goto)

    def complain(self, key: str, code: str, message: str, hint: str = "") -> None:
        self.notes.complain(self.place_of(key), code, message, hint)

    def finish(self) -> None:
        """Complains about every key that nothing asked for."""
        for key, (name, _) in self._entries.items():
            if key not in self._taken:
                guess = did_you_mean(key, tuple(self._taken))
                self.notes.complain(name.place, "E201", f"{self.what} has no “{key}”.", guess)

    def miss(self, key: str, *, hint: str = "") -> None:
        if not self.is_broken:
            self.complain(key, "E202", f"{self.what} needs “{key}”.", hint)

    def _needed(self, key: str, value: T | None, default: T) -> T:
        if value is None and key not in self._entries:
            self.miss(key)
        return default if value is None else value

    def _allowed(self, key: str, value: str, allowed: Sequence[str]) -> str | None:
        if value in allowed or (not value and not is_quoted(self._entries[key][1])):
            return value or None
        message = f"“{value}” is not possible for “{key}”."
        hint = did_you_mean(value, allowed) or f"Possible: {', '.join(allowed)}."
        self.complain(key, "E208", message, hint)
        return None


def text_of(tree: Tree, notes: Notes, *, own: frozenset[str] = frozenset()) -> str:
    text = _plain_text(tree, notes)
    return _worded(text, tree.place, notes, names_in=wording.names_in, code="E301", own=own)


def condition_of(tree: Tree, notes: Notes) -> str:
    text = word_of(tree, notes)
    return _worded(text, tree.place, notes, names_in=wording.names_in_condition, code="E302")


def word_of(tree: Tree, notes: Notes) -> str:
    """A scalar as it stands; numbers are fine."""
    if isinstance(tree, Broken):
        return ""
    if not isinstance(tree, Scalar):
        notes.complain(tree.place, "E203", "A single word or value is needed here.")
        return ""
    if tree.plain and is_nothing(tree.value):
        notes.complain(tree.place, "E204", str(not_text(tree.value)))
        return ""
    return tree.value


def label_of(tree: Tree, notes: Notes) -> str:
    """The text on a button: short, and without names."""
    label = _plain_text(tree, notes)
    if "{{" in label or "{%" in label:
        notes.complain(tree.place, "E304", "The text on a button can't contain {{ }}.")
    if len(label) > LONGEST_LABEL:
        message = f"This button has {len(label)} characters; phones show {LONGEST_LABEL} at most."
        notes.complain(tree.place, "E305", message)
    return label


def items_of(
    tree: Tree, notes: Notes, *, such_as: str = "Such as: [text, photo]"
) -> tuple[Tree, ...]:
    if isinstance(tree, Listing):
        return tree.items
    if not isinstance(tree, Broken):
        notes.complain(tree.place, "E209", "A list is needed here.", such_as)
    return ()


def _worded(
    text: str,
    place: Place,
    notes: Notes,
    *,
    names_in: Callable[[str], frozenset[str]],
    code: str,
    own: frozenset[str] = frozenset(),
) -> str:
    try:
        names = names_in(text) if text else frozenset[str]()
    except WordingError as error:
        hint = _BRACES if "I can't read" in str(error) and "{" in text else ""
        notes.complain(place, code, str(error), hint)
        return ""
    notes.mention(place, names - own, text, is_condition=code == "E302")
    return text


def _plain_text(tree: Tree, notes: Notes) -> str:
    if isinstance(tree, Broken):
        return ""
    if not isinstance(tree, Scalar):
        notes.complain(tree.place, "E203", "A text is needed here.", 'Put quotes around it: "…"')
        return ""
    why = not_text(tree.value) if tree.plain else None
    if why is not None:
        notes.complain(tree.place, "E204", why, f'Put quotes around it: "{tree.value}"')
    elif not tree.value.strip():
        hint = "Write what is to be said, or take the whole line out."
        notes.complain(tree.place, "E204", "This text is empty.", hint)
    elif tree.plain and is_in_printed_quotes(tree.value):
        notes.complain(tree.place, "E229", *PRINTED_QUOTES)
    elif tree.plain and tree.tail.lstrip().startswith("#"):
        message = "What follows # is a comment and would be cut off; put quotes around the text."
        notes.complain(tree.place, "E210", message, f'Such as: "{tree.value}{tree.tail.rstrip()}"')
    return tree.value


def _entries(tree: Tree, notes: Notes, what: str) -> dict[str, tuple[Scalar, Tree]]:
    if isinstance(tree, Table):
        return {key.value: (key, value) for key, value in tree.entries}
    if not isinstance(tree, Broken):
        notes.complain(tree.place, "E211", f"{what} needs keys with values (key: value).")
    return {}
