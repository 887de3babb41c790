"""One script of a folder, by the path that somebody typed."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.phrases import did_you_mean
from feedbackbot.engine.script import Library
from feedbackbot.errors import ConfigError


def script_at(path: Path, *, proves: bool = True) -> tuple[Library, str]:
    """Its whole folder with it, since scripts call each other, and its name; without .yaml is fine."""
    if path.is_dir():
        raise ConfigError(f"{path} is a folder. Name a script in it: {_in_folder(path)}")
    name = path.name.removesuffix(".yaml")
    library = load_library(path.parent, proves=proves)
    if name not in library.scripts:
        raise ConfigError(f"There is no script “{name}” in {_known(path, library.scripts)}")
    return library, name


def _known(path: Path, names: Collection[str]) -> str:
    folder = "this folder" if path.parent == Path() else str(path.parent)
    name = path.name.removesuffix(".yaml")
    there = f"There are: {', '.join(names)}." if names else "There is none at all."
    return f"{folder}. {did_you_mean(name, tuple(names)) or there}"


def _in_folder(path: Path) -> str:
    """Those of `conversations` where it is what `init` has made."""
    inside = path / "conversations"
    folder = inside if inside.is_dir() else path
    files = sorted(file for file in folder.glob("[!_]*.yaml") if "." not in file.stem)
    return ", ".join(map(str, files)) or f"{folder}/after_purchase.yaml"
