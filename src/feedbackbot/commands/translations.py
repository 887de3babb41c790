"""What `feedbackbot i18n` does: side files of a language to fill in, and PO files for translators' tools."""

from __future__ import annotations

from pathlib import Path

import typer

from feedbackbot.engine.reading.problems import ScriptProblems
from feedbackbot.engine.translating.catalogues import CatalogueError, from_po, to_po
from feedbackbot.engine.translating.choosing import is_language, language_name
from feedbackbot.engine.translating.folder import Text, texts_in, write_side_files
from feedbackbot.engine.translating.writing import Line


def export_po(folder: Path, language: str, *, to: Path | None) -> int:
    texts = _texts(folder, language)
    if texts is None:
        return 1
    data = to_po((text for of_base in texts.values() for text in of_base), language)
    if to is None:
        typer.echo(data.decode(), nl=False)
        return 0
    to.write_bytes(data)
    typer.echo(f"wrote {to}: {_counted(texts)}")
    return 0


def import_po(folder: Path, language: str, file: Path) -> int:
    texts = _texts(folder, language)
    if texts is None:
        return 1
    try:
        new = from_po(file.read_bytes(), language)
    except CatalogueError as error:
        typer.echo(f"{file}: {error}", err=True)
        return 1
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        return 1
    known = {(text.base, text.key) for of_base in texts.values() for text in of_base}
    for base, key in sorted(set(new) - known):
        typer.echo(f"left out, there is no such text any more: {base}.{key}", err=True)
    touched = {base for base, _ in new}
    return _write(folder, language, {b: t for b, t in texts.items() if b in touched}, new)


def update(folder: Path, language: str) -> int:
    """Adds what is missing, with empty texts to fill in; changes no translation."""
    texts = _texts(folder, language)
    return 1 if texts is None else _write(folder, language, texts, {})


def _texts(folder: Path, language: str) -> dict[str, tuple[Text, ...]] | None:
    if not is_language(language):
        typer.echo(f"“{language}” is no language, such as es or pt-BR.", err=True)
        return None
    try:
        return texts_in(folder, language)
    except ScriptProblems as error:
        typer.echo(str(error), err=True)
        return None


def _write(
    folder: Path,
    language: str,
    texts: dict[str, tuple[Text, ...]],
    new: dict[tuple[str, str], Line],
) -> int:
    for path in write_side_files(folder, language, texts, new):
        typer.echo(f"wrote {path}")
    typer.echo(f"{language_name(language)}: {_counted(texts_in(folder, language))}")
    return 0


def _counted(texts: dict[str, tuple[Text, ...]]) -> str:
    every = [text for of_base in texts.values() for text in of_base]
    stale = sum(text.entry is not None and not text.is_current for text in every)
    missing = sum(text.entry is None for text in every)
    return f"{len(every)} texts, {missing} to translate, {stale} to look at again."
