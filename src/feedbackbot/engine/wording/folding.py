"""Text without the differences that people don't mean: case, accents, spaces, closing punctuation."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: an answer that is longer than this is no answer to a question with buttons
_LONGEST_OPENING: Final = 80
_SPACES: Final = re.compile(r"\s+")
_EDGES: Final = " \t\n.,!?¡¿…;:\"'“”‘’()*_~-–—،؟"
#: after the word that answers, only a pause may begin what else was said
_PAUSE: Final = re.compile(r"\s*[.,!;:…\n()–—،-]")
#: how an emoji is drawn: as a picture, and in which skin
_EMOJI_LOOKS: Final = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")


def fold(text: str) -> str:
    """So that "  Sí, CLARO! " and "si, claro" are the same."""
    plain = text.casefold().replace("’", "'")
    if not plain.isascii():
        plain = _without_looks(plain)
    return _SPACES.sub(" ", plain.replace(",", "")).strip(_EDGES)


def openings(text: str) -> frozenset[str]:
    """What the text begins with before each pause, folded: "not yet" of "Not yet, still waiting"."""
    short = text[:_LONGEST_OPENING]
    return frozenset(fold(short[: pause.start()]) for pause in _PAUSE.finditer(short)) - {""}


def _without_looks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(mark for mark in apart if not unicodedata.combining(mark))
    return unicodedata.normalize("NFKC", _EMOJI_LOOKS.sub("", bare))
