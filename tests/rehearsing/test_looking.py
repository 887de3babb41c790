"""Tests of scripts look at what is no message, too: notices, reactions, buttons that go, the card in Slack."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Shown = Callable[..., tuple[int, str]]

TO_THE_TEAM = ("bot: any", "tap: 2", "bot: any")


def a_test(*turns: str) -> str:
    lines = "\n".join(f"    - {turn}" for turn in turns)
    return f"- test: it goes\n  turns:\n{lines}\n"


def test_buttons_that_go_and_those_that_stay_are_seen(shown: Shown) -> None:
    code, screen = shown(
        a_test(
            "bot: any",
            'buttons: ["1 ★", "2 ★", "3 ★", "4 ★", "5 ★", "Not my order"]',
            "tap: 5",
            "bot: any",
            'buttons: ["Yes", "Now and then", "Please don\'t"]',
            "tap: Yes",
            "bot: any",
            "buttons: none",
        )
    )

    assert code == 0, screen


def test_the_notice_in_answer_to_a_late_tap_is_seen(shown: Shown) -> None:
    code, screen = shown(
        a_test("bot: any", "tap: 5", "bot: any", "tap: {old: 4}", "toast: {has: [already, 5]}")
    )

    assert code == 0, screen


def test_the_card_and_the_eyes_on_the_message_follow_what_people_do(shown: Shown) -> None:
    code, screen = shown(
        a_test(
            *TO_THE_TEAM,
            "card: {status: open, owner: none}",
            "send: The sole came off",
            "bot: any",
            "staff: {claim: Omar}",
            "bot: any",
            "reaction: 👀",
            "card: {status: claimed, owner: Omar, put_right: unknown}",
            "staff: resolve",
            "bot: any",
            "card: {status: resolved}",
            "wait: 2d",
            "bot: any",
            'tap: "Yes, solved"',
            "bot: any",
            "card: {put_right: yes}",
        )
    )

    assert code == 0, screen


@pytest.mark.parametrize(
    ("turns", "sentence"),
    [
        (("buttons: [A]",), "Other buttons can be tapped now."),
        (("buttons: none",), "said      [1 ★] [2 ★]"),
        (("toast: Hello",), "There was no notice here."),
        (("reaction: 👀",), "There was no reaction here."),
        (("card: {status: open}",), "There is no card in Slack."),
        (("tap: 1", "bot: any", "card: {owner: Rita}"), "said      status: open, owner: none"),
        (("tap: 5", "bot: any", "tap: {old: 4}", "toast: No"), "There was another notice here."),
    ],
)
def test_each_look_that_finds_something_else_has_its_sentence(
    shown: Shown, turns: tuple[str, ...], sentence: str
) -> None:
    code, screen = shown(a_test("bot: any", *turns))

    assert code == 1
    assert sentence in screen


@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        ("card: {status: done}", "“done” is not possible for “status”."),
        ("card: {ownr: Rita}", "has no “ownr”. Did"),
        ("card: {}", "needs “status”"),
        ("card: open", "needs keys with values"),
        ("buttons: Yes", "A list is needed here."),
        ("toast: {hass: x}", "“toast” needs “has”."),
        ("reaction:", "E204"),
    ],
)
def test_a_look_that_can_not_be_read_is_refused(shown: Shown, turn: str, sentence: str) -> None:
    code, screen = shown(a_test("bot: any", turn))

    assert code == 2
    assert sentence.removesuffix(" Did") in screen
    assert not sentence.endswith(" Did") or "Did you mean “owner”?" in screen
