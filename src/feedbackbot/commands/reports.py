"""`feedbackbot stats` and `feedbackbot export`: what has been learned, and what has been published."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from feedbackbot import measuring, publishing
from feedbackbot.commands.opened import Opened, opened
from feedbackbot.measuring import Figures, Share, Waiting


def show_stats(*, as_json: bool, days: int) -> int:
    """Print the figures of the last `days` days."""
    with opened() as office:
        found = office.database.read(
            lambda session: measuring.figures(session, now=office.clock.now(), days=days)
        )
    if as_json:
        sys.stdout.write(json.dumps(found.to_json(), indent=2) + "\n")
        return 0
    console = Console(highlight=False)
    console.print(
        f"Purchases recorded from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}", style="bold"
    )
    for table in (_funnel(found), _scores(found), _escalations(found), _testimonials(found)):
        console.print(table)
    return 0


def export_published(format_: str, *, to: Path | None) -> int:
    """Write what is public now; a later withdrawal is not in a file that was made before it."""
    with opened() as office:
        text = _exported(office, format_)
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8", newline="")
        sys.stderr.write(
            f"Wrote {to}. Make it again after each withdrawal: a file can't notice one.\n"
        )
    return 0


def _exported(office: Opened, format_: str) -> str:
    now = office.clock.now()
    items, note = office.database.read(
        lambda session: (
            publishing.published(session, office.house, now=now),
            publishing.disclosure(session, office.house),
        )
    )
    if format_ == "csv":
        return publishing.as_csv(items)
    if format_ == "html":
        from feedbackbot.web.site import render_wall

        return render_wall(office.house.library.shop, items, note, inline_css=True)
    return publishing.as_json(items, note)


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(min_width=26)
    table.add_column(justify="right")
    table.add_column(style="dim")
    return table


def in_words(share: Share) -> tuple[str, str]:
    """The value and its remark: the interval, or why there is none."""
    counted = f"{share.hits} of {share.n}"
    if share.value is None:
        return counted, f"fewer than {measuring.LEAST_TO_SHOW}: no percentage yet"
    low_base = ", low base" if share.low_base else ""
    return (
        f"{share.value:.0%}",
        f"{share.low:.0%} to {share.high:.0%} with 95 % certainty, n={share.n}{low_base}",
    )


def _funnel(found: Figures) -> Table:
    table, funnel = _table("From purchase to answer"), found.funnel
    for label, number in (
        ("purchases", funnel.purchases),
        ("may be asked", funnel.eligible),
        ("link opened", funnel.opened),
        ("conversation started", funnel.started),
        ("at least one answer", funnel.answered),
        ("finished", funnel.finished),
    ):
        table.add_row(label, str(number))
    table.add_row("response rate", *in_words(funnel.response_rate))
    return table


def _scores(found: Figures) -> Table:
    table = _table("\nSatisfaction (4 and 5 of 5 stars)")
    table.add_row("satisfied", *in_words(found.csat))
    if found.csat_bounds:
        low, high = found.csat_bounds
        table.add_row(
            "", "", f"all customers: between {low:.0%} and {high:.0%}, whatever the silent think"
        )
    for stars, count in found.csat_distribution.items():
        table.add_row(f"{stars} of 5", str(count))
    return table


def _escalations(found: Figures) -> Table:
    table, facts = _table("\nComplaints"), found.escalations
    for label, number in (
        ("opened", facts.opened),
        ("nobody has them yet", facts.open),
        ("claimed", facts.claimed),
        ("resolved", facts.resolved),
        ("reopened", facts.reopened),
    ):
        table.add_row(label, str(number))
    table.add_row("first human reply", *_waited(facts.first_human_reply))
    table.add_row("answered in time", *in_words(facts.within_due))
    table.add_row("customer says solved", *in_words(facts.recovered))
    for cause, count in facts.causes.items():
        table.add_row(f"cause: {cause}", str(count))
    return table


def _waited(waiting: Waiting) -> tuple[str, str]:
    if waiting.median_minutes is None:
        return "none yet", ""
    return (
        f"{waiting.median_minutes:g} min",
        f"median of {waiting.n}; 9 of 10 within {waiting.p90_minutes:g} min",
    )


def _testimonials(found: Figures) -> Table:
    table, facts = _table("\nTestimonials"), found.testimonials
    for label, number in (
        ("asked", facts.asked),
        ("agreed", facts.consented),
        ("public", facts.published),
        ("not used", facts.rejected),
        ("taken back", facts.withdrawn),
    ):
        table.add_row(label, str(number))
    return table
