"""A file of tests as JSON Schema: what is given, what everybody does, and what the bot must say."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.describing.values import (
    Schema,
    duration,
    list_of,
    one_of,
    table,
    table_of,
    whole,
    word,
)
from feedbackbot.engine.playing.props import Beginning
from feedbackbot.engine.rehearsing.reading_looks import CARD

_BARE: Final = ["string", "number", "boolean"]
_MOMENT: Final = 'So long ago (3d), a date ("2026-11-20", "2026-11-20 14:30"), or none.'
_MEDIA: Final = ("text", "photo", "voice", "video", "document", "sticker", "contact")


def test_schema() -> Schema:
    fields: dict[str, Schema] = {
        "test": word("What is tested, as a sentence."),
        "given": _given(),
        "turns": {**list_of(_turn(), "The conversation, line by line."), "minItems": 1},
    }
    each = table("A conversation as it should go.", fields, needs=("test", "turns"))
    return list_of(each, "Tests of the script whose name this file bears.")


def _given() -> Schema:
    fields: dict[str, Schema] = {
        "now": word(f"When the test begins. {_MOMENT}"),
        "customer": _customer(),
        "purchase": _purchase("What was bought; the rest is as usual."),
        "begin": one_of(
            Beginning,
            "link: the customer opens it. day: the bot asks of its own accord. command: the customer sends it.",
        ),
        "codes": table_of(list_of(word("A code."), "The codes."), "Codes to give away, by pool."),
    }
    return table("What the test takes for granted; everything has a default.", fields)


def _customer() -> Schema:
    fields: dict[str, Schema] = {
        "first_name": word("none where it is not known."),
        "last_name": word("none where it is not known."),
        "language": word("Such as en."),
        "timezone": word("Such as Europe/London."),
        "purchases": whole("How many there have been."),
        "last_cause": word("What the last complaint was about."),
        "tags": list_of(word("A tag."), "The customer's tags."),
    }
    return table("Who the customer is.", fields)


def _purchase(says: str) -> Schema:
    fields: dict[str, Schema] = {
        "number": word("The shop's order number."),
        "item": word("What was bought."),
        "items": list_of(word("One thing."), "What was bought, if it is several things."),
        "total": {**word("The price, or none."), "type": [*_BARE, "null"]},
        "currency": word("Such as EUR."),
        "gift": {"type": "boolean", "description": "Whether it was a gift."},
        "tags": list_of(word("A tag."), "The purchase's tags."),
        "placed_at": word(_MOMENT),
        "shipped_at": word(_MOMENT),
        "delivered_at": word(_MOMENT),
    }
    return table(says, fields)


def _turn() -> Schema:
    fields: dict[str, Schema] = {
        "bot": _or_table(_bot(), "What the bot says: the whole text, {has: a part}, or any."),
        "tap": _or_table(
            table("A button of an older message.", {"old": word("Its label.")}, needs=("old",)),
            "The customer taps this button.",
        ),
        "send": _or_table(
            table(
                "Something other than text.",
                {kind: {"description": "The words that go with it."} for kind in _MEDIA},
                minProperties=1,
                maxProperties=1,
            ),
            "The customer writes this, or sends {photo: caption}.",
        ),
        "open": _or_table(_purchase("Another purchase."), "The customer opens a link again."),
        "slack": _slack(),
        "staff": _or_table(_staff(), "What people do: claim, or {reply: …}, {resolve: {…}}."),
        "marketing": _or_table(
            table("Suggest other words.", {"edit": word("The words.")}, needs=("edit",)),
            "publish, or {edit: other words}.",
        ),
        "wait": duration("Time passes."),
        "saved": {"type": "object", "description": "What is known by now: {score: 2}."},
        "toast": _or_table(
            table("A part of it.", {"has": _one_or_more("What must be in it.")}, needs=("has",)),
            "The short notice over the phone's screen, in answer to a tap.",
        ),
        "reaction": word("The bot's reaction on what the customer wrote, such as 👀."),
        "buttons": {
            **list_of(
                word("A label."), "All buttons that can be tapped now; none is written none."
            ),
            "type": ["array", "string"],
            "pattern": "^none$",
        },
        "card": _card(),
        "end": word("The conversation has ended with this outcome."),
    }
    return table("One thing that happens.", fields, minProperties=1, maxProperties=1)


def _bot() -> Schema:
    fields: dict[str, Schema] = {
        "text": word("The whole text."),
        "has": _one_or_more("What must be in the text."),
        "lacks": _one_or_more("What must not be in the text."),
        "buttons": list_of(word("A label."), "All buttons, in order."),
    }
    return table("What the message must be like.", fields, minProperties=1)


def _slack() -> Schema:
    fields: dict[str, Schema] = {
        "channel": word("support, marketing, ideas, or one of the shop's own."),
        "contains": _one_or_more("What must be in it."),
    }
    return table("What has come to Slack.", fields)


def _card() -> Schema:
    says = {
        "status": "How far it is.",
        "owner": "Who has claimed it; none where nobody has.",
        "put_right": "What the customer said when asked whether it is put right.",
    }
    fields = {
        key: one_of(allowed, says[key]) if allowed else word(says[key])
        for key, allowed in CARD.items()
    }
    return table("How the card in Slack stands now.", fields, minProperties=1)


def _staff() -> Schema:
    resolved = {
        "cause": word("Such as quality."),
        "action": word("Such as replaced."),
        "check": duration("When the customer is asked whether it is put right."),
        "as": word("Who does it."),
    }
    fields: dict[str, Schema] = {
        "as": word("Who does it."),
        "claim": word("Who takes the case."),
        "release": word("Who gives it back to the team."),
        "reply": word("What the customer reads."),
        "typing": word("Who is writing."),
        "resolve": _or_table(table("How it was resolved.", resolved), "Who resolves, or how."),
        "reopen": word("Who opens it again."),
    }
    acts = [{"required": [act]} for act in fields if act != "as"]
    return table("What people do.", fields, anyOf=acts)


def _one_or_more(says: str) -> Schema:
    return {"type": [*_BARE, "array"], "items": word("A part of the text."), "description": says}


def _or_table(shape: Schema, says: str) -> Schema:
    """A bare word, or a table that says more."""
    return {**shape, "type": [*_BARE, "object"], "description": says}
