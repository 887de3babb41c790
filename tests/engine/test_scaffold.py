"""`feedbackbot init` writes a folder to begin with and never takes anything away."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.scaffold import init
from feedbackbot.errors import ConfigError


@pytest.fixture
def example(tmp_path: Path) -> Path:
    file = tmp_path / "example"
    file.write_text("# the bot's token\nTELEGRAM_BOT_TOKEN=\n")
    return file


def test_a_new_folder_holds_conversations_that_check_and_settings(
    tmp_path: Path, example: Path
) -> None:
    written = init(tmp_path / "shop", example=example)

    assert check(tmp_path / "shop" / "conversations") == ()
    assert (tmp_path / "shop" / ".env").read_text().startswith("# the bot's token")
    assert (tmp_path / "shop" / ".env").stat().st_mode & 0o077 == 0
    assert all(path.is_file() for path in written)


def test_nothing_is_overwritten_and_nothing_half_done(tmp_path: Path, example: Path) -> None:
    (tmp_path / ".env").write_text("TELEGRAM_BOT_TOKEN=mine\n")

    with pytest.raises(ConfigError, match="don't overwrite"):
        init(tmp_path, example=example)

    assert (tmp_path / ".env").read_text() == "TELEGRAM_BOT_TOKEN=mine\n"
    assert not (tmp_path / "conversations").exists()


def test_editors_find_a_schema_for_every_file_that_is_written(
    tmp_path: Path, example: Path
) -> None:
    written = init(tmp_path / "shop", example=example)

    folder = tmp_path / "shop" / "conversations"
    scripts = [path for path in written if path.suffix == ".yaml" and path.name.count(".") == 1]
    assert folder / "after_purchase.yaml" in scripts
    for path in scripts:
        line = path.read_text(encoding="utf-8").splitlines()[0]
        told = line.removeprefix("# yaml-language-server: $schema=")
        assert (folder / told) in written, line
