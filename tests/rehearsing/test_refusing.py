"""Files of tests that are wrong: each finding with its place and what to write instead, all at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.rehearsing.checking import check_with_tests
from feedbackbot.engine.rehearsing.reading import read_test_file
from rehearsing_samples import HAPPY

Shown = Callable[..., tuple[int, str]]
HEAD = "- test: it goes\n  turns:\n"


@pytest.mark.parametrize(
    ("turn", "place", "sentence"),
    [
        ("bott: any", "3:7", "E604 There is no turn “bott”."),
        ("bott: any", "3:7", "Did you mean “bot”?"),
        ("{bot: any, tap: 1}", "3:7", "E605 A turn says one thing; here stand “bot” and “tap”."),
        ("bot: {hass: x}", "3:13", "“bot” has no “hass”."),
        ("bot: {}", "3:12", "“bot” needs “has”."),
        ("bot:", "3:11", "Nothing stands here, but a text is needed."),
        ("tap: [1]", "3:12", "A single word or value is needed here."),
        ("send: {fax: x}", "3:13", "E624 “send” needs one of: text, photo"),
        ("wait: two days", "3:13", "“two days” is not a duration."),
        ("staff: {clame: Rita}", "3:14", "E625 This does not say what staff do."),
        ("staff: {clame: Rita}", "3:14", "Did you mean “claim”?"),
        ("staff: dance", "3:14", "“dance” is not possible for “staff”."),
        ("staff: {resolve: {check: soon}}", "3:32", "“soon” is not a duration."),
        ("slack: {channel: suport}", "3:24", "E621 No script writes to “suport”."),
        ("slack: {channel: suport}", "3:24", "Did you mean “support”?"),
        ("end: dome", "3:12", "E623 The script has no end “dome”."),
        ("end: dome", "3:12", "Did you mean “done”?"),
        ("saved: {scor: 2}", "3:21", "Did you mean “score”?"),
        ("marketing: forget", "3:18", "“forget” is not possible"),
        ('tap: "Yes, solvd"', "3:7", "Did you mean “Yes, solved”?"),
        (
            "bot: {has: right, buttons: [Salved]}",
            "3:7",
            "E626 No script here has a button “Salved”.",
        ),
        ("buttons: [Not jet]", "3:7", "Did you mean “Not yet”?"),
        ("open: {itm: x}", "3:14", "has no “itm”"),
        ("open: link", "3:7", "E606 The link has been opened when a test begins"),
    ],
)
def test_a_wrong_turn_is_refused_in_its_place(
    shown: Shown, turn: str, place: str, sentence: str
) -> None:
    code, screen = shown(f"{HEAD}    - {turn}\n    - bot: any\n")

    assert code == 2
    assert f"shoes.test.yaml:{place}:" in screen
    assert sentence in screen


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{custommer: {}}", "has no “custommer”"),
        ("{customer: {name: Bo}}", "has no “name”"),
        ("{customer: {timezone: Mars/North}}", "E611 There is no time zone “Mars/North”."),
        ("{customer: {language: german}}", "E615 “german” is no language, such as es."),
        ("{purchase: {total: much}}", "E612 “total” needs a number."),
        ("{purchase: {delivered_at: some day}}", "E613 “some day” is no moment."),
        ("{now: later}", "E613 “later” is no moment."),
        ("{purchase: {gift: perhaps}}", "“gift” is either true or false."),
    ],
)
def test_what_is_given_is_checked_too(shown: Shown, given: str, sentence: str) -> None:
    code, screen = shown(f"- test: it goes\n  given: {given}\n  turns: [{{bot: any}}]\n")

    assert code == 2
    assert sentence in screen
    assert "shoes.test.yaml:2:" in screen


def test_a_test_needs_a_name_and_turns_and_nothing_else(shown: Shown) -> None:
    code, screen = shown("- turn: []\n")

    assert code == 2
    assert "This test needs “test”." in screen
    assert "This test needs “turns”." in screen
    assert "This test has no “turn”. " in screen.replace("\n", " ")


def test_two_tests_of_one_name_are_refused(shown: Shown) -> None:
    code, screen = shown(HAPPY + HAPPY)

    assert code == 2
    assert "E603 There is a test “a happy customer is thanked” already, in line 2." in screen


def test_a_file_that_is_no_list_is_refused(shown: Shown) -> None:
    code, screen = shown("test: it goes\nturns: []\n")

    assert code == 2
    assert "E602 A file of tests is a list" in screen


def test_tests_without_their_script_are_refused(folder: Path) -> None:
    library = load_library(folder)

    found = read_test_file(str(folder / "shoe.test.yaml"), HAPPY, library)

    assert [problem.code for problem in found.problems] == ["E601"]
    assert found.problems[0].hint == "Did you mean “shoes”?"


def test_dates_are_read_in_the_shops_time_zone(folder: Path) -> None:
    library = load_library(folder)
    text = '- test: t\n  given: {now: "2026-07-01 10:00", purchase: {placed_at: "2026-06-01"}}\n'

    read = read_test_file("shoes.test.yaml", f"{text}  turns: [bot: any]\n", library)

    given = read.tests[0].given
    assert f"{given.now:%H:%M %Z}" == "09:00 UTC"
    assert f"{given.purchase.placed_at:%d %b %H:%M}" == "31 May 23:00"


def test_buttons_with_a_name_a_number_or_a_mark_on_them_are_no_slips(shown: Shown) -> None:
    labels = ("5", "5 ★", "4 ★ · Change", "✓ Not yet", "solved", "Bo", "B. B.", "Without my name")
    turns = "".join(f'    - tap: "{label}"\n' for label in labels)
    given = "  given: {customer: {first_name: Bo, last_name: Berg}}\n"

    code, screen = shown(f"- test: it goes\n{given}  turns:\n    - bot: any\n{turns}")

    assert code == 1
    assert "No script here" not in screen


def test_check_finds_slips_in_tests_together_with_those_in_scripts(folder: Path) -> None:
    text = (folder / "shoes.yaml").read_text(encoding="utf-8")
    (folder / "other.yaml").write_text(
        text.replace("shoes", "other").replace("next: bye", "next: by"), encoding="utf-8"
    )
    wrong = f"{HEAD}    - bott: any\n    - saved: {{scor: 2}}\n    - tap: Not jet\n"
    for name in ("shoes", "other", "boots"):
        (folder / f"{name}.test.yaml").write_text(wrong, encoding="utf-8")

    codes = [(Path(it.place.file).name, it.code) for it in check_with_tests(folder)]

    assert list(dict.fromkeys(codes)) == [
        ("boots.test.yaml", "E601"),
        ("other.yaml", "E420"),
        ("shoes.test.yaml", "E604"),
        ("shoes.test.yaml", "E622"),
        ("shoes.test.yaml", "E626"),
    ]


def test_check_tells_once_what_is_no_yaml_in_a_test(folder: Path) -> None:
    (folder / "shoes.test.yaml").write_text("- test: [\n", encoding="utf-8")

    (problem,) = check_with_tests(folder)

    assert problem.code == "E101"
