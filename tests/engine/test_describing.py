"""An editor and `feedbackbot check` say the same of a script: what check refuses is underlined, the rest is not."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from feedbackbot.engine.describing.kinds import SchemaKind
from feedbackbot.engine.describing.schemas import kind_of, schema_of, with_modeline
from feedbackbot.engine.reading import scripting, steps
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.loader import gather, packaged_folder, read_library
from feedbackbot.engine.reading.problems import Problem, errors_in
from feedbackbot.engine.reading.steps import KINDS
from feedbackbot.engine.reading.traps import as_number, as_switch, is_nothing
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, Tree, read_tree

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = [
    *sorted((ROOT / "conversations").glob("[!_]*.yaml")),
    *sorted((ROOT / "tests" / "engine" / "scripts").glob("*.yaml")),
    *sorted((ROOT / "docs" / "examples").glob("*.yaml")),
]
#: what can be said of a file without knowing its names
STRUCTURE = {
    *("E201", "E202", "E203", "E205", "E206", "E207", "E208", "E209", "E211", "E214", "E215"),
    *("E216", "E217", "E218", "E220", "E221", "E222", "E305", "E401", "E402", "E406"),
    *("E412", "E413", "E414", "E415"),
}
#: tables whose keys are the writer's own
FREE = {"choices", "set"}
SAID = [None, True, 0, 1, 3, -1, 2.5, " ", "x", "2d", "10:00", "a.b", "https://a.example", "else"]
ODD = [[], ["x"], [{}], {}, {"x": "y"}, {"after": "1d"}, "A word that is far too long for a button"]


def content(tree: Tree) -> Any:
    """A file as an editor sees it: by the core schema of YAML 1.2."""
    if isinstance(tree, Table):
        return {key.value: content(value) for key, value in tree.entries}
    if isinstance(tree, Listing):
        return [content(item) for item in tree.items]
    assert isinstance(tree, Scalar)
    return tree.value if not tree.plain else plain(tree.value)


def plain(value: str) -> Any:
    if is_nothing(value):
        return None
    if (switch := as_switch(value)) is not None:
        return switch
    number = as_number(value)
    return value if number is None else int(number) if number.is_integer() else number


def content_of(path: Path) -> Any:
    return content(read_tree(path.name, path.read_text(encoding="utf-8"))[0])


@cache
def validator(kind: SchemaKind) -> Draft7Validator:
    return Draft7Validator(schema_of(kind))


@cache
def packaged() -> dict[str, str]:
    return gather(packaged_folder())


def checked(script: Any) -> tuple[Problem, ...]:
    """What `check` says of this script in a folder with the shipped ones; JSON is YAML, too."""
    sources = {**packaged(), "every_kind.yaml": json.dumps(script, ensure_ascii=False)}
    found = errors_in(read_library(sources, proves=False).problems)
    return tuple(problem for problem in found if problem.place.file == "every_kind.yaml")


@pytest.mark.parametrize("kind", SchemaKind)
def test_each_schema_is_a_schema_and_says_what_things_are(kind: SchemaKind) -> None:
    schema = schema_of(kind)

    Draft7Validator.check_schema(schema)
    assert all(fields.get("description") for fields in described(schema))


def described(schema: Any) -> Iterator[Any]:
    """Every key that a file may have, wherever it stands, except in conditions."""
    if isinstance(schema, list):
        for item in schema:
            yield from described(item)
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield from schema["properties"].values()
        for value in schema.values():
            yield from described(value)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_script_that_is_shipped_follows_its_schema(path: Path) -> None:
    kind = kind_of(path.name)

    if kind is not None:
        assert [error.message for error in validator(kind).iter_errors(content_of(path))] == []


@pytest.mark.parametrize("name", ["_common.yaml", "_shop.yaml"])
def test_the_files_beside_the_scripts_follow_theirs(name: str) -> None:
    kind = kind_of(name)
    assert kind is not None

    shipped = content_of(ROOT / "conversations" / name)

    assert [error.message for error in validator(kind).iter_errors(shipped)] == []
    shipped["nonsense"] = "x"
    assert not validator(kind).is_valid(shipped)


TESTS = """
- test: a complaint
  given: {now: "2026-11-20 14:30", customer: {first_name: Bo}, purchase: {item: Shoes, total: none}}
  turns:
    - bot: any
    - bot: {has: [main, reason], buttons: [Skip]}
    - tap: 2
    - tap: {old: "1"}
    - send: "The sole came off"
    - send: {photo: the sole}
    - slack: {channel: support, contains: sole}
    - staff: {claim: Rita}
    - staff: claim
    - staff: {resolve: {cause: quality, action: replaced, check: 2d}}
    - saved: {score: 2}
    - toast: Already there
    - toast: {has: [there]}
    - reaction: 👀
    - buttons: [Change]
    - buttons: none
    - card: {status: claimed, owner: Rita, put_right: "yes"}
    - wait: 2d
    - end: done
