"""The figures as a table, as a drawing and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from telegram_process import Measured

REFERENCE = "PTB ConversationHandler + SQLAlchemy"
_COLOURS = {"feedbackbot": "#1f6f5c", "feedbackbot, polling": "#5fa894"}
_OTHERS = "#b9b9b9"


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, "
        f"{platform.system()} {platform.release().split('-')[0]}; load average at the end {load:.1f}"
    )


def table(found: Sequence[Measured]) -> str:
    """Markdown; ratios only within one load, since they ran one after the other on the same machine."""
    lines = [
        "| customers | API delay | bot | updates/s | p50 ms | p99 ms | CPU s/1k | × cheaper than ConversationHandler | RSS MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        reference = _reference(found, one)
        ratio = f"{reference.cpu / one.cpu:.1f}" if reference and one.cpu else "–"
        lines.append(
            f"| {one.customers} | {one.delay * 1000:.0f} ms | {one.bot} | {one.per_second:.0f} "
            f"| {one.p50 * 1000:.0f} | {one.p99 * 1000:.0f} | {one.cpu:.2f} | {ratio} "
            f"| {one.rss / 1e6:.0f} |"
        )
    return "\n".join(lines)


def processes_table(found: Sequence[Measured]) -> str:
    """Markdown: one process and several on one database; factors within one load."""
    lines = [
        "| customers | API delay | processes | updates/s | × one process | p50 ms | p99 ms | CPU s/1k | server's CPU s/1k |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        first = next(o for o in found if (o.customers, o.delay) == (one.customers, one.delay))
        lines.append(
            f"| {one.customers} | {one.delay * 1000:.0f} ms | {one.bot.rpartition(' ')[2]} "
            f"| {one.per_second:.0f} | {one.per_second / first.per_second:.2f} "
            f"| {one.p50 * 1000:.0f} | {one.p99 * 1000:.0f} | {one.cpu:.2f} | {one.server_cpu:.2f} |"
        )
    return "\n".join(lines)


def drawing(found: Sequence[Measured]) -> str:
    """An SVG: CPU seconds for 1,000 updates, one group of bars for each load."""
    loads = sorted({(one.delay, one.customers) for one in found})
    bars: list[str] = []
    y = 34.0
    most = max((one.cpu for one in found), default=1) or 1
    for delay, customers in loads:
        bars.append(
            _text(10, y, f"{customers} customers, {delay * 1000:.0f} ms API delay", bold=True)
        )
        y += 8
        for one in (o for o in found if (o.delay, o.customers) == (delay, customers)):
            width = 360 * one.cpu / most
            colour = _COLOURS.get(one.bot, _OTHERS)
            bars.append(f'<rect x="250" y="{y}" width="{width:.1f}" height="14" fill="{colour}"/>')
            bars.append(_text(242, y + 11, one.bot, end=True))
            bars.append(_text(256 + width, y + 11, f"{one.cpu:.2f} s, {one.per_second:.0f}/s"))
            y += 18
        y += 20
    title = _text(
        10, 16, "CPU seconds for 1,000 updates (less is better), and updates a second", bold=True
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{y:.0f}" '
        'font-family="system-ui, sans-serif" font-size="11">'
        f'<rect width="100%" height="100%" fill="#fff"/>{title}{"".join(bars)}</svg>\n'
    )


def as_json(found: Sequence[Measured], more: dict[str, object]) -> str:
    return json.dumps({"machine": machine(), "runs": [asdict(o) for o in found], **more}, indent=1)


def _reference(found: Sequence[Measured], one: Measured) -> Measured | None:
    same = (o for o in found if (o.customers, o.delay) == (one.customers, one.delay))
    return next((o for o in same if o.bot == REFERENCE), None)


def _text(x: float, y: float, words: str, *, bold: bool = False, end: bool = False) -> str:
    style = ' font-weight="bold"' if bold else ""
    style += ' text-anchor="end"' if end else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{style}>{words}</text>'
