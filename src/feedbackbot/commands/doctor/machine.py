"""What `feedbackbot doctor` sees on this machine: disk, permissions, the key, the scripts, the public address."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from feedbackbot.config import Settings
from feedbackbot.config.checks import is_loopback
from feedbackbot.engine.checking import check, errors_in
from feedbackbot.findings import Finding, ok, problem, warning
from feedbackbot.models.keyfile import own_key_file

_MEGABYTE = 1 << 20
#: with less than this left the next hours are in danger, with less than that the next minutes
_LITTLE, _TOO_LITTLE = 500 * _MEGABYTE, 50 * _MEGABYTE
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def check_machine(settings: Settings) -> list[Finding]:
    return [
        *_data_folder(settings.data_folder),
        *_permissions(settings),
        *_key_place(settings),
        *_public_address(settings),
        *_conversations(settings),
    ]


def _data_folder(folder: Path) -> Iterator[Finding]:
    place = _nearest(folder)
    if place != folder and os.access(place, os.W_OK):
        yield ok("data folder", f"{folder} is not there yet; the first start makes it.")
    elif why_not := _why_not_writable(place):
        yield problem(
            "data folder",
            f"{folder} can't be written to ({why_not}).",
            "Give it to the user who runs the bot, or set FEEDBACKBOT_DATA to another folder.",
        )
    else:
        yield ok("data folder", f"{folder} can be written to.")
    yield _disk(place)


def _disk(place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    says = f"{_size(free)} left at {place}."
    fix = (
        "Make room, or move FEEDBACKBOT_DATA to a larger disk; what comes in is refused, not lost."
    )
    if free < _TOO_LITTLE:
        return problem("disk", says, fix)
    return warning("disk", says, fix) if free < _LITTLE else ok("disk", says)


def _permissions(settings: Settings) -> Iterator[Finding]:
    """What others on this machine could read."""
    file = settings.sqlite_file
    candidates = [Path(".env"), *_key_files(settings)]
    if file is not None:
        candidates += [file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))]
    present = [path for path in candidates if path.is_file()]
    open_ones = [path for path in present if path.stat().st_mode & _FOR_OTHERS]
    for path in open_ones:
        says = f"{path} can be read or changed by other users of this machine."
        yield problem("permissions", says, f"chmod 600 {path}")
    if present and not open_ones:
        yield ok("permissions", "nobody else can read the database, the key or .env.")


def _key_place(settings: Settings) -> Iterator[Finding]:
    for path in _key_files(settings):
        if path.resolve().is_relative_to(settings.data_folder.resolve()):
            yield problem(
                "key",
                f"{path} lies in the data folder: whoever copies the data has the key as well.",
                "Stop the bot, move the file elsewhere, and set FEEDBACKBOT_KEY_FILE to it.",
            )


def _key_files(settings: Settings) -> list[Path]:
    if settings.secret_key is not None:
        return []
    return [path for path in (settings.key_file or own_key_file(),) if path.is_file()]


def _public_address(settings: Settings) -> Iterator[Finding]:
    over_http = settings.telegram_mode == "webhook" or settings.slack_mode == "http"
    url = settings.public_url
    if not over_http and not url:
        return
    if over_http and not url:
        says = "FEEDBACKBOT_PUBLIC_URL is not set, and webhooks need an address to come to."
    elif urlsplit(url).scheme != "https" and not is_loopback(url):
        says = f"{url} is not https: platforms refuse it, and what is sent there can be read."
    else:
        yield ok("public address", f"{url}")
        return
    fix = "Put a proxy with a certificate in front of the bot, and set its https address."
    yield problem("public address", says, fix)


def _conversations(settings: Settings) -> Iterator[Finding]:
    folder = settings.conversations_folder
    problems = check(folder, mode=settings.publication_mode.value)
    errors = errors_in(problems)
    fix = f"feedbackbot check {folder}"
    if errors:
        first = errors[0].line
        says = f"{len(errors)} mistakes; the bot goes on with what it had. The first: {first}"
        yield problem("conversations", says, fix)
    elif problems:
        says = f"{folder} can be used; there are {len(problems)} pieces of advice."
        yield warning("conversations", says, fix)
    else:
        yield ok("conversations", f"{folder} is in order.")


def _why_not_writable(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _nearest(folder: Path) -> Path:
    """The folder itself, or what is there of the way to it."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GB" if count >= (1 << 30) else f"{count / _MEGABYTE:.0f} MB"
