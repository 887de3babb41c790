"""Texts and their translations as a PO file, for translators' own tools; each text has its place as its context."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from feedbackbot.engine.reading.fields import LONGEST_LABEL
from feedbackbot.engine.translating.folder import Text
from feedbackbot.engine.translating.texts import mark
from feedbackbot.engine.translating.writing import Line
from feedbackbot.errors import ScriptError

_KEEP: Final = "Keep what stands in {{ }} and {% %} as it is."
_LABEL: Final = f"A button: at most {LONGEST_LABEL} characters."


class CatalogueError(ScriptError):
    """A PO file can't be used; the message says why."""


def to_po(texts: Iterable[Text], language: str) -> bytes:
    """What is stale is marked as fuzzy, as translators' tools expect."""
    catalogue = Catalog(
        locale=language.replace("-", "_"), project="feedbackbot", charset="utf-8", fuzzy=False
    )
    for text in texts:
        place = text.original.place
        catalogue.add(
            text.original.value,
            text.entry.text.value if text.entry else "",
            context=f"{text.base}.{text.key}",
            locations=[(place.file.rpartition("/")[2], place.line)],
            flags=("fuzzy",) if text.entry and not text.is_current else (),
            auto_comments=_comments(text),
        )
    out = BytesIO()
    write_po(out, catalogue, width=100, sort_output=False)
    return out.getvalue()


def from_po(data: bytes, language: str) -> dict[tuple[str, str], Line]:
    """By base file and key; what is empty or fuzzy is not there, since nobody stands for it."""
    catalogue = _read(data)
    said = str(catalogue.locale_identifier or language).replace("_", "-").lower()
    if said != language.replace("_", "-").lower():
        raise CatalogueError(f"This PO file is in “{said}”, not in “{language}”.")
    found: dict[tuple[str, str], Line] = {}
    for message in catalogue:
        if not message.id or not message.string or message.fuzzy:
            continue
        base, key = _place_of(message)
        original, text = str(message.id), str(message.string)
        found[base, key] = Line(key=key, original=original, text=text, of=mark(original))
    return found


def _read(data: bytes) -> Catalog:
    try:
        return read_po(BytesIO(data), abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as error:
        raise CatalogueError(f"This is no PO file that can be read: {error}") from error


def _place_of(message: Message) -> tuple[str, str]:
    base, _, key = (message.context or "").partition(".")
    if not key:
        raise CatalogueError(
            f"“{message.id}” has lost its context (msgctxt); it says which text it translates."
        )
    return base, key


def _comments(text: Text) -> list[str]:
    comments = [_LABEL] if ".choices." in text.key or "buttons." in text.key else []
    return [*comments, _KEEP] if "{" in text.original.value else comments
