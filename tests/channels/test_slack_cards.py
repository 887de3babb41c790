"""Cards and forms stay within Slack's limits whatever people write, and show what their readers need."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from feedbackbot.channels.slack_cards import draw, draw_line, draw_whisper
from feedbackbot.channels.slack_modals import (
    Origin,
    edit_form,
    origin_of,
    reject_form,
    reply_form,
    resolve_form,
)

HUGE = "Ж" * 5000
ORIGIN = Origin(id=7, channel="C0SUPPORT", thread_ts="17.0001", owner="U0RITA")
CASE: dict[str, Any] = {
    "card": "escalation",
    "id": 7,
    "customer": "Bo",
    "priority": "high",
    "origin": "script",
    "status": "open",
    "summary": "1/5 for Trail shoes",
    "words": "The sole came off",
    "words_go_on": False,
    "newest": "",
    "newest_at": None,
    "media": 1,
    "score": 1,
    "purchase": {
        "number": "1042",
        "items": ["Trail shoes"],
        "total": "129.50 GBP",
        "date": "Wed 11 Nov",
        "delivered": None,
        "gift": False,
    },
    "history": {"purchases": 2, "complaints": 1, "causes": ["delivery"], "scores": [5, 2]},
    "claimed_by": None,
    "claimed_name": None,
    "claimed_at": None,
    "opened_at": "Fri 20 Nov, 10:00",
    "answered_at": None,
    "waiting_since": "Fri 20 Nov, 10:00",
    "reply_due": "Fri 20 Nov, 11:00",
    "overdue": False,
    "resolved_at": None,
    "resolved_by": None,
    "cause": None,
    "action_taken": None,
    "check_on": None,
    "recovered": None,
    "reopened": 0,
    "trouble": None,
    "buttons": ["claim", "reply", "resolve"],
}
QUOTE: dict[str, Any] = {
    "card": "testimonial",
    "id": 3,
    "customer": "Ada",
    "status": "pending",
    "text": "Light as a feather.",
    "suggested": None,
    "credit_name": "Ada",
    "credit": "first_name",
    "uses": ["website", "social"],
    "language": "en",
    "consented_at": "Fri 20 Nov, 10:00",
    "rating": 5,
    "item": "Trail shoes",
    "incentive": None,
    "media": "photo",
    "warning": None,
    "decided_by": None,
    "published_at": None,
    "withdrawn_at": None,
    "link": None,
    "fingerprint": "f" * 24,
    "buttons": ["approve", "reject", "ask_edit"],
}


def test_a_complaint_card_shows_score_purchase_history_due_time_and_buttons() -> None:
    shown = words_of(CASE)

    for said in (
        "High priority: complaint from Bo",
        "★☆☆☆☆ 1 of 5",
        "1042",
        "Trail shoes",
        "129.50 GBP",
        "2 other purchases, 1 earlier complaint",
        "Earlier scores: 5 of 5, 2 of 5",
        "an answer is due Fri 20 Nov, 11:00",
        "Nobody has claimed this yet",
    ):
        assert said in shown
    assert labels(CASE) == ["Claim", "Reply", "Resolve"]


def test_the_customers_words_stand_once_on_the_card_and_in_full_in_the_notice() -> None:
    summary = f"1/5 for Trail shoes. Would like: Money back. {CASE['words']}"

    drawn = draw(CASE | {"summary": summary})

    assert json.dumps(drawn.blocks, ensure_ascii=False).count(CASE["words"]) == 1
    assert "Would like: Money back." in json.dumps(drawn.blocks)
    assert CASE["words"] in drawn.text


def test_a_card_that_is_about_no_purchase_names_the_newest() -> None:
    shown = words_of(CASE | {"purchase": None, "newest_purchase": CASE["purchase"]})

    assert "2 purchases (newest: 1042, Trail shoes, Wed 11 Nov), 1 earlier complaint" in shown


def test_a_claimed_card_names_its_owner_and_can_be_taken_over() -> None:
    claimed = CASE | {
        "status": "claimed",
        "claimed_by": "U0RITA",
        "claimed_name": "Rita Sommer",
        "claimed_at": "Fri 20 Nov, 10:05",
        "overdue": True,
        "buttons": ["reply", "resolve", "release", "take_over"],
    }

    assert "Rita Sommer has claimed this, Fri 20 Nov, 10:05." in words_of(claimed)
    assert "Overdue" in words_of(claimed)
    assert labels(claimed) == ["Reply", "Resolve", "Release", "Take over"]


def test_a_resolved_card_tells_how_and_what_the_customer_says() -> None:
    resolved = CASE | {
        "status": "resolved",
        "resolved_by": "Rita Sommer",
        "resolved_at": "Fri 20 Nov, 12:00",
        "cause": "wrong_item",
        "action_taken": "sent a new pair",
        "check_on": "Sun 22 Nov, 12:00",
        "recovered": "solved",
        "trouble": "They have blocked the bot.",
        "buttons": ["reopen"],
    }

    shown = words_of(resolved)
    assert "Resolved by Rita Sommer, Fri 20 Nov, 12:00 (wrong item): sent a new pair." in shown
    assert "Bo says: solved." in shown
    assert "The last reply has not arrived: They have blocked the bot." in shown


def test_urgent_complaints_are_seen_to_be_urgent() -> None:
    assert "🚨 Urgent: complaint from Bo" in words_of(CASE | {"priority": "urgent"})
    assert "Urgent" not in words_of(CASE | {"priority": "normal"})


def test_a_testimonial_card_shows_exactly_what_was_agreed_to() -> None:
    shown = words_of(QUOTE)

    for said in (
        "Light as a feather.",
        "Ada",
        "website, social",
        "5 of 5",
        "a photo, in the thread",
    ):
        assert said in shown
    assert "Shown with it" not in shown
    assert labels(QUOTE) == ["Approve", "Reject", "Ask to edit"]
    assert f"3:{'f' * 24}" in json.dumps(draw(QUOTE).blocks)


def test_marketing_sees_that_the_author_was_given_a_code() -> None:
    shown = words_of(QUOTE | {"incentive": "received a thank-you code"})

    assert "Shown with it" in shown
    assert "received a thank-you code" in shown


@pytest.mark.parametrize(
    "facts",
    [
        CASE
        | {
            "customer": HUGE,
            "summary": HUGE,
            "words": HUGE[:1200],
            "words_go_on": True,
            "trouble": HUGE,
            "action_taken": HUGE[:500],
            "status": "resolved",
            "resolved_by": "Rita",
            "purchase": CASE["purchase"] | {"items": [HUGE]},
        },
        CASE | {"summary": "", "words": "", "purchase": None, "score": None, "buttons": []},
        QUOTE | {"text": HUGE[:4000], "suggested": HUGE[:3000], "item": HUGE, "customer": HUGE},
        QUOTE | {"text": "", "status": "withdrawn", "uses": [], "buttons": [], "rating": None},
        {"card": "note", "text": HUGE},
        {"card": "note", "text": ""},
        {"card": "erased", "of": "thread"},
    ],
)
def test_no_card_is_too_large_for_slack(facts: dict[str, Any]) -> None:
    drawn = draw(facts)

    check(drawn.blocks)
    assert len(drawn.blocks) <= 50
    assert len(json.dumps(drawn.blocks, ensure_ascii=False)) < 12_000
    assert len(drawn.text) < 4000


def test_a_line_calls_whom_it_concerns_and_quotes_the_customer() -> None:
    line = {"text": "<!channel> And the laces", "by": "Bo", "quoted": True, "notify": "U0RITA"}

    drawn = draw_line(line)

    check(drawn.blocks)
    assert drawn.text == "<@U0RITA> Bo: &lt;!channel&gt; And the laces"
    assert {"type": "user", "user_id": "U0RITA"} in drawn.blocks[0]["elements"][0]["elements"]
    assert drawn.blocks[1]["elements"][1]["type"] == "rich_text_quote"


def test_a_whisper_may_bear_buttons() -> None:
    action = {"label": "Send to Bo", "action": "send_draft", "value": "5"}

    drawn = draw_whisper({"text": "Only your team saw this", "actions": [action]})

    check(drawn.blocks)
    assert drawn.blocks[1]["elements"][0]["action_id"] == "send_draft"


@pytest.mark.parametrize(
    "view",
    [
        reply_form(CASE | {"customer": HUGE}, ORIGIN, user_id="U0OMAR"),
        reply_form(CASE | {"newest": HUGE[:2802], "newest_at": "now"}, ORIGIN, user_id="U0OMAR"),
        resolve_form(CASE | {"customer": HUGE}, ORIGIN, check_on=date(2026, 11, 22)),
        resolve_form(CASE | {"customer": HUGE}, ORIGIN, check_on=None),
        edit_form(QUOTE | {"text": HUGE}, ORIGIN),
        reject_form(ORIGIN, title="Take down"),
    ],
)
def test_no_form_is_too_large_for_slack(view: dict[str, Any]) -> None:
    View(**view).validate_json()
    check(view["blocks"])

    assert len(view["title"]["text"]) <= 24
    assert origin_of(view) == ORIGIN


NEWER = {"newest": "The second pole is cracked too", "newest_at": "Sun 22 Nov, 10:09"}


def test_the_reply_form_ends_with_the_words_that_wait_for_an_answer() -> None:
    first, newest, _ = reply_form(CASE | NEWER, ORIGIN, user_id="U0RITA")["blocks"]

    assert "The sole came off" in json.dumps(first)
    assert "Newest from Bo, Sun 22 Nov, 10:09:" in json.dumps(newest)
    assert "The second pole is cracked too" in json.dumps(newest)


def test_a_card_shows_the_newest_words_and_where_the_rest_of_them_is() -> None:
    shown = words_of(CASE | NEWER)
    long = words_of(CASE | NEWER | {"newest": f"{HUGE[:2500]} and the zip"})

    assert "Newest from Bo, Sun 22 Nov, 10:09:" in shown
    assert "The second pole is cracked too" in shown
    assert "(more in the thread) …" in long
    assert "and the zip" in long


def test_the_reply_form_says_when_sending_takes_it_over() -> None:
    claimed = CASE | {"claimed_by": "U0RITA", "claimed_name": "Rita Sommer"}

    theirs = json.dumps(reply_form(claimed, ORIGIN, user_id="U0OMAR"))
    own = json.dumps(reply_form(claimed, ORIGIN, user_id="U0RITA"))

    assert "Rita Sommer has claimed this. Sending takes it over" in theirs
    assert "takes it over" not in own


def test_the_resolve_form_offers_every_cause_and_the_day_after_tomorrow() -> None:
    view = resolve_form(CASE, ORIGIN, check_on=date(2026, 11, 22))

    cause, _, day, _ = view["blocks"]
    values = [option["value"] for option in cause["element"]["options"]]
    assert values == [
        "delivery",
        "quality",
        "wrong_item",
        "description",
        "price",
        "service",
        "other",
    ]
    assert day["element"]["initial_date"] == "2026-11-22"


def test_the_resolve_form_asks_for_no_day_where_nobody_asks_the_customer() -> None:
    view = resolve_form(CASE, ORIGIN, check_on=None)

    assert "datepicker" not in json.dumps(view)
    assert "Bo is not asked later whether this is solved" in json.dumps(view)


def check(blocks: list[dict[str, Any]]) -> None:
    """Slack's own library knows most of Slack's limits."""
    for block in json.loads(json.dumps(blocks)):
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


def words_of(facts: dict[str, Any]) -> str:
    return json.dumps(draw(facts).blocks, ensure_ascii=False)


def labels(facts: dict[str, Any]) -> list[str]:
    last = draw(facts).blocks[-1]
    return [button["text"]["text"] for button in last["elements"]]
