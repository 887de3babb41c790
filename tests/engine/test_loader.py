"""What is read from a folder of conversations, and how each slip in a file is told."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from feedbackbot.engine.reading.loader import (
    gather,
    library_of,
    load_library,
    packaged_folder,
    read_library,
    sources_of,
)
from feedbackbot.engine.reading.problems import ScriptProblems, errors_in
from feedbackbot.engine.script import (
    Ask,
    Branch,
    Call,
    End,
    Escalate,
    Medium,
    QuestionType,
    ReviewLink,
    Reward,
    Say,
    Script,
    SetNames,
    Tell,
    TestimonialStep,
    Timeout,
    Wait,
)
from feedbackbot.engine.times.durations import find_duration

#: writes files by name into a fresh folder
WriteFolder: TypeAlias = Callable[..., Path]
SCRIPTS = Path(__file__).parent / "scripts"
VISIT = """\
script: visit
spec: 1
start: {on: manual}
timeout: {after: 1d, goto: bye}
steps:
  - {id: rate, ask: "How was it?", type: rating, save: score, next: bye}
  - {id: bye, end: done}
"""


@pytest.fixture(scope="module")
def every_kind() -> Script:
    return load_library(SCRIPTS).scripts["every_kind"]


def test_the_packaged_conversations_load() -> None:
    library = load_library(packaged_folder())
    script = library.scripts["after_purchase"]

    assert script.first == "hello"
    assert script.start.between == (time(9), time(20))
    assert library.shop.name == "Birch & Lane"
    assert {"score", "problem", "recovered"} <= script.saved_names


def test_the_recovery_question_counts_for_its_measure() -> None:
    step = load_library(packaged_folder()).scripts["after_purchase"].steps["put_right"]

    assert isinstance(step, Ask)
    assert step.metric == "recovered"
    assert list(step.choices) == ["solved", "open"]


def test_the_example_of_the_language_loads() -> None:
    script = load_library(SCRIPTS).scripts["after_purchase"]
    hand_over = script.steps["hand_over"]

    assert script.start.trigger.after == timedelta(days=3)
    assert script.start.otherwise is not None
    assert script.start.condition == "not purchase.gift"
    assert [(it.condition, it.must, it.never) for it in script.promises] == [
        ("score <= 2", "escalate", None),
        ("score <= 3", None, "testimonial"),
    ]
    assert isinstance(hand_over, Escalate)
    assert hand_over.nobody is not None
    assert hand_over.nobody.after == timedelta(days=1)


def test_every_kind_of_step_is_read(every_kind: Script) -> None:
    kinds = {type(step) for step in every_kind.steps.values()} | {Escalate}

    assert kinds == {
        *(Say, Ask, Branch, SetNames, Wait, Escalate, Tell),
        *(TestimonialStep, Reward, ReviewLink, Call, End),
    }
    asked = {step.type for step in every_kind.steps.values() if isinstance(step, Ask)}
    assert asked | {QuestionType.RATING, QuestionType.CHOICE} == set(QuestionType)


def test_values_keep_their_kind(every_kind: Script) -> None:
    remember = every_kind.steps["remember"]

    assert isinstance(remember, SetNames)
    assert remember.tags == ("loyal",)
    assert remember.values["seen"] is True
    assert remember.values["count"] == 3
    assert remember.values["nobody"] is None


def test_waits_are_a_time_a_clock_or_a_moment(every_kind: Script) -> None:
    later, morning = every_kind.steps["later"], every_kind.steps["in_the_morning"]
    check_on = load_library(SCRIPTS).scripts["after_purchase"].steps["give_it_time"]

    assert isinstance(later, Wait)
    assert later.duration == timedelta(days=2)
    assert isinstance(morning, Wait)
    assert morning.until_time == time(10)
    assert isinstance(check_on, Wait)
    assert check_on.until_name == "escalation.check_on"


def test_a_question_without_its_own_time_out_takes_the_scripts(every_kind: Script) -> None:
    quote, story = every_kind.steps["quote"], every_kind.steps["story"]

    assert isinstance(story, Ask)
    assert story.timeout == Timeout(after=timedelta(days=3), goto="quiet")
    assert story.accept == tuple(Medium)
    assert isinstance(quote, TestimonialStep)
    assert quote.timeout.after == timedelta(days=1, hours=12)


def test_yes_and_no_are_words(folder: WriteFolder) -> None:
    steps = VISIT.replace("type: rating", "type: choice, choices: {yes: On, no: Off}")
    ask = load_library(folder(visit=steps)).scripts["visit"].steps["rate"]

    assert isinstance(ask, Ask)
    assert ask.choices == {"yes": "On", "no": "Off"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("1w", timedelta(days=7)),
        ("0s", timedelta()),
        ("1d1d", None),
        ("5", None),
        ("-1d", None),
        ("1.5h", None),
        ("99999w", None),
        ("1 d", None),
    ],
)
def test_durations(text: str, expected: timedelta | None) -> None:
    assert find_duration(text) == expected


def test_a_folder_without_shop_and_sentences_gets_the_packaged_ones(folder: WriteFolder) -> None:
    library = load_library(folder(visit=VISIT))

    assert library.shop.legal_name == "Birch & Lane Ltd"
    assert "stop.with_open_case.say" in library.common.texts
    assert library.common.buttons["stop.with_open_case"] == {
        "yes": "Yes, let them answer",
        "no": "No, nothing at all",
    }


def test_sentences_and_buttons_have_dotted_keys() -> None:
    common = load_library(packaged_folder()).common

    assert common.texts["welcome.fine"].startswith("Good.")
    assert common.texts["less.ask"]
    assert common.texts["buttons.skip"] == "Skip"
    assert set(common.buttons["testimonial.consent"]) == {"agree", "change", "no"}
    assert set(common.buttons["forget"]) == {"yes", "no"}
    assert "testimonial.not_published" not in common.texts


def test_words_that_mean_a_command_are_found_however_they_are_written() -> None:
    common = load_library(packaged_folder()).common

    assert {"stop", "no mas"} <= common.stop_words
    assert {"thanks", "👍", "❤"} <= common.thanks_words
    assert "talk to a person" in common.human_words
    assert "cancel" not in common.stop_words


def test_a_folder_may_override_a_single_sentence(folder: WriteFolder) -> None:
    own = 'common: 1\nlater: {never: "Fine, not this one."}\nforget: {buttons: {no: "Keep it"}}\n'
    common = load_library(folder(visit=VISIT, _common=own)).common

    assert common.texts["later.never"] == "Fine, not this one."
    assert common.texts["later.ask"] == "Of course. When suits you better?"
    assert common.buttons["forget"] == {"yes": "Yes, delete everything", "no": "Keep it"}


def test_a_sentence_that_does_not_exist_is_met_with_a_guess(folder: WriteFolder) -> None:
    with pytest.raises(ScriptProblems, match="no sentence “later") as found:
        load_library(folder(visit=VISIT, _common='common: 1\nlater: {nevr: "No"}\n'))

    assert found.value.problems[0].hint == "Did you mean “later.never”?"


def test_the_shop_is_read(folder: WriteFolder) -> None:
    shop = """\
