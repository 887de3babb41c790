"""What the documents say is true of the code: settings, commands, make targets, words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from feedbackbot.cli import app
from feedbackbot.config import setting_names

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_explained_in_the_example(name: str) -> None:
    example = (ROOT / ".env.example").read_text()

    assert re.search(rf"^#?{name}=", example, re.MULTILINE) or name in {
        # for the sandbox and for tests, refused anywhere else
        "FEEDBACKBOT_CLOCK_URL",
        "FEEDBACKBOT_CRASH_AT",
    }


def commands(group: typer.Typer) -> set[str]:
    names = {
        command.name or str(getattr(command.callback, "__name__", ""))
        for command in group.registered_commands
    }
    return names | {str(sub.name) for sub in group.registered_groups}


@pytest.mark.parametrize(
    "document", ["README.md", "CHANGELOG.md", ".env.example", "docs/architecture.md"]
)
def test_every_command_that_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    named = set(re.findall(r"`(?:\.venv/bin/)?feedbackbot ([a-z0-9]+)", text))

    assert named <= commands(app)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for target in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_script_in_the_readme_is_one_that_check_accepts(tmp_path: Path) -> None:
    from feedbackbot.engine.checking import check, errors_in

    steps = re.search(r"```yaml\n(steps:.*?)```", README, re.DOTALL)
    assert steps is not None
    head = (
        "script: readme\nspec: 1\nlanguage: en\nabout: From the readme.\n"
        "start: {on: purchase.delivered, after: 3d}\nexpire: 14d\n"
        "timeout: {after: 3d, goto: bye}\n"
    )
    (tmp_path / "readme.yaml").write_text(head + steps[1])

    assert not errors_in(check(tmp_path))


def test_files_that_documents_point_to_are_there() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?://|#)([^)]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} points to {target}"


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 120


def test_every_number_that_the_bot_tells_is_explained_and_no_other() -> None:
    from prometheus_client import REGISTRY

    from feedbackbot import metrics
    from feedbackbot.web import metrics as at_scrape

    assert metrics
    counted = {one.name for one in REGISTRY.collect() if one.name.startswith("feedbackbot_")}
    source = Path(at_scrape.__file__).read_text()
    standing = {f"feedbackbot_{name}" for name in re.findall(r'_gauge\(\s*"(\w+)"', source)}
    standing |= set(re.findall(r'"(feedbackbot_\w+)"', source))

    page = (ROOT / "docs" / "operating.md").read_text()
    told = {
        re.sub(r"_(total|bucket)$", "", name) for name in re.findall(r"\bfeedbackbot_\w+", page)
    }

    assert told == counted | standing


def test_every_fault_is_listed_with_tests_that_exist() -> None:
    rows = re.findall(
        r"^\| (F\d\d) \|(.*)", (ROOT / "docs" / "faults.md").read_text(), re.MULTILINE
    )
    named = [
        (number, *test)
        for number, row in rows
        for test in re.findall(r"(tests/\S+\.py)::(\w+)", row)
    ]

    assert [number for number, _ in rows] == [f"F{number:02}" for number in range(1, 45)]
    assert [
        (number, file, name)
        for number, file, name in named
        if f"def {name}(" not in (ROOT / file).read_text()
    ] == []
    without = {number for number, _ in rows} - {number for number, *_ in named}
    assert without <= set(
        re.findall(
            r"^\| (F\d\d) .*\*\*open\*\*", (ROOT / "docs" / "faults.md").read_text(), re.MULTILINE
        )
    )
