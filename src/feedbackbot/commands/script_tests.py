"""`feedbackbot test`: plays the tests beside the scripts, shows what went otherwise and what no test goes through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.text import Text

from feedbackbot.engine.chat import Passed
from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.engine.reading.problems import Problem, ScriptProblems, errors_in
from feedbackbot.engine.rehearsing.covering import Coverage, measure
from feedbackbot.engine.rehearsing.expecting import marked
from feedbackbot.engine.rehearsing.junit import Row, junit
from feedbackbot.engine.rehearsing.reading import SUFFIX, TestFile, read_test_file
from feedbackbot.engine.rehearsing.rehearsing import Failure, Rehearsed, rehearse
from feedbackbot.engine.rehearsing.updating import can_update, updated
from feedbackbot.engine.script import Library, Place
from feedbackbot.errors import FeedbackbotError

_FAILED: Final = 1
_UNUSABLE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for on the command line."""

    paths: tuple[Path, ...]
    #: only tests whose name contains it
    only: str = ""
    update: bool = False
    junit: Path | None = None
    #: percent of steps and branches below which it is a failure
    cover: float | None = None


@dataclass(slots=True, kw_only=True)
class _Run:
    """One folder's tests."""

    library: Library
    files: tuple[TestFile, ...]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    trail: set[Passed] = field(default_factory=set)


def run_tests(wish: Wish, console: Console) -> int:
    """0 where all went as written, 1 where something did not, 2 where the files can't be read."""
    try:
        runs = [_read(folder, files) for folder, files in _folders(wish.paths).items()]
    except ScriptProblems as problems:
        return _refuse(problems.problems, console)
    wrong = [problem for run in runs for file in run.files for problem in file.problems]
    if errors_in(wrong):
        return _refuse(wrong, console)
    if wish.update:
        _update(runs, wish, console)
        runs = [_read(folder, files) for folder, files in _folders(wish.paths).items()]
    for run in runs:
        _play(run, wish, console)
    if wish.junit is not None:
        suites = [(script, rows) for run in runs for script, rows in run.rows.items()]
        wish.junit.write_text(junit(suites), encoding="utf-8")
    covered = [_show_coverage(run, wish, console) for run in runs]
    return _sum_up(runs, console, covered=all(covered))


def _folders(paths: Sequence[Path]) -> dict[Path, list[Path]]:
    """Folder -> its files of tests; a script's name stands for its tests."""
    found: dict[Path, list[Path]] = {}
    for path in paths:
        if path.is_dir():
            inside = path / "conversations"
            folder = inside if inside.is_dir() and not any(path.glob("*.yaml")) else path
            found.setdefault(folder, []).extend(sorted(folder.glob(f"*{SUFFIX}")))
            continue
        name = path.name.removesuffix(SUFFIX).removesuffix(".yaml")
        tests = path.with_name(f"{name}{SUFFIX}")
        if not tests.is_file():
            raise FeedbackbotError(f"{tests}: there is no such file of tests.")
        found.setdefault(path.parent, []).append(tests)
    return {folder: list(dict.fromkeys(files)) for folder, files in found.items()}


def _read(folder: Path, files: Sequence[Path]) -> _Run:
    library = load_library(folder, proves=False)
    sheets = [
        read_test_file(str(file), file.read_text(encoding="utf-8-sig"), library) for file in files
    ]
    return _Run(library=library, files=tuple(sheets))


def _refuse(problems: Sequence[Problem], console: Console) -> int:
    for problem in problems:
        console.print(Text(render_problem(problem)))
    console.print(Text(f"{len(errors_in(problems))} to put right.", style="bold red"))
    return _UNUSABLE


def _update(runs: Sequence[_Run], wish: Wish, console: Console) -> None:
    for run in runs:
        for file in run.files:
            path = Path(file.file)
            before = path.read_text(encoding="utf-8-sig")
            played = [
                rehearse(run.library, test, to_the_end=True)
                for test in file.tests
                if wish.only in test.name
            ]
            after = updated(before, played)
            for one in played:
                if one.failure and not can_update(before, one):
                    place = one.test.place
                    note = "its turns stand in [ ]; write each in a line of its own"
                    console.print(Text(f"{place.file}:{place.line}: not rewritten: {note}."))
            if after != before:
                path.write_text(after, encoding="utf-8")
                console.print(Text(f"rewrote {path}"))


