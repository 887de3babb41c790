"""Whatever a check can find is explained, in words for whoever writes scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedbackbot
from feedbackbot.engine.explaining import EXPLANATIONS, explain, list_codes

ENGINE = Path(feedbackbot.__file__).parent / "engine"
CODE = re.compile(r"[EW]\d{3}")


def codes_in_use() -> Iterator[str]:
    for path in ENGINE.rglob("*.py"):
        if path.parent.name != "explaining":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and CODE.fullmatch(str(node.value)):
                    yield str(node.value)


def test_every_code_that_can_be_found_is_explained_and_no_other() -> None:
    assert set(EXPLANATIONS) == set(codes_in_use())


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_an_explanation_says_what_is_wrong_and_what_to_write_instead(code: str) -> None:
    what, instead = EXPLANATIONS[code]

    assert re.fullmatch(r"[A-Z“].{10,}\.", what)
    assert re.fullmatch(r"[A-Z“f].{10,}", instead)
    assert what != instead


def test_a_code_is_found_however_it_is_typed() -> None:
    told = explain(" e505")

    assert told is not None
    assert told.startswith("E505: One conversation gives something")
    assert "Give it in a script of its own" in told
    assert explain("E999") is None


def test_the_list_has_a_line_for_each_code() -> None:
    lines = list_codes().splitlines()

    assert [line[:4] for line in lines] == sorted(EXPLANATIONS)
