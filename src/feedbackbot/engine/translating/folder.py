"""A folder of conversations as a translator sees it: texts, what there is of them in one language, and PO files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.loader import gather
from feedbackbot.engine.reading.problems import ScriptProblems, errors_in
from feedbackbot.engine.reading.tree import Scalar, Tree, read_tree
from feedbackbot.engine.translating.side_files import Entry, read_side_file, side_name
from feedbackbot.engine.translating.texts import (
    laid_over,
    mark,
    texts_of_common,
    texts_of_script,
)
from feedbackbot.engine.translating.writing import Line, head_of, side_file

_COMMON: Final = "_common"
_PACKAGED: Final = "packaged/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text to translate, in one language."""

    base: str
    key: str
    original: Scalar
    entry: Entry | None

    @property
    def mark(self) -> str:
        return mark(self.original.value)

    @property
    def is_current(self) -> bool:
        return self.entry is not None and self.entry.of == self.mark


def texts_in(folder: Path, language: str) -> dict[str, tuple[Text, ...]]:
    """By the name of the base file, built-in sentences last; refuses what can't be read."""
    sources = gather(folder)
    notes = Notes()
    trees = {file: _tree(file, text, notes) for file, text in sources.items()}
    entries = _entries(trees, language, notes)
    if errors_in(notes.problems):
        raise ScriptProblems(notes.problems)
    return {
        base: tuple(
            Text(base=base, key=key, original=text, entry=entries.get((base, key)))
            for key, text in texts.items()
        )
        for base, texts in _bases(trees).items()
    }


def write_side_files(
    folder: Path,
    language: str,
    texts: dict[str, tuple[Text, ...]],
    new: dict[tuple[str, str], Line],
) -> list[Path]:
    """`new` is laid over what is there; only files that come out otherwise are written."""
    written: list[Path] = []
    for base, of_base in texts.items():
        lines = {text.key: new.get((base, text.key)) or _line(text) for text in of_base}
        path = folder / f"{base}.{language}.yaml"
        before = path.read_text(encoding="utf-8-sig") if path.exists() else ""
        after = side_file(base, language, lines, head=head_of(before))
        if after != before:
            path.write_text(after, encoding="utf-8")
            written.append(path)
    return written


def _line(text: Text) -> Line:
    line = Line(key=text.key, original=text.original.value)
    if text.entry is None:
        return line
    return replace(line, text=text.entry.text.value, of=text.entry.of or "")


def _bases(trees: dict[str, Tree]) -> dict[str, dict[str, Scalar]]:
    found: dict[str, dict[str, Scalar]] = {}
    common = trees[f"{_PACKAGED}{_COMMON}.yaml"]
    for file, tree in trees.items():
        stem = Path(file).name.removesuffix(".yaml")
        if stem == _COMMON and not file.startswith(_PACKAGED):
            common = laid_over(common, tree)
        elif not stem.startswith("_") and "." not in stem:
            found[stem] = texts_of_script(tree)
    return {**found, _COMMON: texts_of_common(common)}


def _entries(trees: dict[str, Tree], language: str, notes: Notes) -> dict[tuple[str, str], Entry]:
    """Those of the folder over those that come with the program."""
    found: dict[tuple[str, str], Entry] = {}
    for file in sorted(trees, key=lambda file: not file.startswith(_PACKAGED)):
        if (name := side_name(file)) is None or name[1] != language:
            continue
        side = read_side_file(file, trees[file], notes)
        for key, entry in side.entries.items() if side else ():
            found[name[0], key] = entry
    return found


def _tree(file: str, text: str, notes: Notes) -> Tree:
    tree, problems = read_tree(file, text)
    notes.problems.extend(problems)
    return tree
