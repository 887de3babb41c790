"""The words of `feedbackbot i18n …`; what they do is imported only when it is asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

i18n = typer.Typer(no_args_is_help=True, help="Translate what the bot says.", rich_markup_mode=None)
_Language = Annotated[str, typer.Argument(help="Such as es or pt-BR.")]
_Folder = Annotated[Path | None, typer.Option(help="Your scripts; the configured ones by default.")]


@i18n.command(name="export")
def export_po(
    language: _Language,
    folder: _Folder = None,
    to: Annotated[Path | None, typer.Option(help="A file; the terminal by default.")] = None,
) -> None:
    """Write all texts of one language as a PO file, for translators' tools."""
    from feedbackbot.commands import translations

    sys.exit(translations.export_po(_scripts(folder), language, to=to))


@i18n.command(name="import")
def import_po(
    language: _Language,
    file: Annotated[Path, typer.Argument(help="A PO file.")],
    folder: _Folder = None,
) -> None:
    """Take a translated PO file into the side files; what is empty or fuzzy in it is left out."""
    from feedbackbot.commands import translations

    sys.exit(translations.import_po(_scripts(folder), language, file))


@i18n.command()
def update(language: _Language, folder: _Folder = None) -> None:
    """Add what is missing to the side files of a language, to be filled in; makes them if need be."""
    from feedbackbot.commands import translations

    sys.exit(translations.update(_scripts(folder), language))


def _scripts(folder: Path | None) -> Path:
    """`conversations` inside of what `init` has made, or the folder itself."""
    if folder is None:
        from feedbackbot.config import load_settings

        return load_settings().conversations_folder
    inside = folder / "conversations"
    return inside if inside.is_dir() and not any(folder.glob("*.yaml")) else folder
