"""The names that every text and condition of a script may use, and the words that are taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: what stands behind the dot
KNOWN_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "customer": frozenset(
        ("first_name", "last_name", "language", "timezone", "purchases", "last_cause", "tags")
    ),
    "purchase": frozenset(
        (
            "number",
            "item",
            "items",
            "title",
            "total",
            "currency",
            "placed_at",
            "shipped_at",
            "delivered_at",
            "gift",
            "tags",
        )
    ),
    "shop": frozenset(
        (
            "name",
            "legal_name",
            "timezone",
            "website",
            "privacy_url",
            "retention",
            "lead",
            "colour",
            "logo",
        )
    ),
    "escalation": frozenset(("cause", "outcome", "minutes", "reply_by", "check_on", "check_day")),
    "staff": frozenset(("first_name", "name")),
}
#: known only in the text of a reward, and in the sentence of consent
REWARD_NAMES: Final = frozenset(("reward.code", "reward.until"))
CONSENT_NAMES: Final = frozenset(
    ("testimonial.text", "testimonial.credit", "testimonial.uses", "credit", "uses")
)
#: what is known before a conversation begins
BEFORE: Final = frozenset(("customer", "purchase", "shop"))
#: what the built-in sentences of `_common.yaml` are given besides
COMMON_NAMES: Final = frozenset(
    (
        "when",
        "example",
        "answer",
        "limit",
        "text",
        "credit",
        "uses",
        "before",
        "after",
        "link",
        "reactions",
        "other_uses",
        "code",
        "until",
        "month",
        "their_words",
        "since",
        "what_we_did",
        "people",
    )
)
_GRAMMAR: Final = frozenset(("and", "or", "not", "in", "is", "if", "else", "elif", "endif"))
_CONSTANTS: Final = frozenset(("none", "true", "false", "None", "True", "False"))
#: no answer may be saved under these
RESERVED_SAVES: Final = (
    frozenset((*KNOWN_NAMES, "testimonial", "reward", "when")) | _GRAMMAR | _CONSTANTS
)
#: no step may be called so
RESERVED_STEPS: Final = frozenset(("start", "next", "else", "none", "steps"))


def is_known(dotted: str, saved: frozenset[str]) -> bool:
    root, _, rest = dotted.partition(".")
    if root in saved:
        return True
    return root in KNOWN_NAMES and bool(rest) and rest.split(".")[0] in KNOWN_NAMES[root]


def is_misspelt(dotted: str) -> bool:
    """What stands behind the dot is nothing that there is."""
    root, _, rest = dotted.partition(".")
    return root in KNOWN_NAMES and bool(rest) and not is_known(dotted, frozenset())


def every_name(saved: frozenset[str]) -> tuple[str, ...]:
    """For a guess at what was meant."""
    known = (f"{root}.{name}" for root, names in KNOWN_NAMES.items() for name in names)
    return tuple(sorted((*known, *saved)))
