"""`feedbackbot graph`: every way out of every step is in the drawing, whatever stands in the texts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.commands.describing import drawing_of_file, svg_of
from feedbackbot.engine.describing.drawing import START, drawing_of
from feedbackbot.engine.describing.mermaid import mermaid_of
from feedbackbot.engine.examining.ways import leads_to
from feedbackbot.engine.reading.loader import load_library, packaged_folder
from feedbackbot.engine.reading.steps import KINDS
from feedbackbot.engine.step_kinds import KIND_OF
from feedbackbot.errors import ConfigError

AFTER_PURCHASE = packaged_folder() / "after_purchase.yaml"
HOSTILE = """
script: odd
start: {on: manual}
timeout: {after: 1d12h, goto: quiet}
steps:
  - id: end_it
    ask: "50% \\"off\\"; `a` #1 <b>|</b> %%{init}%% \\\\N [x] {y} -->"
    type: rating
    save: score
    next:
      - {if: "score < 2 and score > 0", goto: quiet}
      - {if: score == 5, goto: quiet}
      - {else: quiet}
  - {id: quiet, end: no_answer}
"""


def test_every_way_out_of_every_step_is_drawn() -> None:
    script = load_library(packaged_folder()).scripts["after_purchase"]

    drawn = drawing_of(script)

    ways = {(source, target) for source, targets in leads_to(script).items() for target in targets}
    assert {(arrow.source, arrow.target) for arrow in drawn.arrows} == {
        *ways,
        (START, script.first),
    }
    assert [box.id for box in drawn.boxes] == [START, *script.steps]


def test_mermaid_shows_conditions_time_outs_and_kinds() -> None:
    drawn = mermaid_of(drawing_of_file(AFTER_PURCHASE)).splitlines()

    assert drawn[0] == "flowchart TD"
    assert '    step_rate -->|"score #60;= 2"| step_what_happened' in drawn
    assert '    step_rate -.->|"silent for 3d"| step_quiet' in drawn
    assert '    step_hand_over[["hand_over<br/>to support, high"]]' in drawn
    assert any(
        line.startswith('    step_hello["hello<br/>Hi ‹customer.first_name›') for line in drawn
    )


#: what Mermaid's own grammar takes for these shapes and arrows, with labels in quotes and #123; for marks
LABEL = r'"[^"#;<>`{}|\\]*(?:(?:#\d+;|<br/>)[^"#;<>`{}|\\]*)*"'
BOX = "|".join(
    (
        rf"\(\({LABEL}\)\)",
        rf"\(\[{LABEL}\]\)",
        rf"\({LABEL}\)",
        rf"\[\[{LABEL}\]\]",
        rf"\[/{LABEL}/\]",
        rf"\[{LABEL}\]",
        rf"\{{{LABEL}\}}",
    )
)
MERMAID = re.compile(rf"    step_\w+(?:{BOX})|    step_\w+ (?:-->|-\.->)(?:\|{LABEL}\|)? step_\w+")


@pytest.mark.parametrize("name", load_library(packaged_folder(), proves=False).scripts)
def test_every_line_is_one_that_mermaid_reads(name: str) -> None:
    file = AFTER_PURCHASE.with_name(f"{name}.yaml")
    head, *lines = mermaid_of(drawing_of_file(file)).splitlines()

    assert head == "flowchart TD"
    assert [line for line in lines if not MERMAID.fullmatch(line)] == []


def test_even_hostile_texts_leave_lines_that_mermaid_reads(folder: Callable[..., Path]) -> None:
    _, *lines = mermaid_of(drawing_of_file(folder(odd=HOSTILE) / "odd.yaml")).splitlines()

    assert [line for line in lines if not MERMAID.fullmatch(line)] == []


def test_what_only_decides_about_words_is_not_drawn() -> None:
    drawn = mermaid_of(drawing_of_file(AFTER_PURCHASE.with_name("anniversary_thank_you.yaml")))

    assert "if there is one: ‹reward.code›" in drawn
    assert "#37;" not in drawn


def test_no_text_can_break_out_of_its_box(folder: Callable[..., Path]) -> None:
    drawn = mermaid_of(drawing_of_file(folder(odd=HOSTILE) / "odd.yaml"))

    labels = re.findall(r'"(.*?)"', drawn)
    assert not any(
        re.search(r"[<>`%\[\]{}|\\]|#(?!\d+;)", text.replace("<br/>", "")) for text in labels
    )
    assert drawn.count('"') == 2 * len(labels)
    assert "silent for 1d12h" in drawn


def test_the_picture_holds_every_box_and_every_arrow(folder: Callable[..., Path]) -> None:
    pytest.importorskip("pygraphviz", reason="a picture needs the extra feedbackbot[graph]")

    for file in (AFTER_PURCHASE, folder(odd=HOSTILE) / "odd.yaml"):
        drawing = drawing_of_file(file)

        # made by ourselves a moment ago
        picture = ET.fromstring(svg_of(drawing))

        groups = [group.get("class") for group in picture.iter("{http://www.w3.org/2000/svg}g")]
        assert groups.count("node") == len(drawing.boxes)
        assert groups.count("edge") == len(drawing.arrows)
    words = "".join(picture.itertext())
    assert '50% "off"; `a` #1 <b>|</b>' in words
    assert "score == 5" in words


def test_a_file_that_is_no_script_is_not_drawn() -> None:
    with pytest.raises(ConfigError, match="no script “_shop”"):
        drawing_of_file(AFTER_PURCHASE.with_name("_shop.yaml"))


def test_every_kind_of_step_that_can_be_written_has_its_name() -> None:
    assert set(KIND_OF.values()) == set(KINDS)
