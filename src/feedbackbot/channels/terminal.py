"""`feedbackbot play`: a script played in the terminal, by hand, from a file of answers, or through a pipe."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from feedbackbot.channels.terminal_screen import Screen
from feedbackbot.engine.checking import render_problem
from feedbackbot.engine.playing.table import Table
from feedbackbot.engine.reading.one_script import script_at
from feedbackbot.engine.reading.problems import ScriptProblems, errors_in
from feedbackbot.engine.reading.watching import FolderWatch
from feedbackbot.engine.rehearsing.saving import add_test
from feedbackbot.engine.rehearsing.typed import Typed, given_by
from feedbackbot.engine.script import Library
from feedbackbot.engine.shop import Shop
from feedbackbot.engine.times.durations import find_duration
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import FeedbackbotError


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """How somebody sits down to play."""

    #: lines that are typed before anybody else types
    answers: Path | None = None
    #: the name of the test that the chat becomes
    save: str | None = None
    #: how much time passes in a second by itself
    speed: str = "0s"
    #: who plays, and what was bought
    given: Typed = field(default_factory=Typed)


def play(
    script_path: Path,
    stdin: TextIO,
    stdout: TextIO,
    *,
    seat: Seat | None = None,
    now: datetime | None = None,
) -> int:
    """Until /quit or the end of the input; 1 where the script can't be read."""
    seat = seat or Seat()
    live = stdin.isatty() and stdout.isatty() and stdout is sys.stdout
    watch = FolderWatch(script_path.parent)
    screen = Screen(_console(stdout, live=live), live=live)
    try:
        library, name = script_at(script_path, proves=False)
        speed, lines = _speed(seat), _answers(seat)
        table = _laid(library, name, screen, seat, now)
    except FeedbackbotError as problem:
        screen.console.print(Text(_refusal(problem)))
        return 1
    table.speed = speed
    table.sit_down()
    goes_on = all(_typed(table, screen, line) for line in lines)
    table.patient = live
    if live and goes_on:
        from feedbackbot.channels.terminal_prompt import converse

        converse(table, watch)
    elif goes_on and seat.answers is None:
        _listen(table, screen, stdin, watch)
    return _save(table, script_path, seat, screen)


def _console(stdout: TextIO, *, live: bool) -> Console:
    """The screen's own output is looked up anew each time: the prompt stands between."""
    if live:
        return Console(highlight=False, force_terminal=True)
    return Console(file=stdout, highlight=False, soft_wrap=True)


def _refusal(problem: FeedbackbotError) -> str:
    if isinstance(problem, ScriptProblems):
        return "\n".join(map(render_problem, errors_in(problem.problems)))
    return str(problem)


def _laid(library: Library, name: str, screen: Screen, seat: Seat, now: datetime | None) -> Table:
    shop = library.shop
    begun_at = now or _this_morning(shop)
    screen.zone = zone_of(shop.timezone)
    given, lines = given_by(seat.given, library.scripts[name], shop, now=begun_at)
    return Table(library, name, screen, given=given, given_lines=lines)


def _speed(seat: Seat) -> timedelta:
    speed = find_duration(seat.speed)
    if speed is None:
        raise FeedbackbotError(f"“{seat.speed}” is not a duration; write 15m, 1h or 0s.")
    return speed


def _answers(seat: Seat) -> list[str]:
    """Lines that begin with "# " are notes."""
    if seat.answers is None:
        return []
    if not seat.answers.is_file():
        raise FeedbackbotError(f"{seat.answers}: there is no such file of answers.")
    lines = seat.answers.read_text(encoding="utf-8-sig").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("# ")]


def _typed(table: Table, screen: Screen, line: str) -> bool:
    """Shown as if somebody had typed it; False at the end."""
    screen.typed(line)
    if line.strip() == "/quit":
        return False
    table.hear(line)
    return True


def _listen(table: Table, screen: Screen, stdin: TextIO, watch: FolderWatch) -> None:
    for line in iter(stdin.readline, ""):
        if saved := watch.look():
            table.take_saved(saved)
        if not _typed(table, screen, line.rstrip("\n")):
            return


def _save(table: Table, script_path: Path, seat: Seat, screen: Screen) -> int:
    if seat.save is None:
        return 0
    file = script_path.with_name(f"{table.script}.test.yaml")
    if not table.notebook:
        screen.aside("Nothing was played, so nothing is saved.")
        return 0
    try:
        name = add_test(file, seat.save, table.notebook, table.library)
    except (FeedbackbotError, ScriptProblems) as problem:
        screen.aside(str(problem))
        return 1
    screen.aside(f"Saved as the test “{name}” in {file}. It is played by: feedbackbot test {file}")
    return 0


def _this_morning(shop: Shop) -> datetime:
    """The played day begins when everybody is awake."""
    here = datetime.now(zone_of(shop.timezone))
    return here.replace(hour=10, minute=0, second=0, microsecond=0).astimezone(UTC)
