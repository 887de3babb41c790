"""What people write who have never seen YAML, and what others write on purpose: each gets a sentence, none does harm."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from feedbackbot.engine.checking import check, errors_in, render_problem

Folder = Callable[..., Path]
FRAME = """\
script: visit
spec: 1
start: {on: manual}
timeout: {after: 1d, goto: quiet}
steps:
%s
  - {id: bye, end: done}
  - {id: quiet, end: no_answer}
"""
STEP = '  - {id: rate, ask: "How?", type: rating, save: score, next: bye}'
#: steps -> line, part of the message, part of the hint
CLUMSY = {
    "printed quotes": ("  - id: a\n    ask: “How?”\n    next: bye", 7, "printed", "straight|Write"),
    "printed quotes in braces": (
        "  - {id: a, ask: “How, Bo?”, next: bye}",
        6,
        "printed",
        "Write",
    ),
    "German quotes": ("  - id: a\n    ask: „Wie: gut?“\n    next: bye", 7, "printed", "Write"),
    "a space too many": ("  - id: a\n     ask: H\n    next: bye", 7, "does not fit", "same column"),
    "a space too few": ("  - id: a\n   ask: H\n   next: bye", 7, "does not fit", "same column"),
    "no dash": ("  id: a\n    ask: H\n    next: bye", 7, "does not fit", "same column"),
    "no colon": ('  - id: a\n    ask "How?"\n    next: bye', 8, "colon is missing", "ask:"),
    "no space": ('  - id: a\n    ask:"How?"\n    next: bye', 8, "space is missing", "ask:"),
    "a colon in a text": ("  - id: a\n    ask: Tell me: how?\n    next: bye", 7, "colon", "say:"),
    "an apostrophe": ("  - id: a\n    ask: 'It's fine?'\n    next: bye", 7, "second '", "double"),
    "a star": ("  - id: a\n    ask: *How* was it?\n    next: bye", 7, "begin with *", "quotes"),
    "a backslash": (
        '  - id: a\n    ask: "C:\\quark"\n    next: bye',
        7,
        "backslash",
        "two of them",
    ),
    "half a pair": (
        '  - {id: a, say: "{{ shop.name }", next: bye}',
        6,
        "I can't read",
        "two braces",
    ),
    "a yes": ('  - {id: a, ask: "H?", optional: yes, next: bye}', 6, "true or false", "true"),
    "no text at all": ('  - {id: a, ask: "", next: bye}', 6, "empty", "take the whole line out"),
    "an empty type": ('  - {id: a, ask: "H?", type: "", next: bye}', 6, "not possible", "rating"),
    "an emoji": ('  - {id: 🎉, ask: "H?", next: bye}', 6, "name of a step", "Small letters"),
    "an umlaut": ('  - {id: a, ask: "H?", save: größe, next: bye}', 6, "a name", "Small letters"),
    "days in words": ("  - {id: a, wait: 3 days, next: bye}", 6, "not a duration", "3d"),
    "a huge number": (
        f'  - {{id: a, ask: "H?", type: number, save: n, next: [{{if: n > {"9" * 400}, goto: bye}}, {{else: bye}}]}}',
        6,
        "as large as this",
        "",
    ),
    "a huge pattern": (
        '  - {id: a, ask: "H?", validate: {matches: "a{99999999999}", say: "No."}, next: bye}',
        6,
        "not a pattern",
        "",
    ),
    "an odd file": (
        '  - {id: a, say: "Hi", photo: "a\\0.jpg", next: bye}',
        6,
        "name of a file",
        "",
    ),
}


@pytest.mark.parametrize("slip", CLUMSY)
def test_a_slip_is_explained(slip: str, folder: Folder) -> None:
    steps, line, message, hint = CLUMSY[slip]

    first = errors_in(check(folder(visit=FRAME % steps)))[0]

    assert first.place.line == line
    assert message in first.message
    assert any(part in first.hint for part in hint.split("|"))


HEADS = {
    "an empty trigger": ("{on: manual}", '{on: ""}', "“” is not possible for “on”"),
    "times without quotes": ("{on: manual}", "{on: manual, between: [9:00, 20:00]}", "need quotes"),
    "a span": ("{on: manual}", '{on: manual, between: "9-20"}', "list is needed"),
    "a word": ("{on: manual}", "manual", "“start” of the script needs keys"),
    "a promise": ("spec: 1", "spec: 1\npromises: score", "list is needed"),
}


@pytest.mark.parametrize("slip", HEADS)
def test_so_is_one_at_the_top(slip: str, folder: Folder) -> None:
    old, new, message = HEADS[slip]

    found = errors_in(check(folder(visit=(FRAME % STEP).replace(old, new))))

    assert [message in it.message for it in found] == [True]
    assert "photo" not in found[0].hint


HOSTILE = {
    "nothing": "",
    "no YAML": "<html><body>",
    "a Word file": "PK\x03\x04",
    "anchors in anchors": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
    "an anchor in itself": "a: &a [*a]\n",
    "brackets": "[" * 100_000,
    "braces": "{a: " * 50_000,
    "dashes": "- " * 20_000,
    "a huge text": FRAME % f'  - {{id: a, ask: "{"x" * 900_000}", next: bye}}',
    "too huge a text": FRAME % f'  - {{id: a, ask: "{"x" * 10_000_000}", next: bye}}',
    "many templates": FRAME % f'  - {{id: a, ask: "{"{{ a }}" * 100_000}", next: bye}}',
    "round brackets": FRAME % f'  - {{id: a, say: "{{{{ {"(" * 900}1{")" * 900} }}}}", next: bye}}',
    "nots": FRAME % f'  - {{id: a, branch: [{{if: "{"not " * 900}x", goto: bye}}, {{else: bye}}]}}',
    "digits": FRAME.replace("spec: 1", f"spec: 1\nmax_questions: {'9' * 5000}") % STEP,
    "digits that are set": FRAME % f"  - {{id: a, set: {{x: {'9' * 5000}}}, next: bye}}",
    "a program": FRAME % '  - {id: a, ask: !!python/object/apply:os.system ["ls"], next: bye}',
    "underscores": FRAME % '  - {id: a, say: "{{ customer.__class__.__mro__ }}", next: bye}',
    "a power": FRAME % '  - {id: a, say: "{{ 9 ** 9 ** 9 }}", next: bye}',
    "a surrogate": FRAME % '  - {id: a, ask: "\\ud800", next: bye}',
    "many steps": FRAME
    % "\n".join(f'  - {{id: s{n}, say: "x", next: s{n + 1}}}' for n in range(3100)),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_hangs_and_nothing_gets_through(attack: str, folder: Folder) -> None:
    begun = time.process_time()

    found = errors_in(check(folder(visit=HOSTILE[attack])))

    assert found
    assert time.process_time() - begun < 5
    assert all(it.place.line >= 1 and it.message.endswith((".", "?", "…")) for it in found)
    assert all(len(render_problem(it)) < 1000 for it in found)
    assert all("Traceback" not in it.message and len(it.message) < 400 for it in found)
