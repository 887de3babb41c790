"""Each thing that `feedbackbot check` must find, and how it is shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from feedbackbot.engine.checking import check, errors_in, render_problem
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.engine.reading.problems import Problem

#: writes files by name into a fresh folder
WriteFolder: TypeAlias = Callable[..., Path]
#: what is wrong with steps that are set into a right script
CheckSteps: TypeAlias = Callable[[str], tuple[Problem, ...]]
#: a whole script around the steps that a test is about
FRAME = """\
script: visit
spec: 1
start: {{on: manual}}
timeout: {{after: 1d, goto: quiet}}
steps:
{steps}
  - {{id: bye, end: done}}
  - {{id: quiet, end: no_answer}}
"""
LINKS = ", ".join(f'b{n}: "https://a.example"' for n in range(21))
RATE = '  - {id: rate, ask: "How was it?", type: rating, save: score, next: bye}\n'


@pytest.fixture
def check_steps(folder: WriteFolder) -> CheckSteps:
    """What is wrong with these steps, set into a script that is right."""

    def found(steps: str) -> tuple[Problem, ...]:
        return check(folder(visit=FRAME.format(steps=steps.strip("\n"))))

    return found


FOUND = {
    "E201 unknown key": ('- {id: rate, ask: "How?", nxt: bye, next: bye}', "has no “nxt”"),
    "E202 required": ("- {id: rate, escalate: {to: support}, next: bye}", "needs “summary”"),
    "E203 text": ("- {id: rate, ask: [a], next: bye}", "A text is needed"),
    "E204 empty": ('- {id: rate, ask: "  ", next: bye}', "empty"),
    "E205 duration": ("- {id: rate, wait: later, next: bye}", "not a duration"),
    "E206 number": ('- {id: rate, ask: "How?", retry: {times: many}, next: bye}', "whole number"),
    "E207 switch": ('- {id: rate, ask: "How?", optional: maybe, next: bye}', "true or false"),
    "E208 type": ('- {id: rate, ask: "How?", type: ratng, next: bye}', "“ratng” is not possible"),
    "E208 medium": ('- {id: rate, ask: "How?", accept: [txt], next: bye}', "“txt” is not possible"),
    "E209 list": ('- {id: rate, ask: "How?", accept: text, next: bye}', "list is needed"),
    "E211 table": ("- {id: rate, escalate: now, next: bye}", "needs keys"),
    "E212 until": ("- {id: rate, wait: {until: soon}, next: bye}", "no time of day"),
    "E213 photo": (
        '- {id: rate, say: "Hi", photo: ../../etc/passwd, next: bye}',
        "lies in the folder",
    ),
    "E215 link": ('- {id: rate, say: "Hi", buttons: {A: "javascript:x"}, next: bye}', "https://"),
    "E216 id": ('- {id: Rate It, ask: "How?", next: bye}', "can't be the name"),
    "E216 save": ('- {id: rate, ask: "How?", save: my-score, next: bye}', "can't be a name"),
    "E216 key": (
        '- {id: rate, ask: "H?", type: choice, choices: {"a,b": A, c: C}, next: bye}',
        "key",
    ),
    "E217 taken": ('- {id: rate, ask: "How?", save: customer, next: bye}', "has a meaning already"),
    "E202 choices": ('- {id: rate, ask: "How?", type: choice, next: bye}', "needs “choices”"),
    "E219 labels": (
        '- {id: rate, ask: "How?", type: choice, choices: {a: Yes, b: "yes"}, next: bye}',
        "same text",
    ),
    "E220 one choice": (
        '- {id: rate, ask: "H?", type: choice, choices: {a: A}, next: bye}',
        "between 2",
    ),
    "E222 shortcuts": (
        '- {id: rate, ask: "H?", type: rating, buttons: [a], next: bye}',
        "shortcuts",
    ),
    "E223 pattern": (
        '- {id: rate, ask: "H?", validate: {matches: "(a+)+$", say: "No."}, next: bye}',
        "take for ever",
    ),
    "E301 template": ('- {id: rate, ask: "{{ f() }}", next: bye}', "A call with ( )"),
    "E302 condition": (
        '- {id: rate, branch: [{if: "a ==", goto: bye}, {else: bye}]}',
        "can't read",
    ),
    "E304 label": (
        '- {id: rate, ask: "H?", type: choice, choices: {a: "{{ x }}", b: B}, next: bye}',
        "can't contain {{ }}",
    ),
    "E305 label": (
        f'- {{id: rate, ask: "H?", type: choice, choices: {{a: {"x" * 41}, b: B}}, next: bye}}',
        "41 characters",
    ),
    "E310 name": (
        '- {id: rate, ask: "Hi {{ customer.frist_name }}", next: bye}',
        "customer.frist_name",
    ),
    "E310 root": ('- {id: rate, ask: "Hi {{ customer }}", next: bye}', "“customer” is not known"),
    "E310 reuse": (
        '- {id: rate, testimonial: {ask: "May we?", reuse: words}, next: bye}',
        "“words” is not known",
    ),
    "E310 reward": ('- {id: rate, say: "{{ reward.code }}", next: bye}', "“reward.code”"),
    "E310 consent": (
        '- {id: rate, say: "{{ testimonial.text }}", next: bye}',
        "“testimonial.text”",
    ),
    "E301 no else": (
        "- {id: rate, say: \"{{ 'a' if purchase.gift }}\", next: bye}",
        "needs an “else”",
    ),
    "E310 behind": ('- {id: rate, say: "{{ customer.first_name.x }}", next: bye}', "first_name.x"),
    "E312 unset": (
        (
            '- {id: rate, ask: "H?", save: a, optional: true, next: b}\n'
            '  - {id: b, say: "{{ a }}", next: bye}'
        ),
        "“a” can be none here",
    ),
    "E312 condition": (
        (
            '- {id: rate, ask: "H?", save: a, optional: true, next: b}\n'
            "  - {id: b, branch: [{if: \"a == 'x'\", goto: rate}, {else: bye}]}"
        ),
        "“a” can be none here",
    ),
    "E312 escalation": (
        '- {id: rate, say: "{{ escalation.cause }}", next: bye}',
        "escalation.cause",
    ),
    "E320 order": (
        '- {id: rate, ask: "H?", save: a, next: [{if: a > 3, goto: bye}, {else: bye}]}',
        "is text",
    ),
    "E320 quotes": (
        '- {id: rate, ask: "H?", type: rating, save: a, next: [{if: "a == \'5\'", goto: bye}, {else: bye}]}',
        "is a number",
    ),
    "E320 scale": (
        '- {id: rate, ask: "H?", type: rating, save: a, next: [{if: a == 7, goto: bye}, {else: bye}]}',
        "from 1 to 5",
    ),
    "E320 key": (
        '- {id: rate, ask: "H?", type: yesno, save: a, next: [{if: "a == \'yess\'", goto: bye}, {else: bye}]}',
        "never “yess”",
    ),
    "E320 filter": (
        '- {id: rate, say: "{{ purchase.item | money }}", next: bye}',
        "needs a number",
    ),
    "E320 switch": (
        '- {id: rate, set: {glad: true}, next: b}\n  - {id: b, say: "{{ glad | money }}", next: bye}',
        "needs a number",
    ),
    "E320 place": ('- {id: rate, say: "{{ purchase.items[0] }}", next: bye}', "may be empty"),
    "E301 filter": (
        '- {id: rate, say: "{{ purchase.item | lower(3) }}", next: bye}',
        "can't be given",
    ),
    "E330 length": (
        f'- {{id: rate, say: "{"x" * 3950} {{{{ purchase.item }}}}", next: bye}}',
        "fit into one message",
    ),
    "W330 length": (
        '- {id: rate, ask: "H?", save: a, next: b}\n  - {id: b, say: "You: {{ a }}", next: bye}',
        "cut off",
    ),
    "E331 Slack": (
        f'- {{id: rate, escalate: {{to: support, summary: "{"x" * 501}"}}, next: bye}}',
        "Slack shows 500",
    ),
    "E332 shortcuts": (
        f'- {{id: rate, ask: "H?", buttons: [{", ".join(f"b{n}" for n in range(21))}], next: bye}}',
        "more than 20 buttons",
    ),
    "E332 links": (
        f'- {{id: rate, say: "H", buttons: {{{LINKS}}}, next: bye}}',
        "more than 20 buttons",
    ),
    "E216 long key": (
        f'- {{id: rate, ask: "H?", type: choice, choices: {{{"x" * 31}: A, b: B}}, next: bye}}',
        "can't be the key of a choice",
    ),
    "E333 link": (
        '- {id: rate, review_link: {url: "https://{{ shop.name }}/x", say: "Hi"}, next: bye}',
        "does not take",
    ),
    "E502 words": (
        (
            '- {id: rate, ask: "H?", type: rating, save: a, next: b}\n'
            '  - {id: b, review_link: {url: "https://a.example/x", say: "{{ a }}!"}, next: bye}'
        ),
        "may not depend",
    ),
    "E503 bought": (
        (
            '- {id: rate, escalate: {to: support, summary: "x"}, next: b}\n'
            '  - {id: b, reward: {pool: p, say: "{{ reward.code }}"}, next: c}\n'
            '  - {id: c, testimonial: {ask: "May we?"}, next: bye}'
        ),
        "After a complaint",
    ),
    "E505 given before": (
        (
            '- {id: rate, reward: {pool: p, say: "{{ reward.code }}"}, next: b}\n'
            '  - {id: b, testimonial: {ask: "May we?"}, next: bye}'
        ),
        "in a conversation in which “b” asks",
    ),
    "E505 given after": (
        (
            '- {id: rate, testimonial: {ask: "May we?"}, next: b}\n'
            '  - {id: b, reward: {pool: p, say: "{{ reward.code }}"}, next: bye}'
        ),
        "in a conversation in which “rate” asks",
    ),
    "E504 bought": (
        '- {id: rate, say: "A voucher for your review.", next: bye}',
        "together with “review”",
    ),
    "W603 never": (
        '- {id: rate, ask: "H?", type: rating, save: a, next: [{if: a > 5, goto: bye}, {else: bye}]}',
        "ever goes this way",
    ),
    "E513 declined": (
        (
            '- {id: rate, testimonial: {ask: "May we?"}, next: b}\n'
            '  - {id: b, testimonial: {ask: "And now?"}, next: bye}'
        ),
        "declined to be quoted",
    ),
    "W606 paid": (
        (
            '- {id: rate, reward: {pool: p, say: "{{ reward.code }}"}, next: b}\n'
            '  - {id: b, review_link: {url: "https://a.example/x", say: "Tell others."}, next: bye}'
        ),
        "public review",
    ),
    "W610 emotion": ('- {id: rate, ask: "How much do you love it?", next: bye}', "love"),
    "W611 leading": ('- {id: rate, ask: "It was fine, wasn\'t it?", next: bye}', "wasn't it"),
    "W612 one end": (
        '- {id: rate, ask: "How satisfied are you?", type: rating, next: bye}',
        "only one end",
    ),
    "W613 two": (
        '- {id: rate, ask: "How were price and quality?", type: rating, next: bye}',
        "two things",
    ),
    "W614 leans": (
        '- {id: rate, ask: "H?", type: choice, choices: {a: Great, b: Good, c: Fair}, next: bye}',
        "leans",
    ),
    "W615 gate": (
        '- {id: rate, testimonial: {ask: "Since you are happy, may we?"}, next: bye}',
        "only the happy",
    ),
    "W616 agree": (
        '- {id: rate, ask: "I agree that it is fast.", type: rating, next: bye}',
        "tend to agree",
    ),
    "E401 nothing": ("- {id: rate, next: bye}", "does nothing"),
    "E402 no next": ('- {id: rate, ask: "How?"}', "does not say what comes next"),
    "E403 no way": (
        '- {id: rate, ask: "H?", save: a, next: [{goto: bye}, {else: bye}]}',
        "needs “if” and “goto”, or “else”",
    ),
    "E404 no else": (
        '- {id: rate, ask: "H?", save: a, next: [{if: a, goto: bye}]}',
        "must end in “else”",
    ),
    "E405 after else": (
        '- {id: rate, ask: "H?", save: a, next: [{else: bye}, {if: a, goto: bye}, {else: bye}]}',
        "never reached",
    ),
    "E415 reserved": ('- {id: start, ask: "How?", next: bye}', "has a meaning already"),
    "E416 twice": (RATE.strip() + "\n  " + RATE.strip(), "already, in line 6"),
    "E420 target": ('- {id: rate, ask: "How?", next: by}', "no step “by”"),
    "E420 time-out": ('- {id: rate, ask: "H?", timeout: {after: 1h, goto: no}, next: bye}', "“no”"),
    "E421 channel": ('- {id: rate, tell: {to: suport, text: "Hi"}, next: bye}', "no channel"),
    "E422 script": ("- {id: rate, call: nowhere, next: bye}", "no script “nowhere”"),
    "E423 itself": ("- {id: rate, call: visit, next: bye}", "can't call itself"),
    "E424 wait": ("- {id: rate, wait: 40d, next: bye}", "waits longer"),
    "E430 unreachable": (
        RATE.strip() + '\n  - {id: lost, say: "Hi", next: bye}',
        "leads to the step “lost”",
    ),
    "E432 circle": (
        '- {id: rate, say: "A", next: b}\n  - {id: b, branch: [{if: purchase.gift, goto: bye}, {else: rate}]}',
        "go round without a question",
    ),
    "W601 silence": (
        """- {id: rate, ask: "H?", timeout: {after: 1h, goto: loud}, next: bye}
  - {id: loud, say: "You said nothing.", next: bye}""",
        "is written to by “loud”",
    ),
    "W602 long": (f'- {{id: rate, ask: "{"long " * 60}?", next: bye}}', "characters"),
}


@pytest.mark.parametrize("finding", FOUND)
def test_it_is_found(finding: str, check_steps: CheckSteps) -> None:
    steps, sentence = FOUND[finding]

    problems = check_steps(f"  {steps}")

    wanted = [it for it in problems if it.code == finding.split(" ", maxsplit=1)[0]]
    assert wanted, problems
    assert any(sentence in it.message for it in wanted), wanted


def test_a_script_that_is_right_has_no_findings(check_steps: CheckSteps) -> None:
    assert check_steps(RATE) == ()
    assert check(packaged_folder()) == ()


def test_a_name_is_met_with_a_guess(check_steps: CheckSteps) -> None:
    (problem,) = check_steps('  - {id: rate, ask: "{{ purchase.itm }}", next: bye}')

    assert "purchase.item" in problem.hint
    assert (problem.place.line, problem.place.column) == (6, 21)


def test_a_question_without_any_time_out_is_found(folder: WriteFolder) -> None:
    script = (
        "script: visit\nspec: 1\nstart: {on: manual}\nsteps:\n" + RATE + "  - {id: bye, end: x}\n"
    )

    assert [it.code for it in check(folder(visit=script))] == ["E406"]


def test_who_is_asked_can_not_depend_on_an_answer(folder: WriteFolder) -> None:
    script = FRAME.format(steps=RATE.rstrip()).replace("manual}", "manual, if: score > 3}")

    assert [it.code for it in check(folder(visit=script))] == ["E311"]


def test_a_conversation_that_can_never_end_is_found(check_steps: CheckSteps) -> None:
    problems = check_steps(
        '  - {id: a, ask: "A?", timeout: {after: 1d, goto: b}, next: b}\n'
        '  - {id: b, ask: "B?", timeout: {after: 1d, goto: a}, next: a}\n'
    )

    assert {it.code for it in problems} == {"E430", "E431"}


ROUND = """
  - {id: a, ask: "More?", type: yesno, save: more, next: b}
  - {id: b, branch: [{if: "more == 'yes'", goto: c}, {else: bye}]}
