"""The scripts that come with the program: one begins by itself, the others as soon as somebody switches them on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.loader import load_library, packaged_folder
from feedbackbot.engine.script import Ask, Library, Script
from feedbackbot.engine.translating.folder import texts_in

FOLDER = packaged_folder()
ON_DEMAND = (
    "after_support",
    "anniversary_thank_you",
    "expectation_gap",
    "loyal_customer_interview",
    "nps_quarterly",
    "testimonial_ask",
    "unhappy_follow_up",
)


def test_only_the_talk_after_a_purchase_begins_by_itself(library: Library) -> None:
    by_itself = {n for n, s in library.scripts.items() if s.start.trigger.on != "manual"}

    assert by_itself == {"after_purchase"}
    assert set(library.scripts) == {"after_purchase", *ON_DEMAND}


def test_there_is_nothing_to_say_against_any_of_them() -> None:
    assert check(FOLDER) == ()


@pytest.mark.parametrize("language", ["es", "de"])
@pytest.mark.parametrize("name", ["after_purchase", *ON_DEMAND])
def test_every_shipped_script_is_said_in_spanish_and_german(name: str, language: str) -> None:
    texts = texts_in(FOLDER, language)[name]

    assert [text.key for text in texts if not text.is_current] == []


@pytest.mark.parametrize("name", ON_DEMAND)
def test_the_lines_of_its_head_switch_a_script_on(
    name: str, folder: Callable[..., Path], library: Library
) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    lines = re.findall(r"^#   (\w+: \S+)$", text, re.MULTILINE)
    assert lines[0].startswith("on: ")
    switched = text.replace("  on: manual\n", "".join(f"  {line}\n" for line in lines))

    written = folder(**{name: switched})

    assert check(written) == ()
    script = load_library(written).scripts[name]
    assert script.start.trigger.on == lines[0].removeprefix("on: ")
    # beside the shipped script, which has the trigger to itself
    assert script.start.trigger.on != library.scripts["after_purchase"].start.trigger.on


@pytest.mark.parametrize("name", ON_DEMAND)
def test_every_script_promises_something_and_ends_in_silence_for_the_silent(
    name: str, library: Library
) -> None:
    script = library.scripts[name]

    assert script.promises
    assert script.max_questions is not None
    assert _asked(script) <= 7
    assert script.steps["quiet"].say is None  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ON_DEMAND)
def test_every_script_has_its_stories(name: str) -> None:
    stories = Path(__file__).parent.parent / "stories"

    assert len(list(stories.glob(f"{name}.*.txt"))) >= 3
    assert any(stories.glob(f"{name}.in_*.txt"))  # one of them in another language


def _asked(script: Script) -> int:
    return sum(1 for step in script.steps.values() if isinstance(step, Ask))
