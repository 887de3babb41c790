"""Tests of scripts: what they can say, and how a failure reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rehearsing_samples import HAPPY, UNHAPPY

Shown = Callable[..., tuple[int, str]]


def a_test(*turns: str, given: str = "{}") -> str:
    lines = "\n".join(f"    - {turn}" for turn in turns)
    return f"- test: it goes\n  given: {given}\n  turns:\n{lines}\n"


def test_what_goes_as_written_is_said_to(shown: Shown) -> None:
    code, screen = shown(HAPPY)

    assert code == 0
    assert "ok    a happy customer is thanked" in screen
    assert "1 test, all as written." in screen


def test_staff_take_part_and_time_passes(shown: Shown) -> None:
    code, screen = shown(UNHAPPY)

    assert (code, "ok    an unhappy customer" in screen) == (0, True), screen


def test_other_words_are_shown_side_by_side_with_the_place(shown: Shown) -> None:
    code, screen = shown(a_test('bot: "Hi Ada! How are your boots?"'))

    assert code == 1
    assert "FAIL  it goes" in screen
    assert "shoes.test.yaml:4:7: The bot said something else." in screen
    assert "expected  Hi Ada! How are your [-boots-]?" in screen
    assert "said      Hi Ada! How are your {+Trail shoes+}?" in screen


def test_a_failure_tells_what_happened_before_it(shown: Shown) -> None:
    _, screen = shown(a_test("bot: any", "tap: 1", "bot: {has: Hooray}"))

    assert "does not contain “Hooray”" in screen
    assert "Ada> [1 ★]" in screen
    assert "#support> 1/5 for Trail shoes" in screen


@pytest.mark.parametrize(
    ("turns", "sentence"),
    [
        (("tap: 5",), "The bot has said more than the test lists before this."),
        (("bot: any", "tap: 5"), "The bot has said more than the test lists before this."),
        (("bot: any", "tap: Skip"), "There is no button “Skip”. To be seen: [1 ★] [2 ★]"),
        (("bot: any", "staff: claim"), "Nothing has been handed to the team"),
        (("bot: any", "marketing: publish"), "The customer has agreed to no quote"),
        (("bot: any", "end: done"), "has not ended here. It stands at the step “rate”"),
        (("bot: any", "wait: 3d", "bot: any", "end: done"), "ended as “no_answer”, not as “done”"),
        (("bot: any", "tap: 5", "saved: {score: 4}"), "“score” is “5”, not “4”."),
        (("bot: any", "tap: 5", "saved: {recovered: open}"), "“recovered” is none, not “open”."),
        (("bot: {lacks: Trail}",), "The bot's message contains “Trail”."),
        (("bot: {buttons: [A]}",), "Under the bot's message stand [1 ★]"),
        (("bot: any", "slack: {channel: support}"), "Nothing came to Slack here."),
        (
            ("bot: any", "tap: 1", "bot: any", "slack: {contains: 5/5}"),
            "This did not come to Slack",
        ),
        (("bot: {has: shoes}", "bot: {has: more}"), "The bot said nothing more here."),
        (("bot: any", "bot: {has: boots}"), "None of the messages that “any” passes over"),
    ],
)
def test_each_thing_that_can_be_otherwise_has_its_sentence(
    shown: Shown, turns: tuple[str, ...], sentence: str
) -> None:
    code, screen = shown(a_test(*turns))

    assert code == 1
    assert sentence in screen


def test_line_breaks_in_a_text_count_as_blanks(shown: Shown) -> None:
    question = "May I ask again after your next order?"
    code, screen = shown(a_test("bot: any", "tap: 5", f'bot: "Lovely. Thank you. {question}"'))

    assert code == 0, screen


def test_codes_to_give_away_are_given(shown: Shown, folder: Path) -> None:
    script = (folder / "shoes.yaml").read_text(encoding="utf-8")
    gift = 'steps:\n  - {id: thanks_first, reward: {pool: gift, say: "{{ reward.code }}"}, next: rate}\n'
    (folder / "shoes.yaml").write_text(script.replace("steps:\n", gift), encoding="utf-8")

    code, screen = shown(a_test("bot: {has: AB12}", given="{codes: {gift: [AB12]}}"))

    assert code == 0, screen


def test_a_reminder_comes_in_its_time(shown: Shown) -> None:
    code, screen = shown(
        a_test("bot: any", "wait: 23h", "wait: 1h", "bot: No rush.", "wait: 2d", "end: no_answer")
    )

    assert code == 0, screen


def test_a_persons_answer_is_listed_with_or_without_their_name(shown: Shown) -> None:
    before = ("bot: any", "tap: 1", "bot: any", 'staff: {reply: "It is on its way.", as: Rita}')

    plain, screen = shown(a_test(*before, 'bot: "It is on its way."'))
    named, _ = shown(a_test(*before, 'bot: "Rita, Birch & Lane: It is on its way."'))

    assert (plain, named) == (0, 0), screen


def test_a_purchase_that_is_not_due_is_welcomed_first(shown: Shown) -> None:
    code, screen = shown(
        a_test(
            "bot: any",
            "wait: 1d",
            "bot: any",
            "wait: 1d",
            "bot: {has: How are your}",
            given="{purchase: {delivered_at: 1d}}",
        )
    )

    assert code == 0, screen


def test_a_second_purchase_waits_for_the_first(shown: Shown) -> None:
    code, screen = shown(
        a_test(
            "bot: any",
            "open: {item: Rain jacket}",
            "bot: any",
            "tap: 5",
            "end: done",
            "bot: {has: Lovely.}",
            "bot: {has: How are your Rain jacket}",
        )
    )

    assert code == 0, screen


def test_a_button_that_is_gone_can_be_tapped_as_an_old_one(shown: Shown) -> None:
    before = ("bot: any", "tap: 1", "bot: any")

    gone, _ = shown(a_test(*before, "tap: 2 ★"))
    old, screen = shown(a_test(*before, "tap: {old: 2 ★}", "bot: any"))

    assert (gone, old) == (1, 0), screen


def test_what_was_set_last_is_known_when_all_is_over(shown: Shown, folder: Path) -> None:
    script = (folder / "shoes.yaml").read_text(encoding="utf-8")
    script = script.replace('say: "Lovely."', 'set: {mood: "good"}')
    (folder / "shoes.yaml").write_text(script, encoding="utf-8")

    code, screen = shown(a_test("bot: any", "tap: 5", "bot: any", "saved: {mood: good}"))

    assert code == 0, screen


def test_only_some_tests_are_played_when_asked_for(shown: Shown) -> None:
    code, screen = shown(HAPPY + UNHAPPY, only="unhappy")

    assert code == 0
    assert "1 test, all as written." in screen


def test_a_folder_without_tests_is_no_success(shown: Shown) -> None:
    assert shown("[]\n")[0] == 2
