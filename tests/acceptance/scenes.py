"""What many stories begin with, and what they ask about a customer in the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from acceptance.asking import Reply, reply_of
from acceptance.people import Phone
from acceptance.platforms import MARKETING, days_ago
from acceptance.stage import Stage

QUOTE = "Light, dry and on my feet every day since they came."
ASKED = "how satisfied or dissatisfied"
REASON = "main reason for your score"
REMEDY = "What would put it right"
PASSED_ON = "I have given this to the team"
COMPARED = "Compared with what you expected"
PUBLIC = "Your words are public now"


def begins(stage: Stage, order_id: str, name: str, **more: Any) -> Phone:
    """Somebody has opened their link and sees the stars; `more` is told of the purchase."""
    phone = stage.customer(name)
    phone.opens(stage.purchase(order_id, name, delivered_at=days_ago(5), **more))
    phone.reads(ASKED)
    return phone


def complains(phone: Phone, words: str, remedy: str = "Money back") -> None:
    """From the stars to the word that a person will see to it."""
    phone.taps("1 ★")
    phone.reads(REASON)
    phone.writes(words)
    phone.reads(REMEDY)
    phone.taps(remedy)
    phone.reads(PASSED_ON)


def agrees_to_be_quoted(phone: Phone, name: str, words: str = QUOTE) -> None:
    """From the stars to the consent, signed with this name."""
    is_shown_the_quote(phone, name, words)
    phone.taps("I agree")


def is_shown_the_quote(phone: Phone, name: str, words: str = QUOTE) -> None:
    """From the stars to the text that would be public."""
    phone.taps("5 ★")
    phone.reads(REASON)
    phone.writes(words)
    phone.reads(COMPARED)
    phone.taps("Better")
    phone.reads(words)
    phone.taps("Yes, these")
    phone.reads("How shall we sign it?")
    phone.taps(name)
    phone.reads("This is exactly what people will see")


def is_published(stage: Stage, phone: Phone, name: str, words: str = QUOTE) -> None:
    """From the stars to the wall."""
    agrees_to_be_quoted(phone, name, words)
    mia = stage.staff("U0MIA")
    mia.clicks("Approve", mia.reads(words, MARKETING))
    phone.reads(PUBLIC)


def said_twice(phone: Phone) -> list[str]:
    return [text for text, times in Counter(phone.heard()).items() if times > 1]


def number_of_answers(stage: Stage, phone: Phone) -> int:
    """How many are stored, those that were taken back included."""
    found = stage.rows(
        "select count(*) from answers join conversations c on c.id = answers.conversation_id "
        f"join customers on customers.id = c.customer_id where telegram_id = {phone.id}"
    )
    return int(found[0][0])


def readiness(stage: Stage) -> Reply:
    return reply_of(f"{stage.bot}/readyz")
