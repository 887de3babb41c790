"""What a soak has seen, as a table for people and for docs/reliability.md."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

from simulated.crowd import Crowd
from simulated.platforms import Fault


def figures(
    crowd: Crowd, wrong: list[str], options: argparse.Namespace, *, seconds: float, command: str
) -> str:
    world, done = crowd.world, crowd.done
    met: Counter[Fault] = world.telegram.met + world.slack.met
    rows = {
        "simulated hours": f"{options.hours:g}",
        "purchases": f"{done['purchases']:,}",
        "messages and taps of customers": f"{done['updates']:,}",
        "of these delivered twice": f"{done['delivered again']:,}",
        "of these late, behind others": f"{done['came late']:,}",
        "acts of staff": f"{done['staff acts'] + done['decided']:,}",
        "sends to Telegram that arrived": f"{sum(world.telegram.shown.values()):,}",
        "sends to Slack that arrived": f"{sum(world.slack.shown.values()):,}",
        **{f"fault: {_WORDS[fault]}": f"{met[fault]:,}" for fault in Fault},
        "deaths of the bot": _deaths(world.deaths),
        "duplicates seen, each of them in doubt": f"{_duplicates(crowd):,}",
        "words of customers lost": f"{sum('wrote' in one for one in wrong):,}",
        "broken invariants and promises": f"{len(wrong):,}",
        "took": f"{seconds / 60:.1f} minutes",
        "again": f"`{command}`",
    }
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"| | |\n|---|---|\n{lines}\n"


def write_into(file: Path, database: str, table: str) -> None:
    """Between the two marks of that database."""
    begin, end = f"<!-- soak: {database} -->", f"<!-- /soak: {database} -->"
    text = file.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    file.write_text(pattern.sub(lambda _: f"{begin}\n{table}{end}", text), encoding="utf-8")


def _deaths(deaths: Counter[str]) -> str:
    told = ", ".join(f"{times} {how}" for how, times in sorted(deaths.items()))
    return f"{deaths.total():,} ({told})"


def _duplicates(crowd: Crowd) -> int:
    """Of posts; a reaction or a row of buttons is no second message."""
    again = 0
    for platform in (crowd.world.telegram, crowd.world.slack):
        posts: Counter[int] = Counter()
        for screen in platform.screens.values():
            posts.update(post.row for post in screen)
        again += sum(times - 1 for times in posts.values())
    return again


_WORDS = {
    Fault.REFUSED: "no connection",
    Fault.BUSY: "429, come back in 35 s",
    Fault.DOWN: "5xx",
    Fault.LOST: "time-out, not arrived",
    Fault.ACCEPTED: "time-out, arrived",
    Fault.DIES_BEFORE: "death before it arrives",
    Fault.DIES_AFTER: "death after it has arrived",
}
