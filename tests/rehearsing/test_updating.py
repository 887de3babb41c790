"""`--update`: what the bot says is written anew, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackbot.engine.playing.yaml_lines import text_lines
from feedbackbot.engine.reading.tree import Listing, Scalar, Table, read_tree
from feedbackbot.engine.wording.directions import without_marks
from rehearsing_samples import HAPPY, UNHAPPY

Shown = Callable[..., tuple[int, str]]
Update = Callable[[str], str]


@pytest.fixture
def update(shown: Shown, folder: Path) -> Update:
    def updated(tests: str) -> str:
        shown(tests, update=True)
        return (folder / "shoes.test.yaml").read_text(encoding="utf-8")

    return updated


def test_what_fits_is_left_alone_to_the_letter(update: Update) -> None:
    assert update(HAPPY + UNHAPPY) == HAPPY + UNHAPPY


def test_other_words_are_replaced_and_the_comment_behind_them_stays(update: Update) -> None:
    written = HAPPY.replace("How are your Trail shoes?", "And your boots?")

    assert update(written) == HAPPY


def test_what_was_not_listed_is_added_and_what_is_not_said_goes(update: Update) -> None:
    written = (
        "- test: it goes\n  turns:\n    - tap: 1   # unhappy\n    - bot: Hooray!\n    - bot: Hm\n"
    )

    assert update(written) == (
        "- test: it goes\n"
        "  turns:\n"
        '    - bot: "Hi Ada! How are your Trail shoes?"\n'
        "    - tap: 1   # unhappy\n"
        '    - bot: "I am sorry. A colleague will write."\n'
    )


def test_several_paragraphs_become_a_block(update: Update) -> None:
    written = "- test: it goes\n  turns:\n  - bot: any\n  - tap: 5\n  - bot: x   # the end\n  - end: done\n"

    after = update(written)

    assert after == (
        "- test: it goes\n  turns:\n  - bot: any\n  - tap: 5\n"
        "  - bot: |-   # the end\n      Lovely.\n\n      Thank you.\n\n"
        "      May I ask again after your next order?\n"
        "  - end: done\n"
    )
    assert update(after.replace("Lovely.", "Nice.")) == after


def test_expectations_of_others_are_not_rewritten(update: Update, shown: Shown) -> None:
    written = UNHAPPY.replace("2/5 for", "3/5 for").replace("I am sorry", "Sorry")

    after = update(written)

    assert "slack: {channel: support, contains: 3/5 for Rain jacket}" in after
    assert '- bot: "I am sorry. A colleague will write."' in after
    assert shown(after)[0] == 1


def test_the_rest_of_a_message_with_a_table_below_it_is_replaced_whole(update: Update) -> None:
    written = (
        "- test: it goes\n  turns:\n    -\n      bot:\n        has:\n          - boots\n"
        "        buttons: [a]\n\n    # then\n    - tap: 5\n    - bot: any\n"
    )

    assert update(written) == (
        '- test: it goes\n  turns:\n    -\n      bot: "Hi Ada! How are your Trail shoes?"\n\n'
        "    # then\n    - tap: 5\n    - bot: any\n"
    )


def test_turns_in_one_line_are_left_and_named(shown: Shown, folder: Path) -> None:
    written = "- test: it goes\n  turns: [{bot: boots}]\n"

    code, screen = shown(written, update=True)

    assert code == 1
    assert "not rewritten: its turns stand in [ ]" in screen
    assert (folder / "shoes.test.yaml").read_text(encoding="utf-8") == written


@given(text=st.text(min_size=1), comment=st.sampled_from(["", "  # why"]))
def test_every_text_can_be_written_and_read_again(text: str, comment: str) -> None:
    lines = text_lines("bot", text, indent=6, behind=comment)

    tree, problems = read_tree("x.test.yaml", "    - " + "\n".join(lines) + "\n    - tap: 1\n")

    assert problems == ()
    assert isinstance(tree, Listing)
    first = tree.items[0]
    assert isinstance(first, Table)
    value = first.entries[0][1]
    assert isinstance(value, Scalar)
    assert value.value == without_marks(text)
