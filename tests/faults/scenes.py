"""What several faults begin with: customers in the middle of a talk, and a look at the bot from outside."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable

from acceptance import scenes
from acceptance.asking import until
from acceptance.people import Phone
from acceptance.platforms import SUPPORT
from acceptance.stage import Stage

_numbers = itertools.count(1)


def begins(stage: Stage, name: str) -> Phone:
    """Somebody sees the stars, and the bot knows that they do."""
    phone = scenes.begins(stage, f"{name}-{next(_numbers)}", name)
    until(stage.has_settled, "the question is stored")
    return phone


def complains(stage: Stage, name: str, words: str) -> Phone:
    """The same, up to the complaint."""
    phone = begins(stage, name)
    scenes.complains(phone, words)
    return phone


def together(*acts: Callable[[], object]) -> None:
    """All at the same moment; over when the last one is."""
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def trouble(stage: Stage) -> str:
    """What /readyz names, empty while it is green."""
    ready = scenes.readiness(stage)
    return ready.words if ready.status == 503 else ""


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


def start_to_die(stage: Stage, point: str) -> None:
    """What comes again from steps before may pass the place at the very start; that death is none of this step's."""
    for _ in range(5):
        try:
            stage.start_bot(FEEDBACKBOT_CRASH_AT=point)
        except AssertionError:
            assert stage.ends_by_itself() == 137
        else:
            return