"""
ESCALATE = '  - {id: c, escalate: {to: support, summary: "Again"}, next: a}\n'


def test_only_people_may_lead_back_to_a_question(check_steps: CheckSteps) -> None:
    asked_again = check_steps(ROUND + '  - {id: c, say: "Good.", next: a}\n')
    by_people = check_steps(ROUND + ESCALATE)

    assert [it.code for it in asked_again] == ["E433"]
    assert "a → b → c → a" in asked_again[0].message
    assert by_people == ()


def test_a_round_that_is_gone_once_is_fine(check_steps: CheckSteps) -> None:
    steps = (
        '  - {id: a, ask: "More?", type: yesno, save: more, next: b}\n'
        "  - {id: b, branch: [{if: \"more == 'yes' and not again\", goto: c}, {else: bye}]}\n"
        "  - {id: c, set: {again: true}, next: a}\n"
    )

    assert check_steps(steps) == ()


GATE = """
  - id: rate
    ask: "How was it?"
    type: {type}
    save: score
    next: [{{if: "{condition}", goto: gift}}, {{else: bye}}]
  - {{id: gift, {kind}, next: bye}}
"""
REWARD = 'reward: {pool: p, say: "{{ reward.code }}"}'
LINK = 'review_link: {url: "https://example.com", say: "Tell others."}'


@pytest.mark.parametrize("kind", [REWARD, LINK])
def test_nothing_is_given_for_a_good_score(kind: str, check_steps: CheckSteps) -> None:
    steps = GATE.format(type="rating", condition="score >= 4", kind=kind)

    (problem,) = check_steps(steps)

    assert problem.code == "E501"
    assert "rate" in problem.message


def test_choosing_whom_to_ask_is_advised_against_where_everybodys_words_are_published(
    folder: WriteFolder,
) -> None:
    quote = 'testimonial: {ask: "May we show your words?"}'
    chosen = GATE.format(type="rating", condition="score >= 4", kind=quote).strip("\n")
    there = folder(visit=FRAME.format(steps=chosen))

    assert check(there) == ()
    (advice,) = check(there, mode="everyone")
    assert (advice.code, advice.is_warning) == ("W605", True)
    assert "“rate” decides who comes here" in advice.message


def test_a_score_hidden_in_another_name_is_still_a_score(check_steps: CheckSteps) -> None:
    steps = (
        '  - {id: rate, ask: "How?", type: rating, save: score, next: name_it}\n'
        "  - {id: name_it, set: {happy: \"{{ 'y' if score > 3 else '' }}\"}, next: fork}\n"
        "  - {id: fork, branch: [{if: happy, goto: gift}, {else: bye}]}\n"
        f"  - {{id: gift, {LINK}, next: bye}}\n"
    )

    assert [it.code for it in check_steps(steps)] == ["E501"]


def test_a_reward_may_not_hang_on_what_was_written_but_a_purchase_may_decide(
    check_steps: CheckSteps,
) -> None:
    written = GATE.format(type="text", condition="score", kind=REWARD)
    bought = GATE.format(type="rating", condition="purchase.total > 100", kind=REWARD)

    assert [it.code for it in check_steps(written)] == ["E501"]
    assert check_steps(bought) == ()


def test_a_finding_shows_its_line_with_a_caret_and_what_would_help(check_steps: CheckSteps) -> None:
    (problem,) = check_steps('  - {id: rate, ask: "How was it?", next: by}')

    shown = render_problem(problem).splitlines()

    assert shown[0].endswith("visit.yaml:6:42: E420 There is no step “by”.")
    assert shown[1] == '      - {id: rate, ask: "How was it?", next: by}'
    assert shown[2].index("^") == shown[1].index("by}")
    assert shown[3] == "    Did you mean “bye”?"


def test_a_folder_that_does_not_exist_is_a_finding_too(tmp_path: Path) -> None:
    (problem,) = check(tmp_path / "nowhere")

    assert render_problem(problem).endswith("E110 There is no such folder.")


def test_warnings_stop_nothing(check_steps: CheckSteps) -> None:
    problems = check_steps(f'  - {{id: rate, ask: "{"long " * 60}?", next: bye}}')

    assert problems
    assert errors_in(problems) == ()


def test_checking_needs_no_heavy_library() -> None:
    probe = (
        "import sys; from pathlib import Path; from feedbackbot.engine.checking import check;"
        "check(Path(sys.argv[1]));"
        "heavy = {'telegram', 'slack_bolt', 'sqlalchemy', 'fastapi', 'babel', 'pydantic', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", probe, str(packaged_folder())],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert seen.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("{on: manual, command: x}", "E413 A “command” counts only with on: command."),
        ("{on: command, command: stop}", "E413 /stop has a meaning already"),
        ("{on: command}", "E413 A command of its own is needed here."),
        ("{on: purchase.placed, otherwise: {on: manual}}", "E208 “manual” is not possible"),
    ],
)
def test_a_beginning_that_could_never_be_is_refused(
    folder: Callable[..., Path], start: str, sentence: str
) -> None:
    script = f"script: odd\nstart: {start}\nsteps:\n  - {{id: bye, end: done}}\n"

    [problem] = check(folder(odd=script))

    assert sentence in problem.line
