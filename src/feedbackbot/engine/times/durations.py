"""Durations and times of day as scripts write them: `1d12h`, `90s`, "09:00"."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final

_PART: Final = re.compile(r"(\d{1,6})([wdhms])")
_WHOLE: Final = re.compile(r"(?:\d{1,6}[wdhms])+")
_UNITS: Final = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_LONGEST: Final = timedelta(days=3650)
_TIME: Final = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?")


def find_duration(text: str) -> timedelta | None:
    """None where it is not a duration, or longer than ten years."""
    if not _WHOLE.fullmatch(text):
        return None
    parts = _PART.findall(text)
    units = [unit for _, unit in parts]
    if len(set(units)) != len(units):
        return None
    total = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
    return total if total <= _LONGEST else None


def find_time(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    return time(int(match[1]), int(match[2] or 0)) if match else None
