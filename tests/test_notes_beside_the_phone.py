"""What stands beside the phone of the demo after a script was saved."""

from __future__ import annotations

from pathlib import Path

from feedbackbot.demo.notes import notes_of
from feedbackbot.engine.reading.watching import read
from feedbackbot.reloading import Reloaded

BROKEN = """\
script: visit
start: {on: manual}
timeout: {after: 1d, goto: bye}
promises:
  - {if: score <= 2, must: escalate}
steps:
  - {id: rate, ask: "How was it?", type: rating, save: score, next: bye}
  - {id: bye, end: done}
"""


def test_a_broken_promise_stands_there_with_the_conversation_that_breaks_it(tmp_path: Path) -> None:
    (tmp_path / "visit.yaml").write_text(BROKEN, encoding="utf-8")
    problems = read(tmp_path).problems

    notes = notes_of(Reloaded(accepted=False, changed=(), problems=problems))

    assert notes["title"] == "Not in use yet: one thing to put right."
    lines = notes["notes"]
    assert isinstance(lines, list)
    source = lines[0]["source"].splitlines()
    assert source[0] == "- {if: score <= 2, must: escalate}"
    assert source[1] == "bot> How was it?"
    assert source[2] in ("you> 1", "you> 2")


def test_what_is_as_before_is_said_to_be_in_order() -> None:
    notes = notes_of(Reloaded(accepted=True, changed=(), problems=()))

    assert notes["title"] == "Saved and in order; nothing that is said has changed."
    assert notes["notes"] == []
