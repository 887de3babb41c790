"""`feedbackbot rewards`: codes to thank customers with, uploaded pool by pool; safe to run again."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final

from feedbackbot.commands.opened import opened
from feedbackbot.conversing.codes import pools_of
from feedbackbot.engine.script import Library
from feedbackbot.engine.times.zones import zone_of
from feedbackbot.errors import ConfigError
from feedbackbot.models import audit, reward

_POOL: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_CODE: Final = re.compile(r"[^\s\x00-\x1f]{1,64}")
_CODE_HEADINGS: Final = frozenset(("code", "codes", "coupon", "coupon code", "discount code"))
_UNTIL_HEADINGS: Final = frozenset(("valid_until", "valid until", "until", "expires", "expires_at"))


@dataclass(slots=True, kw_only=True)
class CodeFile:
    """What a file says: code -> until when it is good; and what could not be used."""

    codes: dict[str, datetime | None] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    #: lines that bear a code for the second time
    repeated: int = 0


def import_codes(pool: str, file: Path) -> int:
    """Exit code 1 when a line was refused; everything else has been taken all the same."""
    if not _POOL.fullmatch(pool):
        raise ConfigError(
            f"“{pool}” can't be a pool: small letters, digits and _, such as thank_you."
        )
    if not file.is_file():
        raise ConfigError(f"There is no file {file}.")
    with opened() as office:
        zone = zone_of(office.house.library.shop.timezone)
        found = read_codes(_text(file), zone=zone)
        now = office.clock.now()
        added = office.database.write(lambda s: reward.add(s, pool, found.codes, now=now))
        office.database.write(
            lambda s: audit.record(
                s,
                actor="cli",
                act="codes_added",
                subject=f"pool:{pool}",
                detail=str(added),
                now=now,
            )
        )
        known = len(found.codes) - added + found.repeated
        _say(f"{pool}: {added} new, {known} known already, {len(found.refused)} refused.")
        for line in found.refused:
            _say(line)
        if hint := unused(pool, office.house.library):
            _say(hint)
    return 1 if found.refused else 0


def show_pools() -> int:
    """How many codes each pool has left."""
    with opened() as office:
        pools = office.database.read(lambda s: reward.stock(s, now=office.clock.now()))
    if not pools:
        _say("There are no codes yet: feedbackbot rewards import POOL FILE.csv")
    for pool in pools:
        lapsed = f", {pool.lapsed} too old to be given" if pool.lapsed else ""
        common = f", {pool.common} got the common code" if pool.common else ""
        sys.stdout.write(f"{pool.pool}: {pool.free} left, {pool.given} given{common}{lapsed}\n")
    return 0


def read_codes(text: str, *, zone: tzinfo) -> CodeFile:
    """One code a line, or a CSV table whose first line names the columns `code` and, if wanted, `valid_until`."""
    rows = [
        (number, [cell.strip() for cell in row])
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=_separator(text)), 1)
    ]
    rows = [(number, row) for number, row in rows if any(row)]
    columns = _columns(rows[0][1]) if rows else None
    code_at, until_at = columns or (0, None)
    found = CodeFile()
    for number, row in rows[1 if columns else 0 :]:
        _take(found, number, _cell(row, code_at), _cell(row, until_at), zone)
    return found


def unused(pool: str, library: Library) -> str | None:
    """A sentence where no script gives from this pool; most often the name was mistyped."""
    pools = {one for script in library.scripts.values() for one in pools_of(script, {})}
    if pool in pools:
        return None
    others = f" They give from: {', '.join(sorted(pools))}." if pools else ""
    return f"No script gives from the pool {pool} yet.{others}"


def _take(found: CodeFile, number: int, code: str, until: str, zone: tzinfo) -> None:
    if not _CODE.fullmatch(code):
        found.refused.append(f"line {number}: “{code[:70]}” is no code of 1 to 64 characters.")
        return
    if code in found.codes:
        found.repeated += 1
        return
    try:
        found.codes[code] = _moment(until, zone)
    except ValueError:
        found.refused.append(f"line {number}: “{until}” is no day; write it as 2026-12-31.")


def _moment(until: str, zone: tzinfo) -> datetime | None:
    """A bare day counts to its end, where the shop is."""
    if not until:
        return None
    if len(until) == len("2026-12-31"):
        day = date.fromisoformat(until) + timedelta(days=1)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    moment = datetime.fromisoformat(until)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _columns(heading: Sequence[str]) -> tuple[int, int | None] | None:
    """Where code and day stand; None where the first line is a code already."""
    names: Mapping[str, int] = {name.lower(): at for at, name in enumerate(heading)}
    code = next((names[name] for name in names if name in _CODE_HEADINGS), None)
    if code is None:
        return None
    return code, next((names[name] for name in names if name in _UNTIL_HEADINGS), None)


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""


def _separator(text: str) -> str:
    first = text.strip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text; save it as “CSV UTF-8”.") from error


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
