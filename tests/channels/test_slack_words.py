"""What people type in Slack, as a customer reads it; what a customer types, as Slack may show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackbot.channels.slack_words import escaped, plain, typed

BOT = "U0BOT"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<@U0BOT> We have sent a new pair", "We have sent a new pair"),
        ("<@U0BOT>, it left today", "it left today"),
        ("Hello <@U0BOT> there", "Hello there"),
        ("5 &lt; 6 &amp; 7 &gt; 6", "5 < 6 & 7 > 6"),
        ("See <https://birch.example/return>", "See https://birch.example/return"),
        ("See <https://birch.example/r|our form>", "See our form (https://birch.example/r)"),
        ("See <https://birch.example|birch.example>", "See https://birch.example"),
        ("<https://b.example/?a=1&amp;b=2|here>", "here (https://b.example/?a=1&b=2)"),
        ("Write to <mailto:help@b.example|help@b.example>", "Write to help@b.example"),
        ("Thank you :tada: :heart:", "Thank you 🎉 ❤️"),
        ("Yes :+1::skin-tone-3:", "Yes 👍🏼"),
        ("Home in :flag-de:", "Home in 🇩🇪"),
        ("Between 12:30:45 and :unknown_thing:", "Between 12:30:45 and :unknown_thing:"),
        ("https is safe: <https://b.example/:tada:>", "https is safe: https://b.example/:tada:"),
        ("Due <!date^1700000000^{date}|14 Nov>", "Due 14 Nov"),
        ("In <#C0SUPPORT|support>", "In #support"),
        ("&lt;@U0BOT&gt; is no mention", "<@U0BOT> is no mention"),
        ("It leaves *today*, _promised_!", "It leaves today, promised!"),
        ("~Monday~ Tuesday, code `A_B *1*`", "Monday Tuesday, code A_B *1*"),
        ("*_~really~_*", "really"),
        (
            "<@U0BOT> *see <https://b.example/_a_*b*|our form>*",
            "see our form (https://b.example/_a_*b*)",
        ),
        ("```\nsize *M*\n```", "size *M*"),
        ("snake_case_name, 5*3*2 and 5 * 3 * 2", "snake_case_name, 5*3*2 and 5 * 3 * 2"),
        ("~10 to ~15, a/_b_/c, __init__", "~10 to ~15, a/_b_/c, __init__"),
        ("* one\n* two", "* one\n* two"),
    ],
)
def test_slacks_text_becomes_what_a_customer_reads(text: str, read: str) -> None:
    assert typed(text, bot_user=BOT).text == read


@pytest.mark.parametrize(
    ("text", "bot", "others"),
    [
        ("no mention", False, False),
        ("<@U0BOT> hi", True, False),
        ("<@U0BOT> <@U0OMAR> hi", True, True),
        ("<@U0OMAR|omar> hi", False, True),
        ("<!here> hi", False, True),
        ("<!subteam^S1|@support> hi", False, True),
        ("<https://b.example|link> <#C1|x>", False, False),
    ],
)
def test_whom_a_message_mentions(text: str, bot: bool, others: bool) -> None:
    said = typed(text, bot_user=BOT)

    assert (said.mentions_bot, said.mentions_others) == (bot, others)


def test_only_the_marks_that_slacks_editor_made_are_dropped() -> None:
    bold = {"type": "text", "text": "today", "style": {"bold": True}}
    blocks = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold]}]}
    ]

    said = typed("*today* in _size_ M", bot_user=BOT, blocks=blocks)

    assert said.text == "today in _size_ M"


def test_emoji_that_no_table_knows_come_from_the_event_itself() -> None:
    blocks = [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [{"type": "emoji", "name": "otter", "unicode": "1f9a6"}],
                }
            ],
        }
    ]

    assert typed("An :otter:", bot_user=BOT, blocks=blocks).text == "An 🦦"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("two\nlines\tkept", "two\nlines\tkept"),
        ("bell\x07 escape\x1b[31m", "bell escape[31m"),
        ("family 👨\u200d👩\u200d👧 stays", "family 👨\u200d👩\u200d👧 stays"),
        ("hid\u200dden", "hidden"),
    ],
)
def test_what_hides_or_turns_words_is_taken_out(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text())
def test_escaped_text_never_holds_an_entity(text: str) -> None:
    assert "<" not in escaped(text)
    assert ">" not in escaped(text)


@given(st.text(max_size=300))
def test_any_text_of_staff_can_be_read(text: str) -> None:
    assert isinstance(typed(text, bot_user=BOT).text, str)
