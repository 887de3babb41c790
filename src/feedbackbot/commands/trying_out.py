"""The commands with which scripts are tried out; each imports what it needs, so that others start at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def play(
    script: Annotated[Path, typer.Argument(help="A script file.")],
    *,
    answers: Annotated[
        Path | None,
        typer.Option(help="A file of lines to type first; then you go on where there is somebody."),
    ] = None,
    save: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Keep the chat as a test of this name, beside the script."
        ),
    ] = None,
    speed: Annotated[
        str, typer.Option(help="How much time passes in a second: 1h, or 0s to stand still.")
    ] = "0s",
    language: Annotated[
        str | None, typer.Option(help="The customer's language, such as es.")
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Such as first_name=Bo; repeatable."),
    ] = None,
    purchase: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help='Such as total=250 or "items=Tent, Stove".'),
    ] = None,
    given: Annotated[
        Path | None, typer.Option(help="A file of all that, as `given` in a test has it.")
    ] = None,
    begin: Annotated[
        str | None,
        typer.Option(
            metavar="[link|day|command]",
            help="With the link opened, by itself on its day, or by the script's command.",
        ),
    ] = None,
) -> None:
    """Play a script in the terminal: be the customer, and staff as well."""
    from feedbackbot.channels.terminal import Seat
    from feedbackbot.channels.terminal import play as play_script
    from feedbackbot.engine.rehearsing.typed import Typed

    typed = Typed(
        file=given,
        begin=begin,
        language=language,
        customer=tuple(customer or ()),
        purchase=tuple(purchase or ()),
    )
    seat = Seat(answers=answers, save=save, speed=speed, given=typed)
    sys.exit(play_script(script, sys.stdin, sys.stdout, seat=seat))


def rehearse(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders, scripts or files of tests; the configured folder by default."
        ),
    ] = None,
    only: Annotated[str, typer.Option(help="Only tests whose name contains this.")] = "",
    update: Annotated[
        bool, typer.Option("--update", help="Write anew what the bot says; nothing else changes.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Also write the results as JUnit XML.")] = None,
    cover: Annotated[
        float | None, typer.Option(min=0, max=100, help="Fail below so many percent.")
    ] = None,
) -> None:
    """Play the tests beside the scripts, with simulated time, and show what they go through."""
    from rich.console import Console

    from feedbackbot.commands.script_tests import Wish, run_tests
    from feedbackbot.config import load_settings

    wish = Wish(
        paths=tuple(paths or (load_settings().conversations_folder,)),
        only=only,
        update=update,
        junit=junit,
        cover=cover,
    )
    sys.exit(run_tests(wish, Console(highlight=False, soft_wrap=True)))
