"""A small script in a folder of its own, and a way to play tests of it."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from feedbackbot.commands.script_tests import Wish, run_tests

SCRIPT = """\
script: shoes
spec: 1
start: {on: purchase.delivered, after: 3d}
expire: 14d
timeout: {after: 3d, goto: quiet}
steps:
  - id: rate
    ask: "Hi {{ customer.first_name }}! How are your {{ purchase.item }}?"
    type: rating
    save: score
    remind: {after: 1d, times: 1, say: "No rush."}
    retry: {times: 1, say: "A star, please.", then: bye}
    next:
      - {if: score <= 2, goto: hand_over}
      - {else: thanks}
  - id: hand_over
    escalate:
      to: support
      summary: "{{ score }}/5 for {{ purchase.item }}"
      say: "I am sorry. A colleague will write."
    next: put_right
  - id: put_right
    ask: "Did we put it right?"
    type: choice
    choices: {solved: "Yes, solved", open: "Not yet"}
    save: recovered
    next:
      - {if: recovered == 'open', goto: hand_over}
      - {else: bye}
  - id: thanks
    say: "Lovely."
    next: bye
  - id: bye
    end: done
    say: "Thank you."
  - id: quiet
    end: no_answer
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shoes.yaml").write_text(SCRIPT, encoding="utf-8")
    return tmp_path


@pytest.fixture
def shown(folder: Path) -> Callable[..., tuple[int, str]]:
    """Writes these tests, plays them, and hands back the exit code and the screen."""

    def show(tests: str, **wishes: object) -> tuple[int, str]:
        (folder / "shoes.test.yaml").write_text(tests, encoding="utf-8")
        screen = StringIO()
        console = Console(file=screen, highlight=False, soft_wrap=True)
        code = run_tests(Wish(paths=(folder,), **wishes), console)  # type: ignore[arg-type]
        return code, screen.getvalue().replace(f"{folder}/", "")

    return show
