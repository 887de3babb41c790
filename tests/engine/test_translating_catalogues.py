"""PO files and side files written for translators: out, filled in, and back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from typer.testing import CliRunner

from feedbackbot.cli import app
from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.script import End

WriteFolder = Callable[..., Path]
VISIT = """\
script: visit
spec: 1
start: {on: manual}
timeout: {after: 1d, goto: quiet}
steps:
  - {id: how, ask: "How was it?", type: choice, choices: {good: "Fine", bad: "Not fine"}, save: a, next: bye}
  - {id: bye, end: done, say: "Thank you.\\nSee you, {{ customer.first_name }}, \\"soon\\"."}
  - {id: quiet, end: no_answer}
"""


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["i18n", *words])
    return done.exit_code, done.output


def filled(po: Path, translations: dict[str, str], *, fuzzy: bool = False) -> None:
    catalogue = read_po(io.BytesIO(po.read_bytes()))
    for message in catalogue:
        if message.context in translations:
            message.string = translations[message.context]
            if fuzzy:
                message.flags.add("fuzzy")
    with po.open("wb") as out:
        write_po(out, catalogue)


def test_a_po_file_has_each_text_with_its_context_its_place_and_a_word_of_advice(
    folder: WriteFolder, tmp_path: Path
) -> None:
    code, po = run("export", "fr", "--folder", str(folder(visit=VISIT)))

    assert code == 0
    assert 'msgctxt "visit.how.choices.good"' in po
    assert "#: visit.yaml:6" in po
    assert "A button: at most 40 characters." in po
    assert 'msgctxt "_common.stop.done"' in po


def test_what_a_translator_fills_in_comes_back_as_a_side_file(
    folder: WriteFolder, tmp_path: Path
) -> None:
    path, po = folder(visit=VISIT), tmp_path / "fr.po"
    run("export", "fr", "--folder", str(path), "--to", str(po))
    bye = 'Merci.\nÀ bientôt, {{ customer.first_name }}, "vite".'
    filled(po, {"visit.how.ask": "C’était comment ?", "visit.bye.say": bye})

    code, output = run("import", "fr", str(po), "--folder", str(path))

    assert code == 0, output
    assert not (path / "_common.fr.yaml").exists()
    end = load_library(path).scripts["visit"].translations["fr"].steps["bye"]
    assert isinstance(end, End)
    assert end.say == bye
    assert "# How was it?" in (path / "visit.fr.yaml").read_text(encoding="utf-8")
    assert "W702" not in {problem.code for problem in check(path)}


def test_a_second_import_changes_nothing_and_keeps_the_head(
    folder: WriteFolder, tmp_path: Path
) -> None:
    path, po = folder(visit=VISIT), tmp_path / "fr.po"
    run("update", "fr", "--folder", str(path))
    side = path / "visit.fr.yaml"
    side.write_text("# We say vous.\n" + side.read_text(encoding="utf-8"), encoding="utf-8")
    run("export", "fr", "--folder", str(path), "--to", str(po))
    filled(po, {"visit.how.ask": "C’était comment ?"})
    run("import", "fr", str(po), "--folder", str(path))
    first = side.read_text(encoding="utf-8")

    _, output = run("import", "fr", str(po), "--folder", str(path))

    assert "wrote" not in output
    assert side.read_text(encoding="utf-8") == first
    assert first.startswith("# We say vous.\n")


def test_what_is_stale_is_fuzzy_and_what_is_fuzzy_is_not_taken(
    folder: WriteFolder, tmp_path: Path
) -> None:
    path, po = folder(visit=VISIT), tmp_path / "fr.po"
    run("export", "fr", "--folder", str(path), "--to", str(po))
    filled(po, {"visit.how.ask": "C’était comment ?"})
    run("import", "fr", str(po), "--folder", str(path))
    (path / "visit.yaml").write_text(VISIT.replace("How was it?", "How is it?"), encoding="utf-8")

    _, fuzzy = run("export", "fr", "--folder", str(path))
    po.write_text(fuzzy, encoding="utf-8")
    run("import", "fr", str(po), "--folder", str(path))

    assert "fuzzy" in fuzzy.split('msgctxt "visit.how.ask"')[0].rsplit("#:", 1)[1]
    assert "W702" in {problem.code for problem in check(path)}


def test_a_translation_of_an_older_text_comes_in_as_stale(
    folder: WriteFolder, tmp_path: Path
) -> None:
    path, po = folder(visit=VISIT), tmp_path / "fr.po"
    run("export", "fr", "--folder", str(path), "--to", str(po))
    filled(po, {"visit.how.ask": "C’était comment ?"})
    (path / "visit.yaml").write_text(VISIT.replace("How was it?", "How is it?"), encoding="utf-8")

    run("import", "fr", str(po), "--folder", str(path))

    assert "W702" in {problem.code for problem in check(path)}


def test_update_adds_empty_texts_to_fill_in_and_keeps_what_is_there(folder: WriteFolder) -> None:
    side = "translation: visit\nlanguage: fr\ntexts: {how.ask: {text: 'Alors ?', of: x}}\n"
    path = folder(visit=VISIT, **{"visit.fr": side})

    code, _ = run("update", "fr", "--folder", str(path))

    written = (path / "visit.fr.yaml").read_text(encoding="utf-8")
    assert code == 0
    assert 'text: "Alors ?"\n    of: "x"' in written
    assert 'how.choices.good:\n    # Fine\n    text: ""' in written
    assert {"W701", "W702"} <= {problem.code for problem in check(path)}
    assert not [problem for problem in check(path) if not problem.is_warning]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a po file \xff", "no PO file"),
        (b'msgid ""\nmsgstr "Language: de\\n"\n', "in “de”, not in “fr”"),
        (b'msgid "How was it?"\nmsgstr "Bien ?"\n', "lost its context"),
    ],
)
def test_a_po_file_that_does_not_fit_is_refused_in_a_sentence(
    content: bytes, words: str, folder: WriteFolder, tmp_path: Path
) -> None:
    po = tmp_path / "in.po"
    po.write_bytes(content)

    code, output = run("import", "fr", str(po), "--folder", str(folder(visit=VISIT)))

    assert code == 1
    assert words in output


def test_no_language_and_no_file_are_told(folder: WriteFolder, tmp_path: Path) -> None:
    path = folder(visit=VISIT)

    assert run("export", "klingon", "--folder", str(path)) == (
        1,
        "“klingon” is no language, such as es or pt-BR.\n",
    )
    assert run("import", "fr", str(tmp_path / "none.po"), "--folder", str(path))[0] == 1
