"""The bot on a bad day: stopped, refused, stormed upon, fed with nonsense; and on the day of a second purchase."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from datetime import timedelta

import pytest

from acceptance.asking import status_of, until
from acceptance.platforms import OPENS_AT, SUPPORT
from acceptance.scenes import ASKED, COMPARED, REASON, REMEDY, begins, complains, readiness
from acceptance.stage import Stage
from feedbackbot.sandbox import TELEGRAM_TOKEN

# ------------------------------------------------------------------------- stopping


def test_an_orderly_stop_finishes_the_reply_that_is_on_its_way(quick_stage: Stage) -> None:
    stage = quick_stage
    bo = begins(stage, "1043", "Bo")
    until(stage.has_settled, "the question is stored")
    stage.fault("telegram", "sendMessage", hang_seconds=2)
    bo.taps("1 ★")
    bo.reads(REASON)
    assert stage.rows("select count(*) from outbox where status = 'sending'") != [(0,)]

    started = time.monotonic()
    code = stage.end_bot()

    assert code == 0
    assert time.monotonic() - started < 20
    assert stage.rows("select count(*) from outbox where status <> 'sent'") == [(0,)]
    stage.start_bot()
    bo.writes("The sole came off")
    bo.reads(REMEDY)
    assert max(Counter(bo.heard()).values()) == 1


def test_the_same_bot_started_twice_on_one_port_says_so(shop: Stage) -> None:
    done = shop.command("run", "--port", shop.bot.rpartition(":")[2])

    assert done.returncode == 1
    assert "can't be listened on" in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------- bad platforms


def test_a_refused_token_is_seen_from_outside(quick_stage: Stage) -> None:
    stage = quick_stage
    bo = begins(stage, "1043", "Bo")
    assert readiness(stage).status == 200

    stage.fault("telegram", "*", status=401, error="Unauthorized", times=1000)
    bo.writes("Hello?")

    def trouble() -> str:
        ready = readiness(stage)
        return ready.words if ready.status == 503 else ""

    assert "TELEGRAM_BOT_TOKEN" in until(trouble, "/readyz is red")
    assert status_of(f"{stage.bot}/healthz") == 200
    assert TELEGRAM_TOKEN not in stage.log()


def test_a_storm_at_telegram_ends_with_every_message_there_once(quick_stage: Stage) -> None:
    stage = quick_stage
    phones = [begins(stage, f"20{n}", f"Bo{n}") for n in range(6)]
    until(stage.has_settled, "the questions are stored")
    stage.fault("telegram", "sendMessage", status=500, error="Internal Server Error", times=4)
    stage.fault("telegram", "sendMessage", html=True, times=4)
    stage.fault("telegram", "sendMessage", drop="before", times=2)
    stage.fault("telegram", "sendMessage", status=429, retry_after=1, error="Too Many Requests")

    for phone in phones:
        phone.taps("1 ★")
    stage.while_time_passes(
        lambda: all("main reason" in phone.heard()[-1] for phone in phones), "all were answered"
    )
    for phone in phones:
        phone.reads(REASON)
        phone.writes("The sole came off")
        phone.reads(REMEDY)
    until(stage.is_quiet, "everything is stored")

    assert stage.faults_left("telegram") == 0
    # nobody can tell whether what was cut off before it had an effect has arrived: it is sent again
    assert [max(Counter(phone.heard()).values()) for phone in phones] == [1] * 6
    assert stage.rows("select count(*) from outbox where status <> 'sent'") == [(0,)]
    assert stage.rows("select count(*) from quarantine") == [(0,)]


@pytest.mark.parametrize("misfortune", [{"drop": "after"}, {"malformed": True}])
def test_an_answer_that_never_came_costs_one_repetition_at_most(
    shop: Stage, misfortune: dict[str, object]
) -> None:
    stage, name = shop, f"Bo-{next(iter(misfortune))}"
    bo = begins(stage, f"once-{name}", name)
    until(stage.has_settled, "the question is stored")
    stage.fault("telegram", "sendMessage", chat=str(bo.id), **misfortune)

    bo.taps("1 ★")
    bo.reads(REASON)
    until(lambda: stage.rows("select 1 from outbox where status = 'unknown'"), "it is in doubt")
    stage.while_time_passes(stage.is_quiet, "there is no more doubt")

    asked = [text for text in bo.heard() if REASON in text]
    assert 1 <= len(asked) <= 2


def test_while_slack_is_away_complaints_are_confirmed_and_come_once_when_it_is_back(
    shop: Stage,
) -> None:
    stage = shop
    stage.fault("slack", "chat.postMessage", status=503, error="service_unavailable", times=3)
    dan = begins(stage, "slack-1", "Dan")
    complains(dan, "Dan has waited for a week")

    stage.while_time_passes(lambda: not stage.faults_left("slack"), "Slack is back")
    stage.while_time_passes(stage.is_quiet, "Slack has it")
    stage.staff("U0RITA").reads("Dan has waited for a week", SUPPORT)
    until(stage.has_settled, "everything is stored")

    cards = [post for post in stage.posts(SUPPORT) if "Dan has waited" in json.dumps(post)]
    assert len(cards) == 1


# ------------------------------------------------------------------------- bad input


def test_an_update_that_comes_five_times_counts_once(shop: Stage) -> None:
    stage = shop
    bo = begins(stage, "five-1", "Fivo")
    update = stage.play("telegram/tap", customer=bo.id, message_id=bo.seen, label="1 ★")[
        "update_id"
    ]
    bo.reads(REASON)

    stage.play("telegram/redeliver", update_id=update, times=5)
    bo.writes("The sole came off")

    bo.reads(REMEDY)
    until(stage.has_settled, "everything is stored")
    assert max(Counter(bo.heard()).values()) == 1


def test_the_webhook_takes_five_copies_at_once_as_one(hooked: Stage) -> None:
    stage = hooked
    bo = begins(stage, "five-2", "Fivo")
    update = stage.play("telegram/tap", customer=bo.id, message_id=bo.seen, label="1 ★")[
        "update_id"
    ]
    stage.play("telegram/redeliver", update_id=update, times=5)
    bo.reads(REASON)
    bo.writes("The sole came off")
    bo.reads(REMEDY)
    until(stage.has_settled, "everything is stored")

    assert max(Counter(bo.heard()).values()) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        {"message": {"message_id": "x", "date": "soon", "from": {"id": 1, "is_bot": False}}},
        {"callback_query": {"id": "1", "from": "nobody"}},
        {"message": "no message"},
    ],
)
def test_nonsense_is_put_aside_and_blocks_nobody(shop: Stage, nonsense: dict[str, object]) -> None:
    stage = shop
    number = int(hashlib.sha256(json.dumps(nonsense).encode()).hexdigest()[:6], 16)
    pat = begins(stage, f"poison-{number}", "Pat")
    (before,) = stage.rows("select count(*) from quarantine")

    stage.play("telegram/update", **nonsense)
    pat.taps("1 ★")

    pat.reads(REASON)
    (after,) = stage.rows("select count(*) from quarantine")
    assert after[0] == before[0] + 1
    assert readiness(stage).status == 200


# ------------------------------------------------------------------------- time


def test_a_second_purchase_is_asked_about_on_its_day_without_a_new_link(
    quick_stage: Stage,
) -> None:
    stage = quick_stage
    ada = begins(stage, "1042", "Ada")
    ada.taps("4 ★")
    ada.reads(REASON)
    ada.writes("They fit")
    ada.reads(COMPARED)
    ada.taps("About the same")
    ada.reads("what one thing would have made it better")
    ada.taps("Skip")
    ada.reads("May I ask again after your next order?")
    ada.taps("Yes")
    ada.reads("Good, I will.")

    stage.later("31d")
    delivered = OPENS_AT + timedelta(days=31)
    stage.purchase(
        "1052", "Ada", delivered_at=delivered.isoformat(), items=[{"name": "Wool socks"}]
    )
    assert not any("Wool socks" in text for text in ada.heard())
    stage.later("2d")
    assert not any("Wool socks" in text for text in ada.heard())
    stage.later("25h")
    assert "Wool socks" in ada.reads(ASKED)

    stage.later("49h")
    ada.reads("No rush: one tap on a star")
    for _ in range(12):
        stage.later("1d")
    until(lambda: not stage.rows("select 1 from timers where kind = 'chat'"), "nothing is due")
    until(stage.has_settled, "everything is stored")
    assert sum("No rush" in text for text in ada.heard()) == 1
    assert max(Counter(ada.heard()).values()) == 1
