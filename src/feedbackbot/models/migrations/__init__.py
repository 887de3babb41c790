"""Brings a database to the tables of this version, without any configuration file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from feedbackbot.errors import ConfigError

#: the newest revision in versions/
HEAD = "0011"

_LOCK = 0x6D696772


def upgrade(database_url: str) -> None:
    """Migrate the database at `database_url`; nothing happens where it is up to date."""
    from feedbackbot.models.engines import engine_for

    engine = engine_for(database_url)
    try:
        upgrade_engine(engine)
    finally:
        engine.dispose()


def upgrade_engine(engine: Engine) -> None:
    """All in one transaction; of several processes that start at once, one migrates and the others wait."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # others may take their time
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if find_revision(connection) != HEAD:
            _run(connection)


def find_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _run(connection: Connection) -> None:
    # needed on the day of a new version alone, and slow to import
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigError(
            f"The database can't be brought to this version ({error}). If a newer feedbackbot has "
            "used it, install that version again."
        ) from error
