"""`feedbackbot play`: a conversation through plain text streams."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from feedbackbot.channels.terminal import play

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
    assert "-- RecoveryAnswered escalation_id=1 solved=True" in screen


def test_a_button_is_tapped_by_label_by_its_number_and_by_its_place() -> None:
    screen = played("4 ★", "Skip", "3", "1")

    assert "-- AnswerGiven score=4" in screen
    assert "-- AnswerGiven gap=0" in screen
    assert "-- AnswerSkipped better" in screen


def test_the_last_answer_can_be_changed() -> None:
    assert "-- AnswerTakenBack step=rate" in played("1", "Change")


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

    assert screen.count("-- ConsentGiven") == 2
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
    assert "score=4" not in screen


def test_commands_of_the_customer_work() -> None:
    assert "/withdraw: take back a published quote" in played("/help")


def test_a_script_that_is_wrong_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("script: broken\nsteps: []\n", encoding="utf-8")
    out = StringIO()

    assert play(tmp_path / "broken.yaml", StringIO(""), out) == 1
    assert "broken.yaml" in out.getvalue()


def test_a_script_that_is_not_there_is_named() -> None:
    out = StringIO()

    assert play(SCRIPT.with_name("nothing.yaml"), StringIO(""), out) == 1
    assert "nothing" in out.getvalue()
