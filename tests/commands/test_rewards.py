"""`feedbackbot rewards import` and `show`, on files as people have them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from feedbackbot.cli import app
from feedbackbot.commands.rewards import read_codes

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    "text",
    [
        "A-1\nB-2\n",
        "code\nA-1\nB-2\n",
        "\nCode;used\nA-1;no\nB-2;no\n",
        "note,Coupon Code\nx, A-1 \ny,B-2\n",
        "A-1\n\n\nB-2",
    ],
)
def test_a_list_or_a_table(text: str) -> None:
    assert list(read_codes(text, zone=UTC).codes) == ["A-1", "B-2"]


def test_a_day_counts_to_its_end_where_the_shop_is() -> None:
    found = read_codes("code,valid_until\nA,2026-12-31\nB,\nC,2026-12-31T12:00\n", zone=BERLIN)

    assert found.codes == {
        "A": datetime(2026, 12, 31, 23, tzinfo=UTC),
        "B": None,
        "C": datetime(2026, 12, 31, 11, tzinfo=UTC),
    }


def test_what_is_no_code_is_refused_with_its_line() -> None:
    found = read_codes(f"code,until\nA B,\n{'x' * 65},\nC,soon\nD,\nD,\n", zone=UTC)

    assert list(found.codes) == ["D"]
    assert found.repeated == 1
    assert [line.partition(":")[0] for line in found.refused] == ["line 2", "line 3", "line 4"]


def test_an_empty_file_has_no_codes() -> None:
    assert read_codes("\n", zone=UTC).codes == {}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDBACKBOT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FEEDBACKBOT_KEY_FILE", str(tmp_path / "key"))
    return tmp_path


def test_import_and_show(home: Path) -> None:
    file = home / "codes.csv"
    file.write_text("code,valid_until\nTY-1,\nTY-2,2001-01-01\nTY 3,\n", encoding="utf-8")
    runner = CliRunner()

    first = runner.invoke(app, ["rewards", "import", "thank_you", str(file)])
    second = runner.invoke(app, ["rewards", "import", "thank_you", str(file)])
    shown = runner.invoke(app, ["rewards", "show"])

    assert (first.exit_code, second.exit_code, shown.exit_code) == (1, 1, 0)
    assert "thank_you: 2 new, 0 known already, 1 refused." in first.output
    assert "line 4: “TY 3” is no code" in first.output
    assert "No script gives from the pool thank_you yet." in first.output
    assert "0 new, 2 known already" in second.output
    assert shown.output == "thank_you: 1 left, 0 given, 1 too old to be given\n"


def test_a_pool_needs_a_name_that_a_script_can_say(home: Path) -> None:
    result = CliRunner().invoke(app, ["rewards", "import", "Thank you", str(home / "x.csv")])

    assert "can't be a pool" in str(result.exception)
