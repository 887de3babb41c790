"""`feedbackbot check --against` and `feedbackbot script migrate`: running conversations and newer scripts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError
from sqlalchemy.orm import Session

from feedbackbot import migrating
from feedbackbot.commands.opened import Opened, opened
from feedbackbot.config import load_settings
from feedbackbot.engine.comparing import Fate
from feedbackbot.engine.reading.loader import load_library
from feedbackbot.errors import ConfigError
from feedbackbot.house import House
from feedbackbot.migrating import Running, Touched
from feedbackbot.models import audit
from feedbackbot.models.engines import is_sqlite, postgres_engine, sqlite_reader
from feedbackbot.models.keyfile import load_keys
from feedbackbot.models.keys import KeyRing
from feedbackbot.models.migrations import HEAD, find_revision
from feedbackbot.models.sealing import hand_keys

#: conversations that are moved in one transaction
_TOGETHER = 100


def show_touched(folder: Path, against: str) -> int:
    """Reads only. Where the conversations stand is sealed, so that part needs the database's key."""
    url = _url(against)
    house = House(library=load_library(folder), conversations=folder, bot_username="", bot_id=0)
    with _reading(url) as session:
        running = migrating.on_other_versions(session, house.library)
        if not running:
            _say("No running conversation is touched: all run on these very versions.")
            return 0
        try:
            hand_keys(_engine_of(session), _key_of(session, url))
        except ConfigError as error:
            _list_without_key(running, error)
            return 0
        found = migrating.touched(session, house, running)
    _say(f"{_count(len(found))} on an older version and go on with it:")
    for each in found:
        _say(f"  {_line(each.running)}: at “{each.found.step}”, {each.found.verdict}")
    _say("\nTo move them to these scripts: feedbackbot script migrate (shows first what would be).")
    return 0


def migrate(script: str | None, renamed: Sequence[str], *, yes: bool) -> int:
    """Exit code 1 where one of them could not be moved."""
    names = _renamed(renamed)
    with opened() as office:
        _refuse_unknown(office.house, script, names)
        running = office.database.read(lambda session: _running(session, office.house, script))
        if not running:
            _say("Nothing to move: every running conversation is on the newest version.")
            return 0
        _refuse_ambiguous(running, names)
        done = _done(office, running, names) if yes else _rehearsed(office, running, names)
    _report(done, is_done=yes)
    return 1 if yes and any(each.found.fate is Fate.STAYS for each in done) else 0


def _done(office: Opened, running: list[Running], names: Mapping[str, str]) -> list[Touched]:
    done: list[Touched] = []
    for first in range(0, len(running), _TOGETHER):
        some = running[first : first + _TOGETHER]
        done += office.database.write(
            lambda session, some=some: migrating.migrate(  # type: ignore[misc]
                session, office.house, some, names, now=office.clock.now()
            )
        )
    return done


def _rehearsed(office: Opened, running: list[Running], names: Mapping[str, str]) -> list[Touched]:
    return office.database.read(
        lambda session: migrating.rehearse(
            session, office.house, running, names, now=office.clock.now()
        )
    )


def _running(session: Session, house: House, script: str | None) -> list[Running]:
    every = migrating.on_other_versions(session, house.library)
    return [one for one in every if script in (None, one.script)]