"""


def test_tests_are_helped_with_too() -> None:
    tests = content(read_tree("x.test.yaml", TESTS)[0])

    assert [error.message for error in validator(SchemaKind.TEST).iter_errors(tests)] == []
    bad: list[Any] = [
        {"bott": "Hi"},
        {"tap": "1", "send": "x"},
        {"wait": "2 days"},
        {"staff": {}},
        {"card": {}},
        {"buttons": "x"},
    ]
    for wrong in bad:
        tests[0]["turns"] = [wrong]
        assert not validator(SchemaKind.TEST).is_valid(tests), wrong


EVERY_KIND = content_of(ROOT / "tests" / "engine" / "scripts" / "every_kind.yaml")
FULL = content_of(ROOT / "tests" / "engine" / "scripts" / "every_key.yaml")


def tables(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a table of fixed keys stands."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from tables(item, (*path, index))
    elif isinstance(node, dict):
        is_links = bool(path) and path[-1] == "buttons"
        if not (path and path[-1] in FREE) and not is_links:
            yield path
        for key, value in node.items():
            yield from tables(value, (*path, key))


def at(node: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        node = node[key]
    return node


def words_of_the_reader() -> set[str]:
    """Every word that the code which reads scripts mentions: its keys are among them."""
    sources = [Path(str(module.__file__)) for module in (scripting, steps)]
    sources += [sources[0].with_name(name) for name in ("asking.py", "routes.py")]
    return {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch("[a-z][a-z_]+", node.value)
    }


KEYS = words_of_the_reader() | {"nonsense", "goto"}


@pytest.mark.parametrize("path", list(tables(FULL)), ids=lambda path: ".".join(map(str, path)))
def test_an_editor_refuses_the_same_keys_as_check(path: tuple[str | int, ...]) -> None:
    script = copy.deepcopy(FULL)
    table = at(script, path)
    is_line = "goto" in table or "else" in table
    # these would make it something else
    turning = {*KINDS, "else"} if is_line or "id" in table else set()
    for key in KEYS - turning - set(table):
        table[key] = "x"

    tree, _ = read_tree("every_key.yaml", json.dumps(script, ensure_ascii=False))
    problems = scripting.read_script("every_key", tree, Notes()).notes.problems
    by_check = {
        match[1]
        for problem in problems
        if problem.code == "E201" and (match := re.search("has no “(.+?)”", problem.message))
    }
    by_editor = {
        key
        for error in validator(SchemaKind.SCRIPT).iter_errors(script)
        if error.validator == "additionalProperties"
        for key in set(error.instance) - set(error.schema["properties"])
    }

    assert "nonsense" in by_check
    assert by_editor == by_check


@st.composite
def changed(draw: st.DrawFn) -> Any:
    """A good script after one to three careless changes."""
    script = copy.deepcopy(draw(st.sampled_from([EVERY_KIND, FULL])))
    script["script"] = "every_kind"
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(script))))
        parent, key = at(script, path[:-1]), path[-1]
        act = draw(st.sampled_from(["delete", "rename", "replace", "replace"]))
        if act == "replace":
            parent[key] = copy.deepcopy(draw(st.sampled_from([*SAID, *ODD])))
        elif act == "delete" or not isinstance(parent, dict):
            del parent[key]
        else:
            parent[draw(st.sampled_from(sorted(KEYS)))] = parent.pop(key)
    return script


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = enumerate(node) if isinstance(node, list) else node.items()
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (list, dict)):
            yield from places(value, (*path, key))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=changed())
def test_careless_changes_are_judged_alike(script: Any) -> None:
    problems = checked(script)
    refused = [error.message for error in validator(SchemaKind.SCRIPT).iter_errors(script)]

    if not problems:
        assert refused == []
    structural = [problem.line for problem in problems if problem.code in STRUCTURE]
    if structural:
        assert refused, structural


def test_editors_find_the_schema_by_the_first_line_of_the_file() -> None:
    assert with_modeline("x.yaml", "script: x\n").startswith(
        "# yaml-language-server: $schema=schema/script.json\nscript"
    )
    assert "schema/shop.json" in with_modeline("_shop.yaml", "")
    assert "schema/test.json" in with_modeline("x.test.yaml", "")
    assert with_modeline("x.es.yaml", "language: es\n") == "language: es\n"
