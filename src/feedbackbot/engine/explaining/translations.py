"""E7: a translation (`name.es.yaml`) does not fit what it translates."""

from __future__ import annotations

from typing import Final

TRANSLATIONS: Final = {
    "E701": (
        "The head of a translation says something else than its file's name, or the name has no language.",
        "Name it script.language.yaml, such as after_purchase.es.yaml, with translation: after_purchase and language: es",
    ),
    "E702": (
        "The translation has a name between {{ }} that the original does not have.",
        "Use the names of the original, in whatever order; they are not translated.",
    ),
    "E703": (
        "There is no script that this file could translate.",
        "Rename it after the script that it belongs to, or delete it.",
    ),
}
