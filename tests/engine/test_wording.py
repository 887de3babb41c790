"""Texts and conditions: what they can say, and everything that they must refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feedbackbot.engine.wording import (
    check_condition,
    check_template,
    holds,
    names_in,
    names_in_condition,
    render,
)
from feedbackbot.engine.wording.dialect import WordingError
from feedbackbot.engine.wording.folding import fold

ADA = {
    "customer": {"first_name": "Ada", "purchases": 2, "timezone": "Europe/London"},
    "purchase": {"item": "Trail shoes", "items": ("Trail shoes", "Socks"), "total": 129.0}
    | {"currency": "GBP", "delivered_at": datetime(2026, 11, 27, 23, 30, tzinfo=UTC)},
    "shop": {"name": "Birch & Lane", "timezone": "Europe/London"},
    "score": 4,
    "problem": None,
    "gap": 2,
    "tags": ("loyal", "runner"),
}

SAID = {
    "Hi {{ customer.first_name or 'there' }}!": "Hi Ada!",
    "{{ score }}/5: {{ problem or 'no details' }}": "4/5: no details",
    "{{ problem }}|{{ problem | default('none given') }}": "|none given",
    "{{ 'delighted' if gap == 2 else 'met' }}": "delighted",
    "{% if gap > 1 %}Wow{% else %}Good{% endif %}": "Wow",
    "{{ purchase.items | join(' + ') }}": "Trail shoes + Socks",
    "{{ purchase['item'] | upper }} {{ purchase.items[1] | lower }}": "TRAIL SHOES socks",
    "{{ purchase.total }} {{ purchase.total | money }}": "129 £129.00",
    "{{ purchase.total | money('EUR') }}": "€129.00",
    "{{ purchase.delivered_at | day }}": "Friday, 27 November",
    "{{ purchase.delivered_at }}": "27 November 2026",
    "{{ customer.purchases }} {{ customer.purchases | plural('order', 'orders') }}": "2 orders",
    "{{ tags }} {{ tags | length }} {{ tags | first }}": "loyal, runner 2 loyal",
    "{{ 'o\\'neil smith' | title }} {{ ' x ' | trim }}": "O'neil Smith x",
    "{{ 2.3456 | round(2) }} {{ 2.6 | round }} {{ 9 | round(-999999999) }}": "2.35 3 9",
    "{{ 'a long way to go' | shorten(10) }}": "a long…",
    '5 < 6 & "quotes" <b>': '5 < 6 & "quotes" <b>',
}

REFUSED = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ customer.__class__ }}",
    "{{ customer['__class__'] }}",
    "{{ customer['__cl' ~ 'ass__'] }}",
    "{{ customer | attr('__class__') }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ range(1000000000) }}",
    "{{ customer.first_name.upper() }}",
    "{{ customer.first_name.upper }}",
    "{{ customer.first_name.format }}",
    "{{ ['a'] | map('upper') | list }}",
    "{{ tags | sort }}",
    "{{ customer.first_name | replace('A', 'AAAA') }}",
    "{% for i in tags %}x{% endfor %}",
    "{% set x = 1 %}",
    "{% macro m() %}{% endmacro %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% include 'x' %}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}",
    "{% filter upper %}a{% endfilter %}",
    "{% with a = 1 %}{% endwith %}",
    "{% raw %}{{ x }}{% endraw %}{{ f() }}",
    "{{ 'a' * 1000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 + 1 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ '%999999d' % 1 }}",
    "{{ tags[0:1] }}",
    "{{ {'a': 1} }}",
    "{{ score is divisibleby 2 }}",
    "{{ score is at_most 3 }}",
    "{{ _language }}",
    "{{ unknown_name }}",
    "{{ customer.unknown }}",
    "{{ unclosed",
    "{% if score %}",
    "{{ " + "(" * 500 + "1" + ")" * 500 + " }}",
    "{{ " + "not " * 900 + "score }}",
    "x" * 5000,
    "é" * 2049,
]


@pytest.mark.parametrize("template", SAID)
def test_a_text_says_what_it_was_written_to_say(template: str) -> None:
    assert render(template, ADA) == SAID[template]


@pytest.mark.parametrize("template", REFUSED)
def test_what_scripts_may_not_do_is_refused_with_a_sentence(template: str) -> None:
    with pytest.raises(WordingError) as refusal:
        render(template, ADA)

    assert len(str(refusal.value)) > 10


@pytest.mark.parametrize("name", ["{{7*7}}", "{% for x in y %}", "{{ shop.name }}", "{#", "%s {0}"])
def test_code_in_a_customers_name_stays_literal(name: str) -> None:
    said = render("Hi {{ customer.first_name }}.", {"customer": {"first_name": name}})

    assert said == f"Hi {name}."


def test_a_text_that_grows_out_of_hand_is_cut_at_one_message() -> None:
    said = render("{{ words }}" * 300, {"words": "x" * 100_000})

    assert len(said) == 4096
    assert said.endswith("…")


def test_a_comparison_with_an_answer_that_is_missing_is_false() -> None:
    nobody = {"score": None}

    for condition in ("score <= 2", "score >= 2", "2 < score", "score < 9 < 10", "score > score"):
        assert not holds(condition, nobody)


@pytest.mark.parametrize(
    "condition",
    [
        "score == 4",
        "score > 3 and gap >= 0",
        "1 < score < 5",
        "score in [4, 5]",
        "'loyal' in tags",
        "'shy' not in tags",
        "problem is none",
        "problem is not none or score >= 4",
        "not problem",
        "customer.first_name",
        "gap != -2",
        "problem == none",
    ],
)
def test_a_condition_holds(condition: str) -> None:
    assert holds(condition, ADA)


@pytest.mark.parametrize("condition", ["score < 4", "5 < score < 9", "problem", "gap == -2"])
def test_a_condition_does_not_hold(condition: str) -> None:
    assert not holds(condition, ADA)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("{{ score }} < 2", "without {{ }}"),
        ("score <= '2'", "without quotes"),
        ("score = 2", "from “=” on"),
        ("score <", "can't read"),
        ("score.bit_length() > 1", "call"),
        ("x for x in y", "from “for” on"),
    ],
)
def test_a_condition_that_can_not_be_read_says_why(condition: str, said: str) -> None:
    with pytest.raises(WordingError) as refusal:
        check_condition(condition)

    assert said in str(refusal.value)


def test_a_name_that_was_never_given_is_an_error_and_not_silence() -> None:
    with pytest.raises(WordingError, match="scoer"):
        holds("scoer <= 2", {"score": 1})


def test_names_are_found_with_their_dots() -> None:
    names = names_in("{{ customer.first_name or shop['name'] }} {{ score | default(other.x) }}")

    assert names == {"customer.first_name", "shop.name", "score", "other.x"}
    assert names_in_condition("a < b.c and d in [1]") == {"a", "b.c", "d"}


def test_a_wrong_filter_is_met_with_a_guess() -> None:
    with pytest.raises(WordingError, match="Did you mean “round”"):
        check_template("{{ score | rond }}")


def test_dates_money_and_plurals_follow_the_language() -> None:
    template = "{{ purchase.delivered_at | day }}, {{ purchase.total | money }}"

    assert render(template, ADA, language="es") == "viernes 27 de noviembre, 129,00\xa0GBP"
    assert render(template, ADA, language="de").startswith("Freitag, 27. November")
    assert render("{{ 1 | plural('uno', 'otros') }}", ADA, language="es") == "uno"
    assert render("{{ 3 | plural('ا', 'ي', few='ب') }}", ADA, language="ar") == "ب"


@pytest.mark.parametrize("text", ["One\r\ntwo\rthree\n", "\n", "", "Pick { or }", "x" * 4000])
def test_a_text_without_names_is_said_as_the_template_engine_says_it(text: str) -> None:
    assert render(text, {}) == render(text + "{{ '' }}", {})


@pytest.mark.parametrize("said", ["  si, CLARO! ", "Sí, claro", "ｓｉ， ｃｌａｒｏ"])
def test_case_accents_width_and_commas_make_no_difference(said: str) -> None:
    assert fold(said) == "si claro"


def test_the_skin_of_an_emoji_makes_no_difference() -> None:
    assert fold("👍🏽") == fold("👍") == "👍"
