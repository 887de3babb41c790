"""Time zones by name; what a shop system sends may be nonsense and must stop nothing."""

from __future__ import annotations

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def find_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_of(*names: str | None) -> tzinfo:
    """The first that exists; UTC where none does."""
    for name in names:
        zone = find_zone(name) if name else None
        if zone is not None:
            return zone
    return UTC
