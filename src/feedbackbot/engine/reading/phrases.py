"""Pieces of the sentences in which findings are told."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 300


def cut(sentence: str) -> str:
    """What was written is quoted in it, and may be of any length."""
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…"


def inside(what: str) -> str:
    """As it reads in the middle of a sentence."""
    return what[:1].lower() + what[1:]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f"Did you mean “{close[0]}”?" if close else ""
