"""F38: an import is killed in the middle of a large, odd file, and run again; on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acceptance.asking import until
from acceptance.stage import Stage
from acceptance.stage_on_postgres import StageOnPostgres
from postgres import Postgres

ROWS = 10_000
DUPLICATES = 100


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.matrix)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    if request.param == "sqlite":
        stage = Stage(folder=tmp_path, opens_at=datetime.now(UTC))
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        stage = StageOnPostgres(
            folder=tmp_path, database=postgres.create(), opens_at=datetime.now(UTC)
        )
    with stage:
        # the bot has run once, so that links know its name
        stage.kill_bot()
        yield stage


def test_f38_an_import_that_is_killed_in_the_middle_is_run_again_and_invites_nobody_twice(
    shop: Stage,
) -> None:
    file = shop.folder / "orders.csv"
    file.write_bytes(odd_file())

    killed = subprocess.Popen(
        [sys.executable, "-m", "feedbackbot", "import", str(file)],
        env=shop.settings(),
        cwd=shop.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: count(shop, "purchases") >= ROWS / 2, "half of it is there", patience=60)
    killed.kill()
    killed.wait()
    halfway = set(shop.rows("select purchase_id, token_sha256 from invitations"))
    assert len(halfway) < ROWS
    again = shop.command("import", str(file))

    report = f"{ROWS - len(halfway)} new, 0 with news, {len(halfway) + DUPLICATES} known already"
    assert f"{ROWS + DUPLICATES} lines: {report}, 0 refused" in again.stderr
    assert count(shop, "purchases") == count(shop, "invitations") == ROWS
    assert halfway <= set(shop.rows("select purchase_id, token_sha256 from invitations"))
    assert shop.broken() == []


def odd_file() -> bytes:
    """As an office program writes it: a BOM, semicolons, CRLF; and some lines stand there twice."""
    day = f"{datetime.now(UTC) - timedelta(days=2):%d.%m.%Y}"
    lines = [f"{n};Zoë {n};zoe{n}@example.org;Mug;{day}" for n in range(ROWS)]
    head = "order;first_name;email;item;delivered_at"
    return "\r\n".join([head, *lines, *lines[:DUPLICATES], ""]).encode("utf-8-sig")


def count(shop: Stage, table: str) -> int:
    return int(shop.rows(f"select count(*) from {table}")[0][0])
