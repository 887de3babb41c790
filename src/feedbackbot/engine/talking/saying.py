"""The words of one turn on their way out: several texts become one message, cut only where a phone would refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeAlias

from feedbackbot.engine.events import Button, Purpose, Said

Rows: TypeAlias = tuple[tuple[Button, ...], ...]
#: Telegram counts UTF-16 units
LONGEST_MESSAGE: Final = 4096
#: the first that any of the texts has is the purpose of the whole message
_STRONGEST_FIRST: Final = (Purpose.QUESTION, Purpose.CASE, Purpose.STATEMENT, Purpose.ANSWER)


@dataclass(slots=True, kw_only=True)
class Draft:
    """What will be said at the end of this turn."""

    texts: list[str] = field(default_factory=list)
    purposes: set[Purpose] = field(default_factory=set)
    rows: Rows = ()
    visit: int | None = None
    pause: timedelta = timedelta(0)
    photo: str | None = None
    media_id: int | None = None
    reply_id: int | None = None
    wants_contact: bool = False

    def messages(self) -> tuple[Said, ...]:
        if not self.texts:
            return ()
        parts = parts_of("\n\n".join(self.texts))
        first = tuple(
            Said(text=part, purpose=self._purpose, pause=self.pause, photo=self._photo(index))
            for index, part in enumerate(parts[:-1])
        )
        return (*first, self._last(parts[-1], is_only=len(parts) == 1))

    def _last(self, text: str, *, is_only: bool) -> Said:
        return Said(
            text=text,
            purpose=self._purpose,
            buttons=self.rows,
            visit=self.visit,
            pause=self.pause,
            photo=self.photo if is_only else None,
            media_id=self.media_id,
            reply_id=self.reply_id,
            wants_contact=self.wants_contact,
        )

    @property
    def _purpose(self) -> Purpose:
        return next(purpose for purpose in _STRONGEST_FIRST if purpose in self.purposes)

    def _photo(self, index: int) -> str | None:
        return self.photo if index == 0 else None


def parts_of(text: str, longest: int = LONGEST_MESSAGE) -> tuple[str, ...]:
    """The text in pieces that fit, cut between paragraphs, lines or words where there are any."""
    parts: list[str] = []
    while _units(text) > longest:
        cut = _cut(text, longest)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return (*parts, text) if text or not parts else tuple(parts)


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, longest: int) -> int:
    end = longest if text.isascii() else _fitting(text, longest)
    for gap in ("\n\n", "\n", " "):
        at = text.rfind(gap, end // 2, end)
        if at > 0:
            return at
    return end


def _fitting(text: str, longest: int) -> int:
    end = min(len(text), longest)
    while _units(text[:end]) > longest:
        end -= max(1, (_units(text[:end]) - longest) // 2)
    return end
