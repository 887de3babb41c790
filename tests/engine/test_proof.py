"""What a script promises is proved over every way; a broken promise tells the conversation that breaks it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from feedbackbot.engine.checking import (
    check,
    lines_to_play,
    problems_as_json,
    render_problem,
    render_unproved,
)
from feedbackbot.engine.events import ComplaintRaised, ConversationFinished, TestimonialOffered
from feedbackbot.engine.reading.loader import packaged_folder
from feedbackbot.engine.reading.problems import Problem, errors_in
from feedbackbot.engine.rehearsing.checking import look_through
from feedbackbot.engine.script import Place
from replayed import replayed

SHIPPED = (packaged_folder() / "after_purchase.yaml").read_text(encoding="utf-8")
HEAD = "script: {name}\nspec: 1\nstart: {{on: manual}}\ntimeout: {{after: 1d, goto: quiet}}\n"
ENDS = '  - {id: bye, end: done, say: "Bye."}\n  - {id: quiet, end: no_answer}\n'


def found(folder: Path, **scripts: str) -> tuple[Problem, ...]:
    for name, text in scripts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return check(folder)


def written(steps: str, *, name: str = "visit", head: str = "") -> str:
    return HEAD.format(name=name) + head + "steps:\n" + steps + ENDS


def test_the_shipped_script_keeps_its_promises(tmp_path: Path) -> None:
    assert found(tmp_path, after_purchase=SHIPPED) == ()


BROKEN = {
    "one star too few": (
        "if: score <= 2, goto: what_happened",
        "if: score < 2, goto: what_happened",
    ),
    "asks the middle": ("score == 5 and gap >= 0", "score >= 3 and gap >= 0"),
    "one question more": ("max_questions: 6", "max_questions: 4"),
    "not said": ("{{ wish or 'not said' }}", "{{ wish }}"),
}
CODES = {
    "one star too few": "E510",
    "asks the middle": "E510",
    "one question more": "E512",
    "not said": "E312",
}


@pytest.mark.parametrize("change", BROKEN)
def test_a_promise_that_is_broken_is_found(change: str, tmp_path: Path) -> None:
    old, new = BROKEN[change]
    assert old in SHIPPED

    (problem,) = found(tmp_path, after_purchase=SHIPPED.replace(old, new))

    assert problem.code == CODES[change]
    assert problem.conversation


def test_the_told_conversation_can_be_played(tmp_path: Path) -> None:
    old, new = BROKEN["asks the middle"]
    (asked,) = found(tmp_path, after_purchase=SHIPPED.replace(old, new))

    shown = replayed(tmp_path, asked, "after_purchase")

    assert lines_to_play(asked)[0] == "3"
    assert TestimonialOffered in shown

    old, new = BROKEN["one star too few"]
    (unheard,) = found(tmp_path, after_purchase=SHIPPED.replace(old, new))

    shown = replayed(tmp_path, unheard, "after_purchase")

    assert ConversationFinished in shown
    assert ComplaintRaised not in shown


def test_the_shortest_conversation_is_told(tmp_path: Path) -> None:
    steps = (
        '  - {id: a, ask: "A?", type: rating, save: stars, optional: true, next: b}\n'
        '  - {id: b, ask: "B?", type: yesno, next: c}\n'
        '  - {id: c, testimonial: {ask: "May we?"}, next: bye}\n'
    )
    promise = "promises: [{if: stars <= 2, never: testimonial}]\n"

    (problem,) = found(tmp_path, visit=written(steps, head=promise))

    assert problem.conversation == (*("bot> A?", "you> 1", "bot> B?", "you> Yes", "bot> May we?"),)
    assert "you> 1" in render_problem(problem)


def test_a_promise_holds_through_what_is_called(tmp_path: Path) -> None:
    outer = (
        '  - {id: a, ask: "A?", type: rating, save: stars, next: b}\n'
        "  - {id: b, call: inner, next: bye}\n"
    )
    inner = '  - {id: a, testimonial: {ask: "May we?"}, next: bye}\n'
    promise = "promises: [{if: stars <= 2, never: testimonial}]\n"

    problems = found(
        tmp_path,
        visit=written(outer, head=promise),
        inner=written(inner, name="inner"),
    )

    assert [(Path(it.place.file).stem, it.code) for it in problems] == [("visit", "E510")]


def test_a_called_script_that_cannot_be_read_is_told_and_nothing_else(tmp_path: Path) -> None:
    caller = written("  - {id: more, call: inner, next: bye}\n")

    codes = [it.code for it in found(tmp_path, visit=caller, inner="steps: [\n")]

    assert codes == ["E101", "E430"]


def test_answers_of_a_called_script_are_known_by_its_name(tmp_path: Path) -> None:
    inner = '  - {id: a, ask: "Why?", save: why, next: bye}\n'
    guarded = (
        "  - {id: a, call: inner, next: b}\n  - {id: b, say: \"{{ inner.why or '-' }}\", next: c}\n"
    )
    bare = guarded.replace(" or '-'", "")
    last = '  - {id: c, ask: "C?", next: bye}\n'

    fine = found(tmp_path, visit=written(guarded + last), inner=written(inner, name="inner"))
    missing = found(tmp_path, visit=written(bare + last))
    unknown = found(tmp_path, visit=written((guarded + last).replace("inner.why", "inner.who")))

    assert [it.code for it in fine if not it.is_warning] == []
    assert [it.code for it in missing if not it.is_warning] == ["E312"]
    assert [it.code for it in unknown if not it.is_warning] == ["E310"]


def test_a_reward_may_not_depend_on_a_score_through_a_call_or_behind_a_name(tmp_path: Path) -> None:
    gift = '  - {id: a, reward: {pool: p, say: "{{ reward.code }}"}, next: bye}\n'
    called = (
        '  - {id: a, ask: "A?", type: rating, save: stars, next: [{if: stars > 3, goto: b}, {else: bye}]}\n'
        "  - {id: b, call: gift, next: bye}\n"
    )
    hidden = (
        '  - {id: a, ask: "A?", type: rating, save: stars, next: [{if: stars > 3, goto: b}, {else: c}]}\n'
        "  - {id: b, set: {glad: true}, next: d}\n"
        "  - {id: c, set: {glad: false}, next: d}\n"
        "  - {id: d, branch: [{if: glad, goto: e}, {else: bye}]}\n"
        "  - {id: e, call: gift, next: bye}\n"
    )
    gift_script = HEAD.format(name="gift").replace("quiet", "bye") + "steps:\n" + gift
    gift_script += "  - {id: bye, end: done}\n"

    for steps in (called, hidden):
        problems = found(tmp_path, visit=written(steps), gift=gift_script)

        assert [it.code for it in problems if not it.is_warning] == ["E501"]


def test_a_promise_counts_only_where_its_names_are_set(tmp_path: Path) -> None:
    steps = '  - {id: a, ask: "A?", type: rating, save: stars, optional: true, next: bye}\n'
    must = "promises: [{if: stars is none, must: escalate}]\n"
    vacuous = "promises: [{if: stars < 1, must: escalate}]\n"

    assert [it.code for it in found(tmp_path, visit=written(steps, head=must))] == ["E510"]
    assert found(tmp_path, visit=written(steps, head=vacuous)) == ()


def test_a_return_from_people_begins_a_new_count(tmp_path: Path) -> None:
    steps = (
        '  - {id: a, ask: "A?", next: b}\n'
        '  - {id: b, escalate: {to: support, summary: "x"}, next: c}\n'
        '  - {id: c, ask: "C?", next: bye}\n'
    )
    without = steps.replace('escalate: {to: support, summary: "x"}', 'say: "x"')
    most = "max_questions: 1\n"

    assert found(tmp_path, visit=written(steps, head=most)) == ()
    assert [it.code for it in found(tmp_path, visit=written(without, head=most))] == ["E512"]


def test_a_script_that_is_too_large_to_be_proved_is_refused_with_a_reason(tmp_path: Path) -> None:
    asks = "".join(
        f'  - {{id: a{n}, ask: "A?", type: nps, save: n{n}, next: a{n + 1}}}\n' for n in range(30)
    )
    every = " and ".join(f"n{n} | round > {n % 9}" for n in range(30))
    steps = f'{asks}  - {{id: a30, branch: [{{if: "{every}", goto: bye}}, {{else: quiet}}]}}\n'

    (problem,) = found(tmp_path, visit=written(steps))

    assert problem.code == "E520"
    assert "too large to be proved" in problem.message


def test_scores_about_which_nothing_is_open_any_more_are_no_longer_kept(tmp_path: Path) -> None:
    count = 12
    promises = "".join(f"  - {{if: score{n} <= 2, must: escalate}}\n" for n in range(count))
    steps = "".join(
        f'  - {{id: s{n}, ask: "How?", type: rating, save: score{n}, timeout: {{after: 1d, goto: s{n + 1}}}, '
        f"next: [{{if: score{n} <= 2, goto: h{n}}}, {{else: s{n + 1}}}]}}\n"
        f"  - {{id: h{n}, escalate: {{to: support, summary: x}}, next: s{n + 1}}}\n"
        for n in range(count)
    )
    steps += f'  - {{id: s{count}, ask: "Why?", next: bye}}\n'
    kept = written(steps, head=f"promises:\n{promises}")

    assert not errors_in(found(tmp_path, visit=kept))

    forgotten = kept.replace("{id: h7, escalate: {to: support, summary: x}", "{id: h7, say: Well.")
    (broken,) = (it for it in found(tmp_path, visit=forgotten) if it.code == "E510")
    assert "score7" in broken.message


def test_what_was_done_before_a_score_does_not_keep_a_promise_about_it_from_breaking(
    tmp_path: Path,
) -> None:
    """The quote comes first; nothing can change a typed number behind its question."""
    steps = (
        '  - {id: quote, testimonial: {ask: "May we?"}, next: rate}\n'
        '  - {id: rate, ask: "How?", type: number, save: score, next: why}\n'
        '  - {id: why, ask: "Why?", next: bye}\n'
    )
    promise = "promises: [{if: score == 1, never: testimonial}]\n"

    (broken,) = found(tmp_path, visit=written(steps, head=promise))

    assert broken.code == "E510"
    assert "you> 1" in broken.conversation


def test_a_name_that_is_none_counts_where_the_promise_asks_for_it(tmp_path: Path) -> None:
    steps = (
        '  - {id: rate, ask: "How?", type: rating, save: score, next: why}\n'
        '  - {id: why, ask: "Why?", next: note}\n'
        "  - {id: note, tell: {to: ideas, text: Silent}, next: bye}\n"
    )
    silent = written(steps, head="promises: [{if: score is none, never: tell}]\n")

    assert not found(tmp_path, visit=silent)

    onward = silent.replace("save: score,", "save: score, timeout: {after: 1d, goto: why},")
    (broken,) = found(tmp_path, visit=onward)
    assert broken.code == "E510"
    assert "you> /wait 1d" in broken.conversation


def test_a_promise_may_speak_of_what_is_told_of_a_customer_by_the_shop(tmp_path: Path) -> None:
    steps = '  - {id: rate, ask: "How?", type: rating, save: score, next: bye}\n'
    about = "promises: [{if: score <= 2 and customer.purchases > 1, must: escalate}]\n"

    (broken,) = found(tmp_path, visit=written(steps, head=about))

    assert broken.code == "E510"
    assert "given: customer.purchases is 2.0" in broken.conversation


def test_programs_get_the_findings_as_json(tmp_path: Path) -> None:
    steps = '  - {id: a, ask: "How satisfied are you?", type: rating, next: by}\n'
    problems = found(tmp_path, visit=written(steps))

    listed = json.loads(problems_as_json(problems))

    assert {(it["code"], it["severity"], it["line"]) for it in listed} >= {
        ("E420", "error", 6),
        ("W612", "warning", 6),
    }
    assert all(it["source"] == steps.rstrip() for it in listed if it["line"] == 6)


@pytest.mark.parametrize(
    ("text", "code"), [(SHIPPED, 0), (SHIPPED.replace("goto: rate}", "goto: rat}"), 1)]
)
def test_the_command_speaks_json_and_says_by_its_exit_code_whether_all_is_well(
    text: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "after_purchase.yaml").write_text(text, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "feedbackbot", "check", "--json", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == code
    assert [it["code"] for it in json.loads(done.stdout)] == ["E420"] * code


def test_lines_are_told_apart_from_what_the_bot_says() -> None:
    place = Place(file="x", line=1, column=1)
    problem = Problem(
        place=place, code="E510", message="!", conversation=("given: x", "bot> Hi?", "you> 2")
    )

    assert lines_to_play(problem) == ("2",)


#: an answer that may be missing, and a promise that is broken
CARELESS = """  - id: rate
    ask: "How was it?"
    type: rating
    save: score
    optional: true
    next: thank
  - id: thank
    say: "You gave {{ score }} stars."
    next: bye
