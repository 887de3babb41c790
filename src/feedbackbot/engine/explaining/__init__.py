"""What each code of `feedbackbot check` and `feedbackbot test` stands for, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feedbackbot.engine.explaining.advice import ADVICE
from feedbackbot.engine.explaining.files import FILES
from feedbackbot.engine.explaining.promises import PROMISES
from feedbackbot.engine.explaining.rehearsals import REHEARSALS
from feedbackbot.engine.explaining.steps import STEPS
from feedbackbot.engine.explaining.translations import TRANSLATIONS
from feedbackbot.engine.explaining.values import VALUES
from feedbackbot.engine.explaining.words import WORDS

#: code -> what it stands for, and what to write instead; a code is never given a second meaning
EXPLANATIONS: Final[Mapping[str, tuple[str, str]]] = {
    **FILES,
    **VALUES,
    **WORDS,
    **STEPS,
    **PROMISES,
    **REHEARSALS,
    **TRANSLATIONS,
    **ADVICE,
}


def explain(code: str) -> str | None:
    """Two paragraphs about a code, however it was typed; None where there is no such code."""
    found = EXPLANATIONS.get(code.strip().upper())
    return None if found is None else f"{code.strip().upper()}: {found[0]}\n\n{found[1]}"


def list_codes() -> str:
    """A line for each code."""
    return "\n".join(f"{code}  {what}" for code, (what, _) in sorted(EXPLANATIONS.items()))
