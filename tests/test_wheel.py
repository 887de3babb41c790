"""What a person installs must hold all that the commands need, without the checkout beside it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return next(folder.glob("*.whl"))


def test_scripts_pages_and_migrations_travel_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    for needed in (
        "feedbackbot/conversations/after_purchase.yaml",
        "feedbackbot/conversations/_common.yaml",
        "feedbackbot/conversations/_shop.yaml",
        "feedbackbot/env.example",
        "feedbackbot/web/templates/wall.html",
        "feedbackbot/web/static/site.css",
        "feedbackbot/sandbox/page/index.html",
        "feedbackbot/models/migrations/env.py",
        "feedbackbot/py.typed",
    ):
        assert needed in names, needed


def test_an_installed_copy_scaffolds_and_checks_a_folder(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")

    def feedbackbot(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "feedbackbot", *words],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path / "site"), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    made = feedbackbot("init", "shop")
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "shop" / ".env").exists()
    checked = feedbackbot("check", "shop/conversations")
    assert checked.returncode == 0, checked.stdout + checked.stderr
