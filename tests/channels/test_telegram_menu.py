"""The bot's menu: a script that begins by command stands in it, in the words of each language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feedbackbot.channels.telegram_commands import script_commands
from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.translating.texts import mark
from feedbackbot.house import House

ABOUT = "Tell us how it went."
SCRIPT = f"""\
script: talk
spec: 1
language: en
about: {ABOUT}
start: {{on: command, command: feedback}}
steps:
  - {{id: hello, say: "Hello.", next: bye}}
  - {{id: bye, end: done}}
"""
SPANISH = f"""\
translation: talk
language: es
texts:
  about: {{text: "Cuéntanos cómo fue.", of: {mark(ABOUT)}}}
  hello.say: {{text: "Hola.", of: {mark("Hello.")}}}
"""


@pytest.mark.parametrize(
    ("language", "said"), [("es", "Cuéntanos cómo fue."), ("de", ABOUT), (None, ABOUT)]
)
def test_what_a_command_is_about_is_said_in_the_language_of_the_menu(
    house: House, tmp_path: Path, language: str | None, said: str
) -> None:
    (tmp_path / "talk.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "talk.es.yaml").write_text(SPANISH, encoding="utf-8")
    shop = replace(house, library=load_library(tmp_path))

    (command,) = script_commands(shop, language)

    assert (command.command, command.description) == ("feedback", said)


def test_only_what_stands_in_the_menu_waits_for_a_translation(tmp_path: Path) -> None:
    without = SPANISH.replace("  about:", "  # about:")
    (tmp_path / "talk.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "talk.es.yaml").write_text(without, encoding="utf-8")
    (missing,) = check(tmp_path)
    assert (missing.code, missing.message[:7]) == ("W701", "“about”")

    by_hand = SCRIPT.replace("{on: command, command: feedback}", "{on: manual}")
    (tmp_path / "talk.yaml").write_text(by_hand, encoding="utf-8")

    assert check(tmp_path) == ()
