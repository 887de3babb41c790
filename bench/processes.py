"""What a process has used so far, as Linux counts it."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = resource.getpagesize()
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    #: seconds, all threads, user and system
    cpu: float
    #: bytes
    rss: int


def usage_of(pid: int | None) -> Usage:
    """None for this process."""
    folder = _PROC / (str(pid) if pid else "self")
    fields = _fields(folder)
    rss = int((folder / "statm").read_text().split()[1]) * _PAGE
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, rss)


def family_cpu(pid: int | None) -> float:
    """Seconds of a process and its children, those that have ended included; 0 for None."""
    if pid is None:
        return 0.0
    ticks = sum(int(field) for field in _fields(_PROC / str(pid))[11:15])
    for folder in _PROC.glob("[0-9]*"):
        try:
            fields = _fields(folder)
        except OSError:
            continue
        if int(fields[1]) == pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def _fields(folder: Path) -> list[str]:
    """From the state on, since a name may have blanks."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
