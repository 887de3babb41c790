"""Scripts and built-in sentences in the languages for which there are side files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from feedbackbot.engine.reading.fields import Notes
from feedbackbot.engine.reading.scripting import Draft, read_script, steps_by_tree
from feedbackbot.engine.reading.sentences import read_common
from feedbackbot.engine.reading.tree import Scalar, Tree
from feedbackbot.engine.script import Common
from feedbackbot.engine.translating.applying import check_missing, fitting, stand_ins
from feedbackbot.engine.translating.choosing import best_language
from feedbackbot.engine.translating.side_files import SideFile, read_side_file, spoken_name
from feedbackbot.engine.translating.texts import (
    laid_over,
    texts_of_common,
    texts_of_script,
    with_texts,
)

COMMON: Final = "_common"
#: files that come with the program, under those of the folder
PACKAGED: Final = "packaged/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Every side file, those of the folder apart from those that come with the program."""

    own: tuple[SideFile, ...]
    packaged: tuple[SideFile, ...]

    def of(self, base: str) -> dict[str, SideFile]:
        return {side.language: side for side in self.own if side.base == base}


def packaged_side_files(folder: Path) -> dict[str, Path]:
    """The built-in sentences in other languages, as they come with the program."""
    return {f"{PACKAGED}{path.name}": path for path in sorted(folder.glob(f"{COMMON}.*.yaml"))}


def read_sides(trees: Mapping[str, Tree], scripts: Iterable[str], notes: Notes) -> Sides:
    known = {COMMON, *scripts}
    own: list[SideFile] = []
    packaged: list[SideFile] = []
    for file, tree in trees.items():
        side = read_side_file(file, tree, notes)
        if side is None:
            continue
        if side.base not in known:
            message = f"There is no {side.base}.yaml that this file could translate."
            notes.complain(side.place, "E703", message)
        (packaged if file.startswith(PACKAGED) else own).append(side)
    return Sides(own=tuple(own), packaged=tuple(packaged))


def translated_script(
    draft: Draft, tree: Tree, sides: Mapping[str, SideFile], notes: Notes
) -> dict[str, Draft]:
    """By language; what is wrong is told with its place in the side file, and so are names that are mentioned."""
    texts = texts_of_script(tree)
    known = steps_by_tree(tree, draft.script)
    found: dict[str, Draft] = {}
    for language, side in sides.items():
        there = fitting(side, texts, notes)
        check_missing(side, texts, there, notes)
        heard = Notes()
        spoken = with_texts(tree, stand_ins(texts, there))
        read = read_script(draft.script.name, spoken, heard, known=known)
        _keep_those_of(side, heard, notes)
        _keep_those_of_whole_steps(side, heard, draft.notes, notes)
        found[language] = replace(read, script=replace(read.script, language=language))
    return found


def translated_common(
    common: Common, packaged: Tree, own: Tree | None, sides: Sides, languages: Iterable[str]
) -> tuple[Common, Notes]:
    """With its translations into those of the languages for which there is a side file."""
    notes = Notes()
    speaker = _Speaker(packaged, own, sides)
    wanted = {one for one in languages if one != common.language}
    found = {
        language: one
        for language in sorted(wanted)
        if (one := speaker.common_in(language, notes)) is not None
    }
    return replace(common, translations=found), notes


def packaged_in(language: str, packaged: Tree, base: Common, sides: Sides) -> Common:
    """What a folder's own sentences are laid over when they are in another language than English."""
    return _Speaker(packaged, None, sides).common_in(language, Notes()) or base


class _Speaker:
    """Knows the built-in sentences as they come and as the folder has them."""

    def __init__(self, packaged: Tree, own: Tree | None, sides: Sides) -> None:
        self._came = texts_of_common(packaged)
        own_texts = texts_of_common(own) if own is not None else {}
        self._tree = laid_over(packaged, own) if own is not None else packaged
        self._texts = texts_of_common(self._tree)
        self._changed = {
            key
            for key, text in own_texts.items()
            if key in self._came and text.value != self._came[key].value
        }
        self._own = sides.of(COMMON)
        self._packaged = {side.language: side for side in sides.packaged}

    def common_in(self, language: str, notes: Notes) -> Common | None:
        there = self._as_it_comes(language)
        side = self._own.get(language)
        if side is not None:
            there |= fitting(side, self._texts, notes)
            check_missing(side, self._texts, there, notes)
        if not there:
            return None
        heard = Notes()
        tree = with_texts(self._tree, stand_ins(self._texts, there))
        common = read_common(tree, heard)
        if side is not None:
            _keep_those_of(side, heard, notes)
        return replace(common, language=language)

    def _as_it_comes(self, language: str) -> dict[str, Scalar]:
        """Not for sentences that the folder has changed: they say something else now."""
        known = best_language(language, self._packaged)
        if known is not None:
            entries = self._packaged[known].entries
            texts = {key: entry.text for key, entry in entries.items()}
        else:
            # a folder in another language, and a customer who reads English
            texts = self._came if language.partition("-")[0] == "en" else {}
        return {key: text for key, text in texts.items() if key not in self._changed}


def check_common_is_there(common: Common, sides: Sides, notes: Notes) -> None:
    """A script in a language in which the bot can't say anything else."""
    told: set[str] = {common.language, *common.translations}
    for side in sides.own:
        if side.base != COMMON and side.language not in told:
            told.add(side.language)
            language = spoken_name(side.language)
            message = f"The built-in sentences are not in {language}; they are said untranslated."
            hint = f"Such as: feedbackbot i18n update {side.language}"
            notes.complain(side.place, "W705", message, hint)


def _keep_those_of(side: SideFile, heard: Notes, notes: Notes) -> None:
    file = side.place.file
    notes.problems += [problem for problem in heard.problems if problem.place.file == file]


def _keep_those_of_whole_steps(side: SideFile, heard: Notes, before: Notes, notes: Notes) -> None:
    """What only the translation brings about, such as two buttons with one text, has no place there."""
    known = set(before.problems)
    for problem in heard.problems:
        if problem.place.file != side.place.file and problem not in known:
            message = f"In {spoken_name(side.language)}, line {problem.place.line} of the script: "
            notes.problems.append(
                replace(problem, place=side.place, message=message + problem.message)
            )
