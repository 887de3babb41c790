"""The commands; each imports what it needs, so that `feedbackbot --help` and `check` start at once."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from feedbackbot import cli_scripts
from feedbackbot.commands.i18n import i18n

app = typer.Typer(
    name="feedbackbot",
    help="Asks customers on Telegram how a purchase went, brings complaints to people in Slack, "
    "and publishes happy words with consent.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
slack = typer.Typer(no_args_is_help=True, help="Set the Slack app up.", rich_markup_mode=None)
export = typer.Typer(no_args_is_help=True, help="Write data to a file.", rich_markup_mode=None)
quarantine = typer.Typer(
    no_args_is_help=True, help="Look at what could not be applied.", rich_markup_mode=None
)
db = typer.Typer(no_args_is_help=True, help="Look after the database.", rich_markup_mode=None)
app.add_typer(slack, name="slack")
app.add_typer(export, name="export")
app.add_typer(quarantine, name="quarantine")
app.add_typer(db, name="db")
rewards = typer.Typer(
    no_args_is_help=True, help="Codes to thank customers with.", rich_markup_mode=None
)
app.add_typer(rewards, name="rewards")
app.add_typer(i18n, name="i18n")


class ExportFormat(StrEnum):
    JSON = "json"
    CSV = "csv"
    HTML = "html"


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8000,
    conversations: Annotated[
        Path | None, typer.Option(help="Your own scripts instead of the shipped ones.")
    ] = None,
) -> None:
    """Try all of it on this machine: no account, no network."""
    from feedbackbot.demo import run_demo

    run_demo(port=port, conversations=conversations)


@app.command()
def run(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8080,
) -> None:
    """Run the bot: it says what is configured, what is missing and how to get it."""
    from feedbackbot.running import run_bot

    sys.exit(run_bot(host=host, port=port))


cli_scripts.add_to(app)


@app.command(name="import")
def import_purchases(
    file: Annotated[Path, typer.Argument(help="A CSV file; the first line names the columns.")],
    links: Annotated[
        Path | None, typer.Option(help="Also write a mail-merge CSV with one link an order.")
    ] = None,
    cards: Annotated[
        Path | None, typer.Option(help="Also write a printable sheet of QR cards (HTML).")
    ] = None,
) -> None:
    """Take purchases from a CSV file; safe to run again."""
    from feedbackbot.commands.purchases import import_csv

    sys.exit(import_csv(file, links_to=links, cards_to=cards))


@app.command()
def invite(
    order: Annotated[str | None, typer.Argument(help="The shop's order number.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="What was bought; repeatable.")] = None,
    first_name: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option()] = None,
    language: Annotated[str | None, typer.Option(help="Such as en or es.")] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the QR code to this file.")] = None,
    snippets: Annotated[
        bool, typer.Option(help="Print texts for the order e-mail and the thank-you page.")
    ] = False,
    preview: Annotated[
        str | None, typer.Option(help="Look at a link without binding it to anybody.")
    ] = None,
) -> None:
    """Make an invitation link for one order, with its QR code."""
    from feedbackbot.commands import purchases

    if preview:
        sys.exit(purchases.preview_link(preview))
    if not order or not item:
        typer.echo(
            'Name the order and what was bought: feedbackbot invite 1042 --item "Trail shoes"',
            err=True,
        )
        raise typer.Exit(2)
    order_facts = purchases.OneOrder(
        order=order,
        items=tuple(item or ()),
        first_name=first_name,
        email=email,
        language=language,
    )
    sys.exit(purchases.invite_one(order_facts, svg=svg, snippets=snippets))


@app.command()
def why(
    order: Annotated[str, typer.Argument(help="The shop's order number.")],
) -> None:
    """Say what became of the invitation for an order, and why nobody was asked."""
    from feedbackbot.commands.explaining import explain_order

    sys.exit(explain_order(order))


@app.command()
def start(
    script: Annotated[str, typer.Argument(help="The script's name, such as nps_quarterly.")],
    orders: Annotated[list[str] | None, typer.Argument(help="Order numbers.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="All who said yes to being asked again.")
    ] = False,
) -> None:
    """Begin a script by hand, about these orders or everybody's newest."""
    from feedbackbot.commands.starting import start as begin

    sys.exit(begin(script, orders or [], everyone=everyone))


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    invariants: Annotated[
        bool, typer.Option("--invariants", help="Search every row for what may never be.")
    ] = False,
) -> None:
    """Look at everything the bot leans on, and name the fix for what is wrong; the bot may be running."""
    from feedbackbot.commands.doctor import run_doctor

    sys.exit(run_doctor(as_json=as_json, invariants=invariants))


@app.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    days: Annotated[int, typer.Option(min=1, help="How far to look back.")] = 90,
) -> None:
    """Scores with their uncertainty, complaints with their waiting times, testimonials."""
    from feedbackbot.commands.reports import show_stats

    sys.exit(show_stats(as_json=as_json, days=days))


@export.command(name="testimonials")
def export_testimonials(
    format_: Annotated[ExportFormat, typer.Option("--format")] = ExportFormat.JSON,
    to: Annotated[Path | None, typer.Option(help="A file; the terminal by default.")] = None,
) -> None:
    """Published testimonials with live consent, and the disclosure that goes with them."""
    from feedbackbot.commands.reports import export_published

    sys.exit(export_published(format_.value, to=to))


@rewards.command(name="import")
def import_codes(
    pool: Annotated[str, typer.Argument(help="The name that stands in the script's `reward`.")],
    file: Annotated[
        Path, typer.Argument(help="CSV with the column code, and valid_until if codes run out.")
    ],
) -> None:
    """Add codes to a pool; each is given to one purchase at most. Safe to run again."""
    from feedbackbot.commands.rewards import import_codes as add

    sys.exit(add(pool, file))


@rewards.command(name="show")
def show_pools() -> None:
    """How many codes each pool has left."""
    from feedbackbot.commands.rewards import show_pools as show

    sys.exit(show())


@slack.command()
def manifest(
    url: Annotated[
        bool, typer.Option("--url", help="Print the link that creates the app in one click.")
    ] = False,
    http: Annotated[
        str | None,
        typer.Option(help="Public address of the bot: signed HTTP instead of Socket Mode."),
    ] = None,
) -> None:
    """Print the manifest of the Slack app, made from what the code uses."""
    from feedbackbot.channels.slack_manifest import creation_url, manifest_json

    typer.echo(creation_url(http) if url else manifest_json(http))


@quarantine.command(name="list")
def list_quarantine(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what has been replayed since.")
    ] = False,
) -> None:
    """Show what came in and could not be applied."""
    from feedbackbot.commands.quarantine import show

    sys.exit(show(everything=everything))


@quarantine.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(help="Numbers from the list; all of them by default.")
    ] = None,
) -> None:
    """Apply again what could not be applied; safe to repeat."""
    from feedbackbot.commands.quarantine import replay as replay_these

    sys.exit(replay_these(numbers or []))


@quarantine.command()
def discard(
    numbers: Annotated[list[int], typer.Argument(help="Numbers from the list.")],
) -> None:
    """Put away for good what nobody misses; the audit trail keeps that you did."""
    from feedbackbot.commands.quarantine import discard as discard_these

    sys.exit(discard_these(numbers))


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema; `run` does it by itself."""
    from feedbackbot.commands.opened import opened

    with opened() as office:
        typer.echo(
            f"The database has the newest schema: {office.settings.sqlite_file or 'the configured server'}"
        )
