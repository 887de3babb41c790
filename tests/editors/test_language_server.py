"""What somebody sees who opens a new folder in an editor that speaks yaml-language-server, such as VS Code."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from editing import SERVER, Editor
from feedbackbot.engine.describing.schemas import with_modeline
from feedbackbot.engine.reading.scaffold import init

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not SERVER.exists(),
        reason="yaml-language-server is not installed: npm ci --prefix tests/editors",
    ),
]
SCRIPTS = Path(__file__).parent.parent / "engine" / "scripts"
HEAD = """script: mine
spec: 1
start: {on: manual}
timeout: {after: 3d, goto: bye}
steps:
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    env = home / "example"
    env.write_text("TELEGRAM_BOT_TOKEN=\n")
    init(home / "shop", example=env)
    return home / "shop" / "conversations"


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editor]:
    with Editor(folder) as editor:
        yield editor


def step(words: str) -> str:
    return with_modeline("mine.yaml", HEAD + words)


def test_nothing_is_underlined_in_what_init_writes(editor: Editor, folder: Path) -> None:
    written = sorted(folder.glob("*.yaml"))

    assert written
    for path in written:
        assert editor.open(path.name, path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize("name", ["every_kind.yaml", "every_key.yaml"])
def test_nothing_is_underlined_in_a_script_that_uses_everything(editor: Editor, name: str) -> None:
    assert editor.open(name, with_modeline(name, (SCRIPTS / name).read_text())) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('  - {id: a, ask: "Hi?", tipe: text, next: bye}\n', "tipe is not allowed"),
        ('  - {id: a, ask: "Hi?", type: ratin, next: bye}\n', 'Valid values: "rating"'),
        ('  - {id: a, ask: "Hi?"}\n', 'Missing property "next"'),
        ('  - {id: a, ask: "Hi?", type: choice, next: bye}\n', 'Missing property "choices"'),
        ("  - {id: a, say: 5, next: bye}\n", 'Expected "string"'),
        ("  - {id: a, next: bye}\n", "Say what this step does: ask, branch"),
        ("  - {id: a, wait: 2 days, next: bye}\n", "Write 2d or 1d12h"),
        ("  - {id: Big Step, end: done}\n", "Small letters, digits and _"),
        ('  - {id: a, escalate: {to: support, sumary: "x"}, next: bye}\n', "sumary is not allowed"),
    ],
)
def test_a_mistake_is_underlined_in_its_line(editor: Editor, wrong: str, said: str) -> None:
    name = f"wrong_{abs(hash(wrong))}.yaml"

    found = editor.open(name, step(wrong))

    assert any(line.startswith("7: ") and said in line for line in found), found


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("  - id: a\n    |", {"ask", "say", "branch", "escalate", "testimonial", "end"}),
        ('  - id: a\n    ask: "Hi?"\n    |', {"type", "save", "remind", "timeout", "next"}),
        ('  - id: a\n    ask: "Hi?"\n    type: |', {"rating", "nps", "choice", "yesno"}),
        ("  - id: a\n    escalate:\n      to: support\n      |", {"summary", "first_reply"}),
    ],
)
def test_what_fits_is_offered(editor: Editor, typed: str, offered: set[str]) -> None:
    found = set(editor.offered(f"typing_{abs(hash(typed))}.yaml", step(typed)))

    assert offered <= found
    if "next" in offered:
        assert not {"escalate", "branch", "url"} & found


def test_a_key_is_explained_where_the_mouse_rests(editor: Editor) -> None:
    said = editor.explained("resting.yaml", step('  - id: a\n    ask: "Hi?"\n    met|ric: csat\n'))

    assert "Which figure this answer counts for" in said


def test_the_shop_and_the_built_in_sentences_are_helped_with_too(editor: Editor) -> None:
    shop = (
        '# yaml-language-server: $schema=schema/shop.json\nname: A\ntimezone: UTC\ncolor: "#fff"\n'
    )
    common = "# yaml-language-server: $schema=schema/common.json\nstop:\n  |"

    assert any("color is not allowed" in line for line in editor.open("shop2.yaml", shop))
    assert {"done", "with_open_case", "already", "back"} <= set(
        editor.offered("common2.yaml", common)
    )
