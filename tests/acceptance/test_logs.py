"""What the log says of a bad day and of a good one: everything but secrets, names and words."""

from __future__ import annotations

import json

from acceptance.asking import until
from acceptance.bot import API_TOKEN
from acceptance.platforms import SUPPORT, days_ago
from acceptance.scenes import begins, is_published
from acceptance.stage import Stage
from feedbackbot.sandbox import SLACK_APP_TOKEN, SLACK_BOT_TOKEN, TELEGRAM_TOKEN


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
    stage.while_time_passes(lambda: not stage.faults_left("telegram"), "it was asked at last")
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
    ada = begins(stage, "1042", "Adalind")
    is_published(stage, ada, "Adalind")
    assert stage.end_bot() == 0

    log = stage.log()
    assert not [word for word in ("Adalind", "every day", "Trail", '"error",') if word in log]
