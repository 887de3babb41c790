"""What a script may hold to hang or blow up the process is refused when it is read, and at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from feedbackbot.engine.checking import check
from feedbackbot.engine.reading.patterns import is_costly
from feedbackbot.engine.wording import check_condition, check_template, render
from feedbackbot.engine.wording.dialect import WordingError

HEAD = "script: visit\nspec: 1\nstart: {on: manual}\ntimeout: {after: 1d, goto: bye}\nsteps:\n"
STEP = '  - {id: a, ask: "A?", next: bye}\n  - {id: bye, end: done}\n'
FILES = {
    "lists in lists": (HEAD + STEP + "about: " + "[" * 5000 + "]" * 5000, "nested too deeply"),
    "tables in tables": (HEAD + STEP + "about: " + "{a: " * 5000 + "}" * 5000, "nested too deeply"),
    "a billion laughs": ("a: &a [x, x]\nb: &b [*a, *a]\n" + HEAD + STEP, "Aliases"),
    "a huge file": ("#" * 1_000_001 + "\n" + HEAD + STEP, "too large"),
    "a huge text": (HEAD + STEP.replace("A?", "A" * 5000), "longer than 4,096 bytes"),
}
TEXTS = {
    "brackets": "{{ " + "(" * 300 + "purchase.item" + ")" * 300 + " }}",
    "nots": "{{ " + "not " * 300 + "purchase.item }}",
    "ors": "{{ " + " or ".join(["purchase.item"] * 200) + " }}",
    "lists": "{{ " + "[" * 300 + "]" * 300 + " }}",
    "ifs": "{% if purchase.gift %}" * 100 + "x" + "{% endif %}" * 100,
    "filters": "{{ purchase.item" + " | lower" * 300 + " }}",
    "conditions": "{{ " + "'a' if purchase.gift else " * 100 + "'b' }}",
    "repetition": "{{ 'x' * 1000000000 }}",
    "powers": "{{ 9 ** 9 ** 9 }}",
    "joins": "{{ 'x' ~ 'x' }}",
    "ranges": "{{ range(1000000000) }}",
    "loops": "{% for x in purchase.items %}{{ x }}{% endfor %}",
    "blocks": "{% block a %}{% endblock %}",
    "classes": "{{ purchase.__class__ }}",
    "attributes": "{{ purchase['__class__'] }}",
    "formats": "{{ '%1000000000d' % 1 }}",
    "padding": "{{ 'x' | center(1000000000) }}",
    "spread": "{{ purchase.item | default(*purchase.items) }}",
    "same twice": "{{ purchase.item | default(fallback='a', fallback='b') }}",
}


@pytest.mark.parametrize("bomb", FILES)
def test_a_file_that_is_a_bomb_is_refused_at_once(bomb: str, tmp_path: Path) -> None:
    text, sentence = FILES[bomb]
    (tmp_path / "visit.yaml").write_text(text, encoding="utf-8")
    begun = time.perf_counter()

    problems = check(tmp_path)

    assert any(sentence in problem.message for problem in problems), problems
    assert time.perf_counter() - begun < 5


@pytest.mark.parametrize("bomb", TEXTS)
def test_a_text_that_is_a_bomb_is_refused_when_it_is_read(bomb: str) -> None:
    with pytest.raises(WordingError):
        check_template(TEXTS[bomb])


def test_a_condition_that_is_a_bomb_is_refused_too() -> None:
    with pytest.raises(WordingError):
        check_condition(" and ".join(["purchase.gift"] * 200))


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "((a+))+$", "(a|a)+$", "(a|aa)*$", "(a?){50}", "a*a*a*b", r"(a+)\1", "(.*)*"],
)
def test_a_pattern_that_could_take_for_ever_is_refused(pattern: str, tmp_path: Path) -> None:
    rule = f"validate: {{matches: '{pattern}', say: \"No.\"}}"
    text = HEAD + STEP.replace('"A?",', f'"A?", {rule},')
    (tmp_path / "visit.yaml").write_text(text, encoding="utf-8")

    assert [problem.code for problem in check(tmp_path)] == ["E223"]


@pytest.mark.parametrize(
    "pattern", ["@", r"^\d{5}$", "^[^@]+@[^@]+$", "(abc|def)", "[+*]{3}", "^(https?)"]
)
def test_an_ordinary_pattern_is_fine(pattern: str) -> None:
    assert not is_costly(pattern)


def test_what_is_said_is_bounded_however_long_its_names_are() -> None:
    said = render("{{ words }}" * 100, {"words": "x" * 1_000_000})

    assert len(said) <= 4096
