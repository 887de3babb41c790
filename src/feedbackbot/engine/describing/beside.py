"""The files beside the scripts as JSON Schema: the built-in sentences, and the shop."""

from __future__ import annotations

from typing import Final

from feedbackbot.engine.describing.values import (
    Schema,
    label,
    list_of,
    table,
    table_of,
    text,
    whole,
    word,
)
from feedbackbot.engine.reading.tree import Scalar, Table, Tree

_WORDS: Final = "Whole messages that mean this. Case, accents and closing punctuation don't matter."
_DAY: Final = "([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-zA-Z]*"
_SPAN: Final = r"^\s*[\d:]+\s*[-–]\s*[\d:]+\s*$"
_DATE: Final = r"^\d{4}-\d{2}-\d{2}$"


def common_schema(shipped: Tree) -> Schema:
    """The sentences that come with the program; any of them may be worded anew."""
    own: dict[str, Schema] = {
        "common": whole("The version of this file: 1.", lowest=1),
        "language": word("The language of the sentences, such as en."),
        "words": _words(),
    }
    entries = shipped.entries if isinstance(shipped, Table) else ()
    said = {key.value: _sentence(key.value, tree) for key, tree in entries if key.value not in own}
    return table("What the bot says by itself. What you leave out stays as shipped.", own | said)


def shop_schema() -> Schema:
    fields: dict[str, Schema] = {
        "shop": whole("The version of this file: 1.", lowest=1),
        "name": word("What customers call the shop."),
        "legal_name": word("Who is responsible, as in the imprint."),
        "website": word("The shop's address on the web."),
        "timezone": word("Such as Europe/London."),
        "hours": table_of(
            {
                "type": "string",
                "pattern": _SPAN,
                "patternErrorMessage": 'Opening hours look like "9:00-18:00".',
                "description": 'Such as "9:00-18:00".',
            },
            'When people answer: {mon-fri: "9:00-18:00"}.',
            keys={"pattern": f"^{_DAY}(-{_DAY})?$", "patternErrorMessage": "mon, or mon-fri."},
        ),
        "holidays": list_of(
            {"type": "string", "pattern": _DATE, "description": "Such as 2026-12-25."},
            "Days on which nobody answers.",
        ),
        "lead": table(
            "Who is told when nobody has answered.",
            {"name": word("A name."), "slack_user_id": word("Such as U024BE7LH.")},
            needs=("name",),
        ),
        "privacy_url": word("Where the shop says what it keeps."),
        "retention": word("How long things are kept, as the customer reads it: two years."),
        "retention_days": whole("The same in days.", lowest=1),
        "colour": {
            "type": "string",
            "pattern": "^#[0-9a-fA-F]{6}$",
            "description": 'The shop\'s colour, in quotes: "#1f6f5c".',
        },
        "logo": word("A picture in the folder of the conversations."),
        "routes": table_of(
            word("A Slack channel id, or the name of a setting."),
            "Where `to:` of a script leads.",
        ),
    }
    return table("The shop, described once for all scripts.", fields, needs=("name", "timezone"))


def _words() -> Schema:
    kinds = {
        "stop": "No more questions, please.",
        "thanks": "Thank you; nothing is asked back.",
        "human": "I want to talk to a person.",
    }
    lists = {key: list_of(word(says), f"{says} {_WORDS}") for key, says in kinds.items()}
    return table("Messages that are understood as commands.", lists)


def _sentence(key: str, tree: Tree, *, inside: bool = False) -> Schema:
    """`buttons` at the top of the file is a group of sentences; deeper down they are buttons."""
    if not isinstance(tree, Table):
        return {**text(f"Shipped: {_shown(tree)}"), "type": ["string", "null"]}
    if key.endswith("_buttons") or (inside and key == "buttons"):
        labels = {name.value: _button(value) for name, value in tree.entries}
        return table("Buttons, as key: label.", labels)
    inner = {name.value: _sentence(name.value, value, inside=True) for name, value in tree.entries}
    return table(f"Sentences: {key}.", inner)


def _button(tree: Tree) -> Schema:
    return label(f"At most 40 characters. Shipped: {_shown(tree)}")


def _shown(tree: Tree) -> str:
    return tree.value if isinstance(tree, Scalar) else ""
