"""Finds the key: in a file, in the environment, or in a key file that is made outside the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from feedbackbot.errors import ConfigError
from feedbackbot.models.keys import KeyRing

if TYPE_CHECKING:
    from feedbackbot.config import Settings

_HOW_TO_MAKE_ONE = "openssl rand -base64 32"


def load_keys(settings: Settings) -> KeyRing:
    """The configured key; for a new SQLite database a key file is made where there is none yet.

    `KeyRing.place` and `KeyRing.is_new` tell start-up what to print.
    """
    if settings.secret_key is not None:
        return _named("FEEDBACKBOT_SECRET_KEY", settings.secret_key.get_secret_value(), None)
    if settings.is_sqlite:
        return _from_file_or_new(settings.key_file or own_key_file(), settings.sqlite_file)
    if settings.key_file is None:
        raise ConfigError(
            "FEEDBACKBOT_KEY_FILE or FEEDBACKBOT_SECRET_KEY is needed with PostgreSQL, since all "
            f"processes share one key. Make one with: {_HOW_TO_MAKE_ONE}"
        )
    return _from_file(settings.key_file)


def own_key_file() -> Path:
    """Where the key file stands that feedbackbot makes by itself."""
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "feedbackbot" / "feedbackbot.key"


def is_beside_data(keys: KeyRing, data_folder: Path) -> bool:
    """Whether a copy of the data folder takes the key along."""
    return keys.place is not None and keys.place.resolve().is_relative_to(data_folder.resolve())


def _from_file(path: Path, *, is_new: bool = False) -> KeyRing:
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise ConfigError(
            f"The key file {path} can't be read ({error.strerror}). Put it there, or point "
            "FEEDBACKBOT_KEY_FILE to where it is."
        ) from error
    return _named(f"The key file {path}", text, path, is_new=is_new)


def _named(name: str, text: str, place: Path | None, *, is_new: bool = False) -> KeyRing:
    try:
        return KeyRing.parse(text, place=place, is_new=is_new)
    except ConfigError as error:
        raise ConfigError(f"{name} holds no usable key. {error}") from error


def _from_file_or_new(path: Path, database: Path | None) -> KeyRing:
    if path.exists():
        return _from_file(path)
    if database is not None and database.exists() and database.stat().st_size:
        raise ConfigError(
            f"The database {database} is there, but its key file {path} is not. Put the key file "
            "back, or set FEEDBACKBOT_KEY_FILE or FEEDBACKBOT_SECRET_KEY to its key."
        )
    return _from_file(path, is_new=_make(path))


def _make(path: Path) -> bool:
    """False where another process was first; nobody ever sees half a key."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(draft, KeyRing.generate().dump())
        return _put_in_place(draft, path)
    except OSError as error:
        raise ConfigError(
            f"No key file can be made at {path} ({error.strerror}). Set FEEDBACKBOT_KEY_FILE to a "
            f"file with a key of your own: {_HOW_TO_MAKE_ONE}"
        ) from error


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(draft: Path, path: Path) -> bool:
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    # a key that a power cut takes away takes every sealed word with it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
