"""The table at which a chat is played: time that runs by itself, and scripts that are saved meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedbackbot.engine.events import Said
from feedbackbot.engine.playing import Heard
from feedbackbot.engine.playing.notebook import duration_words
from feedbackbot.engine.playing.props import usual
from feedbackbot.engine.playing.table import Table
from feedbackbot.engine.reading.problems import Problem
from feedbackbot.engine.reading.watching import Saved
from feedbackbot.engine.script import Ask, Library, Place

MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Ears:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.notes: list[str] = []

    def heard(self, heard: Heard) -> None:
        if isinstance(heard.event, Said):
            self.said.append(heard.event.text)

    def clock(self, now: datetime) -> None:
        self.notes.append(f"{now:%a %H:%M}")

    def aside(self, note: str) -> None:
        self.notes.append(note)


def laid(library: Library) -> tuple[Table, Ears]:
    ears = Ears()
    given = usual(library.scripts["after_purchase"], MORNING)
    table = Table(library, "after_purchase", ears, given=given)
    table.sit_down()
    return table, ears


def test_time_stands_still_until_it_is_told_to_run(library: Library) -> None:
    table, ears = laid(library)

    table.tick(1_000_000)
    assert len(ears.said) == 1
    table.hear("/speed 1d")
    table.tick(2)

    assert "No rush" in ears.said[-1]


def test_time_that_has_run_is_waited_for_in_the_saved_test(library: Library) -> None:
    table, _ = laid(library)
    table.speed = timedelta(hours=1)

    for _ in range(60):
        table.tick(1)
    table.hear("5")

    saved = table.notebook.as_test("t", timezone="Europe/London")
    assert 'given: {now: "2026-11-24 10:00"}' in saved
    assert saved.index("- wait: 2d") < saved.index("No rush") < saved.index("- wait: 12h")
    assert saved.index("- wait: 12h") < saved.index('- tap: "5 ★"')


def test_a_saved_script_is_played_from_the_next_beginning_on(library: Library) -> None:
    table, ears = laid(library)
    script = library.scripts["after_purchase"]
    reason = script.steps["reason"]
    assert isinstance(reason, Ask)
    changed = replace(script, steps={**script.steps, "reason": replace(reason, ask="Why?")})
    saved = replace(library, scripts={"after_purchase": changed})

    table.take_saved(Saved(library=saved))
    table.hear("5")
    before = ears.said[-1]
    table.hear("/restart")
    table.hear("5")

    assert (before, ears.said[-1]) == ("Thank you. What is the main reason for your score?", "Why?")


def test_many_findings_of_a_save_do_not_drown_the_chat(library: Library) -> None:
    table, ears = laid(library)
    found = [
        Problem(place=Place(file="x.yaml", line=n, column=1), code="W702", message=f"old {n}")
        for n in range(1, 6)
    ]
    wrong = Problem(place=Place(file="x.yaml", line=9, column=1), code="E420", message="no step")

    table.take_saved(Saved(library=None, problems=(*found, wrong)))

    assert "E420 no step" in ears.notes[-4]
    assert "old 2" in ears.notes[-2]
    assert ears.notes[-1] == "and 3 more; feedbackbot check shows them all"


def test_what_can_be_typed_is_suggested(library: Library) -> None:
    table, _ = laid(library)

    assert table.suggestions()[:2] == ("1 ★", "2 ★")
    assert "/staff claim" in table.suggestions()


def test_durations_are_written_as_scripts_write_them() -> None:
    assert duration_words(timedelta(days=1, hours=12, seconds=5)) == "1d12h5s"
    assert duration_words(timedelta()) == "0s"
