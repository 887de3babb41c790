"""What several faults begin with: customers in the middle of a talk, and a look at the bot from outside."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from collections import Counter

from acceptance.stage import PATIENCE, SUPPORT, Phone, Stage, days_ago, until

ASKED = "how satisfied or dissatisfied"
REASON = "main reason for your score"
REMEDY = "What would put it right"
PASSED_ON = "I have given this to the team"

_numbers = itertools.count(1)


def begins(stage: Stage, name: str) -> Phone:
    """Somebody has opened their link and sees the stars."""
    phone = stage.customer(name)
    phone.opens(stage.purchase(f"{name}-{next(_numbers)}", name, delivered_at=days_ago(5)))
    phone.reads(ASKED)
    until(stage.has_settled, "the question is stored")
    return phone


def complains(stage: Stage, name: str, words: str) -> Phone:
    """The same, up to the complaint."""
    phone = begins(stage, name)
    phone.taps("1 ★")
    phone.reads(REASON)
    phone.writes(words)
    phone.reads(REMEDY)
    phone.taps("Money back")
    phone.reads(PASSED_ON)
    return phone


def readiness(stage: Stage) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{stage.bot}/readyz", timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def trouble(stage: Stage) -> str:
    """What /readyz names, empty while it is green."""
    status, words = readiness(stage)
    return words if status == 503 else ""


def said_twice(phone: Phone) -> list[str]:
    return [text for text, times in Counter(phone.heard()).items() if times > 1]


def answers(stage: Stage, phone: Phone) -> list[tuple[str, float | None]]:
    """Step and number of this customer's answers, oldest first."""
    return [
        (str(step), number)
        for step, number in stage.rows(
            "select step, number from answers join conversations c on c.id = answers.conversation_id "
            f"join customers on customers.id = c.customer_id where telegram_id = {phone.id} "
            "and taken_back_at is null order by answers.id"
        )
    ]


def cards(stage: Stage, words: str, channel: str = SUPPORT) -> list[dict[str, object]]:
    return [post for post in stage.posts(channel) if words in json.dumps(post, ensure_ascii=False)]
