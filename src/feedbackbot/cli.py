"""The commands; each imports what it needs, so that `feedbackbot --help` and `check` start at once."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from feedbackbot.commands.trying_out import play, rehearse

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
db = typer.Typer(no_args_is_help=True, help="Look after the database.", rich_markup_mode=None)
app.command()(play)
app.command(name="test")(rehearse)
app.add_typer(slack, name="slack")
app.add_typer(export, name="export")
app.add_typer(db, name="db")


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


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A new folder for your scripts.")],
) -> None:
    """Copy the shipped scripts and a commented .env into a new folder."""
    from feedbackbot.engine.reading.scaffold import init as copy

    for path in copy(folder):
        typer.echo(f"wrote {path}")
    typer.echo(f"\nNext: cd {folder}, fill in .env, then: feedbackbot run")


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with scripts; the configured one by default.")
    ] = None,
) -> None:
    """Refuse wrong scripts, with file, line and column; everything at once."""
    from feedbackbot.engine.checking import check as find_problems
    from feedbackbot.engine.checking import errors_in, render_problem

    folder = _scripts_of(folder) if folder else _conversations()
    problems = find_problems(folder)
    for problem in problems:
        typer.echo(render_problem(problem))
    errors = errors_in(problems)
    if errors:
        typer.echo(f"{len(errors)} to put right.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{folder}: all scripts are in order.")


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


@db.command()
def upgrade() -> None:
    """Bring the database to the newest schema; `run` does it by itself."""
    from feedbackbot.commands.opened import opened

    with opened() as office:
        typer.echo(
            f"The database has the newest schema: {office.settings.sqlite_file or 'the configured server'}"
        )


def _scripts_of(folder: Path) -> Path:
    """The folder itself, or `conversations` in what `init` has made; "all in order" is not said of nothing."""
    inside = folder / "conversations"
    found = inside if inside.is_dir() and not any(folder.glob("*.yaml")) else folder
    if found.is_dir() and not any(found.glob("[!_]*.yaml")):
        typer.echo(f"{found}: there is no script here, such as after_purchase.yaml.", err=True)
        raise typer.Exit(1)
    return found


def _conversations() -> Path:
    from feedbackbot.config import load_settings

    return load_settings().conversations_folder
