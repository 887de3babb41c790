"""A folder of conversations as a `Library`; every problem of every file is found before anything is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from feedbackbot.engine.examining import examine
from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.premises import read_shop
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in, in_order
from feedbackbot.engine.reading.scripting import Draft, read_script
from feedbackbot.engine.reading.sentences import read_common
from feedbackbot.engine.reading.translations import (
    Sides,
    check_common_is_there,
    packaged_in,
    packaged_side_files,
    read_sides,
    translated_common,
    translated_script,
)
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
    #: scripts whose promises could not be proved yet, since something else is wrong
    unproved: tuple[str, ...] = ()


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
    for name, side in packaged_side_files(packaged).items():
        sources[name] = _read(side)
    shop = folder / _SHOP if (folder / _SHOP).exists() else packaged / _SHOP
    sources[str(shop)] = _read(shop)
    for path in sorted(folder.glob("*.yaml")):
        if path.name != _SHOP:
            sources[str(path)] = _read(path)
    return sources


def sources_of(script: Script, library: Library) -> dict[str, str]:
    """The files that a version of this script consists of, for keeping."""
    names = {*_with_called(script.name, library.scripts), "_common", "_shop"}
    return {file: text for file, text in library.sources.items() if _belongs_to(file, names)}


def read_library(
    sources: Mapping[str, str], *, mode: str = "selected_quotes", proves: bool = True
) -> Reading:
    """`mode` is how testimonials are published; some advice depends on it."""
    notes = Notes()
    trees = {file: _tree(file, text, notes) for file, text in sources.items()}
    scripts_trees = {name: tree for file, tree in trees.items() if (name := _script_name(file))}
    drafts = {name: read_script(name, tree, Notes()) for name, tree in scripts_trees.items()}
    sides = read_sides(trees, drafts, notes)
    common = _common(trees, notes, sides, [draft.script for draft in drafts.values()])
    shop = _shop(trees, notes)
    translations = {
        name: translated_script(draft, scripts_trees[name], sides.of(name), notes)
        for name, draft in drafts.items()
    }
    problems = [*notes.problems]
    for draft in drafts.values():
        problems += draft.notes.problems
    examined = examine(
        drafts,
        spoken={name: tuple(spoken.values()) for name, spoken in translations.items()},
        common_mentions=notes.mentions,
        common=common,
        shop=shop,
        mode=mode,
        proves=proves,
    )
    scripts = _versioned(drafts, translations, trees, common)
    library = Library(scripts=scripts, common=common, shop=shop, sources=dict(sources))
    return Reading(
        library=library,
        problems=in_order([*problems, *examined.problems]),
        unproved=examined.unproved,
    )


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


def _common(
    trees: Mapping[str, Tree], notes: Notes, sides: Sides, scripts: Sequence[Script]
) -> Common:
    """A language is spoken where the folder has at least one file in it."""
    packaged, own = trees[_BASE], _own_common(trees)
    common = read_common(packaged, notes)
    if own is not None:
        language = read_common(own, Notes(), base=common).language
        base = common
        if language != common.language:
            base = packaged_in(language, packaged, common, sides)
        common = read_common(own, notes, base=base)
    spoken = {side.language for side in sides.own} | {script.language for script in scripts}
    common, heard = translated_common(common, packaged, own, sides, spoken)
    notes.problems += heard.problems
    check_common_is_there(common, sides, notes)
    return common


def _own_common(trees: Mapping[str, Tree]) -> Tree | None:
    own = (tree for file, tree in trees.items() if file != _BASE and Path(file).name == _COMMON)
    return next(own, None)


def _shop(trees: Mapping[str, Tree], notes: Notes) -> Shop:
    own = next(tree for file, tree in trees.items() if Path(file).name == _SHOP)
    return read_shop(own, notes)


def _versioned(
    drafts: Mapping[str, Draft],
    translations: Mapping[str, Mapping[str, Draft]],
    trees: Mapping[str, Tree],
    common: Common,
) -> dict[str, Script]:
    scripts = {name: draft.script for name, draft in drafts.items()}
    found: dict[str, Script] = {}
    for name, script in scripts.items():
        version = _version(_with_called(name, scripts), trees, common)
        spoken = {
            language: replace(one.script, version=version)
            for language, one in translations[name].items()
        }
        found[name] = replace(script, version=version, translations=spoken)
    return found


def _version(names: frozenset[str], trees: Mapping[str, Tree], common: Common) -> str:
    """Over what is said, in every language of these scripts, not how the files are laid out."""
    content = {
        Path(file).name: plain_data(tree)
        for file, tree in trees.items()
        if _belongs_to(file, names)
    }
    languages = sorted({file.split(".")[1] for file in content} & set(common.translations))
    words = (common.stop_words, common.thanks_words, common.human_words)
    said = [
        sorted(content.items()),
        *_sentences(common),
        [sorted(group) for group in words],
        [[language, *_sentences(common.translations[language])] for language in languages],
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _sentences(common: Common) -> tuple[object, object]:
    buttons = sorted((key, list(labels.items())) for key, labels in common.buttons.items())
    return sorted(common.texts.items()), buttons


def _belongs_to(file: str, names: Collection[str]) -> bool:
    """The scripts themselves and their translations; tests say nothing."""
    name = Path(file).name
    return name.split(".")[0] in names and not name.endswith(".test.yaml")


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
