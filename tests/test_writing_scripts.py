"""The page for people who write scripts shows what is in tested files, word for word."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from feedbackbot.commands.script_tests import Wish, run_tests
from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.describing.kinds import SchemaKind
from feedbackbot.engine.describing.schemas import schema_of
from feedbackbot.engine.reading.names import KNOWN_NAMES
from feedbackbot.engine.reading.scripting import TRIGGERS
from feedbackbot.engine.reading.steps import KINDS
from feedbackbot.engine.rehearsing.checking import check_with_tests
from feedbackbot.engine.script import QuestionType

DOCS = Path(__file__).parent.parent / "docs"
EXAMPLES = DOCS / "examples"
PAGE = (DOCS / "writing-scripts.md").read_text(encoding="utf-8")
MARKED = re.compile(
    r"<!-- example: ([\w.]+)(?:, (step|part) (\w+))? -->\n(.*?)<!-- end -->", re.DOTALL
)
SLIPS = re.compile(r"<!-- slip: ([\w.]+): (.*?) -> (.*?) -->\n(.*?)<!-- end -->", re.DOTALL)
SHOWN = [match.groups() for match in MARKED.finditer(PAGE)]


def excerpt(file: str, kind: str | None, name: str | None) -> str:
    """The whole file, one step of it, or one key at its top."""
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    if kind is None:
        return text
    begins = f"  - id: {name}\n" if kind == "step" else f"{name}:"
    ends = r"(?=^  - |^\S|\Z)" if kind == "step" else r"(?=^\S|\Z)"
    found = re.search(f"^{re.escape(begins)}.*?{ends}", text, re.DOTALL | re.MULTILINE)
    assert found is not None, f"{file} has no {kind} {name}"
    return textwrap.dedent(found[0]).rstrip() + "\n"


@pytest.mark.parametrize(("file", "kind", "name", "shown"), SHOWN)
def test_an_example_is_what_stands_in_its_file(
    file: str, kind: str | None, name: str | None, shown: str
) -> None:
    assert shown == f"```yaml\n{excerpt(file, kind, name)}```\n"


def test_no_example_is_without_a_file_and_no_file_without_an_example() -> None:
    assert PAGE.count("```yaml") == len(SHOWN)
    assert {file for file, *_ in SHOWN} == {path.name for path in EXAMPLES.glob("*.yaml")}


def test_check_finds_nothing_in_the_examples_and_their_tests() -> None:
    assert check_with_tests(EXAMPLES) == ()


@pytest.mark.parametrize(("file", "right", "wrong", "shown"), SLIPS.findall(PAGE))
def test_check_says_of_a_slip_what_the_page_shows(
    file: str, right: str, wrong: str, shown: str, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    text = (EXAMPLES / file).read_text(encoding="utf-8")
    assert text.count(right) == 1
    (tmp_path / file).write_text(text.replace(right, wrong), encoding="utf-8")

    said = "\n".join(render_problem(problem) for problem in check_with_tests(tmp_path))

    assert shown == "```text\n" + said.replace(f"{tmp_path}/", "") + "\n```\n"


def test_the_first_script_has_ten_lines() -> None:
    assert len(excerpt("first.yaml", None, None).splitlines()) == 10


def test_every_test_among_the_examples_goes_as_written() -> None:
    screen = StringIO()

    code = run_tests(Wish(paths=(EXAMPLES,)), Console(file=screen, soft_wrap=True))

    assert code == 0, screen.getvalue()


def keys_of(schema: object) -> Iterator[str]:
    """Every key that such a file may have, wherever it stands."""
    if isinstance(schema, list):
        for item in schema:
            yield from keys_of(item)
    elif isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            yield from schema["properties"]
        for value in schema.values():
            yield from keys_of(value)


@pytest.mark.parametrize("kind", [SchemaKind.SCRIPT, SchemaKind.SHOP, SchemaKind.TEST])
def test_every_key_of_the_language_is_explained_or_shown(kind: SchemaKind) -> None:
    keys = set(keys_of(schema_of(kind)))

    assert [key for key in sorted(keys) if not re.search(rf"`{key}\b|\b{key}:", PAGE)] == []


@pytest.mark.parametrize("kind", QuestionType)
def test_every_type_of_question_is_shown(kind: QuestionType) -> None:
    assert any(f"type: {kind.value}\n" in shown for *_, shown in SHOWN)


@pytest.mark.parametrize("word", [*KNOWN_NAMES, *TRIGGERS])
def test_every_name_and_every_beginning_is_mentioned(word: str) -> None:
    assert f"`{word}`" in PAGE
    for name in KNOWN_NAMES.get(word, ()):
        assert f"`{name}`" in PAGE, f"{word}.{name}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_step_is_explained_and_shown(kind: str) -> None:
    assert f"| `{kind}` |" in PAGE
    assert any(re.search(rf"\b{kind}:", shown) for *_, shown in SHOWN)
