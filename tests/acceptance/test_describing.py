"""`feedbackbot schema` and `feedbackbot graph`, as they are typed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from feedbackbot.engine.reading.loader import packaged_folder

LOCK = Path(__file__).parent.parent / "editors" / "package-lock.json"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedbackbot", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_schema_of_scripts_is_printed() -> None:
    done = run("schema")

    assert done.returncode == 0, done.stderr
    assert "steps" in json.loads(done.stdout)["properties"]


def test_the_schema_of_another_kind_of_file_is_printed() -> None:
    done = run("schema", "shop")

    assert "timezone" in json.loads(done.stdout)["properties"]


def test_a_schema_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    done = run("schema", "scripts")

    assert done.returncode == 1
    assert "there are: script, common, shop, test" in done.stderr


def test_schemas_are_renewed_beside_scripts_that_are_there_already(tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    old = tmp_path / "schema" / "script.json"
    old.write_text("{}")

    done = run("schema", "--into", str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "steps" in json.loads(old.read_text())["properties"]
    assert done.stdout.count("wrote ") == 4


def test_no_schema_is_written_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = run("schema", "--into", str(tmp_path / "nowhere"))

    assert done.returncode == 1
    assert done.stderr.startswith("There is no such folder")


def test_a_script_is_drawn_in_the_terminal() -> None:
    done = run("graph", str(packaged_folder() / "after_purchase.yaml"))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("flowchart TD\n")


def test_a_picture_is_written_into_a_file(tmp_path: Path) -> None:
    pytest.importorskip("pygraphviz")
    picture = tmp_path / "after_purchase.svg"

    done = run("graph", str(packaged_folder() / "after_purchase.yaml"), "--svg", str(picture))

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"wrote {picture}\n"
    assert "what_happened" in picture.read_text(encoding="utf-8")


def test_a_script_with_mistakes_is_not_drawn_and_the_mistakes_are_named(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("script: bad\nstart: {on: manual}\nsteps: []\n")

    done = run("graph", str(tmp_path / "bad.yaml"))

    assert done.returncode == 1
    assert re.search(r"bad\.yaml:\d+:\d+: E\d+ ", done.stderr)
    assert "Traceback" not in done.stderr


def test_the_lock_of_the_editor_tests_names_no_place_to_download_from() -> None:
    assert "resolved" not in LOCK.read_text(encoding="utf-8")
