"""A folder of conversations as a `Library`; every problem of every file is found before anything is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from feedbackbot.engine.examining import examine
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.premises import read_shop
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in, in_order
from feedbackbot.engine.reading.scripting import Draft, read_script
from feedbackbot.engine.reading.sentences import read_common
from feedbackbot.engine.reading.tree import Tree, plain_data, read_tree
from feedbackbot.engine.script import Call, Common, Library, Place, Script
from feedbackbot.engine.shop import Shop

_COMMON: Final = "_common.yaml"
_SHOP: Final = "_shop.yaml"
#: the sentences that come with the program, under those of the folder
_BASE: Final = "packaged/_common.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading a folder; `library` is complete only where no error was found."""

    library: Library
    problems: tuple[Problem, ...]


def packaged_folder() -> Path:
    """The conversations that come with the program: in the wheel, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parent.parent.parent
    inside = package / "conversations"
    return inside if inside.is_dir() else package.parent.parent / "conversations"


def load_library(folder: Path, *, packaged: Path | None = None, proves: bool = True) -> Library:
    """Raises `ScriptProblems` with every error at once.

    Without `proves` for a script that is only played: how it breaks its promises can be seen then.
    """
    return _sound(read_library(gather(folder, packaged=packaged), proves=proves))


def library_of(sources: Mapping[str, str], *, proves: bool = True) -> Library:
    """The same from texts that were kept, such as `sources_of` gave them.

    Without `proves` for what was proved when it was new: rules that have grown stricter since do not stop a
    conversation that began before.
    """
    return _sound(read_library(sources, proves=proves))


def _sound(reading: Reading) -> Library:
    if errors_in(reading.problems):
        raise ScriptProblems(reading.problems)
    return reading.library


def gather(folder: Path, *, packaged: Path | None = None) -> dict[str, str]:
    """File name -> text; the names begin with the folder as it was given."""
    if not folder.is_dir():
        place = Place(file=str(folder), line=1, column=1)
        message = "There is no such folder."
        raise ScriptProblems([Problem(place=place, code="E110", message=message)])
    packaged = packaged or packaged_folder()
    sources = {_BASE: _read(packaged / _COMMON)}
    shop = folder / _SHOP if (folder / _SHOP).exists() else packaged / _SHOP
    sources[str(shop)] = _read(shop)
    for path in sorted(folder.glob("*.yaml")):
        if path.name != _SHOP:
            sources[str(path)] = _read(path)
    return sources


def sources_of(script: Script, library: Library) -> dict[str, str]:
    """The files that a version of this script consists of, for keeping."""
    names = {f"{name}.yaml" for name in _with_called(script.name, library.scripts)}
    return {
        file: text
        for file, text in library.sources.items()
        if Path(file).name in names | {_COMMON, _SHOP}
    }


def read_library(
    sources: Mapping[str, str], *, mode: str = "selected_quotes", proves: bool = True
) -> Reading:
    """`mode` is how testimonials are published; some advice depends on it."""
    notes = Notes()
    trees = {file: _tree(file, text, notes) for file, text in sources.items()}
    common = _common(trees, notes)
    shop = _shop(trees, notes)
    drafts = {
        name: read_script(name, tree, Notes())
        for file, tree in trees.items()
        if (name := _script_name(file))
    }
    problems = [*notes.problems]
    for draft in drafts.values():
        problems += draft.notes.problems
    problems += examine(
        drafts,
        common_mentions=notes.mentions,
        common=common,
        shop=shop,
        mode=mode,
        proves=proves,
    )
    scripts = _versioned(drafts, trees, common)
    library = Library(scripts=scripts, common=common, shop=shop, sources=dict(sources))
    return Reading(library=library, problems=in_order(problems))


def _read(path: Path) -> str:
    place = Place(file=str(path), line=1, column=1)
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = "This file is not UTF-8 text."
        raise ScriptProblems([Problem(place=place, code="E111", message=message)]) from error
    except OSError as error:
        message = f"This file can't be read: {error.strerror}."
        raise ScriptProblems([Problem(place=place, code="E112", message=message)]) from error


def _tree(file: str, text: str, notes: Notes) -> Tree:
    tree, problems = read_tree(file, text)
    notes.problems.extend(problems)
    return tree


def _script_name(file: str) -> str | None:
    """None for the shop, the sentences, translations (`x.es.yaml`) and tests (`x.test.yaml`)."""
    stem = Path(file).name.removesuffix(".yaml")
    return None if stem.startswith("_") or "." in stem else stem


def _common(trees: Mapping[str, Tree], notes: Notes) -> Common:
    base = read_common(trees[_BASE], notes)
    for file, tree in trees.items():
        if file != _BASE and Path(file).name == _COMMON:
            return read_common(tree, notes, base=base)
    return base


def _shop(trees: Mapping[str, Tree], notes: Notes) -> Shop:
    own = next(tree for file, tree in trees.items() if Path(file).name == _SHOP)
    return read_shop(own, notes)


def _versioned(
    drafts: Mapping[str, Draft], trees: Mapping[str, Tree], common: Common
) -> dict[str, Script]:
    scripts = {name: draft.script for name, draft in drafts.items()}
    return {
        name: replace(script, version=_version(_with_called(name, scripts), trees, common))
        for name, script in scripts.items()
    }


def _version(names: frozenset[str], trees: Mapping[str, Tree], common: Common) -> str:
    """Over what is said, not how the file is laid out."""
    content = {
        Path(file).name: plain_data(tree)
        for file, tree in trees.items()
        if Path(file).name.split(".")[0] in names and not file.endswith(".test.yaml")
    }
    words = (common.stop_words, common.thanks_words, common.human_words)
    said = [
        sorted(content.items()),
        sorted(common.texts.items()),
        sorted((key, list(labels.items())) for key, labels in common.buttons.items()),
        [sorted(group) for group in words],
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _with_called(name: str, scripts: Mapping[str, Script]) -> frozenset[str]:
    """The script and all that it calls, however deep."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found or current not in scripts:
            continue
        found.add(current)
        steps = scripts[current].steps.values()
        waiting += [step.script for step in steps if isinstance(step, Call)]
    return frozenset(found)
