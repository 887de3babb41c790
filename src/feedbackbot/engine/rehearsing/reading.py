"""Reads a file of tests, `after_purchase.test.yaml`: a list of tests, each with its turns; every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from feedbackbot.engine.reading.fields import Fields, Notes, items_of
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.reading.problems import Problem, in_order
from feedbackbot.engine.reading.tree import Table, Tree, read_tree
from feedbackbot.engine.rehearsing.given import read_given
from feedbackbot.engine.rehearsing.labels import check_labels
from feedbackbot.engine.rehearsing.reading_turns import KINDS, Readable
from feedbackbot.engine.rehearsing.turns import Opened, ScriptTest, Turn
from feedbackbot.engine.script import Library, Place

SUFFIX: Final = ".test.yaml"
_MOST_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFile:
    """`tests` is complete only where nothing is wrong."""

    __test__ = False

    file: str
    script: str
    tests: tuple[ScriptTest, ...]
    problems: tuple[Problem, ...]


def read_test_file(file: str, text: str, library: Library) -> TestFile:
    name = Path(file).name.removesuffix(SUFFIX)
    tree, found = read_tree(file, text)
    notes = Notes(problems=list(found))
    tests: tuple[ScriptTest, ...] = ()
    if name not in library.scripts:
        _miss_script(name, library.scripts, file, notes)
    else:
        tests = _tests(tree, name, library, notes)
    return TestFile(file=file, script=name, tests=tests, problems=in_order(notes.problems))


def _miss_script(name: str, scripts: Mapping[str, object], file: str, notes: Notes) -> None:
    """A file of tests belongs to the script whose name it bears."""
    guess = did_you_mean(name, tuple(scripts))
    hint = guess or f"There are: {', '.join(list(scripts)[:_MOST_SHOWN])}."
    place = Place(file=file, line=1, column=1)
    notes.complain(place, "E601", f"There is no script “{name}” beside this file.", hint)


def _tests(tree: Tree, script: str, library: Library, notes: Notes) -> tuple[ScriptTest, ...]:
    if isinstance(tree, Table):
        hint = 'Such as: - test: "what it shows", and below it given: and turns:'
        notes.complain(tree.place, "E602", "A file of tests is a list: begin with “- test:”.", hint)
        return ()
    tests: dict[str, ScriptTest] = {}
    for item in items_of(tree, notes):
        test = _test(item, script, library, notes)
        if test.name in tests:
            first = tests[test.name].place.line
            message = f"There is a test “{test.name}” already, in line {first}."
            notes.complain(test.place, "E603", message)
        tests[test.name] = test
    check_labels(tests.values(), library, notes)
    return tuple(tests.values())


def _test(tree: Tree, script: str, library: Library, notes: Notes) -> ScriptTest:
    fields = Fields(tree, notes, what="This test")
    name = fields.need_word("test")
    if name:
        fields.what = f"The test “{name}”"
    own = library.scripts[script]
    given = read_given(fields.table("given"), own, library.shop)
    readable = Readable(script=own, library=library, now=given.now, notes=notes)
    turns = fields.tree("turns")
    items = items_of(turns, notes) if turns is not None else ()
    if not items:
        fields.miss("turns", hint="Such as: turns: [{bot: any}, {tap: 2}]")
    test = ScriptTest(
        script=script,
        name=name,
        place=tree.place,
        given=given,
        turns=tuple(turn for item in items if (turn := _turn(item, readable)) is not None),
    )
    fields.finish()
    _check_opening(test, notes)
    return test


def _turn(tree: Tree, readable: Readable) -> Turn | None:
    """A turn says one thing; its key tells what."""
    fields = Fields(tree, readable.notes, what="This turn")
    keys = fields.keys()
    if fields.is_broken:
        return None
    known = [key for key in keys if key in KINDS]
    if not known:
        guess = did_you_mean(keys[0], tuple(KINDS)) if keys else ""
        hint = guess or f"Possible: {', '.join(KINDS)}."
        said = f"There is no turn “{keys[0]}”." if keys else "This turn is empty."
        readable.notes.complain(tree.place, "E604", said, hint)
        return None
    if len(keys) > 1:
        message = f"A turn says one thing; here stand {' and '.join(f'“{key}”' for key in keys)}."
        hint = "Put each behind a dash of its own."
        readable.notes.complain(tree.place, "E605", message, hint)
    return KINDS[known[0]](fields, readable)


def _check_opening(test: ScriptTest, notes: Notes) -> None:
    """The customer opens the link by itself at the start."""
    if test.turns and isinstance(test.turns[0], Opened) and test.turns[0].purchase is None:
        message = "The link has been opened when a test begins; leave this turn out."
        notes.complain(test.turns[0].place, "E606", message)
