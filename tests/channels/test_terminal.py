"""`feedbackbot play`: a conversation through plain text streams."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from feedbackbot.channels.terminal import Seat, play
from feedbackbot.commands.script_tests import Wish, run_tests

SCRIPT = Path(__file__).parent.parent.parent / "conversations" / "after_purchase.yaml"
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def played(*lines: str) -> str:
    out = StringIO()
    assert play(SCRIPT, StringIO("\n".join(lines) + "\n"), out, now=MORNING) == 0
    return out.getvalue()


def test_a_complaint_is_answered_and_asked_about_again() -> None:
    screen = played(
        "2",
        "The sole came off",
        "Money back",
        "/staff claim",
        "/staff reply It is on its way back.",
        "/staff resolve",
        "/wait 2d",
        "1",
    )

    assert "Rita from Birch & Lane has read your message" in screen
    assert "Rita, Birch & Lane:\nIt is on its way back." in screen
    assert "did we put it right?" in screen
    assert "-- put right: yes" in screen


def test_a_button_is_tapped_by_label_by_its_number_and_by_its_place() -> None:
    screen = played("4 ★", "Skip", "3", "1")

    assert "-- score = 4" in screen
    assert "-- gap = 0" in screen
    assert "-- better: skipped" in screen


def test_the_last_answer_can_be_changed() -> None:
    assert "-- rate: taken back" in played("1", "Change")


def test_a_quote_is_published_by_marketing() -> None:
    screen = played(
        "5",
        "Very light and comfortable shoes.",
        "Better",
        "Yes, these",
        "Ada",
        "I agree",
        "/marketing edit Light and comfortable.",
        "The new text is fine",
        "/marketing publish",
    )

    assert screen.count("-- agrees to") == 2
    assert "Your words are public now" in screen


def test_what_can_not_be_done_is_said() -> None:
    screen = played(
        "/staff claim", "/marketing publish", "/wait a while", "1", "no", "/staff dance"
    )

    assert "Nothing has been handed to the team" in screen
    assert "The customer has agreed to no quote" in screen
    assert "How long?" in screen


def test_restart_begins_anew_and_quit_ends() -> None:
    screen = played("5", "/restart", "/quit", "4")

    assert screen.count("I am writing about your order") == 2
    assert "score = 4" not in screen


def test_commands_of_the_customer_work() -> None:
    assert "/withdraw: take back a published quote" in played("/help")


def test_a_script_that_is_wrong_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("script: broken\nsteps: []\n", encoding="utf-8")
    out = StringIO()

    assert play(tmp_path / "broken.yaml", StringIO(""), out) == 1
    assert "broken.yaml" in out.getvalue()


def test_a_script_that_is_not_there_is_named() -> None:
    out = StringIO()

    assert play(SCRIPT.with_name("after_purchse.yaml"), StringIO(""), out) == 1
    assert "no script “after_purchse”" in out.getvalue()
    assert "Did you mean “after_purchase”?" in out.getvalue()


def test_a_folder_is_no_script_and_its_scripts_are_named() -> None:
    out = StringIO()

    assert play(SCRIPT.parent, StringIO(""), out) == 1
    assert f"is a folder. Name a script in it: {SCRIPT}, " in out.getvalue()


def test_a_number_at_a_question_without_buttons_is_what_the_customer_writes() -> None:
    screen = played("2", "1")

    assert '-- problem = "1"' in screen


def test_a_number_stands_before_a_button_that_bears_none() -> None:
    screen = played("1", "Broken")

    assert "[5 ★]\n     6 [Not my order]" in screen
    assert "2 [Money back]" in screen


def test_staff_choose_the_cause_and_the_day() -> None:
    screen = played("1", "Broken", "2", "/staff resolve check=1w", "/wait 6d", "/wait 1d")
    before, _, after = screen.partition("Monday 30 November, 10:00")

    assert "did we put it right?" not in before
    assert "did we put it right?" in after
    assert played("1", "x", "2", "/staff resolve check=soon").count("/staff resolve cause=") == 1


def test_answers_from_a_file_are_shown_as_if_typed(tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("# a note\n4\n\nSkip\n", encoding="utf-8")
    out = StringIO()

    assert play(SCRIPT, StringIO("Worse\n"), out, seat=Seat(answers=answers), now=MORNING) == 0

    assert "you> 4\n" in out.getvalue()
    assert "reason: skipped" in out.getvalue()
    assert "a note" not in out.getvalue()
    assert "gap =" not in out.getvalue()


@pytest.mark.parametrize(
    ("seat", "sentence"),
    [
        (Seat(answers=Path("nowhere.txt")), "nowhere.txt: there is no such file of answers."),
        (Seat(speed="fast"), "“fast” is not a duration"),
    ],
)
def test_a_seat_that_can_not_be_taken_is_refused(seat: Seat, sentence: str) -> None:
    out = StringIO()

    assert play(SCRIPT, StringIO(""), out, seat=seat) == 1
    assert sentence in out.getvalue()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    copy = tmp_path / SCRIPT.name
    copy.write_text(SCRIPT.read_text(encoding="utf-8"), encoding="utf-8")
    return copy


LONG_CHAT = (
    "2",
    "/photo The “sole” came off: \\ twice",
    "Money back",
    "/staff claim Omar",
    "/staff reply I'll send it.",
    "/staff resolve cause=quality check=1d",
    "/wait 1d",
    "Yes, solved",
    "1",
    "/stop",
)


def save(script: Path, *lines: str) -> str:
    out = StringIO()
    text = StringIO("\n".join(lines) + "\n")
    play(script, text, out, seat=Seat(save="as it was played"), now=MORNING)
    return out.getvalue()


def test_a_played_chat_is_saved_as_a_test_that_goes_as_it_was_played(script: Path) -> None:
    screen = save(script, *LONG_CHAT)
    result = StringIO()

    code = run_tests(Wish(paths=(script,)), Console(file=result, soft_wrap=True))

    assert "Saved as the test “as it was played”" in screen
    assert code == 0, result.getvalue()
    tests = script.with_name("after_purchase.test.yaml").read_text(encoding="utf-8")
    assert '- end: "recovered"' in tests
    assert 'staff: {claim: "Omar"}' in tests


def test_a_second_chat_is_added_behind_the_first_under_a_name_of_its_own(script: Path) -> None:
    save(script, *LONG_CHAT)
    first = script.with_name("after_purchase.test.yaml").read_text(encoding="utf-8")

    screen = save(script, "5", "Skip")

    both = script.with_name("after_purchase.test.yaml").read_text(encoding="utf-8")
    assert "“as it was played (2)”" in screen
    assert both.startswith(first.rstrip())
    assert run_tests(Wish(paths=(script,)), Console(file=StringIO())) == 0


def test_a_file_of_tests_that_is_wrong_is_left_as_it_is(script: Path) -> None:
    tests = script.with_name("after_purchase.test.yaml")
    tests.write_text("- test: half\n", encoding="utf-8")

    screen = save(script, "5")

    assert "needs “turns”" in screen
    assert tests.read_text(encoding="utf-8") == "- test: half\n"


def test_nothing_played_is_nothing_saved(script: Path) -> None:
    assert "nothing is saved" in save(script, "", "/quit")
    assert not script.with_name("after_purchase.test.yaml").exists()
