"""A script and the built-in sentences in the language in which a customer is spoken to."""

from __future__ import annotations

from feedbackbot.engine.script import Common, Script
from feedbackbot.engine.translating.choosing import best_language


def script_in(language: str | None, script: Script) -> Script:
    """The script as it was written where there is no translation for this customer."""
    best = best_language(language, (script.language, *script.translations))
    return script.translations.get(best, script) if best else script


def common_in(language: str | None, common: Common, *, beside: Script | None) -> Common:
    """In the language of the script that is running, so that one message has one language."""
    known = (common.language, *common.translations)
    best = best_language(beside.language if beside else None, known)
    best = best or best_language(language, known)
    return common.translations.get(best, common) if best else common