"""
PROMISE = "promises:\n  - {if: score <= 2, must: escalate}\n"


@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("    say:", '    sey: "x"\n    say:', "E201"),
        ("stars.", "stars, {{ custmer.first_name }}.", "E310"),
        ('"Bye."', "5", "E204"),
        ("script: visit", "script: viist", "E411"),
    ],
)
def test_a_slip_beside_the_ways_hides_nothing_of_what_the_walk_finds(
    tmp_path: Path, right: str, wrong: str, code: str
) -> None:
    text = written(CARELESS, head=PROMISE)
    assert text.count(right) == 1

    problems = found(tmp_path, visit=text.replace(right, wrong))

    assert sorted(problem.code for problem in problems) == sorted([code, "E312", "E510"])


UNKNOWN_CONDITION = """next:
      - {if: skore <= 2, goto: bye}
      - {else: thank}
"""


@pytest.mark.parametrize(
    ("wrong", "code"), [("next: thanks\n", "E420"), (UNKNOWN_CONDITION, "E310")]
)
def test_where_a_way_is_not_known_the_walk_waits_and_check_says_so(
    tmp_path: Path, wrong: str, code: str
) -> None:
    text = written(CARELESS, head=PROMISE).replace("next: thank\n", wrong)
    (tmp_path / "visit.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(written(CARELESS, name="other", head=PROMISE))

    checked = look_through(tmp_path)

    of_visit = {one.code for one in checked.problems if "visit" in one.place.file}
    of_other = {one.code for one in checked.problems if "other" in one.place.file}
    assert (of_visit, of_other) == ({code}, {"E312", "E510"})
    assert checked.unproved == ("visit",)
    assert render_unproved(checked.unproved).startswith("Not walked through yet: visit.")


@pytest.mark.parametrize(
    ("name", "where"),
    [("testimonial.text", "`consent`"), ("credit", "`consent`"), ("reward.code", "`reward`")],
)
def test_names_of_one_place_say_where_they_belong(tmp_path: Path, name: str, where: str) -> None:
    steps = f'  - id: hello\n    say: "Look: {{{{ {name} }}}}"\n    next: bye\n'

    problem = next(one for one in found(tmp_path, visit=written(steps)) if one.code == "E310")

    assert where in problem.hint
