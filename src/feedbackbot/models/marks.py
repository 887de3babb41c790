"""Names with a moment each, in a file beside the database that no restored backup undoes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


def append(file: Path, names: Iterable[str], *, now: datetime) -> None:
    """On the disk when this returns; a line that a crash cut short does not swallow the next one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="ascii") as out:
        out.writelines(f"\n{name} {now.isoformat()}" for name in sorted(names))
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())


def read(file: Path) -> dict[str, datetime]:
    """Name -> the latest moment; what is no whole line is no line."""
    found: dict[str, datetime] = {}
    if not file.exists():
        return found
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        name, _, moment = line.partition(" ")
        try:
            found[name] = datetime.fromisoformat(moment)
        except ValueError:
            continue
    return found
