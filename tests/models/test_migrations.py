from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from feedbackbot.errors import ConfigError
from feedbackbot.models import migrations, tables
from feedbackbot.models.base import Base
from feedbackbot.models.migrations import HEAD, find_revision, upgrade


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/feedbackbot.sqlite3"


@pytest.fixture
def migrated(url: str) -> Iterator[Connection]:
    upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_migrations_make_exactly_the_tables_of_the_models(migrated: Connection) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_type": True})

    assert tables
    assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_and_index_of_the_models_is_there(migrated: Connection, url: str) -> None:
    def described(connection: Connection) -> dict[str, object]:
        found = inspect(connection)
        return {
            name: (
                sorted((i["name"], i["column_names"]) for i in found.get_indexes(name)),
                sorted(
                    (str(u["name"]), u["column_names"]) for u in found.get_unique_constraints(name)
                ),
                sorted((str(f["name"]), f["referred_table"]) for f in found.get_foreign_keys(name)),
                found.get_pk_constraint(name)["constrained_columns"],
            )
            for name in Base.metadata.tables
        }

    modelled = create_engine("sqlite://")
    with modelled.connect() as connection:
        Base.metadata.create_all(connection)
        assert described(migrated) == described(connection)
    modelled.dispose()


def test_the_newest_revision_is_the_one_that_is_looked_for(migrated: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))

    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]
    assert find_revision(migrated) == HEAD


def test_upgrading_again_changes_nothing(url: str, migrated: Connection) -> None:
    migrated.execute(text("INSERT INTO house_facts VALUES ('shop', 'Soma')"))
    migrated.commit()

    upgrade(url)

    assert migrated.execute(text("SELECT value FROM house_facts")).scalar() == "Soma"


def test_an_older_database_is_brought_up(url: str, migrated: Connection) -> None:
    for table in ("processes", "send_limits", "reward_codes", "timers"):
        migrated.execute(text(f"DROP TABLE {table}"))
    for table in ("outbox", "received", "quarantine", "audit", "suppressions", "house_facts"):
        migrated.execute(text(f"DROP TABLE {table}"))
    migrated.execute(text("ALTER TABLE escalations DROP COLUMN first_due_at"))
    migrated.execute(text("ALTER TABLE invitations DROP COLUMN brought"))
    migrated.execute(text("DROP INDEX ix_conversations_invitation_id"))
    migrated.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    migrated.commit()

    upgrade(url)

    assert inspect(migrated).has_table("outbox")
    assert find_revision(migrated) == HEAD


def test_a_database_of_a_newer_version_is_refused_with_a_sentence(
    url: str, migrated: Connection
) -> None:
    migrated.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrated.commit()

    with pytest.raises(ConfigError, match="newer feedbackbot"):
        upgrade(url)


def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        # in the way of the second revision
        connection.execute(text("CREATE TABLE staff_replies (id INTEGER)"))

    with pytest.raises(Exception, match="staff_replies"):
        upgrade(url)

    assert inspect(engine).get_table_names() == ["staff_replies"]
    engine.dispose()


def test_the_migrations_lie_inside_the_package() -> None:
    folder = Path(migrations.__file__).parent

    assert (folder / "env.py").is_file()
    assert len(list((folder / "versions").glob("*.py"))) >= 3
