"""The house rules that a machine can see: sizes, start-up cost, no unfinished work, no platform outside channels."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "feedbackbot"
#: marks of work that somebody meant to do later
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|except Exception:\s*pass")


def modules() -> Iterator[Path]:
    return (path for path in SOURCE.rglob("*.py") if "versions" not in path.parts)


def test_no_module_is_longer_than_300_lines() -> None:
    long = {str(path.relative_to(SOURCE)): len(path.read_text().splitlines()) for path in modules()}

    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 60
    ]

    assert long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]

    assert silent == []


def test_nothing_is_left_for_later() -> None:
    marks = [
        f"{path.relative_to(SOURCE)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert marks == []


def test_help_and_check_start_without_the_heavy_libraries() -> None:
    probe = (
        "import sys; import feedbackbot.cli; import feedbackbot.engine.checking;"
        "heavy = {'telegram', 'slack_bolt', 'slack_sdk', 'sqlalchemy', 'fastapi', 'aiohttp'};"
        "print(sorted(heavy & set(sys.modules)))"
    )

    seen = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=30
    )

    assert seen.stdout.strip() == "[]"


def test_only_channels_know_a_platform() -> None:
    platform = re.compile(
        r"^\s*(from|import) (telegram|slack_bolt|slack_sdk|aiohttp)\b", re.MULTILINE
    )
    outside = [
        str(path.relative_to(SOURCE))
        for path in modules()
        if path.relative_to(SOURCE).parts[0] not in {"channels", "sandbox"}
        and platform.search(path.read_text())
    ]

    assert outside == []


def test_no_lock_file_names_where_packages_come_from() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--index|--find-links", lock.read_text()), lock.name
