"""`feedbackbot play` with another customer, another purchase, another language, and every way to begin."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from feedbackbot.channels.terminal import Seat, play
from feedbackbot.commands.script_tests import Wish, run_tests
from feedbackbot.engine.rehearsing.typed import Typed

MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SHIPPED = Path(__file__).parent.parent.parent / "conversations" / "after_purchase.yaml"
COMMAND = """\
script: say
start: {on: command, command: feedback, if: not purchase.gift}
timeout: {after: 1d, goto: quiet}
steps:
  - {id: what, ask: "What is it about {{ purchase.items | join }}, {{ customer.first_name or 'friend' }}?", type: text, save: what, next: bye}
  - {id: bye, end: done, say: "Thank you."}
  - {id: quiet, end: no_answer}
"""
SETTLED = """\
script: later
start: {on: escalation.resolved, after: 7d}
timeout: {after: 1d, goto: quiet}
steps:
  - {id: well, ask: "Is all well with order {{ purchase.number }} for {{ purchase.total | money }}?", type: yesno, next: quiet}
  - {id: quiet, end: no_answer}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "say.yaml").write_text(COMMAND, encoding="utf-8")
    (tmp_path / "later.yaml").write_text(SETTLED, encoding="utf-8")
    return tmp_path


def screen_of(script: Path, *lines: str, save: str | None = None, **typed: Any) -> str:
    out = StringIO()
    seat = Seat(given=Typed(**typed), save=save)
    play(script, StringIO("\n".join(lines) + "\n"), out, seat=seat, now=MORNING)
    return out.getvalue()


def test_a_script_that_waits_for_a_command_begins_with_it(folder: Path) -> None:
    screen = screen_of(folder / "say.yaml", "The laces", "/feedback")

    assert "The customer sends /feedback" in screen
    assert "What is it about Trail shoes, Ada?" in screen
    assert "Not my order" not in screen
    assert "We have talked about this order already" in screen


def test_a_command_of_any_script_in_the_folder_can_be_sent(folder: Path) -> None:
    screen = screen_of(folder / "later.yaml", "Yes", "Please don't", "/feedback")

    assert screen.count("What is it about Trail shoes") == 1


def test_a_script_that_begins_after_a_complaint_asks_of_its_own_accord(folder: Path) -> None:
    screen = screen_of(folder / "later.yaml")

    assert "Is all well with order #1001 for €129.00?" in screen
    assert "[Not now]" in screen


def test_a_script_can_begin_on_its_day_instead_of_by_its_link() -> None:
    by_link, by_itself = screen_of(SHIPPED), screen_of(SHIPPED, begin="day")

    assert "[Not my order]" in by_link
    assert "[Not now]" in by_itself


def test_a_link_that_is_opened_too_early_is_welcomed_and_asked_about_on_its_day() -> None:
    screen = screen_of(SHIPPED, "1", "/wait 1d", "/wait 1d", purchase=("delivered_at=1d",))
    before, _, after = screen.partition("Wednesday 25 November")

    assert "will be asked Thu 26 Nov, 10:00" in before
    assert "after_purchase begins" not in before
    assert "after_purchase begins" in after


def test_customer_and_purchase_are_whom_and_what_one_says(folder: Path) -> None:
    screen = screen_of(
        folder / "say.yaml",
        customer=("first_name=none",),
        purchase=("items=Tent, Stove", "number=77", "gift=true"),
    )

    assert "You are the customer." in screen
    assert "What is it about Tent, Stove, friend?" in screen
    assert "nobody would be asked: the script asks only if not purchase.gift" in screen


def test_a_file_says_the_same_as_given_of_a_test_and_options_count_before_it(folder: Path) -> None:
    given = folder / "bo.txt"
    given.write_text(
        'customer: {first_name: Bo}\npurchase: {item: Tent, total: 99}\nnow: "2026-12-01 09:00"\n',
        encoding="utf-8",
    )

    screen = screen_of(folder / "later.yaml", "/wait 1h", file=given, purchase=("total=250",))

    assert "You are Bo" in screen
    assert "#1001 for €250.00?" in screen
    assert "Tuesday 01 December, 10:00" in screen


def test_another_language_is_spoken_and_kept_apart_where_it_runs_the_other_way() -> None:
    spanish, arabic = (screen_of(SHIPPED, language=language) for language in ("es", "ar"))

    assert "Hola" in spanish
    assert "bot> \u2068مرحبًا" in arabic
    assert "6 [\u2068ليس طلبي\u2069]" in arabic
    assert "\u2068" not in spanish


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"customer": ("first_nme=Bo",)}, "has no “first_nme”. Did you mean “first_name”?"),
        ({"purchase": ("total=much",)}, "--purchase: “total” needs a number."),
        ({"purchase": ("total",)}, "--purchase total: write KEY=VALUE"),
        ({"begin": "daily"}, "--begin: “daily” is not possible for “begin”. Did you mean “day”?"),
        ({"begin": "command"}, "The script “later” waits for no command."),
        ({"file": Path("nowhere.yaml")}, "nowhere.yaml: there is no such file."),
    ],
)
def test_what_can_not_be_given_is_said(folder: Path, typed: dict[str, Any], sentence: str) -> None:
    assert sentence in screen_of(folder / "later.yaml", **typed)


def test_what_was_given_is_kept_in_a_saved_test(folder: Path) -> None:
    screen_of(
        folder / "later.yaml",
        "/restart link",
        "Yes",
        "/wait 2d",
        save="as it was",
        language="en",
        customer=("first_name=Bo: the first", "purchases=3"),
        purchase=("items=Tent, Stove", "total=250"),
    )
    tests = (folder / "later.test.yaml").read_text(encoding="utf-8")
    result = StringIO()

    assert 'customer: {language: en, first_name: "Bo: the first", purchases: 3}' in tests
    assert "items: [Tent, Stove], total: 250}, begin: link}" in tests
    assert run_tests(Wish(paths=(folder / "later.yaml",)), Console(file=result)) == 0


def test_what_no_one_can_see_or_type_is_left_out_of_a_saved_test(tmp_path: Path) -> None:
    script = Path(shutil.copytree(SHIPPED.parent, tmp_path / "scripts")) / SHIPPED.name
    tests = script.with_name("after_purchase.test.yaml")
    tests.unlink()
    screen_of(script, "4", language="ar", save="in Arabic")
    text = tests.read_text(encoding="utf-8")

    assert not re.search(r"[\u2066-\u2069\u200e\u200f]|\\u20", text)
    assert run_tests(Wish(paths=(script,)), Console(file=StringIO())) == 0


def test_another_purchase_is_opened_and_waits_for_the_first() -> None:
    screen = screen_of(SHIPPED, "/open Wool socks", "/open")

    assert "another purchase waits" in screen
    assert screen.count("how satisfied or dissatisfied") == 2


def test_what_can_be_typed_is_listed_with_the_commands_of_the_folder(folder: Path) -> None:
    screen = screen_of(folder / "say.yaml", "?", "/help", "/restart sideways")

    assert "/withdraw /forget /feedback" in screen
    assert "/restart [link | day | command]" in screen
    assert "? shows what you can type here" in screen
    assert "/restart, or one of: link, day, command" in screen