def _renamed(pairs: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for pair in pairs:
        old, colon, new = (part.strip() for part in pair.partition(":"))
        if not (old and colon and new):
            raise ConfigError(f"--map {pair}: write OLD:NEW, such as --map why:reason")
        names[old] = new
    return names


def _refuse_unknown(house: House, script: str | None, names: Mapping[str, str]) -> None:
    scripts = house.library.scripts
    if script is not None and script not in scripts:
        raise ConfigError(f"There is no script {script}. There are: {', '.join(scripts)}.")
    wanted = [scripts[script]] if script else list(scripts.values())
    known = {step for one in wanted for step in one.steps}
    unknown = [f"“{new}”" for new in names.values() if new not in known]
    if unknown:
        raise ConfigError(f"--map: there is no step {', '.join(unknown)} in the scripts now.")


def _refuse_ambiguous(running: Iterable[Running], names: Mapping[str, str]) -> None:
    scripts = sorted({one.script for one in running})
    if names and len(scripts) > 1:
        raise ConfigError(
            f"Say which script --map is for, since several have conversations: {', '.join(scripts)}."
        )


def _report(done: Iterable[Touched], *, is_done: bool) -> None:
    every = list(done)
    for each in every:
        _say(f"{_line(each.running)}: {_what_happens(each)}")
        if each.found.unasked and each.found.fate in (Fate.GOES_ON, Fate.ASKED_AGAIN):
            _say(f"    it may never be asked for: {', '.join(each.found.unasked)}")
    counts = Counter(each.found.fate for each in every)
    _say("\n" + ", ".join(f"{counts[fate]} {words}" for fate, words in _SUMMARY if counts[fate]))
    if not is_done:
        _say("Nothing has been changed. To do it, say the same with --yes.")


def _what_happens(each: Touched) -> str:
    found = each.found
    match found.fate:
        case Fate.GOES_ON:
            return f"goes on at “{found.step}” ({found.verdict})"
        case Fate.ASKED_AGAIN:
            return f"goes on from “{found.goal}”, put again ({found.verdict})"
        case Fate.ENDS:
            return f"ends with a friendly word, since “{found.step}” is gone; the team gets a note"
        case Fate.STAYS:
            return f"stays on its version: {found.why}"


def _line(one: Running) -> str:
    about = f"order {one.order_id}" if one.order_id else f"conversation {one.id}"
    return f"{one.script}, {about} (since {one.started_at:%Y-%m-%d})"


def _list_without_key(running: Sequence[Running], error: ConfigError) -> None:
    _say(f"{_count(len(running))} on an older version and go on with it:")
    for one in running:
        _say(f"  {_line(one)}")
    sys.stderr.write(
        "\nAt which step each of them stands is sealed, and can't be read without the key of that "
        f"database: {error}\n"
    )


def _count(number: int) -> str:
    return "1 conversation runs" if number == 1 else f"{number} conversations run"


def _url(against: str) -> str:
    """Of what was typed: a URL, or a SQLite file that is there."""
    url = _address(against)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise ConfigError(f"There is no database {url.database}.")
    return url.render_as_string(hide_password=False)


def _address(against: str) -> URL:
    if "://" not in against:
        return URL.create("sqlite", database=str(Path(against).expanduser()))
    try:
        url = make_url(against)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(
            "--against takes a SQLite file, or an address such as postgresql+psycopg://…"
        )
    return url


@contextmanager
def _reading(url: str) -> Iterator[Session]:
    """A look that changes nothing: a newer program must not migrate under a bot that is running."""
    engine = sqlite_reader(url) if is_sqlite(url) else postgres_engine(url, connections=1)
    try:
        with engine.connect() as connection:
            if find_revision(connection) != HEAD:
                raise ConfigError(
                    "This database does not have the tables of this version of feedbackbot. "
                    "`feedbackbot run` or `feedbackbot db upgrade` of this version makes them."
                )
            with Session(connection) as session:
                yield session
    except (DatabaseError, InterfaceError) as error:
        # its words may hold the address, and with it a password
        raise ConfigError("This database can't be opened or read.") from error
    finally:
        engine.dispose()


def _engine_of(session: Session) -> Engine:
    return session.connection().engine


def _key_of(session: Session, url: str) -> KeyRing:
    keys = load_keys(load_settings().model_copy(update={"database": url}))
    known = audit.fact(session, "key_fingerprint")
    if known not in (None, keys.fingerprint()):
        raise ConfigError(
            f"it was sealed with {known}, and the key at hand is {keys.fingerprint()}."
        )
    return keys


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


_SUMMARY = (
    (Fate.GOES_ON, "go on where they stand"),
    (Fate.ASKED_AGAIN, "are asked again"),
    (Fate.ENDS, "end"),
    (Fate.STAYS, "stay on their version"),
)
