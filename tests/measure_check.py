"""Prints how long `check` takes: one script of a hundred steps, and twenty, then with four translations of each.

Run it with `python tests/measure_check.py`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from feedbackbot.engine.checking import check, errors_in
from feedbackbot.engine.reading.tree import read_tree
from feedbackbot.engine.translating.texts import mark, texts_of_script
from feedbackbot.engine.translating.writing import Line, side_file
from feedbackbot.engine.wording import _condition, _text

HEAD = """script: {name}
spec: 1
start: {{on: manual}}
expire: 60d
timeout: {{after: 3d, goto: quiet}}
promises: [{{if: score0 <= 2, must: escalate}}]
steps:
"""
#: ten steps: a score, its reason, people if it is low, a choice, a name made of both
PART = """  - {{id: rate{n}, ask: "{n}: how satisfied or dissatisfied are you, {{{{ customer.first_name or 'you' }}}}?", type: rating, save: score{n}, next: [{{if: score{n} <= 2, goto: what{n}}}, {{if: score{n} == 3, goto: choose{n}}}, {{else: why{n}}}]}}
  - {{id: what{n}, ask: "What went wrong?", save: problem{n}, timeout: {{after: 1h, goto: over{n}}}, next: over{n}}}
  - {{id: over{n}, escalate: {{to: support, summary: "{{{{ score{n} }}}}/5: {{{{ problem{n} or 'no details' }}}}", say: "A person will write."}}, next: day{n}}}
  - {{id: day{n}, wait: {{until: escalation.check_on}}, next: choose{n}}}
  - {{id: why{n}, ask: "What is the main reason for your score?", optional: true, save: why{n}, next: choose{n}}}
  - {{id: choose{n}, ask: "Which one?", type: choice, choices: {{a: A, b: B, c: C}}, save: pick{n}, next: fork{n}}}
  - {{id: fork{n}, branch: [{{if: "pick{n} == 'a'", goto: set{n}}}, {{else: tell{n}}}]}}
  - {{id: set{n}, set: {{level{n}: "{{{{ pick{n} }}}}"}}, next: say{n}}}
  - {{id: tell{n}, tell: {{to: ideas, text: "{{{{ why{n} or '-' }}}}"}}, next: say{n}}}
  - {{id: say{n}, say: "Thank you, {{{{ purchase.item }}}}.", next: {to}}}
"""
ENDS = '  - {id: bye, end: done, say: "Thank you."}\n  - {id: quiet, end: no_answer}\n'


#: as the shipped scripts are translated; each says something else
LANGUAGES = {"es": "Dígame", "de": "Bitte", "pt": "Diga", "ar": "من فضلك"}


def script(name: str) -> str:
    parts = [PART.format(n=n, to=f"rate{n + 1}" if n < 9 else "bye") for n in range(10)]
    return HEAD.format(name=name) + "".join(parts) + ENDS


def translation(name: str, language: str, base: str) -> str:
    tree, _ = read_tree(f"{name}.yaml", base)
    lines = {
        key: Line(
            key=key,
            original=text.value,
            text=f"{LANGUAGES[language]} {text.value}",
            of=mark(text.value),
        )
        for key, text in texts_of_script(tree).items()
    }
    return side_file(name, language, lines)


def write(folder: Path, count: int, languages: Iterable[str]) -> None:
    for name in (f"s{number}" for number in range(count)):
        base = script(name)
        (folder / f"{name}.yaml").write_text(base, encoding="utf-8")
        for language in languages:
            side = translation(name, language, base)
            (folder / f"{name}.{language}.yaml").write_text(side, encoding="utf-8")


def seconds(folder: Path) -> float:
    _text.cache_clear()
    _condition.cache_clear()
    begun = time.process_time()
    problems = check(folder)
    taken = time.process_time() - begun
    assert not errors_in(problems), problems[0].line
    return taken


if __name__ == "__main__":
    for languages in ((), tuple(LANGUAGES)):
        for count in (1, 20):
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder), count, languages)
                taken = seconds(Path(folder))
            what = f"{count:2} of 102 steps, {len(languages)} translations each"
            sys.stdout.write(f"{what}: {taken:.2f} s of processor time\n")
