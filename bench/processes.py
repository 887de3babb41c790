"""What a process has used so far, as Linux counts it."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Usage:
    #: seconds, all threads, user and system
    cpu: float
    #: bytes
    rss: int


def usage_of(pid: int | None) -> Usage:
    """None for this process."""
    folder = Path("/proc") / (str(pid) if pid else "self")
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    rss = int((folder / "statm").read_text().split()[1]) * _PAGE
    return Usage((int(fields[11]) + int(fields[12])) / _TICKS, rss)
