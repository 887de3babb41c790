"""Codes from a file and new versions of a script, as the shop's people handle them while the bot runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.asking import until
from acceptance.people import Phone
from acceptance.platforms import MARKETING
from acceptance.stage import Stage

THANKS = """\
script: thanks
spec: 1
language: en
start: {on: purchase.placed, after: 0s}
timeout: {after: 2d, goto: quiet}
steps:
  - {id: gift, reward: {pool: spring, say: "For you: {{ reward.code }}", fallback: FOR-ALL}, next: use}
  - {id: use, ask: "What will you use it for?", type: text, save: use, next: bye}
  - {id: bye, end: done, say: "Thank you for telling us."}
  - {id: quiet, end: no_answer}
"""
AGAIN = THANKS.replace("script: thanks", "script: again").replace(
    "on: purchase.placed, after: 0s", "on: command, command: gift"
)
RENAMED = THANKS.replace("{id: use,", "{id: purpose,").replace("next: use}", "next: purpose}")
WRONG = THANKS.replace("next: use}", "next: usee}")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    scripts = tmp_path / "conversations"
    scripts.mkdir()
    (scripts / "thanks.yaml").write_text(THANKS, encoding="utf-8")
    (scripts / "again.yaml").write_text(AGAIN, encoding="utf-8")
    environ = {"FEEDBACKBOT_CONVERSATIONS": str(scripts)}
    with Stage(folder=tmp_path, environ=environ) as stage:
        yield stage


def test_codes_come_from_a_file_and_talks_go_on_in_the_new_version(stage: Stage) -> None:
    codes = stage.folder / "codes.csv"
    codes.write_text("code,valid_until\nTULIP-1,2027-12-31\nTULIP-2,\n", encoding="utf-8")
    added = stage.command("rewards", "import", "spring", str(codes))
    assert "spring: 2 new, 0 known already, 0 refused." in added.stderr

    names = ("Ada", "Bo", "Cleo")
    ada, bo, cleo = (stage.customer(name) for name in names)
    for number, (name, person) in enumerate(zip(names, (ada, bo, cleo), strict=True), 1):
        person.opens(stage.purchase(str(number), name))
        person.reads("What will you use it for?")

    assert sorted(said_to(person) for person in (ada, bo)) == ["TULIP-1", "TULIP-2"]
    assert said_to(cleo) == "FOR-ALL"
    told = stage.staff("U0MIA").reads("no code left in the pool spring", channel=MARKETING)
    assert "customers get the common code" in told["text"]
    pools = stage.command("rewards", "show").stdout
    assert pools == "spring: 0 left, 2 given, 1 got the common code\n"

    ada.writes("Running")
    ada.reads("Thank you for telling us")
    ada.writes("/gift")
    ada.reads("What will you use it for?")
    assert len([text for text in ada.heard() if "TULIP" in text]) == 1

    move_to_the_new_version(stage)
    bo.writes("Planting")
    bo.reads("Thank you for telling us")


def move_to_the_new_version(stage: Stage) -> None:
    """First one that is wrong, then one with another name for a step; Bo and Cleo are at that step."""
    script = stage.folder / "conversations" / "thanks.yaml"
    script.write_text(WRONG, encoding="utf-8")
    until(lambda: "scripts_refused" in stage.log() or None, "the wrong one is refused")
    script.write_text(RENAMED, encoding="utf-8")
    until(lambda: "scripts_reloaded" in stage.log() or None, "the new one is live")

    database = str(stage.database_file)
    touched = stage.command("check", "--against", database)
    shown = stage.command("script", "migrate", "thanks", "--map", "use:purpose")
    done = stage.command("script", "migrate", "thanks", "--map", "use:purpose", "--yes")

    assert "thanks, order 2 (since 2027-03-02): at “use”, gone" in touched.stdout
    assert "goes on at “use” (now “purpose”, unchanged)" in shown.stdout
    assert "Nothing has been changed." in shown.stdout
    assert "2 go on where they stand" in done.stdout, done.stderr


def said_to(person: Phone) -> str:
    [text] = [text for text in person.heard() if "For you: " in text]
    return text.partition("For you: ")[2].split()[0]