def _play(run: _Run, wish: Wish, console: Console) -> None:
    for file in run.files:
        console.print(Text(file.file, style="bold"))
        rows = run.rows.setdefault(file.script, [])
        for test in file.tests:
            if wish.only not in test.name:
                continue
            begun = perf_counter()
            rehearsed = rehearse(run.library, test)
            seconds = perf_counter() - begun
            run.trail.update(rehearsed.trail)
            rows.append(_row(rehearsed, seconds))
            _show(rehearsed, console)


def _row(rehearsed: Rehearsed, seconds: float) -> Row:
    failure = rehearsed.failure
    if failure is None:
        return Row(test=rehearsed.test, seconds=seconds)
    details = "\n".join(line.plain for line in _explained(failure))
    return Row(test=rehearsed.test, seconds=seconds, message=failure.message, details=details)


def _show(rehearsed: Rehearsed, console: Console) -> None:
    failure = rehearsed.failure
    if failure is None:
        console.print(Text("  ok    ", style="green") + Text(rehearsed.test.name))
        return
    console.print(Text("  FAIL  ", style="bold red") + Text(rehearsed.test.name))
    for line in _explained(failure):
        console.print(Text("        ") + line)


def _explained(failure: Failure) -> Iterator[Text]:
    place = failure.place
    yield Text(f"{place.file}:{place.line}:{place.column}: {failure.message}", style="bold")
    expected, said = failure.expected, failure.said
    if failure.compares and expected is not None and said is not None:
        expected, said = marked(expected, said)
    if expected is not None:
        yield Text("expected  ") + _coloured(expected, "[-", "-]", "red")
    if said is not None:
        yield Text("said      ") + _coloured(said, "{+", "+}", "green")
    if failure.so_far:
        yield Text("So far:", style="dim")
    for line in failure.so_far:
        first, *rest = (part for part in line.splitlines() if part.strip())
        yield Text(f"  {first}", style="dim")
        yield from (Text(f"     {part}", style="dim") for part in rest)


def _coloured(text: str, begins: str, ends: str, style: str) -> Text:
    """The marks stay, for those who see no colours."""
    shown, rest = Text(), text
    while begins in rest:
        before, _, rest = rest.partition(begins)
        inside, _, rest = rest.partition(ends)
        shown += Text(before) + Text(f"{begins}{inside}{ends}", style=f"bold {style}")
    return shown + Text(rest)


def _show_coverage(run: _Run, wish: Wish, console: Console) -> bool:
    """Only of scripts that have tests; a part of the tests says nothing about the whole."""
    if wish.only:
        return True
    enough = True
    for file in run.files:
        coverage = measure(run.library.scripts[file.script], run.library, run.trail)
        _show_covered(coverage, console)
        enough &= wish.cover is None or coverage.percent >= wish.cover
    untested = [name for name in run.library.scripts if name not in {f.script for f in run.files}]
    if untested:
        console.print(Text(f"Not tested here: {', '.join(untested)}", style="dim"))
    if not enough:
        console.print(Text(f"Less is covered than the {wish.cover:g} % asked for.", style="red"))
    return enough


def _show_covered(coverage: Coverage, console: Console) -> None:
    steps = f"{coverage.steps_reached} of {len(coverage.steps)} steps"
    ways = f"{coverage.ways_taken} of {len(coverage.ways)} branches"
    console.print(
        Text(f"{coverage.script}: {steps}, {ways} ({int(coverage.percent)} %)", style="bold")
    )
    for place, words in sorted(_missed(coverage), key=lambda one: one[0].line):
        console.print(Text(f"  {place.file}:{place.line}: {words}"))


def _missed(coverage: Coverage) -> Iterator[tuple[Place, str]]:
    for step in coverage.missed_steps:
        yield step.place, f"no test reaches {step.id}"
    for way in coverage.missed_ways:
        yield way.place, f"{way.step} → {way.goto} is never taken ({way.words})"


def _sum_up(runs: Sequence[_Run], console: Console, *, covered: bool) -> int:
    rows = [row for run in runs for own in run.rows.values() for row in own]
    failed = sum(row.message is not None for row in rows)
    if not rows:
        console.print(Text("There is no test here, such as after_purchase.test.yaml."))
        return _UNUSABLE
    count = f"{len(rows)} test{'s' * (len(rows) != 1)}"
    if failed:
        console.print(Text(f"{count}, {failed} failed.", style="bold red"))
    else:
        console.print(Text(f"{count}, all as written.", style="bold green"))
    return 0 if covered and not failed else _FAILED
