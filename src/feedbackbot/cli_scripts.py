"""The commands for whoever writes scripts: make, check, play, draw and move them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from feedbackbot.commands.trying_out import play, rehearse

script = typer.Typer(
    no_args_is_help=True, help="Look after versions of scripts.", rich_markup_mode=None
)


def add_to(app: typer.Typer) -> None:
    """In the order in which they are needed."""
    app.command()(init)
    app.command()(check)
    app.command("test")(rehearse)
    app.command()(play)
    app.command()(schema)
    app.command()(graph)
    app.add_typer(script, name="script")


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="[script|common|shop|test]", help="Of which files.")
    ] = "script",
    into: Annotated[
        Path | None, typer.Option(help="Write all of them beside the scripts in this folder.")
    ] = None,
) -> None:
    """Print the JSON Schema by which an editor explains scripts and underlines mistakes."""
    from feedbackbot.commands.describing import print_schema, write_schemas

    sys.exit(write_schemas(into) if into else print_schema(kind))


def graph(
    script: Annotated[Path, typer.Argument(help="A script file.")],
    svg: Annotated[
        Path | None, typer.Option(help="Write a picture instead; needs the extra [graph].")
    ] = None,
) -> None:
    """Draw a script: every step, and every way out of it (Mermaid, or an SVG)."""
    from feedbackbot.commands.describing import draw

    sys.exit(draw(script, svg=svg))


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder for your scripts.")],
) -> None:
    """Copy the shipped scripts and a commented .env into a new folder."""
    from feedbackbot.engine.reading.scaffold import init as copy

    for path in copy(folder):
        typer.echo(f"wrote {path}")
    typer.echo(f"\nNext: cd {folder}, fill in .env, then: feedbackbot run")


def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER|CODE]", help="Folder with scripts; the configured one by default."
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="DATABASE",
            help="A database (file or URL): list the running conversations that these scripts touch.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell what a CODE such as E505 means, or all of them.")
    ] = False,
) -> None:
    """Refuse wrong scripts, with file, line and column; everything at once."""
    if explain:
        _explain(str(folder or ""))
        return
    from feedbackbot.engine.checking import (
        errors_in,
        problems_as_json,
        render_problem,
        render_unproved,
    )
    from feedbackbot.engine.rehearsing.checking import look_through

    folder = _scripts_of(folder) if folder else _conversations()
    mode = os.environ.get("FEEDBACKBOT_PUBLICATION_MODE", "selected_quotes")
    checked = look_through(folder, mode=mode)
    errors = errors_in(checked.problems)
    if as_json:
        typer.echo(problems_as_json(checked.problems))
        raise typer.Exit(1 if errors else 0)
    for problem in checked.problems:
        typer.echo(render_problem(problem))
    if checked.unproved:
        typer.echo(render_unproved(checked.unproved))
    if errors:
        more = f"More about a code: feedbackbot check --explain {errors[0].code}"
        typer.echo(f"{len(errors)} to put right. {more}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{folder}: all scripts are in order.")
    if against:
        from feedbackbot.commands.versions import show_touched

        sys.exit(show_touched(folder, against))


@script.command()
def migrate(
    script: Annotated[
        str | None, typer.Argument(help="Such as after_purchase; all of them by default.")
    ] = None,
    renamed: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD:NEW", help="What a step is called now; repeatable."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes/--dry-run", help="Do it, instead of only showing it.")
    ] = False,
) -> None:
    """Move running conversations to the scripts as they stand now; shows what would happen first."""
    from feedbackbot.commands.versions import migrate as move_conversations

    sys.exit(move_conversations(script, renamed or [], yes=yes))


def _explain(code: str) -> None:
    from feedbackbot.engine.explaining import explain, list_codes

    told = explain(code) if code else list_codes()
    if told is None:
        message = (
            f"There is no code {code}; feedbackbot check --explain lists those that there are."
        )
        typer.echo(message, err=True)
        raise typer.Exit(1)
    typer.echo(told)


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
