"""How findings look: a page with colours for a person, plain lines for a pipe, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from feedbackbot.findings import Finding, Level

_LOOK = {
    Level.OK: ("✓ ok", "green"),
    Level.WARNING: ("! warning", "yellow"),
    Level.PROBLEM: ("✗ problem", "bold red"),
}


def show(found: list[Finding], *, as_json: bool, secrets: Iterable[str] = ()) -> None:
    """Whatever a platform or a library said: no secret of ours is printed."""
    clean = [_without(one, [secret for secret in secrets if secret]) for one in found]
    if as_json:
        healthy = all(one.level is not Level.PROBLEM for one in clean)
        facts = {"healthy": healthy, "findings": [asdict(one) for one in clean]}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(_page(clean))
    else:
        sys.stdout.write("".join(map(_line, clean)))
    console.print(_summary(clean), style="bold", soft_wrap=True)


def _page(found: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2))
    for one in found:
        mark, style = _LOOK[one.level]
        says = Text(one.says)
        if one.fix:
            says.append(f"\n→ {one.fix}", style="cyan")
        table.add_row(Text(mark, style=style), Text(one.about, style="bold"), says)
    return table


def _line(one: Finding) -> str:
    mark, _ = _LOOK[one.level]
    fix = f"  -> {one.fix}" if one.fix else ""
    return f"{mark:<10} {one.about}: {one.says}{fix}\n"


def _summary(found: list[Finding]) -> str:
    counts = [
        _number(sum(one.level is level for one in found), level.value)
        for level in (Level.PROBLEM, Level.WARNING)
    ]
    told = [count for count in counts if count]
    return f"\n{' and '.join(told)}." if told else "\nEverything is in order."


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}" if count else ""


def _without(one: Finding, secrets: list[str]) -> Finding:
    says, fix = one.says, one.fix
    for secret in secrets:
        says, fix = says.replace(secret, "[secret]"), fix.replace(secret, "[secret]")
    return Finding(level=one.level, about=one.about, says=says, fix=fix)