name: Kiln
timezone: America/New_York
hours: {mon-wed: "9-17:30", sun: "10:00 - 12:00"}
holidays: [2026-12-25]
lead: {name: Sam, slack_user_id: U1}
routes: {workshop: C42}
"""
    kiln = load_library(folder(visit=VISIT, _shop=shop)).shop

    assert kiln.legal_name == "Kiln"
    assert kiln.hours[0] == kiln.hours[2] == (time(9), time(17, 30))
    assert sorted(kiln.hours) == [0, 1, 2, 6]
    assert kiln.holidays == {date(2026, 12, 25)}
    assert kiln.lead is not None
    assert kiln.lead.slack_user_id == "U1"
    assert kiln.routes == {"workshop": "C42"}


def test_a_wrong_shop_is_told_with_its_lines(folder: WriteFolder) -> None:
    shop = (
        'name: Kiln\ntimezone: Mars/Base\nhours: {mon-wed: "17-9"}\nholidays: [soon]\ncolor: red\n'
    )
    with pytest.raises(ScriptProblems) as found:
        load_library(folder(visit=VISIT, _shop=shop))

    codes = [(it.place.line, it.code) for it in found.value.problems]
    assert codes == [(2, "E225"), (3, "E226"), (4, "E227"), (5, "E201")]


def version(folder: Path, name: str = "visit") -> str:
    return load_library(folder).scripts[name].version


def test_a_version_changes_with_the_words_and_not_with_the_layout(folder: WriteFolder) -> None:
    first = version(folder(visit=VISIT))
    laid_out = version(folder(visit="# note\n" + VISIT.replace('"How was it?"', "'How was it?'")))
    reworded = version(folder(visit=VISIT.replace("How was it?", "How did it go?")))

    assert first == laid_out
    assert first != reworded
    assert len(first) == 64


def test_a_version_covers_sentences_translations_and_called_scripts(folder: WriteFolder) -> None:
    caller = VISIT.replace("script: visit", "script: caller").replace(
        '{id: rate, ask: "How was it?", type: rating, save: score, next: bye}',
        "{id: rate, call: visit, next: bye}",
    )
    seen = {version(folder(visit=VISIT, caller=caller), "caller")}
    seen.add(version(folder(visit=VISIT.replace("was it", "is it")), "caller"))
    seen.add(version(folder(_common='common: 1\nmydata: "Here it is."\n'), "caller"))
    seen.add(
        version(
            folder(
                **{"visit.es": "translation: visit\nlanguage: es\ntexts: {bye.say: '¡Gracias!'}\n"}
            ),
            "caller",
        )
    )

    assert len(seen) == 4


def test_a_version_can_be_kept_and_loaded_again(folder: WriteFolder) -> None:
    library = load_library(
        folder(visit=VISIT, other=VISIT.replace("script: visit", "script: other"))
    )
    kept = json.dumps(sources_of(library.scripts["visit"], library))

    again = library_of(json.loads(kept))

    assert list(again.scripts) == ["visit"]
    assert again.scripts["visit"] == library.scripts["visit"]


TRAPS = {
    "tab": ("E109", "  - {id: rate", "\t- {id: rate", "a tab in front"),
    "list in a condition": (
        "E101",
        "next: bye}",
        "next: [{if: score in [1, 2], goto: bye}]}",
        "[ ] needs quotes",
    ),
    "quote first": (
        "E101",
        "next: bye}",
        "next: [{if: 'a' == score, goto: bye}]}",
        "begins with a quote",
    ),
    "braces": ("E107", '"How was it?"', "{{ customer.first_name }}", "begins with {{ needs quotes"),
    "braces and more": (
        "E101",
        'ask: "How was it?"',
        "ask: {{ customer.first_name }} hi",
        "begins with {{",
    ),
    "nothing": ("E204", '"How was it?"', "~", "“~” means “nothing”"),
    "number": ("E204", '"How was it?"', "5", "5 is a number"),
    "switch": ("E204", '"How was it?"', "true", "true is a switch"),
    "duplicate": ("E106", "type: rating,", "type: rating, type: text,", "stands here twice"),
    "alias": ("E104", "save: score", "save: *score", "Aliases"),
    "anchor": ("E104", "save: score", "save: &score score", "Anchors"),
    "tag": ("E105", "save: score", "save: !!python/name:os.system score", "tag"),
    "colon": (
        "E101",
        "start: {on: manual}",
        "about: One thing: this\nstart: {on: manual}",
        "second colon",
    ),
    "unclosed": (
        "E101",
        "{id: bye, end: done}",
        "{id: bye, end: done",
        "comma or quotes are missing",
    ),
    "at sign": ("E101", "save: score", "save: @score", "can't begin with this character"),
    "control": ("E101", "How was it", "How \x00was it", "control character"),
    "second document": ("E102", "steps:", "---\nsteps:", "One file holds one script"),
    "deep": ("E101", '"How was it?"', "[" * 60 + "]" * 60, "nested too deeply"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_each_trap_of_yaml_has_its_own_sentence_and_place(trap: str, folder: WriteFolder) -> None:
    code, right, wrong, sentence = TRAPS[trap]
    assert right in VISIT

    with pytest.raises(ScriptProblems) as found:
        load_library(folder(visit=VISIT.replace(right, wrong)))

    told = [(it.code, it.message) for it in found.value.problems]
    assert any(code == said and sentence in message for said, message in told), told
    assert all(it.place.file.endswith("visit.yaml") for it in found.value.problems)
    assert all(it.place.line >= 1 and it.place.column >= 1 for it in found.value.problems)


def test_a_comment_that_cuts_a_text_off_is_noticed(folder: WriteFolder) -> None:
    script = VISIT + "  - id: more\n    say: Order #5 is on its way\n    next: bye\n"
    with pytest.raises(ScriptProblems) as found:
        load_library(folder(visit=script.replace("Order #5", "Your order #5")))

    assert "E210 What follows # is a comment" in str(found.value)
    assert 'Such as: "Your order #5 is on its way"' in {it.hint for it in found.value.problems}


def test_every_mistake_is_told_at_once_in_the_order_of_the_files(folder: WriteFolder) -> None:
    wrong = VISIT.replace("type: rating", "typ: rating").replace("next: bye", "next: by")
    with pytest.raises(ScriptProblems) as found:
        load_library(folder(visit=wrong.replace("1d", "soon"), other="script: other\n- x\n"))

    codes = [(Path(it.place.file).name, it.place.line, it.code) for it in found.value.problems]
    assert codes == [
        ("other.yaml", 2, "E101"),
        ("visit.yaml", 4, "E205"),
        ("visit.yaml", 6, "E201"),
        ("visit.yaml", 6, "E420"),
    ]


def test_a_file_that_is_no_text_or_no_folder_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "visit.yaml").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ScriptProblems, match="not UTF-8"):
        load_library(tmp_path)
    with pytest.raises(ScriptProblems, match="no such folder"):
        load_library(tmp_path / "nowhere")


def test_a_hundred_steps_load_in_a_moment(folder: WriteFolder) -> None:
    steps = "".join(
        f'  - {{id: s{n}, ask: "Question {n}, {{{{ customer.first_name }}}}?", next: s{n + 1}}}\n'
        for n in range(100)
    )
    script = VISIT.replace("  - {id: bye", f"{steps}  - {{id: s100, end: far}}\n  - {{id: bye")
    path = folder(visit=script.replace("save: score, next: bye", "save: score, next: s0"))
    began = clock.perf_counter()

    assert len(load_library(path).scripts["visit"].steps) == 103
    assert clock.perf_counter() - began < 2


def test_a_sentence_that_is_not_said_as_shipped_can_be_given_words(tmp_path: Path) -> None:
    (tmp_path / "_common.yaml").write_text(
        'common: 1\ntestimonial: {not_published: "Not this time."}\n', encoding="utf-8"
    )
    (tmp_path / "_common.es.yaml").write_text(
        "translation: _common\nlanguage: es\ntexts:\n  testimonial.not_published:\n"
        '    text: "Esta vez no."\n',
        encoding="utf-8",
    )

    reading = read_library(gather(tmp_path))

    assert errors_in(reading.problems) == ()
    common = reading.library.common
    assert common.texts["testimonial.not_published"] == "Not this time."
    assert common.translations["es"].texts["testimonial.not_published"] == "Esta vez no."
