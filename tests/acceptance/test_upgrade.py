"""F42: processes are stopped and replaced by a newer version, one after another, while people talk to the bot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import feedbackbot
from acceptance.asking import until
from acceptance.fleet import Fleet, Host, fleet
from acceptance.scenes import REASON, REMEDY, begins, complains, said_twice
from feedbackbot.models.migrations import HEAD
from postgres import Postgres

PACKAGE = Path(feedbackbot.__file__).parent
NEWER = "9999"
MIGRATION = f'''"""What the next version might add."""

import sqlalchemy as sa
from alembic import op

revision = "{NEWER}"
down_revision = "{HEAD}"


def upgrade() -> None:
    op.add_column("customers", sa.Column("shoe_size", sa.Integer()))
    op.add_column("outbox", sa.Column("campaign", sa.String()))
    op.create_table("loyalty", sa.Column("id", sa.Integer(), primary_key=True))
'''


@pytest.fixture
def two(tmp_path: Path, postgres: Postgres) -> Iterator[Fleet]:
    with fleet(tmp_path, postgres, over_http=False) as opened:
        yield opened


@pytest.fixture
def newer(tmp_path: Path) -> dict[str, Any]:
    """The settings with which a process runs the next version: this one, and a migration."""
    copy = tmp_path / "newer" / "feedbackbot"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    migrations = copy / "models" / "migrations"
    (migrations / "versions" / f"{NEWER}_newer.py").write_text(MIGRATION)
    known = migrations / "__init__.py"
    known.write_text(known.read_text().replace(f'HEAD = "{HEAD}"', f'HEAD = "{NEWER}"'))
    conversations = str(PACKAGE.parents[1] / "conversations")
    return {"PYTHONPATH": str(copy.parent), "FEEDBACKBOT_CONVERSATIONS": conversations}


def test_f42_a_newer_version_migrates_beside_the_old_one_and_takes_its_place(
    two: Fleet, newer: dict[str, Any]
) -> None:
    old = list(two.hosts)
    ada, bo = begins(two, "1042", "Ada"), begins(two, "1043", "Bo")
    ada.taps("1 ★")
    ada.reads(REASON)

    # both would migrate
    two.add_host(wait=False, **newer)
    two.add_host(**newer)
    until(lambda: all(host.is_ready for host in two.hosts), "old and new stand side by side")
    assert two.rows("select version_num from alembic_version") == [(NEWER,)]
    assert two.polling_host() in old
    ada.writes("The sole came off")
    ada.reads(REMEDY)

    bo.taps("1 ★")
    stops(two, old[0])
    bo.reads(REASON)
    bo.writes("The laces tore")
    stops(two, old[1])
    bo.reads(REMEDY)
    complains(begins(two, "1044", "Cleo"), "The box was crushed")
    until(two.has_settled, "everything is stored")

    assert two.polling_host() not in old
    assert [said_twice(phone) for phone in (ada, bo)] == [[], []]
    assert two.rows("select count(*) from quarantine") == [(0,)]
    assert two.broken() == []


def stops(two: Fleet, host: Host) -> None:
    """By SIGTERM; it gives up its place, and what it had in hand has left."""
    (number,) = two.rows(f"select id from processes where name like '%:{host.process.pid}'")[0]
    host.process.terminate()
    assert host.process.wait(timeout=25) == 0
    assert two.rows(f"select 1 from processes where id = {number}") == []
    assert (
        two.rows(f"select 1 from outbox where status = 'sending' and process_id = {number}") == []
    )
    two.hosts.remove(host)
