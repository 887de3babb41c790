"""Reads the side file of one language, such as `after_purchase.es.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from feedbackbot.engine.reading.fields import Fields, Notes
from feedbackbot.engine.reading.traps import is_nothing
from feedbackbot.engine.reading.tree import Scalar, Tree
from feedbackbot.engine.script import Place
from feedbackbot.engine.translating.choosing import is_language, language_name

_TESTS: Final = "test"
_HINT: Final = "Such as: hello.say: {text: “…”, of: 1a2b3c4d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One text; `of` is the mark of the text that it translates."""

    key: str
    place: Place
    text: Scalar
    of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFile:
    """What stands in one file; an entry whose text is still empty is not among `entries`."""

    #: the file's base: a script, or `_common`
    base: str
    language: str
    place: Place
    entries: Mapping[str, Entry] = field(default_factory=dict)


def side_name(file: str) -> tuple[str, str] | None:
    """("after_purchase", "es") of "…/after_purchase.es.yaml"; None of other files."""
    base, _, language = Path(file).name.removesuffix(".yaml").partition(".")
    return (base, language) if language and language != _TESTS else None


def read_side_file(file: str, tree: Tree, notes: Notes) -> SideFile | None:
    """None where the file is no translation at all."""
    name = side_name(file)
    if name is None:
        return None
    base, language = name
    fields = Fields(tree, notes, what="The translation")
    if fields.is_broken:
        return SideFile(base=base, language=language, place=tree.place)
    _check_head(fields, base, language)
    entries = _entries(fields, notes)
    fields.finish()
    return SideFile(base=base, language=language, place=tree.place, entries=entries)


def _check_head(fields: Fields, base: str, language: str) -> None:
    if not is_language(language):
        fields.complain(
            "language", "E701", f"“{language}” in the file's name is no language, such as es."
        )
    for key, by_name in (("translation", base), ("language", language)):
        said = fields.need_word(key)
        if said and said != by_name:
            message = f"By its name this file is {by_name}, but here stands “{said}”."
            fields.complain(key, "E701", message)


def _entries(fields: Fields, notes: Notes) -> dict[str, Entry]:
    inner = fields.table("texts")
    if inner is None:
        fields.miss("texts", hint=_HINT)
        return {}
    entries = [_entry(key, inner, notes) for key in inner.keys()]  # noqa: SIM118 - no mapping
    return {entry.key: entry for entry in entries if entry is not None}


def _entry(key: str, inner: Fields, notes: Notes) -> Entry | None:
    """A bare text is fine too: what it translates is then not known."""
    tree = inner.tree(key)
    if isinstance(tree, Scalar):
        return None if _is_empty(tree) else Entry(key=key, place=tree.place, text=tree, of=None)
    if tree is None:
        return None
    fields = Fields(tree, notes, what=f"“{key}”")
    text, of = fields.tree("text"), fields.word("of") if "of" in fields else None
    fields.finish()
    if text is None:
        fields.miss("text")
    if text is not None and not isinstance(text, Scalar):
        notes.complain(text.place, "E203", "A text is needed here.", 'Put quotes around it: "…"')
    if not isinstance(text, Scalar) or _is_empty(text):
        return None
    return Entry(key=key, place=text.place, text=text, of=of)


def _is_empty(text: Scalar) -> bool:
    return not text.value.strip() or (text.plain and is_nothing(text.value))


def spoken_name(language: str) -> str:
    return f"{language_name(language)} ({language})"
