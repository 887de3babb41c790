"""The bot on a bad day: stopped, refused, stormed upon, fed with nonsense; and what its logs say of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from acceptance.stage import (
    API_TOKEN,
    MARKETING,
    OPENS_AT,
    PATIENCE,
    SUPPORT,
    Phone,
    Stage,
    days_ago,
    status_of,
    until,
)
from feedbackbot.sandbox import (
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN,
    SLACK_SIGNING_SECRET,
    TELEGRAM_TOKEN,
)

QUOTE = "Light, dry and on my feet every day since they came."
TELEGRAM_HOOK, SLACK_HOOK = "/webhooks/telegram", "/webhooks/slack"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One bot for stories that leave it as they found it."""
    stage = Stage(folder=tmp_path_factory.mktemp("running"))
    try:
        yield stage.open()
    finally:
        stage.close()


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same, with a public address."""
    stage = Stage(folder=tmp_path_factory.mktemp("hooked"), over_http=True)
    try:
        yield stage.open()
    finally:
        stage.close()


def begins(stage: Stage, order_id: str, name: str) -> Phone:
    phone = stage.customer(name)
    phone.opens(stage.purchase(order_id, name, delivered_at=days_ago(5)))
    phone.reads("how satisfied or dissatisfied")
    return phone


def readiness(stage: Stage) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{stage.bot}/readyz", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def faults_left(stage: Stage, platform: str) -> int:
    """How many calls are still to go wrong."""
    planned = stage.look("faults")
    return sum(fault["times"] for fault in planned if fault["platform"] == platform)


# ------------------------------------------------------------------------- stopping


def test_an_orderly_stop_finishes_the_reply_that_is_on_its_way(quick_stage: Stage) -> None:
    stage = quick_stage
    bo = begins(stage, "1043", "Bo")
    until(stage.has_settled, "the question is stored")
    stage.fault("telegram", "sendMessage", hang_seconds=2)
    bo.taps("1 ★")
    bo.reads("main reason for your score")
    assert stage.rows("select count(*) from outbox where status = 'sending'") != [(0,)]

    started = time.monotonic()
    code = stage.end_bot()

    assert code == 0
    assert time.monotonic() - started < 20
    assert stage.rows("select count(*) from outbox where status <> 'sent'") == [(0,)]
    stage.start_bot()
    bo.writes("The sole came off")
    bo.reads("What would put it right")
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
    assert readiness(stage)[0] == 200

    stage.fault("telegram", "*", status=401, error="Unauthorized", times=1000)
    bo.writes("Hello?")

    def trouble() -> str:
        status, words = readiness(stage)
        return words if status == 503 else ""

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
        phone.reads("main reason for your score")
        phone.writes("The sole came off")
        phone.reads("What would put it right")
    until(stage.is_quiet, "everything is stored")

    assert faults_left(stage, "telegram") == 0
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
    bo.reads("main reason for your score")
    until(lambda: stage.rows("select 1 from outbox where status = 'unknown'"), "it is in doubt")
    stage.while_time_passes(stage.is_quiet, "there is no more doubt")

    asked = [text for text in bo.heard() if "main reason for your score" in text]
    assert 1 <= len(asked) <= 2


def test_while_slack_is_away_complaints_are_confirmed_and_come_once_when_it_is_back(
    shop: Stage,
) -> None:
    stage = shop
    stage.fault("slack", "chat.postMessage", status=503, error="service_unavailable", times=3)
    dan = begins(stage, "slack-1", "Dan")
    dan.taps("1 ★")
    dan.reads("main reason for your score")
    dan.writes("Dan has waited for a week")
    dan.reads("What would put it right")
    dan.taps("Money back")
    dan.reads("I have given this to the team")

    stage.while_time_passes(lambda: not faults_left(stage, "slack"), "Slack is back")
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
    bo.reads("main reason for your score")

    stage.play("telegram/redeliver", update_id=update, times=5)
    bo.writes("The sole came off")

    bo.reads("What would put it right")
    until(stage.has_settled, "everything is stored")
    assert max(Counter(bo.heard()).values()) == 1


def test_the_webhook_takes_five_copies_at_once_as_one(hooked: Stage) -> None:
    stage = hooked
    bo = begins(stage, "five-2", "Fivo")
    update = stage.play("telegram/tap", customer=bo.id, message_id=bo.seen, label="1 ★")[
        "update_id"
    ]
    stage.play("telegram/redeliver", update_id=update, times=5)
    bo.reads("main reason for your score")
    bo.writes("The sole came off")
    bo.reads("What would put it right")
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

    pat.reads("main reason for your score")
    (after,) = stage.rows("select count(*) from quarantine")
    assert after[0] == before[0] + 1
    assert readiness(stage)[0] == 200


# ------------------------------------------------------------------------- forged input


def forged_slack(stage: Stage, *, secret: str, at: float) -> int:
    body = b'{"type":"event_callback","team_id":"T0SANDBOX","event":{"type":"app_mention"}}'
    signed = hmac.new(secret.encode(), b"v0:%d:%s" % (at, body), hashlib.sha256).hexdigest()
    return status_of(
        stage.bot + SLACK_HOOK,
        body,
        Content_Type="application/json",
        X_Slack_Request_Timestamp=str(int(at)),
        X_Slack_Signature=f"v0={signed}",
    )


def test_whoever_does_not_know_telegrams_secret_is_turned_away(hooked: Stage) -> None:
    address, body = hooked.bot + TELEGRAM_HOOK, b'{"update_id": 1}'
    secret = hooked.settings()["TELEGRAM_WEBHOOK_SECRET"]

    assert status_of(address, body) == 401
    assert status_of(address, body, X_Telegram_Bot_Api_Secret_Token="wrong") == 401
    assert status_of(address, body, X_Telegram_Bot_Api_Secret_Token=secret) == 200


def test_slack_is_believed_only_with_a_fresh_signature(hooked: Stage) -> None:
    moment = hooked.look("clock")["now"]
    now = time.time() + float(hooked.look("clock")["offset_seconds"])

    assert moment
    assert forged_slack(hooked, secret="not the secret", at=now) == 401
    assert forged_slack(hooked, secret=SLACK_SIGNING_SECRET, at=now - 600) == 401
    assert forged_slack(hooked, secret=SLACK_SIGNING_SECRET, at=now) == 200
    assert status_of(hooked.bot + SLACK_HOOK, b"{}") == 401


def test_without_a_secret_there_is_no_webhook(shop: Stage) -> None:
    assert status_of(shop.bot + TELEGRAM_HOOK, b'{"update_id": 1}') in {404, 405}
    assert status_of(shop.bot + SLACK_HOOK, b"{}") in {404, 405}


def test_a_purchase_without_the_shops_token_is_turned_away(shop: Stage) -> None:
    address = f"{shop.bot}/api/purchases"

    assert status_of(address, b"{}") == 401
    assert status_of(address, b"{}", Authorization="Bearer wrong") == 401
    assert status_of(address, b"{}", Authorization=f"Bearer {API_TOKEN}") == 422


# ------------------------------------------------------------------------- time


def test_a_second_purchase_is_asked_about_on_its_day_without_a_new_link(
    quick_stage: Stage,
) -> None:
    stage = quick_stage
    ada = begins(stage, "1042", "Ada")
    ada.taps("4 ★")
    ada.reads("main reason for your score")
    ada.writes("They fit")
    ada.reads("Compared with what you expected")
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
    assert "Wool socks" in ada.reads("how satisfied or dissatisfied")

    stage.later("49h")
    ada.reads("No rush: one tap on a star")
    for _ in range(12):
        stage.later("1d")
    until(lambda: not stage.rows("select 1 from timers where kind = 'chat'"), "nothing is due")
    until(stage.has_settled, "everything is stored")
    assert sum("No rush" in text for text in ada.heard()) == 1
    assert max(Counter(ada.heard()).values()) == 1


# ------------------------------------------------------------------------- logs


def test_the_log_of_a_whole_bad_day_is_json_without_secrets_words_or_names(
    quick_stage: Stage,
) -> None:
    stage = quick_stage
    stage.fault("telegram", "sendMessage", html=True, times=2)
    stage.fault("telegram", "sendMessage", malformed=True)
    stage.fault("telegram", "sendMessage", status=400, error="Bad Request: chat not found")
    stage.fault("slack", "chat.postMessage", status=500)
    stage.fault("slack", "chat.postMessage", html=True)
    link = stage.purchase(
        "1043",
        "Boadicea",
        delivered_at=days_ago(5),
        customer={"id": "c-1", "first_name": "Boadicea", "email": "boadicea@example.org"},
    )
    bo = stage.customer("Boadicea")
    bo.opens(link)
    stage.while_time_passes(lambda: not faults_left(stage, "telegram"), "it was asked at last")
    bo.writes("Hello, is anybody there?")
    bo.writes("/human")
    bo.reads("What is it about?")
    bo.writes("The scorpion in my left shoe")
    bo.reads("I have passed it on")
    stage.play("telegram/update", message={"chat": {"id": bo.id}, "text": "venomous nonsense"})
    stage.while_time_passes(stage.is_quiet, "Slack has it")
    rita = stage.staff("U0RITA")
    card = rita.reads("The scorpion in my left shoe", SUPPORT)
    rita.writes("@feedbackbot We are sending a scorpion tamer.", card)
    bo.reads("scorpion tamer")
    until(lambda: stage.rows("select 1 from quarantine"), "the nonsense is put aside")
    stage.play("slack/disconnect", hard=True)
    assert stage.end_bot() == 0

    log = stage.log()
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"quarantined", "not_delivered"} <= {event["event"] for event in events}
    assert all({"event", "level", "timestamp"} <= event.keys() for event in events)
    token = link.partition("start=")[2]
    secrets = (TELEGRAM_TOKEN, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, API_TOKEN, token)
    private = ("Boadicea", "boadicea", "scorpion", "venomous", "anybody", "satisfied")
    assert [word for word in (*secrets, *private) if word in log] == []
    assert TELEGRAM_TOKEN.partition(":")[2] not in log
    assert "Traceback" not in [line for line in log.splitlines() if not line.startswith("{")]


def test_the_log_of_a_good_day_names_nobody_either(quick_stage: Stage) -> None:
    stage = quick_stage
    ada, mia = begins(stage, "1042", "Adalind"), stage.staff("U0MIA")
    ada.taps("5 ★")
    ada.reads("main reason for your score")
    ada.writes(QUOTE)
    ada.reads("Compared with what you expected")
    ada.taps("Better")
    ada.reads(QUOTE)
    ada.taps("Yes, these")
    ada.reads("How shall we sign it?")
    ada.taps("Adalind")
    ada.reads("This is exactly what people will see")
    ada.taps("I agree")
    mia.clicks("Approve", mia.reads(QUOTE, MARKETING))
    ada.reads("Your words are public now")
    assert stage.end_bot() == 0

    log = stage.log()
    assert not [word for word in ("Adalind", "every day", "Trail", '"error",') if word in log]
