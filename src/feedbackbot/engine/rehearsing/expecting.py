"""Whether what was said is what a test expects, and how the two differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from feedbackbot.engine.events import Said
from feedbackbot.engine.playing.buttons import labels_of
from feedbackbot.engine.rehearsing.turns import Bot
from feedbackbot.engine.wording.directions import without_marks

_PIECE: Final = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of the bot; `words` are those of a person alone, where one wrote it."""

    text: str
    buttons: tuple[str, ...] = ()
    words: str | None = None

    @classmethod
    def of(cls, said: Said, words: str | None) -> Spoken:
        return cls(text=said.text, buttons=labels_of(said.buttons), words=words)


def fits(bot: Bot, spoken: Spoken) -> bool:
    return complaint(bot, spoken) is None


def complaint(bot: Bot, spoken: Spoken) -> str | None:
    """What is wrong with the message; None where it is as expected. Line breaks count as blanks."""
    text = even(spoken.text)
    if bot.text is not None and even(bot.text) not in (text, even(spoken.words or spoken.text)):
        return "The bot said something else."
    for part in bot.has:
        if even(part) not in text:
            return f"The bot's message does not contain “{part}”."
    for part in bot.lacks:
        if even(part) in text:
            return f"The bot's message contains “{part}”."
    if bot.buttons is not None and bot.buttons != spoken.buttons:
        return f"Under the bot's message stand {row_of(spoken.buttons) or 'no buttons'}."
    return None


def even(text: str) -> str:
    """As it is compared: nobody sees how a line was broken, nor the marks of writing directions."""
    return " ".join(without_marks(text).split())


def row_of(labels: Sequence[str]) -> str:
    return " ".join(f"[{label}]" for label in labels)


def in_words(bot: Bot) -> str:
    """An expectation as one line."""
    parts = [bot.text] if bot.text is not None else []
    parts += [f"… {part} …" for part in bot.has]
    parts += [f"without “{part}”" for part in bot.lacks]
    if bot.buttons is not None:
        parts.append(row_of(bot.buttons))
    return ", ".join(parts)


def marked(expected: str, said: str) -> tuple[str, str]:
    """Both texts; what is only in one stands there in [- -] or {+ +}."""
    before, after = _PIECE.findall(even(expected)), _PIECE.findall(even(said))
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    if matcher.ratio() < 0.4:
        return even(expected), even(said)
    left, right = "", ""
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        gone, new = "".join(before[a1:a2]), "".join(after[b1:b2])
        left += gone if kind == "equal" or not gone else f"[-{gone}-]"
        right += new if kind == "equal" or not new else f"{{+{new}+}}"
    return left, right
