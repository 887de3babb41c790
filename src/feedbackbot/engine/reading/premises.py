"""Reads `_shop.yaml`: who the shop is, when it is open, and who leads the team."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

from feedbackbot.engine.reading.fields import Fields, Notes
from feedbackbot.engine.reading.tree import Tree
from feedbackbot.engine.shop import Lead, Shop
from feedbackbot.engine.times.durations import find_time
from feedbackbot.engine.times.zones import find_zone

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN: Final = re.compile(r"\s*([\d:]+)\s*[-–]\s*([\d:]+)\s*")
_COLOUR: Final = re.compile(r"#[0-9a-fA-F]{6}")


def read_shop(tree: Tree, notes: Notes) -> Shop:
    fields = Fields(tree, notes, what="The shop")
    fields.tree("shop")
    name = fields.need_word("name")
    shop = Shop(
        name=name,
        legal_name=fields.word("legal_name") or name,
        timezone=_timezone(fields),
        hours=_hours(fields),
        holidays=_holidays(fields),
        lead=_lead(fields),
        privacy_url=fields.word("privacy_url") or "",
        retention=fields.word("retention") or "two years",
        retention_days=fields.whole("retention_days", lowest=1) or 730,
        colour=_colour(fields),
        logo=fields.word("logo"),
        website=fields.word("website") or "",
        routes=_routes(fields),
    )
    fields.finish()
    return shop


def _timezone(fields: Fields) -> str:
    name = fields.need_word("timezone")
    if name and find_zone(name) is None:
        fields.complain("timezone", "E225", f"“{name}” is no time zone.", "Such as: Europe/London")
        return "UTC"
    return name or "UTC"


def _hours(fields: Fields) -> dict[int, tuple[time, time]]:
    inner = fields.table("hours")
    hours: dict[int, tuple[time, time]] = {}
    for key in inner.keys() if inner else ():
        assert inner is not None
        span = inner.word(key)
        times = _span(span or "")
        days = _days(key)
        if times is None or not days:
            hint = 'Such as: mon-fri: "9:00-18:00"'
            inner.complain(key, "E226", "I can't read these opening hours.", hint)
        else:
            hours.update(dict.fromkeys(days, times))
    return hours


def _days(key: str) -> tuple[int, ...]:
    """Reads "mon" or "mon-fri" as weekdays, Monday being 0."""
    first, _, last = key.lower().partition("-")
    names = [name[:3] for name in (first, last or first)]
    if any(name not in _DAYS for name in names):
        return ()
    start, end = (_DAYS.index(name) for name in names)
    return tuple(range(start, end + 1))


def _span(text: str) -> tuple[time, time] | None:
    match = _SPAN.fullmatch(text)
    opens, closes = (find_time(match[1]), find_time(match[2])) if match else (None, None)
    return (opens, closes) if opens and closes and opens < closes else None


def _holidays(fields: Fields) -> frozenset[date]:
    days: set[date] = set()
    for word in fields.words("holidays") or ():
        try:
            days.add(date.fromisoformat(word))
        except ValueError:
            message = f"“{word}” is no day."
            fields.complain("holidays", "E227", message, "Such as: 2026-12-25")
    return frozenset(days)


def _lead(fields: Fields) -> Lead | None:
    inner = fields.table("lead")
    if inner is None:
        return None
    lead = Lead(name=inner.need_word("name"), slack_user_id=inner.word("slack_user_id"))
    inner.finish()
    return lead


def _colour(fields: Fields) -> str:
    colour = fields.word("colour")
    if colour is None:
        return "#1f6f5c"
    if not _COLOUR.fullmatch(colour):
        fields.complain("colour", "E228", f"“{colour}” is no colour.", 'Such as: "#1f6f5c"')
    return colour


def _routes(fields: Fields) -> dict[str, str]:
    inner = fields.table("routes")
    if inner is None:
        return {}
    keys = inner.keys()
    return {key: inner.word(key) or "" for key in keys}
